"""`yinji verify`: check files against a certificate or package."""

import json
import os
from pathlib import Path
from typing import Annotated, Final

import typer

from api.commands.local import node_url, var_folder
from certs.trust import TrustFile
from core.errors import InvalidInput

EXIT: Final = {"valid": 0, "invalid": 1, "revoked": 1, "indeterminate": 2, "superseded": 3}
_MARKS: Final = {"passed": "✓", "failed": "✗", "not_checked": "–"}


def verify(
    paths: Annotated[
        list[Path], typer.Argument(metavar="FILE… CERTIFICATE|PACKAGE", show_default=False)
    ],
    trust: Annotated[Path | None, typer.Option(help="信任文件 trust file")] = None,
    rpc: Annotated[str | None, typer.Option(help="链节点地址 chain node")] = None,
    offline: Annotated[
        bool, typer.Option("--offline", help="不询问链 do not ask the chain")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON print one document")] = False,
) -> int:
    """核验文件与证书 / check files against a certificate (PDF) or package (ZIP)."""
    from certs.presented import MAX_PRESENTED
    from certs.verifying import PresentedFile, check
    from chain.node import HttpNode
    from evidence.digest import CHUNK, digest_chunks

    *files, certificate = paths
    data = _read(certificate, MAX_PRESENTED)
    presented = []
    for path in files:
        try:
            with path.open("rb") as file:
                digest = digest_chunks(iter(lambda f=file: f.read(CHUNK), b""))  # type: ignore[misc]
        except OSError as error:
            raise InvalidInput(f"文件无法读取 / cannot read {path}", field="FILE") from error
        presented.append(PresentedFile(path.name, digest))
    url = rpc or node_url()
    node = None if offline or url is None else HttpNode(url)
    report = check(data, presented, _trust(trust), node, offline=offline)
    if as_json:
        print(json.dumps(report.to_json(), ensure_ascii=False, indent=2))
    else:
        print(report.summary)
        for number, step in enumerate(report.steps, 1):
            print(f"{number:>3} {_MARKS[step.result]} {step.id:<10} {step.reason}")
    return EXIT[report.verdict]


def _trust(path: Path | None) -> TrustFile | None:
    """--trust, YINJI_TRUST, then var/trust.json; a named file must be readable, ours may lack."""
    from certs.trust import parse

    named = path or (Path(os.environ["YINJI_TRUST"]) if os.environ.get("YINJI_TRUST") else None)
    if named is not None:
        return parse(_read(named, 1024 * 1024))
    try:
        return parse((var_folder() / "trust.json").read_bytes())
    except OSError:
        return None


def _read(path: Path, limit: int) -> bytes:
    try:
        if path.stat().st_size > limit:
            raise InvalidInput(f"文件过大 / larger than {limit} bytes: {path}", field="FILE")
        return path.read_bytes()
    except OSError as error:
        raise InvalidInput(f"文件无法读取 / cannot read {path}", field="FILE") from error
