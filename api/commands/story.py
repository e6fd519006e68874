"""`yinji story`: one whole registration, each part played by an account of its own over HTTP.

Only the appointment of the first officers goes past the public interface, and their codes are read
from `var/outbox`.
"""

import json
import secrets
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from api.commands.story_papers import bring_papers, documents, in_words, notices
from api.commands.story_payment import pay
from api.commands.story_people import (
    AGENT,
    Person,
    agent_for,
    identity,
    officer,
    png,
    put_on_file,
    say,
    verify,
)
from api.commands.story_scan import signed_by_hand
from api.commands.story_signing import Signers, SomebodyWhoSigns
from api.commands.story_software import (
    CALLED,
    DOCUMENT,
    SAID,
    manual,
    require_taken,
    show_material,
)
from core.errors import InvalidInput, OutsideError

if TYPE_CHECKING:
    from api.client import Client

Rules = dict[str, Any]
"""What `GET …/offices/{office}` says."""

_POLL: Final = 0.3
_NAME: Final = "林小雨"
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
    "authors": [{"name": _NAME, "signature": "real_name", "employed": False}],
    "owners": [
        {
            "name": _NAME,
            "kind": "natural_person",
            "paper": "resident_id",
            "nationality": "CN",
            "signature": "real_name",
        }
    ],
    "applicant": {"name": _NAME, "mobile": "13800000000"},
    "kept": {"electronic": "online", "electronic_count": 1},
    "machine_help": {"used": False},
}
_UNSEEN: Final = frozenset({"being-checked", "document-not-here"})
"""What the pre-check says of files that nobody has looked at yet."""
_CHAPTERS: Final = 20
"""Of a first manual, which is not whole."""
_TEXT: Final = "于 2026 年 1 月 1 日完成,所填属实。 Completed on 1 January 2026; all of it is true."


@dataclass(frozen=True)
class Filing:
    """Who files, the owner or an agent for the owner; who signs; what the form says of it, and of
    what is registered.
    """

    filer: Person
    signers: Signers
    said: dict[str, Any]

    @property
    def software(self) -> bool:
        return self.said.get("form") == "software"


def story(
    office: Annotated[str, typer.Option(help="登记机构 office", show_default=False)],
    file: Annotated[Path, typer.Option(help="作品文件 the work", show_default=False)],
    form: Annotated[str, typer.Option(help="申请表 work or software")] = "work",
    out: Annotated[Path, typer.Option(help="输出目录 folder for papers")] = Path(),
    timeout: Annotated[float, typer.Option(help="等待秒数 seconds to wait")] = 300.0,
) -> int:
    """演示一次完整的登记 / play one whole registration, from deposit to certificate."""
    from api.client import Client
    from api.commands.local import connection, require_folder
    from registry import offices

    if not file.is_file():
        raise InvalidInput(f"文件无法读取 / cannot read {file}", field="file")
    require_folder(out)
    server = connection(None, None).server
    until = time.monotonic() + timeout
    applicant = Person(server)
    offices.require(office, [each["key"] for each in applicant.json("GET", "/offices")["items"]])
    out.mkdir(parents=True, exist_ok=True)
    roles = ("supervisor", "registrar", "first_examiner", "final_examiner")
    rules = applicant.json("GET", f"/offices/{office}")
    require_taken(rules, form)
    boss, registrar, first, final = (officer(server, rules, role) for role in roles)
    signers = _signers(until)
    address = applicant.sign_up(_NAME)
    verify(applicant, _NAME, signers.parties[0].number, office, boss)
    scopes = {"name": "story", "scopes": ["deposit", "read"]}
    client = Client(server, applicant.json("POST", "/keys", scopes)["secret"])
    said = SAID if form == "software" else {}
    evidence = _deposit(client, file, {**_FORM, **said}["title"])
    filing = _filing((applicant, address), signers, rules, boss, said)
    matter = _apply(filing, client, rules, evidence)
    _examine(filing, client, (office, registrar, first, final), matter, evidence)
    papers = _collect(filing.filer, applicant, client, matter, evidence, out, until)
    answers = {"evidence": evidence, **papers}
    print(json.dumps(answers, ensure_ascii=False, indent=2))
    return 0


def _deposit(client: "Client", file: Path, title: str) -> str:
    from evidence.digest import CHUNK, digest_chunks

    try:
        with file.open("rb") as opened:
            digest = digest_chunks(iter(lambda: opened.read(CHUNK), b""))
    except OSError as error:
        raise InvalidInput(f"文件无法读取 / cannot read {file}", field="file") from error
    upload = client.upload(file, digest.size, lambda _sent: None)
    entry = {"name": file.name, "size": digest.size, "sha256": digest.sha256, "upload": upload}
    body = {"title": title, "files": [entry], "authors": [_NAME]}
    number: str = client.deposit(body, f"story-{secrets.token_hex(8)}")["evidence_number"]
    say(f"存证 evidence {number}")
    return number


