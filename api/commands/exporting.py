"""`yinji export`: a copy for others that shows only what its owner chooses."""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from api.commands.local import connection, require_folder


def export(
    number: Annotated[str, typer.Argument(metavar="NUMBER", help="存证编号 evidence number")],
    disclose: Annotated[
        str, typer.Option(help="披露的事实,逗号分隔 facts to show, comma-separated")
    ] = "",
    out: Annotated[Path, typer.Option(help="输出文件夹 where the copy goes")] = Path(),
    server: Annotated[str | None, typer.Option(help="服务地址 server")] = None,
    key_file: Annotated[Path | None, typer.Option(help="密钥文件 file with an API key")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON one document")] = False,
) -> int:
    """导出只披露所选事实的副本 / export a copy that discloses only the facts you name."""
    from api.client import Client
    from evidence.numbers import normalise

    number = normalise(number)
    require_folder(out)
    facts = sorted({name.strip() for name in disclose.split(",") if name.strip()})
    found = connection(server, key_file)
    data = Client(found.server, found.key).export(number, facts)
    out.mkdir(parents=True, exist_ok=True)
    path = out / f"{number}-copy.zip"
    path.write_bytes(data)
    if as_json:
        document = {"evidence_number": number, "disclosed": facts, "package": str(path)}
        print(json.dumps(document, ensure_ascii=False, indent=2))
    else:
        sys.stderr.write(f"  {path}\n")
        print(path)
    return 0
