"""`yinji file`: a sheet of works becomes as many matters, each row answered."""

import hashlib
import json
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from api.commands.depositing import body_of, digest_of, hand_over
from api.commands.local import connection
from core.errors import InvalidInput, NotReady

SLICE: Final = 20
"""Rows in one call: a body stays below its limit, and an answer is not long in coming."""
_POLL: Final = 0.2
_SECONDS: Final = 300.0


def file(
    sheet: Annotated[Path, typer.Argument(metavar="SHEET.csv", show_default=False)],
    office: Annotated[str, typer.Option(help="登记机构 office")],
    agency: Annotated[str | None, typer.Option(help="初审机构 agency")] = None,
    common: Annotated[
        Path | None,
        typer.Option(help="各行相同的申请表与材料(JSON) form and documents that all rows share"),
    ] = None,
    folder: Annotated[Path, typer.Option(help="作品文件所在文件夹 where the files are")] = Path(),
    password_file: Annotated[
        Path | None, typer.Option(help="交易密码文件 file with the transaction password")
    ] = None,
    server: Annotated[str | None, typer.Option(help="服务地址 server")] = None,
    key_file: Annotated[Path | None, typer.Option(help="密钥文件 file with an API key")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON one document")] = False,
) -> int:
    """批量登记:表格每行一件作品 / file many works from a sheet, one a row, each answered.

    Each row's files are deposited first. The same command again files nothing twice; mend the rows
    that were refused and repeat it.
    """
    from api.client import Client
    from registry.sheet import read

    rows = read(_text(sheet, "SHEET.csv"))
    shared = {} if common is None else _shared(common)
    found = connection(server, key_file)
    client = Client(found.server, found.key)
    for row in rows:
        if not row.files:
            raise InvalidInput("请写明文件名 / name the files", field=f"{row.line}:files")
    client.office(office)  # before anything is deposited for an office that is not there
    works = [[digest_of(folder / name) for name in row.files] for row in rows]
    numbers = []
    for row, work in zip(rows, works, strict=True):
        title = str(row.form.get("title") or shared.get("form", {}).get("title") or "") or None
        body = body_of(work, title, hash_only=False)
        numbers.append(hand_over(client, body, work, again=False)["evidence_number"])
    _await_statements(client, numbers)
    head = {"office": office, "agency": agency, "common": shared or None,
            "transaction_password": None if password_file is None
            else _text(password_file, "password_file").strip()}  # fmt: skip
    filings = [
        {
            "key": _key(office, agency, shared, row.key, number), "form": row.form,
            "documents": row.documents, "evidence_number": number,
        }
        for row, number in zip(rows, numbers, strict=True)
    ]  # fmt: skip
    answers: list[dict[str, Any]] = []
    for part in _slices(filings):
        answers += client.file_batch({**head, "filings": part})["items"]
    told = [
        {**answer, "line": row.line, "key": row.key, "evidence_number": number}
        for answer, row, number in zip(answers, rows, numbers, strict=True)
    ]
    _print(told, as_json=as_json)
    return 1 if any(each["problem"] for each in told) else 0


def _key(office: str, agency: str | None, shared: Mapping[str, Any], row: str, number: str) -> str:
    """From what stays when a refused row is mended: keys of refused rows are free again."""
    text = json.dumps([office, agency, shared, row, number], sort_keys=True, ensure_ascii=False)
    return "sheet-" + hashlib.sha256(text.encode()).hexdigest()


def _slices(filings: Sequence[dict[str, Any]]) -> Iterator[Sequence[dict[str, Any]]]:
    for start in range(0, len(filings), SLICE):
        yield filings[start : start + SLICE]


def _await_statements(client: Any, numbers: Sequence[str]) -> None:  # noqa: ANN401 - api.client
    until = time.monotonic() + _SECONDS
    for number in numbers:
        while True:
            evidence = client.evidence(number)
            if evidence["statement_sha256"] is not None or evidence["rejection"] is not None:
                break
            if time.monotonic() > until:
                raise NotReady(
                    "存证尚未入库,请稍后重复此命令 / not stored yet: repeat this command later"
                )
            time.sleep(_POLL)


def _text(path: Path, field: str) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(
            f"文件无法读取,须为 UTF-8 / cannot be read as UTF-8: {path}", field=field
        ) from error


def _shared(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(_text(path, "common"))
    except ValueError as error:
        raise InvalidInput("不是有效的 JSON / not JSON", field="common") from error
    if not isinstance(found, dict) or not set(found) <= {"form", "documents"}:
        raise InvalidInput(
            '须为 {"form": …, "documents": …} / an object of form and documents', field="common"
        )
    return found


def _print(told: Sequence[Mapping[str, Any]], *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(told, ensure_ascii=False, indent=2))
        return
    for each in told:
        problem = each["problem"]
        if problem is None:
            print(f"{each['line']}\t{each['number']}\t{each['state']}")
        else:
            where = f" [{problem['field']}]" if problem["field"] else ""
            sys.stderr.write(f"✗ {each['line']}\t{problem['detail']}{where}\n")
    filed = sum(each["problem"] is None for each in told)
    sys.stderr.write(f"已提交 filed {filed}, 未提交 refused {len(told) - filed}\n")
