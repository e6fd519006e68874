"""`yinji story`: one whole registration, each part played by an account of its own over HTTP.

Only the appointment of the first officers goes past the public interface, and their codes are read
from `var/outbox`.
"""

import base64
import json
import secrets
import struct
import sys
import tempfile
import time
import zlib
from contextlib import redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final
from urllib.parse import parse_qs, urlsplit

import typer

from api.commands.story_payment import pay
from api.commands.story_signing import Signers, SomebodyWhoSigns
from core.errors import InvalidInput, OutsideError

if TYPE_CHECKING:
    import httpx2

    from api.client import Client

_POLL: Final = 0.3
_FORM: Final[dict[str, Any]] = {
    "title": "作品",
    "category": "fine_art",
    "nature": "original",
    "acquisition": "original",
    "ownership": "individual",
    "rights": "all",
    "filed_by": "owner",
    "published": False,
    "completion_date": "2026-01-01",
    "authors": [{"name": "林小雨", "signature": "real_name"}],
    "owners": [
        {
            "name": "林小雨",
            "kind": "natural_person",
            "paper": "resident_id",
            "nationality": "CN",
            "signature": "real_name",
        }
    ],
    "applicant": {"name": "林小雨", "mobile": "13800000000"},
    "kept": {"electronic": "online", "electronic_count": 1},
    "machine_help": {"used": False},
}
_TEXT: Final = "本人于 2026 年独立完成,所填属实。 Made by myself; all of this is true."


