"""The people of the story: browsers of their own, verified by their papers; officers; an agent."""

import base64
import json
import secrets
import struct
import sys
import time
import zlib
from collections.abc import Sequence
from contextlib import redirect_stdout
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qs, urlsplit

from core.errors import OutsideError
from registry.numbering import BEIJING

if TYPE_CHECKING:
    import httpx2

AGENT: Final = "周明"
FOR_HEADER: Final = "Yinji-Acting-For"


class Person:
    """Somebody at a browser: a cookie, our own origin, and the token that changes need."""

    def __init__(self, server: str) -> None:
        import httpx2

        self.transaction_password = secrets.token_urlsafe(16)
        self.http: httpx2.Client = httpx2.Client(
            base_url=server, timeout=60, trust_env=False, headers={"Origin": server}
        )

    def sign_up(self, name: str) -> str:
        """An account of one's own, with a transaction password; its address, confirmed."""
        from api.commands.local import var_folder

        who = {"identifier": address(), "name": name, "password": secrets.token_urlsafe(16)}
        texts = self.json("GET", "/texts")["items"]
        agreed = {text["key"]: text["version"] for text in texts}
        self.signed_in(self.json("POST", "/accounts", {**who, "agreed": agreed}))
        code = _code_for(var_folder() / "outbox", who["identifier"])
        self.ask("PUT", "/account/contacts", {"code": code})
        self.ask("PUT", "/account/kind", {"kind": "individual"})
        wanted = {"password": who["password"], "new": self.transaction_password}
        self.ask("PUT", "/account/transaction-password", wanted)
        return who["identifier"]

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

    def send(self, path: str, data: bytes) -> dict[str, Any]:
        """The bytes of a paper.

        Raises:
            OutsideError: the server said no.
        """
        kind = {"Content-Type": "application/octet-stream"}
        answer = self.http.put(f"/api/v1{path}", content=data, headers=kind)
        if answer.is_error:
            raise OutsideError(f"{path}: {answer.json().get('detail')}")
        found: dict[str, Any] = answer.json()
        return found

    def json(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        found: dict[str, Any] = self.ask(method, path, body).json()
        return found


def officer(server: str, rules: dict[str, Any], role: str) -> Person:
    """Appointed by the operator, enrolled with the code from the outbox, signed in."""
    from accounts.second_factors import STEP_SECONDS, totp
    from api.commands.local import var_folder
    from api.commands.officers import staff

    to = address()
    office = rules["key"]
    agency = next((each["key"] for each in rules["agencies"]), office)
    with redirect_stdout(sys.stderr):
        staff("add", office, role, to, f"审查员 {role}", agency)
    person = Person(server)
    body = {
        "code": _code_for(var_folder() / "outbox", to),
        "password": secrets.token_urlsafe(16),
        "document_kind": "resident_id",
        "number": identity(),
    }
    person.signed_in(person.json("POST", "/officers", body))
    told = person.json("POST", "/second-factor")["address"]
    secret = base64.b32decode(parse_qs(urlsplit(told).query)["secret"][0])
    step = int(time.time()) // STEP_SECONDS
    person.signed_in(person.json("PUT", "/session/second-factor", {"code": totp(secret, step)}))
    return person


def _code_for(outbox: Path, address: str) -> str:
    for path in outbox.glob("*.json"):
        message = json.loads(path.read_text("utf-8"))
        if message["to"] == address:
            code: str = message["code"]
            return code
    raise OutsideError("发件箱中没有邀请 / no invitation in the outbox")


def verify(who: Person, name: str, number: str, office: str, boss: Person) -> None:
    """Real-name verification: both sides of the card, and its holder with it; where the office
    looks, its officer does.
    """
    claim = {
        "name": name, "document_kind": "resident_id", "number": number, "region": "330106",
        "address": "西湖区文三路 1 号", "contact_mobile": "13800138000",
    }  # fmt: skip
    made = who.json("POST", "/identity", claim)["id"]
    for kind in ("id_front", "id_back", "holding"):
        who.send(f"/identity/{made}/papers?kind={kind}", png())
    status = who.json("POST", f"/identity/{made}/submission?office={office}")["status"]
    if status == "submitted":
        word = {"outcome": "verified", "ground": "与证件核对一致 as on the card"}
        at = f"/offices/{office}/identities/{made}/decision"
        status = boss.json("POST", at, word)["status"]
    say(f"实名认证 identity {name} {status}")


def put_on_file(filer: Person, party: dict[str, Any], papers: Sequence[str]) -> str:
    """Somebody among the rights holders, with these papers; the party's id."""
    made: str = filer.json("POST", "/parties", party)["id"]
    for kind in papers:
        filer.send(f"/parties/{made}/papers?kind={kind}", png())
    return made


def agent_for(
    principal: Person, office: str, boss: Person, number: str, *, lawyer: bool
) -> tuple[Person, str]:
    """Somebody whom the principal gives a mandate, who acts for the principal from now on, and that
    agent's address: a lawyer whom the office confirms, or a person the principal knows by name.
    """
    agent = Person(str(principal.http.base_url).rstrip("/"))
    to = agent.sign_up(AGENT)
    verify(agent, AGENT, number, office, boss)
    if lawyer:
        _confirmed(agent, office, boss)
    today = datetime.now(BEIJING).date()
    mandate = {
        "agent": to, "agent_name": AGENT, "scopes": ["register"], "offices": [office],
        "valid_from": str(today), "valid_until": str(today + timedelta(days=365)),
    }  # fmt: skip
    until = principal.json("POST", "/mandates", mandate)["valid_until"]
    account = principal.json("GET", "/session")["account"]["id"]
    agent.http.headers[FOR_HEADER] = account
    say(f"委托 mandate {AGENT} until {until}")
    return agent, to


def _confirmed(agent: Person, office: str, boss: Person) -> None:
    """The office's supervisor looks at a qualification and makes the account a lawyer's."""
    paper = agent.send("/account/papers?kind=agent_qualification", png())["id"]
    wish = {"office": office, "kind": "agent_lawyer", "reason": "律师执业", "paper_id": paper}
    asked = agent.json("POST", "/account/kind-changes", wish)["id"]
    word = {"outcome": "granted", "ground": "资质已核 qualified"}
    boss.ask("POST", f"/offices/{office}/kind-changes/{asked}/decision", word)


def png() -> bytes:
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


def address() -> str:
    return f"{secrets.token_hex(6)}@example.org"


def identity() -> str:
    """A well-formed resident number of nobody: a made-up day of birth and order code."""
    body = f"110101{1950 + secrets.randbelow(50)}0101{secrets.randbelow(1000):03d}"
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    total = sum(int(digit) * weight for digit, weight in zip(body, weights, strict=True))
    return body + "10X98765432"[total % 11]


def say(line: str) -> None:
    """A line for whoever watches."""
    sys.stderr.write(line + "\n")
