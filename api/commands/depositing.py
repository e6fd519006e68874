"""`yinji deposit`: from files to certificates."""

import hashlib
import json
import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from api.commands.local import NOT_IN_TIME, connection, require_folder
from core.errors import InvalidInput, NotReady, OutcomeUnknown

_POLL: Final = 0.2
_NOTHING_YET: Final = {"certificate": None, "package": None}


@dataclass(frozen=True)
class _File:
    path: Path
    size: int
    sha256: str
    sm3: str


def deposit(
    files: Annotated[list[Path], typer.Argument(metavar="FILE…", show_default=False)],
    title: Annotated[str | None, typer.Option(help="作品名称 title")] = None,
    out: Annotated[Path, typer.Option(help="输出文件夹 where certificates go")] = Path(),
    each: Annotated[
        bool, typer.Option("--each", help="每个文件单独存证 one evidence a file")
    ] = False,
    hash_only: Annotated[
        bool, typer.Option("--hash-only", help="只存摘要 files stay here")
    ] = False,
    personal: Annotated[
        bool, typer.Option("--personal", help="个人证件,加密保存 an identity paper: kept encrypted")
    ] = False,
    no_wait: Annotated[bool, typer.Option("--no-wait", help="不等待上链 return at once")] = False,
    again: Annotated[bool, typer.Option("--again", help="重新存证 ask for a new one")] = False,
    timeout: Annotated[
        float, typer.Option(help="等待秒数,超过即退出 75 seconds to wait, then exit 75")
    ] = 300.0,
    server: Annotated[str | None, typer.Option(help="服务地址 server")] = None,
    key_file: Annotated[Path | None, typer.Option(help="密钥文件 file with an API key")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON one document")] = False,
) -> int:
    """存证文件并取得证书 / deposit files and fetch certificate and package.

    The same command again returns the same evidence. 退出码 75:未及时完成,编号已给出,稍后重复
    同一命令即可 / exit code 75: not finished in time; the number is there, and the same
    command later goes on with it.
    """
    from api.client import Client

    require_folder(out)
    if not timeout >= 0:  # also refuses nan
        raise InvalidInput("等待秒数须不小于 0 / seconds to wait, 0 or more", field="timeout")
    found = connection(server, key_file)
    client = Client(found.server, found.key)
    read = [digest_of(path) for path in files]
    works = [[file] for file in read] if each else [read]
    until = time.monotonic() + timeout
    accepted: list[dict[str, Any]] = []
    try:
        # All are handed over before any is waited for: they are anchored together.
        for work in works:
            body = body_of(work, title, hash_only=hash_only)
            if personal:
                body["personal"] = True
            accepted.append(hand_over(client, body, work, again=again))
        answers = [
            {**evidence, **_NOTHING_YET} if no_wait else _wait(client, evidence, out, until)
            for evidence in accepted
        ]
    except (NotReady, OutcomeUnknown) as error:
        _say(error.message)
        _print([{**each_one, **_NOTHING_YET} for each_one in accepted], as_json=as_json, each=each)
        return NOT_IN_TIME
    _print(answers, as_json=as_json, each=each)
    waited = not no_wait and any(answer["certificate"] is None for answer in answers)
    return NOT_IN_TIME if waited else 0


def body_of(work: list[_File], title: str | None, *, hash_only: bool) -> dict[str, Any]:
    """What a deposit of these files says."""
    return {
        "title": title,
        "custody_mode": "hash_only" if hash_only else "stored",
        "files": [
            {"name": f.path.name, "size": f.size, "sha256": f.sha256, "sm3": f.sm3} for f in work
        ],
    }


def hand_over(
    client: Any,  # noqa: ANN401 - api.client.Client
    body: dict[str, Any],
    work: list[_File],
    *,
    again: bool,
) -> dict[str, Any]:
    """Upload unless this very deposit is known already, then deposit; says the number."""
    key = _key(body, again=again)
    if body["custody_mode"] == "stored" and not client.known(key):
        for entry, file in zip(body["files"], work, strict=True):
            entry["upload"] = _upload(client, file)
    evidence: dict[str, Any] = client.deposit(body, key)
    for file in work:
        _begun(client, file).forget()
    _say(f"存证编号 evidence number: {evidence['evidence_number']}")
    return evidence


def _wait(client: Any, evidence: dict[str, Any], out: Path, until: float) -> dict[str, Any]:  # noqa: ANN401 - api.client.Client
    number = evidence["evidence_number"]
    state = ""
    while True:
        evidence = client.evidence(number)
        if evidence["state"] != state:
            state = evidence["state"]
            _say(f"  {state}")
        if evidence["rejection"] is not None:
            problem = evidence["rejection"]
            raise InvalidInput(problem["message"], field=problem["field"])
        if evidence["certificate_ready"]:
            break
        if time.monotonic() > until:
            _say("尚未完成,请稍后重复同一命令 / not finished: repeat the same command later")
            return {**evidence, **_NOTHING_YET}
        time.sleep(_POLL)
    out.mkdir(parents=True, exist_ok=True)
    paths = {"certificate": out / f"{number}.pdf", "package": out / f"{number}.zip"}
    for what, path in paths.items():
        path.write_bytes(_download(client, number, what, until))
        _say(f"  {path}")
    return {**evidence, **{what: str(path) for what, path in paths.items()}}


def _download(client: Any, number: str, what: str, until: float) -> bytes:  # noqa: ANN401
    while True:
        try:
            data: bytes = client.download(number, what)
        except NotReady:
            if time.monotonic() > until:
                raise
            time.sleep(_POLL)
        else:
            return data


def _upload(client: Any, file: _File) -> str:  # noqa: ANN401
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        DownloadColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(file.path.name, total=file.size)
        upload_id: str = client.upload(
            file.path,
            file.size,
            lambda offset: progress.update(task, completed=offset),
            _begun(client, file),
        )
    return upload_id


def _begun(client: Any, file: _File) -> Any:  # noqa: ANN401 - of api.client, see deposit
    """Notes are kept where programs keep their state: XDG Base Directory 0.8."""
    from api.client import BegunUpload

    state = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return BegunUpload.of(Path(state) / "yinji" / "uploads", client.server, file.sha256)


def digest_of(path: Path) -> _File:
    """A file's digests and size. Raises InvalidInput when it is empty or cannot be read."""
    from evidence.digest import CHUNK, digest_chunks

    try:
        with path.open("rb") as file:
            digest = digest_chunks(iter(lambda: file.read(CHUNK), b""))
    except OSError as error:
        raise InvalidInput(f"文件无法读取 / cannot read {path}", field="FILE") from error
    if digest.size == 0:
        raise InvalidInput(
            f"空文件不能存证 / an empty file cannot be deposited: {path}", field="FILE"
        )
    return _File(path, digest.size, digest.sha256, digest.sm3 or "")


def _key(body: dict[str, Any], *, again: bool) -> str:
    """From digests and form (keys live within an account): the same command, the same request."""
    fresh = str(time.time_ns()) if again else ""
    form = json.dumps(body, sort_keys=True, ensure_ascii=False)
    return "cli-" + hashlib.sha256(f"{form}\n{fresh}".encode()).hexdigest()


def _print(answers: list[dict[str, Any]], *, as_json: bool, each: bool) -> None:
    if as_json:
        document = answers if each else next(iter(answers), None)
        print(json.dumps(document, ensure_ascii=False, indent=2))
        return
    for answer in answers:
        print(answer["evidence_number"])


def _say(line: str) -> None:
    sys.stderr.write(line + "\n")