def _signers(until: float) -> Signers:
    """The applicant and a co-author, who has no account: both sign, by link or by hand."""
    from api.commands.local import var_folder

    names = (_NAME, "陈墨")
    people = tuple(
        SomebodyWhoSigns(name, f"+86139{secrets.randbelow(10**8):08d}", identity(), draws=at > 0)
        for at, name in enumerate(names)
    )
    return Signers(people, var_folder() / "outbox", until)


def _filing(
    owner: tuple[Person, str], signers: Signers, rules: Rules, boss: Person, said: dict[str, Any]
) -> Filing:
    """Where the office takes agents one files, who signs as well: a lawyer it confirmed, or,
    where a mandate is enough, somebody the owner knows.
    """
    applicant, address = owner
    rule, number = rules["filing"]["agents"]["key"], identity()
    if rule == "none":
        return Filing(applicant, signers, said)
    agent, to = agent_for(applicant, rules["key"], boss, number, lawyer=rule == "confirmed")
    contact = {"name": AGENT, "address": "西湖区一号", "mobile": "13900000000"}
    by_agent = {"filed_by": "agent", "agent": contact, "agent_reason": "委托他人办理"}
    signing = signers.by_agent(SomebodyWhoSigns(AGENT, to, number), address)
    return Filing(agent, signing, {**said, **by_agent})


def _apply(filing: Filing, client: "Client", rules: Rules, evidence: str) -> str:
    """Draft, see which papers are asked for, bring them, submit, have them signed."""
    papers = {
        document["code"]: _TEXT
        for document in rules["documents"]
        if "online" in {each["key"] for each in document["how"]}
    }
    body = {
        "office": rules["key"],
        "agency": next((each["key"] for each in rules["agencies"]), None),
        "form": {**_form(rules, filing.filer, filing.signers), **filing.said},
        "documents": papers,
    }
    drafted = filing.filer.json("POST", "/matters", body)
    matter: str = drafted["id"]
    for code in drafted["required_documents"]:
        if code not in papers:
            papers[code] = _brought(filing, client, matter, code)
    whole = {"form": body["form"], "documents": papers}
    filing.filer.json("PUT", f"/matters/{matter}/application", whole)
    _submit(filing, matter, evidence)
    return matter


def _precheck(filer: Person, matter: str) -> None:
    """What a machine finds before anybody signs, once it has looked at every file."""
    found: list[dict[str, Any]] = []
    for _ in range(200):
        found = filer.json("GET", f"/matters/{matter}/precheck")["items"]
        if not _UNSEEN.intersection(each["id"] for each in found):
            break
        time.sleep(_POLL)
    told = ", ".join(dict.fromkeys(f"{each['id']} ({each['severity']})" for each in found))
    say(f"预检 pre-check: {told or '无 nothing'}")


def _brought(filing: Filing, client: "Client", matter: str, code: str) -> str:
    """A paper deposited: of software its manual; else the one drawn here, printed, signed by hand,
    scanned; else a picture.
    """
    if code == DOCUMENT:
        return _sent(client, "manual.txt", manual(_CHAPTERS))
    try:
        drawn = filing.filer.ask("GET", f"/matters/{matter}/documents/{code}.pdf").content
        names = [each.name for each in filing.signers.people]
        name, data = f"{code}.jpg", signed_by_hand(drawn, names)
    except OutsideError:  # a paper that is somebody else's to write
        name, data = f"{code}.png", png()
    return _sent(client, name, data)


def _sent(client: "Client", name: str, data: bytes) -> str:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / name
        file.write_bytes(data)
        return _deposit(client, file, _FORM["title"])


def _form(rules: Rules, filer: Person, signers: Signers) -> dict[str, Any]:
    """The form of somebody who lives where the office is; for a national one, in the capital."""
    from accounts.areas import areas

    code = rules["area"] if rules["area"] in areas() else next(iter(areas()))
    capital = areas().get(f"{code[:2]}0100", areas()[code])  # a municipality is its own city
    place = {"country": "CN", "province": code, "city": capital}
    owners = [{**each, "place": place} for each in _FORM["owners"]]
    authors = _FORM["authors"]
    kinds = [each["key"] for each in rules["filing"]["person_papers"]]
    on_file = [
        {"name": each.name, "party": put_on_file(filer, each.party(), kinds if at > 0 else ())}
        for at, each in enumerate(signers.parties)  # the first is the account itself
    ]
    return {
        **_FORM,
        "completion_place": place,
        "ownership": "joint",
        "owners": [{**owners[0], **each} for each in on_file],
        "authors": [{**authors[0], **each} for each in on_file],
    }


