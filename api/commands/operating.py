"""Commands of an operator."""

import json
import os
import sys
from typing import Annotated, Final

import typer

from api.commands.local import CHECKOUT, running_settings
from core.errors import ServiceError

NOT_DONE: Final = 2


def up() -> int:
    """启动内置服务 / start the embedded stack and stay in the foreground."""
    from api.stack.settings import StackSettings
    from api.stack.supervisor import run

    return run(StackSettings.from_environment(os.environ, CHECKOUT))


def migrate() -> int:
    """升级数据库结构 / bring the database to the newest schema."""
    from api.migrating import migrate as run
    from api.settings import Settings

    run(Settings.from_environment(os.environ, CHECKOUT).database_url)
    return 0


def setup() -> int:
    """准备数据库、密钥、合约与信任文件 / prepare database, keys, contract and trust file."""
    from api.migrating import migrate as bring_up_to_date
    from api.settings import Settings
    from api.setup import setup as run
    from api.trusting import trust_digest
    from api.wiring import Services

    settings = Settings.from_environment(os.environ, CHECKOUT)
    bring_up_to_date(settings.database_url)
    run(Services(settings))
    print(f"trust.json SHA-256: {trust_digest(settings)}")
    return 0


def not_done(error: ServiceError) -> int:
    """Say why nothing was checked; the exit code, which is not that of a violation."""
    where = f" [{error.field}]" if error.field else ""
    sys.stderr.write(f"yinji: {error.message}{where}\n")
    return NOT_DONE


def fsck(
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON print one document")] = False,
) -> int:
    """检查全部不变量 / check every invariant; exit 0 or 1, and 2 where it could not be done."""
    from api.fsck import run
    from api.fsck.findings import NAMES
    from api.wiring import Services

    try:
        found = run(Services(running_settings()))
    except ServiceError as error:
        return not_done(error)
    if as_json:
        print(json.dumps(found.to_json(), ensure_ascii=False, indent=2))
    else:
        for invariant, name in NAMES.items():
            print(f"{invariant:>4} {found.checked.get(invariant, 0):>9}  {name}")
        for violation in found.violations:
            print("✗ {invariant} {subject}: {detail}".format(**violation))
        for what, number in found.set_aside.items():
            print(f"   –  {number} {what}")
        print(f"violations {len(found.violations)}")
    return 1 if found.violations else 0
