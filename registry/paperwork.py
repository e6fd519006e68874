"""From form, profile and what was filled in on line to the papers of an application. Pure.

    papers_to_sign(case)         the codes of the papers that are drawn and signed on line
    compose(case, code)          one paper's frozen content: give it to `certs.paper_pdf.draw`

The same case gives the same content, and a paper says only what is its own: whoever corrects the
place of completion does not change the pledge, and signatures on it stay. Who signs which paper is
`Signer.role` and `.index`: the place in the form's list of owners or authors, 0 for an agent.
Whoever is owner and author at once signs once, as owner.
"""

from collections.abc import Iterator, Mapping
from typing import Final, get_args

from certs.paper import (
    Answer,
    Block,
    Cell,
    Cells,
    Clauses,
    Heading,
    Paper,
    Prose,
    Role,
    Signatures,
    Signer,
    Table,
)
from core.errors import NotFound
from registry import choices
from registry.asking import documents_for
from registry.form import Author, Form, Owner
from registry.paper_case import Case
from registry.paper_form import application, for_the_office
from registry.paper_kinds import FORM, PaperKind, kind_of, kinds
from registry.paper_words import (
    blank,
    category,
    completion,
    day,
    held,
    label,
    names,
    quoted,
    rows_of_machine_help,
    spoken,
    stamp,
)
from registry.profile_parts import Document
from registry.words import Words

_SIGNS: Final[Mapping[str, Words]] = {
    "owner": Words("著作权人", "Owner"),
    "author": Words("作者", "Author"),
    "applicant": Words("申请人", "Applicant"),
    "agent": Words("代理人", "Agent"),
    "employer": Words("作者所在单位", "The author's employer"),
    "handler": Words("经办人", "Handler"),
    "office": Words("登记机构", "Office"),
}
_MOST_FILES: Final = 30


def papers_to_sign(case: Case) -> tuple[str, ...]:
    """The papers this application signs on line, in the profile's order."""
    asked = {each.code for each in documents_for(case.profile, case.form, case.profile.area)}
    return tuple(
        code
        for code, document in case.profile.documents.items()
        if code in asked
        and document.signed == "electronic"
        and {"online", "generated"} & set(document.how)
        and kind_of(code, document)
    )


def compose(case: Case, code: str) -> Paper:
    """The content of one paper; what the form does not say yet is left blank.

    Raises:
        NotFound: the office has no such document, or it is none that is drawn here.
    """
    document = case.profile.documents.get(code)
    name = None if document is None else kind_of(code, document)
    if document is None or name is None:
        raise NotFound(
            "没有可生成的这种材料 / no document of this code is made here", field="document"
        )
    kind = kinds()[name]
    blocks = application(case) if name == FORM else _declaration(case, code, kind)
    signers = _signers(case, document, kind)
    return Paper(
        kind=name,
        title=label(spoken(document.name, case.form)),
        office=label(case.profile.name),
        number=case.number,
        at=stamp(case.opened_at),
        mark=case.mark,
        blocks=(
            *blocks,
            *(_filled_in(case) if name == FORM and "upload" in document.how else ()),
            *_files(case, kind),
            *_clauses(case, document, kind),
            *((Signatures(signers),) if signers else ()),
            *(for_the_office(case.profile) if name == FORM else ()),
        ),
    )


def _declaration(case: Case, code: str, kind: PaperKind) -> Iterator[Block]:
    """Everything but the application form: facts of the work, the parts filled in, use of AI."""
    facts = [Cell(*each) for name in kind.facts if (each := _fact(case.form, name)) is not None]
    yield from (Cells((cell,)) for cell in facts)
    yield from _answer(case, code, kind)
    if kind.machine_help:
        rows = rows_of_machine_help(case.form.machine_help)
        yield Heading(("使用人工智能的情况(申报)", "Use of AI, as declared"))
        yield from (Cells((Cell(*row),)) for row in rows)


