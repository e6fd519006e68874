"""Commands for whoever operates the chain's keys: deploy, resume, alarms."""

import json
import os
import sys
from pathlib import Path
from typing import Annotated, Final

import typer

from api.commands.local import CHECKOUT, running_settings
from core.errors import InvalidInput, Misconfigured

_ADDRESS_BYTES: Final = 20


def deploy(
    admin_key: Annotated[
        Path, typer.Option("--admin-key", help="管理密钥文件 file with the admin key, mode 600")
    ],
    record: Annotated[
        Path, typer.Option(help="公开记录的文件夹 folder of the public record")
    ] = CHECKOUT / "contracts" / "deployments",
    patience: Annotated[float, typer.Option(help="等待秒数 seconds to wait")] = 900.0,
) -> int:
    """部署合约(生产环境)/ deploy the contract, record it, and wait until it is final.

    The anchor and registrar keys are those of this installation (YINJI_KEYS); the admin key is
    another, and is needed never again for daily work: keep it off this machine afterwards.
    """
    import time

    from api import deploying, deployment
    from api.keyfiles import read_key
    from api.settings import Settings
    from api.wiring import Services
    from chain.ethereum import EthereumLedger
    from chain.node import HttpNode

    settings = Settings.from_environment(os.environ, CHECKOUT)
    if settings.embedded:
        raise Misconfigured(
            "内置链由 setup 部署 / the embedded chain is deployed by setup", field="YINJI_PROFILE"
        )
    services = Services(settings)
    if (settings.var / deployment.FILE).exists():
        made = deployment.Deployment.load(settings.var)
        deployment.check(HttpNode(settings.chain.rpc_urls[0]), made)
    else:
        made = deploying.deploy(
            EthereumLedger(settings.chain.rpc_urls[0]),
            services.ledger,
            read_key(admin_key),
            services.anchorer.address,
            services.registrar.address,
            wait=time.sleep,
            intent_file=settings.var / deploying.INTENT_FILE,
            depth=settings.chain.depth,
            tries=int(patience * 10),
        )
        made.save(settings.var)
        (settings.var / deploying.INTENT_FILE).unlink(missing_ok=True)
    print(made.publish(record))
    return 0


def resume(
    address: Annotated[str, typer.Argument(metavar="ADDRESS", show_default=False)],
    nonce: Annotated[
        int | None, typer.Option(help="已核实的链上序号 the chain's nonce you have looked at")
    ] = None,
) -> int:
    """恢复被停用的密钥 / let a halted key sign again; find out first why it was halted."""
    from api.database import transaction
    from api.wiring import Services, utc_now
    from chain import guarding

    try:
        raw = bytes.fromhex(address.removeprefix("0x"))
    except ValueError:
        raw = b""
    if len(raw) != _ADDRESS_BYTES:
        raise InvalidInput("地址须为 20 字节十六进制 / 20 bytes in hex", field="ADDRESS")
    services = Services(running_settings())
    shown = services.ledger.nonce(raw) if nonce is None else nonce
    with transaction(services.sessions) as session:
        guarding.resume(session, raw, services.terms.chain_id, shown, now=utc_now())
    print(f"0x{raw.hex()} nonce {shown}")
    return 0


def alarms(
    clear: Annotated[
        str | None, typer.Option(help="已处理的警报编号 id of an alarm you have dealt with")
    ] = None,
) -> int:
    """列出或清除警报 / list open alarms, or clear one: a held-back call is then tried again."""
    from uuid import UUID

    from sqlalchemy import select

    from api.database import transaction
    from api.wiring import Services, utc_now
    from chain.models import Alarm
    from core.canonical import format_time

    services = Services(running_settings())
    with transaction(services.sessions) as session:
        if clear is not None:
            try:
                found = session.get(Alarm, UUID(clear))
            except ValueError as error:
                raise InvalidInput("警报编号有误 / not an alarm's id", field="clear") from error
            if found is None:
                raise InvalidInput("没有这个警报 / no such alarm", field="clear")
            found.cleared_at = found.cleared_at or utc_now()
            session.flush()
        rows = session.scalars(
            select(Alarm).where(Alarm.cleared_at.is_(None)).order_by(Alarm.raised_at)
        ).all()
        listed = [
            {
                "id": str(row.id),
                "kind": row.kind,
                "subject": row.subject,
                "message": row.message,
                "raised_at": format_time(row.raised_at),
            }
            for row in rows
        ]
    print(json.dumps(listed, ensure_ascii=False, indent=2))
    if not listed:
        sys.stderr.write("没有警报 / no alarms\n")
    return 0
