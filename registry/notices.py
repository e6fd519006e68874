"""The notices an office sends about a matter, as papers. Pure: give them to `certs.paper_pdf.draw`.

Each function takes the matter as it stood (`About`) and what the notice says. The same arguments
give the same bytes, so a notice need not be kept as a file: what it says is enough. Every notice
prints acceptance number, registration number, work, owners, applicant, agent, who handles it, how
to reach them, and its day.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Final

from certs.paper import (
    Block,
    Cell,
    Cells,
    Clauses,
    Heading,
    Label,
    Mark,
    Paper,
    Prose,
    Table,
)
from registry.field_names import field_name
from registry.form import Form
from registry.numbering import BEIJING
from registry.paper_words import blank, day, label, names, quoted, spoken, stamp
from registry.profile import Profile
from registry.revocation_lifecycle import RevocationGround
from registry.tables import read
from registry.words import Words

KINDS: Final = (
    "acceptance", "correction", "refusal", "lapse", "withdrawal", "payment", "collection",
    "dispatch", "revocation",
)  # fmt: skip


_SIGNED: Final = Words(
    "以 PDF 电子签名签发,不另盖印章", "signed electronically in the PDF; no seal is printed"
)


@dataclass(frozen=True)
class About:
    """The matter a notice speaks of, as it stood when the notice was made (`made_at`).

    `handler` is how the office names who handles it (a desk, not a private person).
    """

    profile: Profile
    form: Form
    number: str
    made_at: datetime
    agency: str | None = None
    registration_number: str = ""
    handler: str = ""
    mark: Mark = "sample"


@dataclass(frozen=True)
class Item:
    """Something to be corrected: a `field` of the form by its path, or a `document` by its code."""

    kind: str
    name: str
    reason: str


@dataclass(frozen=True)
class Due:
    """One line of what is to be paid."""

    name: Words
    amount: Decimal


def acceptance(
    about: About, *, received_on: date, decide_by: date | None = None, provisional: bool = False
) -> Paper:
    """受理通知书: the matter is accepted, and by when it will be examined; `provisional`: as far
    as holidays are known.
    """
    more = ["provisional"] if provisional and decide_by is not None else []
    return _notice(about, "acceptance", {"received": _on(received_on)}, due=decide_by, more=more)


def correction(
    about: About, items: Sequence[Item], note: str = "", *, correct_by: date | None = None
) -> Paper:
    """补正通知书: what is to be corrected, until when, and what is signed again."""
    signing = about.profile.signing
    signed = (signing.individuals, signing.organisations) != ("none", "none")
    more = [f"signed_{signing.after_return}"] if signed else []
    rows = tuple(
        (str(at), _place(about, item), item.reason) for at, item in enumerate(items, start=1)
    )
    listed: list[Block] = []
    if rows:
        heads = (("序号", "No."), ("事项", "What"), ("应如何补正", "How to correct it"))
        listed.append(Table(heads, (1, 3, 8), rows))
    return _notice(about, "correction", {}, due=correct_by, listed=listed, note=note, more=more)


def refusal(about: About, ground: Words, note: str = "", *, refunded: bool = False) -> Paper:
    """不予登记通知书: the ground, and whether fees are returned."""
    more = ["refund"] if refunded else []
    return _notice(about, "refusal", {"ground": ground}, note=note, more=more)


def lapse(about: About, *, was_due: date) -> Paper:
    """终止通知书: nothing arrived in time."""
    return _notice(about, "lapse", {"was_due": _on(was_due)})


def withdrawal(about: About) -> Paper:
    """撤回确认书: taken back by the applicant."""
    return _notice(about, "withdrawal", {})


def payment(about: About, lines: Sequence[Due], *, pay_by: date | None = None) -> Paper:
    """缴费通知书: what is due, in the profile's currency."""
    currency = about.profile.fees.currency
    rows = tuple((str(line.name), f"{line.amount:.2f} {currency}") for line in lines)
    total = f"{sum((line.amount for line in lines), Decimal(0)):.2f} {currency}"
    heads = (("费用", "Fee"), ("金额", "Amount"))
    table: list[Block] = [Table(heads, (5, 2), (*rows, ("合计 Total", total)))]
    more = ["transfer"] if "transfer" in about.profile.fees.ways else []
    said = {"total": Words(total, total)}
    return _notice(about, "payment", said, due=pay_by, listed=table, more=more)


def collection(about: About, way: Words) -> Paper:
    """领取结果通知书: where the certificate is to be collected."""
    return _notice(about, "collection", {"way": way})


def dispatch(about: About, way: Words, tracking: str = "") -> Paper:
    """发放结果通知书: the certificate was sent, with the tracking number when there is one."""
    said = Words(f"{way.zh} {tracking}".strip(), f"{way.en} {tracking}".strip())
    return _notice(about, "dispatch", {"way": said})