def _submit(filing: Filing, matter: str, evidence: str) -> None:
    """Submit, as soon as the evidence has been stored; have it signed, and pay what is due."""
    filer = filing.filer
    handed_in = {
        "evidence_number": evidence, "transaction_password": filer.transaction_password,
    }  # fmt: skip
    for _ in range(200):
        try:
            filer.json("POST", f"/matters/{matter}/submissions", handed_in)
        except OutsideError as error:
            if "尚未入库" not in error.message:
                raise
            time.sleep(_POLL)
        else:
            _precheck(filer, matter)
            filing.signers.sign(filer, matter)
            answer = filer.json("GET", f"/matters/{matter}")
            if answer["state"] == "payment":
                say(f"支付 pay {answer['order']['total']} {answer['order']['currency']}")
                answer = pay(filer.json, answer)
            say(f"受理 matter {answer['number']} {answer['state']}")
            if filing.software:
                show_material(filer, matter)
            return


def _examine(
    filing: Filing, client: "Client", at_office: tuple[str, Person, Person, Person], matter: str,
    evidence: str,
) -> None:  # fmt: skip
    """Returned once, corrected, passed by one person and approved by another; a registrar takes in
    what comes on paper, and looks at what was done.
    """
    office, registrar, first, final = at_office
    filer, at = filing.filer, f"/offices/{office}/matters/{matter}"
    rules = filer.json("GET", f"/offices/{office}")
    bring_papers(filer.json, registrar.ask, at, matter)
    first.json("POST", f"{at}/claim", {"role": "first_examiner"})
    _return_once(first, filing, client, at, matter)
    _submit(filing, matter, evidence)
    seen = first.json("POST", f"{at}/claim", {"role": "first_examiner"})
    say(f"改动 changed: {in_words(seen['changed'], rules, software=filing.software)}")
    first.json("POST", f"{at}/pass", {"checklist": list(seen["checklist"]["first"])})
    final.json("POST", f"{at}/claim", {"role": "final_examiner"})
    final.json("GET", at)  # opened: nobody approves what they have not looked at
    confirmed = {"checklist": list(seen["checklist"]["final"])}
    answer = final.json("POST", f"{at}/approval", confirmed)
    say(f"登记 registered {answer['registration']['registration_number']}")
    steps = registrar.json("GET", f"{at}/history")["items"]
    voided = registrar.json("GET", f"/offices/{office}/voided-numbers")["items"]
    say(f"登记员核对 the registrar sees {len(steps)} steps; 作废号 voided numbers: {len(voided)}")


def _return_once(first: Person, filing: Filing, client: "Client", at: str, matter: str) -> None:
    """Name and description do not do, nor of software the manual; they are mended."""
    items = [
        {"kind": "field", "name": "title", "reason": "名称过于笼统 too general a title"},
        {"kind": "document", "name": "creation_statement", "reason": "请写明创作过程 say how"},
    ]
    if filing.software:
        reason = "使用说明不完整 the manual is not whole"
        items.append({"kind": "document", "name": DOCUMENT, "reason": reason})
    first.json("POST", f"{at}/return", {"items": items, "note": "请补正 please correct"})
    filer = filing.filer
    returned = filer.json("GET", f"/matters/{matter}")
    say(f"退回补正 returned, due {returned['due_at']}")
    how = "编写三个月而成。" if filing.software else "写生三日而成。"
    papers = {**returned["documents"], "creation_statement": f"{_TEXT} {how}"}
    if filing.software:
        papers[DOCUMENT] = _sent(client, "manual.txt", manual(4 * _CHAPTERS))
    form = {**returned["form"], "title": CALLED if filing.software else "山间晨雾"}
    body = {"form": form, "documents": papers}
    corrected = filer.json("PUT", f"/matters/{matter}/application", body)
    for code in corrected["earlier_scans"]:  # signed by hand, so signed again
        papers[code] = _brought(filing, client, matter, code)
    filer.json("PUT", f"/matters/{matter}/application", body)


def _collect(
    filer: Person, owner: Person, client: "Client", matter: str, evidence: str, out: Path,
    until: float,
) -> dict[str, Any]:  # fmt: skip
    """Fetch every paper, as it becomes ready: the owner its evidence, who files all else."""
    while True:
        found = filer.json("GET", f"/matters/{matter}")["registration"]
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
        whose = owner if path.startswith("/evidence/") else filer
        (out / name).write_bytes(whose.ask("GET", path).content)
        say(f"  {out / name}")
    written = [
        *(out / name for name in papers),
        *documents(filer, owner, matter, out),
        *notices(filer, matter, out / "documents", until),
    ]
    return {"registration": number, "papers": [str(path) for path in written]}