def _filled_in(case: Case) -> Iterator[Block]:
    """What else was filled in on line, on a form that is printed: whoever signs it signs that too
    (TJ-101 … TJ-103).
    """
    for each in documents_for(case.profile, case.form, case.profile.area):
        name = kind_of(each.code, each.document)
        if name in {None, FORM} or "online" not in each.document.how:
            continue
        yield Heading(label(spoken(each.document.name, case.form)))
        yield from _answer(case, each.code, kinds()[name or ""])
        yield from _said(case, each.document, kinds()[name or ""])


def _answer(case: Case, code: str, kind: PaperKind) -> Iterator[Block]:
    """The parts that are filled in, or the one text."""
    given = case.answers.get(code, "")
    parts = {name: label(spoken(words, case.form)) for name, words in kind.parts.items()}
    if isinstance(given, str):
        if len(parts) == 1 or (parts and not given):
            yield from (Answer(part, given) for part in parts.values())
        elif given:
            yield Answer(("说明", "Statement"), given)
    else:
        yield from (Answer(part, given.get(name, "")) for name, part in parts.items())


def _fact(form: Form, name: str) -> tuple[tuple[str, str], str] | None:
    """A fact's label and value; None when it says nothing about this kind of work."""
    found: Mapping[str, tuple[Words, str]] = {
        "title": (Words("作品名称", "Title"), form.title or ""),
        "category": (Words("作品类别", "Category"), category(form)),
        "authors": (Words("作者", "Authors"), names(form.authors)),
        "owners": (Words("著作权人", "Owners"), names(form.owners)),
        "completion": (Words("创作完成", "Completed"), completion(form)),
        "nature": (
            Words("创作性质", "Nature"), held(choices.NATURES, form.nature, form.nature_note)),
        "ownership": (
            Words("权利归属方式", "Ownership"),
            held(choices.OWNERSHIPS, form.ownership, form.ownership_note),
        ),
        "acquisition": (
            Words("权利取得方式", "Acquisition"),
            held(choices.ACQUISITIONS, form.acquisition, form.acquisition_note),
        ),
        "rights": (Words("权利拥有状况", "Rights held"), _rights(form)),
        "applicant": (
            Words("申请人", "Applicant"),
            "" if form.applicant is None else form.applicant.name or "",
        ),
        "agent": (Words("代理人", "Agent"), "" if form.agent is None else form.agent.name or ""),
    }  # fmt: skip
    if name == "extent":
        if form.extent is None and form.category not in {None, "text"}:
            return None
        words = form.category in {None, "text"}
        said = Words("字数", "Number of words") if words else Words("篇幅或时长", "Length")
        return label(said), form.extent or ""
    said, value = found[name]
    return label(spoken(said, form)), value


def _rights(form: Form) -> str:
    if form.rights == "all":
        return "全部 all"
    return "、".join(choices.RIGHTS[each].zh for each in form.held_rights)


def _files(case: Case, kind: PaperKind) -> Iterator[Block]:
    """The evidence the matter rests on: who signs this paper signs these digests."""
    if not kind.files or not case.files:
        return
    said = Words("申请登记的作品文件", "The files that are to be registered")
    yield Heading(label(spoken(said, case.form)))
    yield Cells((Cell(("存证编号", "Evidence no."), case.evidence_number),))
    shown = case.files[:_MOST_FILES]
    yield Table(
        (("序号", "No."), ("字节", "Bytes"), ("SHA-256", "")),
        (1, 2, 9),
        tuple((str(at), str(each.size), each.sha256) for at, each in enumerate(shown, start=1)),
    )
    if len(case.files) > len(shown):
        yield Prose(
            f"共 {len(case.files)} 个文件,其余见存证证书。",
            f"{len(case.files)} files in all; the evidence certificate lists the rest.",
        )


