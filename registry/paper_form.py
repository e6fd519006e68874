"""The application form as a paper: every field of the public form, boxes ticked or empty.

An empty form gives the form to fill in by hand. What the office fills in stays empty: the
acceptance number stands at the head, the registration number and the examiners' signatures have
boxes at the end.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from certs.paper import Block, Cell, Cells, Choice, Heading, Option, Prose
from registry import choices
from registry.form import (
    Author,
    Contact,
    DeliveryWish,
    Form,
    Kept,
    Owner,
    Place,
    Software,
    Trading,
)
from registry.paper_blocks import choice, pair
from registry.paper_case import Case
from registry.paper_software import software
from registry.paper_words import Label, day, label, place, rows_of_machine_help, spoken, yes_or_no
from registry.profile import Profile
from registry.words import Words

_PUBLISHED: Final = {"no": Words("未发表", "unpublished"), "yes": Words("已发表", "published")}
_TRADING: Final = {
    "yes": Words("同意展示", "may be shown"),
    "no": Words("不同意展示", "may not be shown"),
}
_BY_HAND: Final = 34


def application(case: Case) -> Iterator[Block]:
    """The form's blocks, in the order of the public form."""
    form = case.form
    yield from _work(form)
    yield Heading(("著作权人", "Copyright owners"))
    signed = label(spoken(Words("作品署名", "Name on the work"), form))
    for at, owner in enumerate(form.owners or (Owner(),)):
        yield from _owner(case, at, owner, signed)
    yield Heading(("作者", "Authors"))
    for at, author in enumerate(form.authors or (Author(),)):
        yield from _author(at, author, len(form.authors), signed)
    yield from _creation(form)
    yield from _rights(form)
    yield Heading(("使用人工智能的情况(申报)", "Use of AI, as declared"))
    yield from _rows(rows_of_machine_help(form.machine_help))
    yield from _kept(form.kept or Kept())
    yield from _filing(case)


def _work(form: Form) -> Iterator[Block]:
    yield Heading(label(spoken(Words("作品", "The work"), form)))
    yield from _rows(((label(spoken(Words("作品名称", "Title"), form)), form.title or ""),))
    if form.form == "software":
        yield from software(form.software or Software())
        return
    categories = {key: words for key, words in choices.CATEGORIES.items() if key != "software"}
    yield choice(("作品类别", "Category"), categories, form.category, form.category_note)
    pieces = "" if form.series_pieces is None else str(form.series_pieces)
    yield pair(
        (("字数、时长或集数", "Words, length or episodes"), form.extent),
        (("系列作品件数", "Pieces of the series"), pieces),
    )


def _owner(case: Case, at: int, owner: Owner, signed: Label) -> Iterator[Block]:
    number = f" {at + 1}" if len(case.form.owners) > 1 else ""
    yield Cells((Cell((f"姓名或名称{number}", f"Name{number}"), owner.name or ""),))
    yield choice(("类别", "Kind"), choices.PARTY_KINDS, owner.kind)
    yield pair(
        (("证件类型", "Identity paper"), _named(choices.IDENTITY_PAPERS, owner.paper)),
        (("证件号码(遮蔽)", "Its number, masked"), case.identities.get(owner.party or "", "")),
    )
    where = owner.place or Place()
    nationality = Place(country=owner.nationality)
    yield pair(
        (("国籍或注册地", "Nationality"), place(nationality)),
        (("省份、城市", "Province, city"), place(where)),
    )
    minor = "未成年人 a minor" if owner.minor else ""
    yield pair((("署名情况", signed[1]), _signed(owner)), (("备注", "Remark"), minor))


def _author(at: int, author: Author, count: int, signed: Label) -> Iterator[Block]:
    number = f" {at + 1}" if count > 1 else ""
    yield pair(
        ((f"姓名或名称{number}", f"Name{number}"), author.name),
        (signed, _signed(author)),
    )
    minor = "未成年人 a minor" if author.minor else ""
    yield pair(
        (("有无工作单位", "Has an employer"), yes_or_no(author.employed)),
        (("备注", "Remark"), minor),
    )


def _creation(form: Form) -> Iterator[Block]:
    made = "Creation" if form.form != "software" else "Development"
    yield Heading((spoken(Words("创作与发表", made), form).zh, f"{made} and publication"))
    yield choice(("创作性质", "Nature"), choices.NATURES, form.nature, form.nature_note)
    yield pair(
        (label(spoken(Words("创作完成日期", "Completed on"), form)), day(form.completion_date)),
        (("完成地点", "Where"), place(form.completion_place)),
    )
    yield choice(("发表状态", "Publication"), _PUBLISHED, _either(form.published))
    never = "未发表 unpublished" if form.published is False else ""
    yield pair(
        (("首次发表日期", "First published on"), day(form.first_published_on) or never),
        (("首次发表地点", "Where"), place(form.first_published_place) or never),
    )