class Person:
    """Somebody at a browser: a cookie, our own origin, and the token that changes need."""

    def __init__(self, server: str) -> None:
        import httpx2

        self.transaction_password = secrets.token_urlsafe(16)
        self.http: httpx2.Client = httpx2.Client(
            base_url=server, timeout=60, trust_env=False, headers={"Origin": server}
        )

    def signed_in(self, answer: dict[str, Any]) -> None:
        """Keep the token that came with the session."""
        self.http.headers["X-CSRF-Token"] = answer["csrf_token"]

    def ask(self, method: str, path: str, body: object = None) -> "httpx2.Response":
        """One request.

        Raises:
            OutsideError: the server said no; the message is its own.
        """
        answer = self.http.request(method, f"/api/v1{path}", json=body)
        if answer.is_error:
            problem = answer.json()
            raise OutsideError(f"{path}: {problem.get('detail')} [{problem.get('field')}]")
        return answer

    def json(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        found: dict[str, Any] = self.ask(method, path, body).json()
        return found


def story(
    office: Annotated[str, typer.Option(help="登记机构 office", show_default=False)],
    file: Annotated[Path, typer.Option(help="作品文件 the work", show_default=False)],
    out: Annotated[Path, typer.Option(help="输出目录 folder for papers")] = Path(),
    timeout: Annotated[float, typer.Option(help="等待秒数 seconds to wait")] = 300.0,
) -> int:
    """演示一次完整的作品登记 / play one whole registration, from deposit to certificate."""
    from api.client import Client
    from api.commands.local import connection

    server = connection(None, None).server
    until = time.monotonic() + timeout
    out.mkdir(parents=True, exist_ok=True)
    first = _officer(server, office, "first_examiner")
    final = _officer(server, office, "final_examiner")
    applicant = Person(server)
    who = {"identifier": _address(), "name": "林小雨", "password": secrets.token_urlsafe(16)}
    texts = applicant.json("GET", "/texts")["items"]
    agreed = {text["key"]: text["version"] for text in texts}
    applicant.signed_in(applicant.json("POST", "/accounts", {**who, "agreed": agreed}))
    wanted = {"password": who["password"], "new": applicant.transaction_password}
    applicant.ask("PUT", "/account/transaction-password", wanted)
    scopes = {"name": "story", "scopes": ["deposit", "read"]}
    client = Client(server, applicant.json("POST", "/keys", scopes)["secret"])
    evidence = _deposit(client, file)
    signers = _signers(office, until)
    matter = _apply(applicant, client, office, evidence, signers)
    _examine(applicant, (office, first, final), matter, evidence, signers)
    answers = {"evidence": evidence, **_collect(applicant, client, matter, evidence, out, until)}
    print(json.dumps(answers, ensure_ascii=False, indent=2))
    return 0


def _officer(server: str, office: str, role: str) -> Person:
    """Appointed by the operator, enrolled with the code from the outbox, signed in."""
    from accounts.second_factors import STEP_SECONDS, totp
    from api.commands.local import var_folder
    from api.commands.officers import staff
    from registry import offices

    address = _address()
    agency = next(iter(offices.get(office).agencies or {}), office)
    with redirect_stdout(sys.stderr):
        staff("add", office, role, address, f"审查员 {role}", agency)
    person = Person(server)
    body = {
        "code": _code_for(var_folder() / "outbox", address),
        "password": secrets.token_urlsafe(16),
        "document_kind": "resident_id",
        "number": _identity(),
    }
    person.signed_in(person.json("POST", "/officers", body))
    told = person.json("POST", "/second-factor")["address"]
    secret = base64.b32decode(parse_qs(urlsplit(told).query)["secret"][0])
    step = int(time.time()) // STEP_SECONDS
    person.ask("PUT", "/session/second-factor", {"code": totp(secret, step)})
    return person


def _code_for(outbox: Path, address: str) -> str:
    for path in outbox.glob("*.json"):
        message = json.loads(path.read_text("utf-8"))
        if message["to"] == address:
            code: str = message["code"]
            return code
    raise OutsideError("发件箱中没有邀请 / no invitation in the outbox")


def _deposit(client: "Client", file: Path) -> str:
    from evidence.digest import CHUNK, digest_chunks

    try:
        with file.open("rb") as opened:
            digest = digest_chunks(iter(lambda: opened.read(CHUNK), b""))
    except OSError as error:
        raise InvalidInput(f"文件无法读取 / cannot read {file}", field="file") from error
    upload = client.upload(file, digest.size, lambda _sent: None)
    entry = {"name": file.name, "size": digest.size, "sha256": digest.sha256, "upload": upload}
    body = {"title": _FORM["title"], "files": [entry], "authors": ["林小雨"]}
    number: str = client.deposit(body, f"story-{secrets.token_hex(8)}")["evidence_number"]
    _say(f"存证 evidence {number}")
    return number


def _signers(office: str, until: float) -> Signers:
    """The applicant and a co-author, who has no account and signs by link."""
    from api.commands.local import var_folder
    from registry import offices

    names = () if offices.get(office).signing.order == "paper" else ("林小雨", "陈墨")
    people = tuple(
        SomebodyWhoSigns(name, f"139{secrets.randbelow(10**8):08d}", _identity(), draws=at > 0)
        for at, name in enumerate(names)
    )
    return Signers(people, var_folder() / "outbox", until)


def _apply(
    applicant: Person, client: "Client", office: str, evidence: str, signers: Signers
) -> str:
    """Draft, see which papers are asked for, bring them, submit, have them signed."""
    from registry import offices

    profile = offices.get(office)
    papers = {code: _TEXT for code, paper in profile.documents.items() if "online" in paper.how}
    body = {
        "office": office,
        "agency": next(iter(profile.agencies or {}), None),
        "form": _form(profile.area, applicant, signers),
        "documents": papers,
    }
    drafted = applicant.json("POST", "/matters", body)
    matter: str = drafted["id"]
    for code in drafted["required_documents"]:
        if code not in papers:
            papers[code] = _scanned(client, code)
    whole = {"form": body["form"], "documents": papers}
    applicant.json("PUT", f"/matters/{matter}/application", whole)
    _submit(applicant, matter, evidence, signers)
    return matter


def _scanned(client: "Client", code: str) -> str:
    """A paper signed by hand, scanned and deposited."""
    with tempfile.TemporaryDirectory() as folder:
        scan = Path(folder) / f"{code}.png"
        scan.write_bytes(_png())
        return _deposit(client, scan)


def _form(area: str, applicant: Person, signers: Signers) -> dict[str, Any]:
    """The form of somebody who lives where the office is; for a national one, in the capital."""
    from accounts.areas import areas

    code = area if area in areas() else next(iter(areas()))
    place = {"country": "CN", "province": code, "city": areas()[code]}
    owners = [{**each, "place": place} for each in _FORM["owners"]]
    authors = _FORM["authors"]
    if not signers.people:
        return {**_FORM, "completion_place": place, "owners": owners}
    on_file = [
        {"name": each.name, "party": applicant.json("POST", "/parties", each.party())["id"]}
        for each in signers.people
    ]
    return {
        **_FORM,
        "completion_place": place,
        "ownership": "joint",
        "owners": [{**owners[0], **each} for each in on_file],
        "authors": [{**authors[0], **each} for each in on_file],
    }


def _submit(applicant: Person, matter: str, evidence: str, signers: Signers) -> None:
    """Submit, as soon as the evidence has been stored; have it signed, and pay what is due."""
    handed_in = {
        "evidence_number": evidence,
        "transaction_password": applicant.transaction_password,
    }
    for _ in range(200):
        try:
            applicant.json("POST", f"/matters/{matter}/submissions", handed_in)
        except OutsideError as error:
            if "尚未入库" not in error.message:
                raise
            time.sleep(_POLL)
        else:
            signers.sign(applicant, matter)
            answer = applicant.json("GET", f"/matters/{matter}")
            if answer["state"] == "payment":
                _say(f"支付 pay {answer['order']['total']} {answer['order']['currency']}")
                answer = pay(applicant.json, answer)
            _say(f"受理 matter {answer['number']} {answer['state']}")
            return


def _examine(
    applicant: Person,
    at_office: tuple[str, Person, Person],
    matter: str,
    evidence: str,
    signers: Signers,
) -> None:
    """Returned once, corrected, passed by one person and approved by another."""
    office, first, final = at_office
    at = f"/offices/{office}/matters/{matter}"
    first.json("POST", f"{at}/claim", {"role": "first_examiner"})
    items = [
        {"kind": "field", "name": "title", "reason": "作品名称过于笼统 too general a title"},
        {"kind": "document", "name": "creation_statement", "reason": "请写明创作过程 say how"},
    ]
    first.json("POST", f"{at}/return", {"items": items, "note": "请补正 please correct"})
    returned = applicant.json("GET", f"/matters/{matter}")
    _say(f"退回补正 returned, due {returned['due_at']}")
    documents = {**returned["documents"], "creation_statement": f"{_TEXT} 写生三日而成。"}
    form = {**returned["form"], "title": "山间晨雾"}
    body = {"form": form, "documents": documents}
    applicant.json("PUT", f"/matters/{matter}/application", body)
    _submit(applicant, matter, evidence, signers)
    seen = first.json("POST", f"{at}/claim", {"role": "first_examiner"})
    _say(f"改动 changed {seen['changed']}")
    first.json("POST", f"{at}/pass", {"checklist": list(seen["checklist"]["first"])})
    final.json("POST", f"{at}/claim", {"role": "final_examiner"})
    confirmed = {"checklist": list(seen["checklist"]["final"])}
    answer = final.json("POST", f"{at}/approval", confirmed)
    _say(f"登记 registered {answer['registration']['registration_number']}")


def _collect(
    applicant: Person, client: "Client", matter: str, evidence: str, out: Path, until: float
) -> dict[str, Any]:
    """Fetch every paper, as it becomes ready."""
    while True:
        found = applicant.json("GET", f"/matters/{matter}")["registration"]
        if found["certificate_ready"] and client.evidence(evidence)["certificate_ready"]:
            break
        if time.monotonic() > until:
            raise OutsideError("证书未在时限内制成 / no certificate in time")
        time.sleep(_POLL)
    number = found["registration_number"]
    papers = {
        f"evidence-{evidence}.pdf": f"/evidence/{evidence}/certificate",
        f"evidence-{evidence}.zip": f"/evidence/{evidence}/package",
        f"registration-{number}.pdf": f"/matters/{matter}/certificate",
        f"registration-{number}.zip": f"/matters/{matter}/package",
        f"sample-{number}.pdf": f"/matters/{matter}/sample",
    }
    for name, path in papers.items():
        (out / name).write_bytes(applicant.ask("GET", path).content)
        _say(f"  {out / name}")
    written = [
        *(out / name for name in papers),
        *_documents(applicant, matter, out),
        *_notices(applicant, matter, out / "documents", until),
    ]
    return {"registration": number, "papers": [str(path) for path in written]}


def _documents(applicant: Person, matter: str, out: Path) -> list[Path]:
    """The papers of the application into `documents/`, with the signatures they have."""
    found = applicant.json("GET", f"/matters/{matter}")
    asked = applicant.json(
        "POST", f"/offices/{found['office']}/required-documents", {"form": found["form"]}
    )["documents"]
    signed = applicant.json("GET", f"/matters/{matter}/signing")["papers"]
    papers = {
        "hand-over-list.pdf": "hand-over-list.pdf",
        **{
            f"{each['code']}.pdf": f"documents/{each['code']}.pdf"
            for each in asked
            if each["has_template"] and each["needed"] == "required"
        },
        **{f"{each['code']}.pdf": f"signing/papers/{each['code']}" for each in signed},
    }
    folder = out / "documents"
    folder.mkdir(exist_ok=True)
    for name, path in papers.items():
        (folder / name).write_bytes(applicant.ask("GET", f"/matters/{matter}/{path}").content)
    _say(f"  {folder}")
    return [folder / name for name in papers]


def _notices(applicant: Person, matter: str, folder: Path, until: float) -> list[Path]:
    """What the office sent on the way, as signed papers."""
    while True:
        items = applicant.json("GET", f"/matters/{matter}/notices")["items"]
        if all(each["ready"] for each in items):
            break
        if time.monotonic() > until:
            raise OutsideError("通知书未在时限内制成 / no notices in time")
        time.sleep(_POLL)
    written = []
    for each in items:
        path = folder / f"notice-{each['place']}-{each['kind']}.pdf"
        address = f"/matters/{matter}/notices/{each['place']}.pdf"
        path.write_bytes(applicant.ask("GET", address).content)
        written.append(path)
    return written


def _png() -> bytes:
    """A scan of a signed paper: one grey dot of its own, as PNG (ISO/IEC 15948)."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">L", len(data)) + kind + data + struct.pack(">L", zlib.crc32(kind + data))
        )

    header = struct.pack(">2L5B", 1, 1, 8, 0, 0, 0, 0)
    dot = zlib.compress(b"\0" + secrets.token_bytes(1))
    note = chunk(b"tEXt", b"Comment\0" + secrets.token_hex(8).encode())
    body = chunk(b"IHDR", header) + note + chunk(b"IDAT", dot) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def _address() -> str:
    return f"{secrets.token_hex(6)}@example.org"


def _identity() -> str:
    """A well-formed resident number of nobody: a made-up day of birth and order code."""
    body = f"110101{1950 + secrets.randbelow(50)}0101{secrets.randbelow(1000):03d}"
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    total = sum(int(digit) * weight for digit, weight in zip(body, weights, strict=True))
    return body + "10X98765432"[total % 11]


def _say(line: str) -> None:
    sys.stderr.write(line + "\n")