def _clauses(case: Case, document: Document, kind: PaperKind) -> Iterator[Block]:
    """What the signers declare."""
    said = tuple(_said(case, document, kind))
    if said:
        yield Heading(("声明与保证", "Declared and pledged"))
        yield from said


def _said(case: Case, document: Document, kind: PaperKind) -> Iterator[Clauses]:
    """The office's own wording, or the usual one, with what the form says filled in."""
    form = case.form
    values = {
        "title": None if form.title is None else quoted(form.title),
        "category": category(form) or None,
        "owners": names(form.owners) or None,
        "authors": names(form.authors) or None,
        "applicant": None if form.applicant is None else form.applicant.name,
        "agent": None if form.agent is None else form.agent.name,
        "agent_reason": form.agent_reason,
        "completed_on": day(form.completion_date) or None,
    }
    zh = {name: value or blank() for name, value in values.items()}
    named = (("nature", choices.NATURES, form.nature),
             ("ownership", choices.OWNERSHIPS, form.ownership))  # fmt: skip
    en = dict(zh)
    for name, table, key in named:
        zh[name] = blank() if key is None else table[key].zh
        en[name] = blank() if key is None else table[key].en
    zh["office"], en["office"] = label(case.profile.name)
    said = document.clauses or tuple(spoken(each, form) for each in kind.clauses)
    if said:
        yield Clauses(
            tuple((each.zh.format_map(zh), each.en.format_map(en)) for each in said),
        )


def _signers(case: Case, document: Document, kind: PaperKind) -> tuple[Signer, ...]:
    """Whose signature the paper has places for. What is printed and uploaded is signed by hand."""
    by_hand = "upload" in document.how
    if document.signed == "no" and not by_hand:
        return ()
    paper = by_hand or document.signed == "paper" or case.profile.signing.order == "paper"
    may = get_args(Role) if paper else (*case.profile.signing.signers, "employer", "handler")
    found: list[Signer] = []
    for role in kind.signers:
        if role in may:
            known = _keys(case.form.owners) if any(s.role == "owner" for s in found) else ()
            found += _of_role(case, document, role, dated=paper, known=frozenset(known))
    return tuple(found)


def _of_role(
    case: Case, document: Document, role: Role, *, dated: bool, known: frozenset[str]
) -> Iterator[Signer]:
    form = case.form
    words = _SIGNS[role]
    if role == "owner":
        owners = form.owners or (Owner(),)
        for at, each in enumerate(owners):
            told = _told(words, at, len(owners), minor=bool(each.minor))
            unit = each.kind not in {None, "natural_person"}
            seal = unit and (document.seal_for_organisations or _seals(case))
            yield Signer("owner", at, told, each.name or "", seal=seal, dated=dated)
    elif role in {"author", "employer"}:
        authors = form.authors or (Author(),)
        for at, author in enumerate(authors):
            if not known & set(_keys((author,))):
                told = _told(words, at, len(authors), minor=bool(author.minor))
                name = "" if role == "employer" else author.name or ""
                yield Signer(role, at, told, name, seal=role == "employer", dated=dated)
    elif role == "agent":
        name = "" if form.agent is None else form.agent.name or ""
        if form.filed_by == "agent" or form == Form():
            yield Signer("agent", 0, label(words), name, dated=dated)
    else:
        yield Signer(role, 0, label(words), "", dated=dated)


def _seals(case: Case) -> bool:
    return case.profile.signing.organisations == "seal"


def _keys(parties: tuple[Owner | Author, ...]) -> tuple[str, ...]:
    """By what two entries are known to be the same party: its place on file, else its name."""
    return tuple(key for each in parties for key in (each.party or each.name,) if key)


def _told(words: Words, at: int, count: int, *, minor: bool) -> tuple[str, str]:
    number = f" {at + 1}" if count > 1 else ""
    guardian = ("(未成年,由监护人代签)", " (a minor: the guardian signs)") if minor else ("", "")
    return f"{words.zh}{number}{guardian[0]}", f"{words.en}{number}{guardian[1]}"