def revocation(about: About, ground: RevocationGround, note: str) -> Paper:
    """撤销通知书: the registration is revoked, by which rule and on which ground."""
    said = {"ground": ground.words, "basis": ground.basis[about.form.form]}
    return _notice(about, "revocation", said, note=note)


def _notice(
    about: About,
    kind: str,
    values: Mapping[str, Words],
    *,
    due: date | None = None,
    listed: Sequence[Block] = (),
    note: str = "",
    more: Sequence[str] = (),
) -> Paper:
    """What all notices have in common; `more` names further sentences of the kind."""
    text = _texts()[kind]
    form = about.form
    title = quoted(form.title) if form.title else blank()
    applicant = (form.applicant.name if form.applicant else None) or blank()
    known = {
        "title": Words(title, title),
        "applicant": Words(applicant, applicant),
        "office": about.profile.name,
        "day": _on(about.made_at.astimezone(BEIJING).date()),
        **({"due": _on(due)} if due is not None else {}),
        **values,
    }
    sentences = [*text.clauses]
    if due is not None and text.due is not None:
        sentences.insert(0, text.due)
    sentences += [text.more[name] for name in more]
    sentences = [spoken(each, form) for each in sentences]
    own = (about.profile.texts or {}).get(f"notice_{kind}")
    if own is not None:
        sentences.append(own)
    said = text.of_software if form.form == "software" else None
    opening = _filled(said or spoken(text.opening, form), known)
    return Paper(
        kind=f"notice_{kind}",
        title=label(text.title),
        office=label(about.profile.name),
        number=about.number,
        at=stamp(about.made_at),
        mark=about.mark,
        blocks=(
            *_matter(about),
            Prose(*opening),
            *listed,
            *([Cells((Cell(("说明", "Note"), note),))] if note else []),
            Heading(("请注意", "Please note")),
            Clauses(tuple(_filled(each, known) for each in sentences)),
            *_sender(about),
        ),
    )


def _matter(about: About) -> Iterator[Block]:
    form = about.form
    agent = "" if form.agent is None else form.agent.name or ""
    applicant = "" if form.applicant is None else form.applicant.name or ""
    number = about.number.partition("/")[0]  # of the matter; a notice's own adds its place
    yield Cells((Cell(("受理号", "Acceptance no."), number),))
    title = label(spoken(Words("作品名称", "Title"), form))
    yield Cells((Cell(title, form.title or ""),))
    yield Cells((Cell(("著作权人", "Owners"), names(form.owners)),))
    yield Cells((Cell(("申请人", "Applicant"), applicant), Cell(("代理人", "Agent"), agent)))
    if about.registration_number:
        yield Cells((Cell(("登记号", "Registration no."), about.registration_number),))


def _sender(about: About) -> Iterator[Block]:
    """Who handles it, how to reach them, and the day."""
    profile = about.profile
    agency = (profile.agencies or {}).get(about.agency or "")
    contact = (profile.texts or {}).get("contact")
    yield Heading(("联系方式", "How to reach us"))
    handler = about.handler or (str(agency.name) if agency else str(profile.name))
    yield Cells((Cell(("办理", "Handled by"), handler),))
    if agency is not None and (agency.address or agency.telephone):
        yield Cells(
            (
                Cell(("地址", "Address"), agency.address or ""),
                Cell(("电话", "Telephone"), agency.telephone or ""),
            )
        )
    if contact is not None:
        yield Cells((Cell(("咨询", "Enquiries"), str(contact)),))
    made = _on(about.made_at.astimezone(BEIJING).date())
    yield Cells((Cell(("通知日期", "Day of notice"), str(made)),))
    yield Cells((Cell(("签发", "Issued by"), f"{profile.name}\n{_SIGNED}"),))


def _place(about: About, item: Item) -> str:
    if item.kind == "document":
        document = about.profile.documents.get(item.name)
        return item.name if document is None else str(spoken(document.name, about.form))
    return str(spoken(field_name(item.name), about.form))


def _on(value: date) -> Words:
    return Words(day(value.isoformat()), value.isoformat())


def _filled(words: Words, values: Mapping[str, Words]) -> Label:
    return (
        words.zh.format_map({name: each.zh for name, each in values.items()}),
        words.en.format_map({name: each.en for name, each in values.items()}),
    )


@dataclass(frozen=True)
class _Text:
    title: Words
    opening: Words
    clauses: tuple[Words, ...]
    due: Words | None
    more: Mapping[str, Words]
    of_software: Words | None


@cache
def _texts() -> Mapping[str, _Text]:
    def words(row: Mapping[str, str] | None) -> Words | None:
        return None if row is None else Words(**row)

    return {
        kind: _Text(
            Words(**row["title"]),
            Words(**row["opening"]),
            tuple(Words(**each) for each in row["clauses"]),
            words(row.get("due")),
            {name: Words(**each) for name, each in row.get("more", {}).items()},
            words(row.get("of_software")),
        )
        for kind, row in read("notices.toml").items()
    }