def _rights(form: Form) -> Iterator[Block]:
    yield Heading(("权利", "Rights"))
    yield choice(
        ("权利取得方式", "Acquisition"), choices.ACQUISITIONS, form.acquisition,
        form.acquisition_note,
    )  # fmt: skip
    yield choice(
        ("权利归属方式", "Ownership"), choices.OWNERSHIPS, form.ownership, form.ownership_note
    )
    if form.ownership in {None, "employment"} or form.special_employment is not None:
        told = yes_or_no(form.special_employment)
        yield from _rows(((("特殊职务作品", "A special work of employment"), told),))
    yield choice(("权利拥有状况", "Rights held"), choices.SCOPES, form.rights)
    listed = _rights_of(form)
    ticked = frozenset(listed) if form.rights == "all" else frozenset(form.held_rights)
    yield Choice(
        ("权利种类", "Which rights"),
        tuple(
            Option((f"{at} {words.zh}", words.en), key in ticked)
            for at, (key, words) in enumerate(listed.items(), start=1)
        ),
        form.rights_note or "",
    )


def _rights_of(form: Form) -> Mapping[str, Words]:
    """What can be ticked; of software the others only where an earlier form has them."""
    if form.form != "software":
        return choices.RIGHTS
    earlier = {
        key: words
        for key, words in choices.RIGHTS.items()
        if key in form.held_rights and key not in choices.RIGHTS_OF_SOFTWARE
    }
    return {**choices.RIGHTS_OF_SOFTWARE, **earlier}


def _kept(kept: Kept) -> Iterator[Block]:
    yield Heading(("留存样本", "The sample that is kept"))
    for said, table, key, count, note in (
        (Words("电子介质", "Electronic"), choices.ELECTRONIC_MEDIA,
         kept.electronic, kept.electronic_count, kept.electronic_note),
        (Words("纸介质", "On paper"), choices.PAPER_MEDIA,
         kept.paper, kept.paper_count, kept.paper_note),
    ):  # fmt: skip
        remark = " ".join(filter(None, ("" if count is None else f"{count} 件", note)))
        yield choice(label(said), table, key, remark)


def _filing(case: Case) -> Iterator[Block]:
    form = case.form
    yield Heading(("申请", "Filing"))
    yield choice(("申请方式", "Filed by"), choices.FILERS, form.filed_by)
    yield from _contact(Words("申请人", "Applicant"), form.applicant or Contact())
    if form.filed_by == "agent" or form == Form():
        yield from _contact(Words("代理人", "Agent"), form.agent or Contact())
        yield from _rows(((("代理理由", "Why an agent"), form.agent_reason or ""),))
    if form.handler is not None:
        yield from _contact(Words("经办人", "Handler"), form.handler)
    if form.urgent is not None or any(
        each.urgent for each in (case.profile.fees.items or {}).values()
    ):
        yield from _rows(((("加急办理", "Urgent handling"), yes_or_no(form.urgent)),))
    yield from _trading(case, form.trading or Trading())
    yield from _delivery(case, form.delivery or DeliveryWish())
    agencies = case.profile.agencies or {}
    if agencies:
        named = {key: agency.name for key, agency in agencies.items()}
        yield choice(("初审机构", "First examined by"), named, case.agency)


def _delivery(case: Case, said: DeliveryWish) -> Iterator[Block]:
    """Where the office hands over paper certificates: how, and to whom."""
    ways = case.profile.delivery.paper or {}
    if not ways:
        return
    named = {key: way.name for key, way in ways.items()}
    yield choice(("纸质证书", "Paper certificate"), named, said.way)
    yield pair((("收件人", "Recipient"), said.recipient), (("收件手机", "Mobile"), said.mobile))
    yield pair(
        (("收件地址", "Address"), said.address), (("发票邮箱", "E-invoice to"), said.invoice_email)
    )


def _trading(case: Case, said: Trading) -> Iterator[Block]:
    """Where the office has a trading page: the choice, what it means, what is said (TJ-107 …)."""
    if not case.profile.filing.trading_consent:
        return
    yield choice(("版权交易展示", "Shown for trading"), _TRADING, _either(said.consent))
    yield from _rows(((("交易信息", "What is shown"), said.information or ""),))
    meaning = (case.profile.texts or {}).get("trading")
    if meaning is not None:
        yield Prose(*label(meaning))


def _contact(words: Words, said: Contact) -> Iterator[Block]:
    yield pair((label(words), said.name), (("联系人", "Contact"), said.contact))
    yield pair((("地址", "Address"), said.address), (("邮编", "Post code"), said.post_code))
    yield pair((("电话", "Telephone"), said.telephone), (("手机", "Mobile"), said.mobile))
    yield from _rows(((("电子邮箱", "E-mail"), said.email or ""),))


def for_the_office(profile: Profile) -> Iterator[Block]:
    """The boxes that stay empty until the office fills them in; they stand under the signatures."""
    yield Heading(("以下由登记机构填写", "For the office"))
    yield Cells(
        (
            Cell(("登记号", "Registration no.")),
            Cell(("受理签字", "Accepted by")),
        ),
        _BY_HAND,
    )
    stages = tuple(Cell(label(stage.name)) for stage in profile.stages)
    yield Cells(stages, _BY_HAND)


def _signed(party: Owner | Author) -> str:
    said = _named(choices.SIGNATURES, party.signature)
    return f"{said}:{party.signature_text}" if party.signature_text else said


def _either(said: bool | None) -> str | None:  # noqa: FBT001 - a fact of the form, not a switch
    return None if said is None else ("yes" if said else "no")


def _named(table: Mapping[str, Words], key: str | None) -> str:
    return "" if key is None else table[key].zh


def _rows(rows: tuple[tuple[Label, str], ...]) -> Iterator[Block]:
    yield from (Cells((Cell(*row),)) for row in rows)
