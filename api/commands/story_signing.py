"""The part of the story where papers are signed: each signer is a person with a link, no account.

Links and codes are read from `var/outbox`, where an operator's gateway would take them to send.
"""

import json
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from core.errors import OutsideError

if TYPE_CHECKING:
    from api.commands.story_people import Person

_POLL: Final = 0.3
_STROKES: Final = [
    [[120, 700], [300, 180], [420, 640], [520, 260]],
    [[560, 300], [700, 620], [880, 240], [940, 420]],
]
"""A signature as somebody's finger draws it."""


@dataclass(frozen=True)
class SomebodyWhoSigns:
    """A party of the form, or the agent: what is on file of them, and what they themselves know.

    Messages go `to` a mobile number, or to an agent's e-mail; where an agent files, its principal's
    go to the `account` instead, whatever the agent has on file.
    """

    name: str
    to: str
    number: str
    draws: bool = False
    account: str | None = None

    def party(self) -> dict[str, Any]:
        """As the applicant puts them on file."""
        return {
            "name": self.name, "roles": ["author", "owner"], "document_kind": "resident_id",
            "number": self.number, "region": "330106", "mobile": self.to,
        }  # fmt: skip


@dataclass(frozen=True)
class Signers:
    """Everybody who signs; nobody where the office has papers signed on paper."""

    parties: tuple[SomebodyWhoSigns, ...]
    outbox: Path
    until: float
    agent: SomebodyWhoSigns | None = None

    @property
    def people(self) -> tuple[SomebodyWhoSigns, ...]:
        """The parties of the form, and the agent."""
        return self.parties if self.agent is None else (*self.parties, self.agent)

    def by_agent(self, agent: SomebodyWhoSigns, principal: str) -> "Signers":
        """The same, and an agent beside them; the first of them, if any, is the principal."""
        own = tuple(replace(each, account=principal) for each in self.parties[:1])
        return replace(self, parties=(*own, *self.parties[1:]), agent=agent)

    def sign(self, applicant: "Person", matter: str) -> None:
        """Let everybody sign whose turn it is, until the matter goes on."""
        while applicant.json("GET", f"/matters/{matter}")["state"] == "signing":
            if time.monotonic() > self.until:
                raise OutsideError("签署未在时限内完成 / not signed in time")
            signing = applicant.json("GET", f"/matters/{matter}/signing")
            if signing["complete"] and not signing["submits_itself"]:
                applicant.json("POST", f"/matters/{matter}/signing/completion")
                continue
            for signer in signing["signers"]:
                who = next(each for each in self.people if each.name == signer["name"])
                if signer["state"] == "to_sign":
                    _sign(applicant, who, self.outbox)
            time.sleep(_POLL)


def _sign(applicant: "Person", who: SomebodyWhoSigns, outbox: Path) -> None:
    """Open the link, prove, read, confirm: from a browser of their own."""
    link = _newest(outbox, who, "/sign#")
    if link is None:
        return
    person = type(applicant)(str(applicant.http.base_url).rstrip("/"))
    person.http.headers["Signing-Link"] = link
    shown = person.http.get("/api/v1/signing")
    if shown.is_error or shown.json()["state"] != "to_sign":
        return  # of an earlier round: the next message brings the link of this one
    person.ask("POST", "/signing/code")
    answer = {
        "code": _newest(outbox, who, "验证码"),
        "document_kind": "resident_id",
        # As people copy it: with a blank in front (ZJ-41).
        "number": f" {who.number}",
    }
    person.http.headers["Signing-Proof"] = person.json("POST", "/signing/proof", answer)["proof"]
    for paper in shown.json()["papers"]:
        person.ask("GET", f"/signing/papers/{paper['code']}")
    body = {"confirm": True, **({"strokes": _STROKES} if who.draws else {})}
    person.ask("POST", "/signing/confirmation", body)
    sys.stderr.write(f"  {who.name} 签署 signed {len(shown.json()['papers'])}\n")


def _newest(outbox: Path, who: SomebodyWhoSigns, sign: str) -> str | None:
    """The secret of the latest message to `who` whose text has `sign` in it."""
    for path in sorted(outbox.glob("*.json"), reverse=True):
        message = json.loads(path.read_text("utf-8"))
        if message["to"] in {who.to, who.account} and sign in message["text"]:
            code: str = message["code"]
            return code
    return None
