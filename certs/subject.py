"""What a certificate that was checked is about, in a line for people and in fields for programs.

Promises: nothing is said of a certificate that no trusted issuer signed, whose documents do not
agree with what is printed, or that is invalid: its words would be a stranger's.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Final

from certs.content import REGISTER_KINDS, CertificateContent
from certs.report import Result, Step, Verdict

_BINDING: Final = frozenset({"signature", "copies", "statement", "facts", "printed"})
"""The steps that tie content.json to the issuer and to the statement."""

_KINDS: Final = {
    "evidence": "存证证书 certificate of evidence",
    "copy": "存证证书副本 copy of a certificate of evidence",
    "registration": "登记证书 registration certificate",
    "work_sample": "登记的样本 sample of a registration",
}


@dataclass(frozen=True)
class Subject:
    """What was registered or kept; `None` for what is hidden or does not apply."""

    kind: str
    evidence_number: str
    registration_number: str | None
    title: str | None
    owners: tuple[str, ...] | None
    office: str | None

    def to_json(self) -> dict[str, object]:
        return asdict(self)

    def line(self) -> str:
        """One line: text from a certificate cannot begin another, nor steer a terminal."""
        named = (
            (
                "存证编号 evidence no.",
                self.evidence_number if self.registration_number is None else None,
            ),
            ("登记号 registration no.", self.registration_number),
            ("名称 title", None if self.title is None else f"《{self.title}》"),
            ("著作权人 owners", None if self.owners is None else "、".join(self.owners)),
            ("登记机构 office", self.office),
        )
        told = " ".join(f"{label} {value}" for label, value in named if value is not None)
        told = "".join(each if each.isprintable() else " " for each in told)
        return f"{_KINDS[self.kind]}: {told}"


def subject(
    content: CertificateContent | None, steps: Sequence[Step], verdict: Verdict
) -> Subject | None:
    """The subject of what was found bound; None when that was not."""
    passed = {step.id for step in steps if step.result is Result.PASSED}
    if content is None or verdict is Verdict.INVALID or not passed >= _BINDING:
        return None
    registered = content.kind in REGISTER_KINDS
    return Subject(
        content.kind,
        content.number,
        _text(content, "registration_number") if registered else None,
        _text(content, "title"),
        _texts(content, "owners") if registered else None,
        _text(content, "office") if registered else None,
    )


def _text(content: CertificateContent, name: str) -> str | None:
    value = _texts(content, name)
    return None if value is None else "、".join(value)


def _texts(content: CertificateContent, name: str) -> tuple[str, ...] | None:
    value = content.fact(name)
    if value is None:
        return None
    return tuple(map(str, value)) if isinstance(value, tuple) else (str(value),)
