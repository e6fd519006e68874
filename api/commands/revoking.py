"""`yinji revoke`: take an evidence back for good, and wait until the chain says so."""

import json
import sys
import time
from pathlib import Path
from typing import Annotated, Final

import typer

from api.commands.local import NOT_IN_TIME, connection

_POLL: Final = 0.3


def revoke(
    number: Annotated[str, typer.Argument(metavar="NUMBER", show_default=False)],
    reason: Annotated[
        int,
        typer.Option(
            help="原因码 reason code: 1 存证人申请 depositor's request, 2 误存 mistake, "
            "3 法院裁判 court order, 4 权属争议已决 rights dispute decided, 9 其他 other",
            show_default=False,
        ),
    ],
    no_wait: Annotated[bool, typer.Option("--no-wait", help="不等待上链 return at once")] = False,
    timeout: Annotated[
        float, typer.Option(help="等待秒数,超过即退出 75 seconds to wait, then exit 75")
    ] = 300.0,
    server: Annotated[str | None, typer.Option(help="服务地址 server")] = None,
    key_file: Annotated[Path | None, typer.Option(help="密钥文件 file with an API key")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON one document")] = False,
) -> int:
    """撤销存证,不可恢复 / revoke an evidence for good; its certificate is then revoked.

    The same command again shows how far it is. 退出码 75:未及时完成,稍后重复同一命令即可 /
    exit code 75: not finished in time; repeat the same command later.
    """
    from api.client import Client

    found = connection(server, key_file)
    client = Client(found.server, found.key)
    until = time.monotonic() + timeout
    answer, state = client.revoke(number, reason), ""
    while True:
        if answer["state"] != state:
            state = answer["state"]
            sys.stderr.write(f"  {state}\n")
        late = time.monotonic() > until
        if state == "revoked" or no_wait or late:
            break
        time.sleep(_POLL)
        answer = client.revoke(number, reason)
    if as_json:
        print(json.dumps(answer, ensure_ascii=False, indent=2))
    else:
        print(f"{answer['evidence_number']} {state}")
    if state != "revoked" and not no_wait:
        sys.stderr.write("尚未完成,请稍后重复同一命令 / not finished: repeat the command later\n")
        return NOT_IN_TIME
    return 0
