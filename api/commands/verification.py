"""`yinji verify`: check files against a certificate or package.

Exit codes: 0 valid, 1 invalid or revoked, 2 indeterminate, 3 superseded, 64 usage or unreadable
input, 70 internal error.
"""

import json
import os
import warnings
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from api.commands.local import node_url, var_folder
from core.errors import InvalidInput, ServiceError

if TYPE_CHECKING:
    from certs.report import Report
    from certs.trust import TrustFile

EXIT: Final = {"valid": 0, "invalid": 1, "revoked": 1, "indeterminate": 2, "superseded": 3}
INTERNAL: Final = 70
_MARKS: Final = {"passed": "✓", "failed": "✗", "not_checked": "–"}
_MAX_TRUST: Final = 1024 * 1024
_CHUNK: Final = 1024 * 1024
_SAMPLE: Final = (
    "样本 SAMPLE:链、时间或密钥由出具方自带,不作正式证据 / "
    "chain, time or keys are the issuer's own: no formal evidence"
)


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
    # Certificates are strangers': what a library finds odd in them is no news to the user.
    warnings.filterwarnings("ignore", category=UserWarning, module="cryptography")
    try:
        report = _check(paths, trust, rpc, offline=offline)
    except InvalidInput:
        raise
    except ServiceError as error:
        # Exit 1 would say that the certificate is invalid, which nobody found.
        typer.echo(f"yinji: {error.message}", err=True)
        return INTERNAL
    if as_json:
        print(json.dumps(report.to_json(), ensure_ascii=False, indent=2))
    else:
        _tell(report)
    return EXIT[report.verdict]


def _check(paths: list[Path], trust: Path | None, rpc: str | None, *, offline: bool) -> "Report":
    from certs.presented import MAX_PRESENTED, presented_file
    from certs.verifying import check

    *files, certificate = paths
    data = _read(certificate, MAX_PRESENTED)
    known = _trust(trust)
    url = rpc or node_url()
    node = None
    if not offline and url is not None:
        from chain.node import HttpNode

        node = HttpNode(url)
    presented = []
    for path in files:
        try:
            with path.open("rb") as file:
                chunks = iter(lambda f=file: f.read(_CHUNK), b"")  # type: ignore[misc]
                presented.append(presented_file(path.name, chunks))
        except OSError as error:
            raise InvalidInput(f"文件无法读取 / cannot read {path}", field="FILE") from error
    return check(data, presented, known, node, offline=offline, now=datetime.now(UTC))


def _tell(report: "Report") -> None:
    print(report.summary)
    print(report.summary_zh)
    if report.sample:
        print(_SAMPLE)
    if report.subject is not None:
        print(report.subject.line())
    for number, step in enumerate(report.steps, 1):
        print(f"{number:>3} {_MARKS[step.result]} {step.id:<10} {step.reason}")


def _trust(path: Path | None) -> "TrustFile | None":
    """--trust, YINJI_TRUST, then var/trust.json; a named file must be readable, ours may lack."""
    from certs.trust import parse

    named = path or (Path(os.environ["YINJI_TRUST"]) if os.environ.get("YINJI_TRUST") else None)
    if named is not None:
        return parse(_read(named, _MAX_TRUST))
    usual = var_folder() / "trust.json"
    return parse(_read(usual, _MAX_TRUST)) if usual.is_file() else None


def _read(path: Path, limit: int) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(limit + 1)
    except (OSError, ValueError) as error:
        raise InvalidInput(f"文件无法读取 / cannot read {path}", field="FILE") from error
    if len(data) > limit:
        raise InvalidInput(f"文件过大 / larger than {limit} bytes: {path}", field="FILE")
    return data
