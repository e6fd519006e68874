"""A profile in prose: what the office asks, charges and promises, in Chinese and in English.

For whoever writes or confirms a profile: what a machine read is said back in sentences, and
everything that no manual or rule supports is listed at the end as still to be confirmed.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from registry import choices, profile_words
from registry.confirming import unconfirmed, unmarked
from registry.profile import Profile
from registry.profile_numbering import CertificateNumbering, SoftwareNumbering
from registry.profile_parts import Clock, Document, EvidenceRules, Fee, Unit
from registry.rules import explain_condition
from registry.words import Words

_PERSONAL: Final = Words(
    "个人证件,仅办理人说明理由后可查阅",
    "personal: opened by who holds the matter, with a reason that is kept",
)
_MIB: Final = 1024 * 1024


def explain(profile: Profile) -> tuple[Words, ...]:
    """The profile in sentences, one part after the other, and last what is to be confirmed."""
    return (
        *_office(profile),
        *_filing(profile),
        *(_document(each) for each in profile.documents.values()),
        *(_sample(profile, each) for each in profile.categories),
        *_sizes(profile),
        *_signing_and_fees(profile),
        *_examination(profile),
        *_result(profile),
        *_texts(profile),
        *_unmarked(profile),
        *_unconfirmed(profile),
    )


def render(profile: Profile) -> str:
    """The whole explanation: all in Chinese, then all in English."""
    said = explain(profile)
    chinese = "\n".join(each.zh for each in said)
    english = "\n".join(each.en for each in said)
    return f"{chinese}\n\n{english}"


def _office(profile: Profile) -> Iterator[Words]:
    yield Words(
        f"{profile.name.zh},规则第 {profile.version} 版,平台:{profile.platform.zh}。",
        f"{profile.name.en}, rules version {profile.version}; platform: {profile.platform.en}.",
    )
    forms = _listed(profile.forms, choices.FORMS)
    categories = _listed(profile.categories, choices.CATEGORIES)
    yield Words(
        f"登记种类:{forms.zh};受理类别:{categories.zh}。",
        f"Forms: {forms.en}; categories: {categories.en}.",
    )


def _filing(profile: Profile) -> Iterator[Words]:
    filing = profile.filing
    accounts = _listed(filing.accounts, profile_words.ACCOUNTS)
    agents, area, agency = (
        profile_words.AGENTS[filing.agents],
        profile_words.AREAS[filing.area_rule],
        profile_words.AGENCY[filing.agency],
    )
    yield Words(
        f"可申请者:{accounts.zh};{agents.zh};{area.zh};{agency.zh}。",
        f"Who may file: {accounts.en}; {agents.en}; {area.en}; {agency.en}.",
    )
    by, looked = (
        profile_words.IDENTITY[filing.identity],
        profile_words.VERIFICATION[filing.verification],
    )
    yield Words(f"{by.zh}须完成实名认证:{looked.zh}。", f"Real names {by.en}: {looked.en}.")
    person = _listed(filing.person_papers, profile_words.IDENTITY_PAPERS)
    body = _listed(filing.body_papers, profile_words.IDENTITY_PAPERS)
    yield Words(
        f"身份材料:个人须交{person.zh};单位须交{body.zh}。",
        f"Papers of identity: of a person {person.en}; of a body {body.en}.",
    )
    for zh, en, asked in (("个人", "a person", filing.person_facts),
                          ("单位", "a body", filing.body_facts)):  # fmt: skip
        if asked:
            facts = _listed(asked, profile_words.IDENTITY_FACTS)
            yield Words(f"{zh}实名认证须填写{facts.zh}。", f"Of {en} is asked: {facts.en}.")
    minors = profile_words.MINORS[filing.minors]
    yield Words(f"{minors.zh}。", f"Minors: {minors.en}.")
    if filing.transaction_password:
        yield Words("提交申请须输入交易密码。", "A submission needs the transaction password.")
    if filing.trading_consent:
        yield Words(
            "申请时询问是否同意在版权交易页面展示。",
            "Applicants are asked whether the work may be shown for trading.",
        )
    for each in (profile.agencies or {}).values():
        where = " · ".join(filter(None, (each.address, each.telephone)))
        yield Words(
            f"初审机构:{each.name.zh}{f'({where})' if where else ''}。",
            f"Agency: {each.name.en}{f' ({where})' if where else ''}.",
        )


def _document(document: Document) -> Words:
    required = document.needed == "required"
    whens = [explain_condition(each) for each in document.when]
    zh = f"(仅当{';或'.join(each.zh for each in whens)})" if whens else ""
    en = f" (only if {'; or '.join(each.en for each in whens)})" if whens else ""
    if document.personal:
        zh, en = f"{zh}【{_PERSONAL.zh}】", f"{en} [{_PERSONAL.en}]"
    limits = _limits(document.formats, document.most_bytes)
    return Words(
        f"{'必交' if required else '选交'}:{document.name.zh}{zh}——{document.why.zh}{limits.zh}。",
        f"{'Required' if required else 'Optional'}: {document.name.en}{en}: {document.why.en}"
        f"{limits.en}.",
    )


def _sample(profile: Profile, category: str) -> Words:
    sample, name = profile.samples[category], choices.CATEGORIES[category]
    limits = _limits(sample.formats, sample.most_bytes, sample.least_dpi, sample.pages)
    return Words(
        f"样本({name.zh}):{sample.what.zh}{limits.zh}。",
        f"Sample ({name.en}): {sample.what.en}{limits.en}.",
    )


def _limits(
    formats: Iterable[str], most: int | None, dpi: int | None = None, pages: int | None = None
) -> Words:
    """What files must be like, in brackets; nothing where the office does not say."""
    told = []
    if named := ", ".join(formats):
        told.append(Words(f"格式 {named}", named))
    if most is not None:
        size = f"{most // _MIB} MB" if most % _MIB == 0 else f"{most} B"
        told.append(Words(f"单个文件至多 {size}", f"at most {size} a file"))
    if dpi is not None:
        told.append(Words(f"图片不低于 {dpi} dpi", f"pictures of {dpi} dpi or more"))
    if pages is not None:
        told.append(Words(f"PDF 须有 {pages} 页,不足的全部", f"{pages} pages of PDF, or all"))
    if not told:
        return Words("", "")
    return Words(
        f"({';'.join(each.zh for each in told)})", f" ({'; '.join(each.en for each in told)})"
    )


def _sizes(profile: Profile) -> Iterator[Words]:
    for form, most in (profile.most_bytes or {}).items():
        yield Words(
            f"{form} 文件每个至多 {most} 字节。", f"A {form} file has at most {most} bytes."
        )


def _signing_and_fees(profile: Profile) -> Iterator[Words]:
    signing = profile.signing
    signers, order = (
        _listed(signing.signers, profile_words.SIGNERS),
        profile_words.ORDERS[signing.order],
    )
    changed = signing.after_return == "changed"
    yield Words(
        f"签章:{signers.zh},{order.zh};退回后{'只重签有改动的文件' if changed else '全部重签'}。",
        f"Signing: {signers.en}, {order.en}; after a return "
        f"{'only changed papers are' if changed else 'everything is'} signed again.",
    )
    if signing.agents_sign:
        yield Words(
            "委托事项含代为签署的,代理人可代委托人签署;授权委托书除外。",
            "An agent whose mandate says so signs for its principal; never the power of attorney.",
        )
    fees, due = profile.fees, profile_words.DUE[profile.fees.due]
    refund = Words("不予登记的退费。", "Refunded when registration is refused.")
    yield Words(
        f"费用:{due.zh}。{refund.zh if fees.refund_on_refusal else ''}",
        f"Fees: {due.en}. {refund.en if fees.refund_on_refusal else ''}".rstrip(),
    )
    if fees.source == "example":
        yield Words(
            "价目未经确认,可能不全。", "The price list is not confirmed and may lack lines."
        )
    for fee in (fees.items or {}).values():
        yield _fee(fee, fees.currency)
    if fees.ways:
        ways = _listed(fees.ways, profile_words.PAYING)
        yield Words(f"支付方式:{ways.zh}。", f"Ways to pay: {ways.en}.")
    if profile.evidence is not None:
        yield _evidence(profile.evidence, fees.currency)
    for waiver in fees.waivers:
        yield Words(f"免缴:{waiver.why.zh}。", f"Nothing to pay: {waiver.why.en}.")


def _evidence(rules: EvidenceRules, currency: str) -> Words:
    """Only where the installation takes evidence under these terms (`YINJI_EVIDENCE_OFFICE`)."""
    zh, en = f"存证每件 {rules.fee} {currency}", f"Evidence: {rules.fee} {currency} each"
    if rules.source == "example":
        zh, en = f"{zh}(示例,待确认)", f"{en} (an example, to confirm)"
    if rules.review:
        zh, en = f"{zh};审核后可取证书", f"{en}; the certificate follows a review"
    return Words(f"{zh};存证时间不变。", f"{en}; the time of the evidence stays.")


def _fee(fee: Fee, currency: str) -> Words:
    example = fee.source == "example"
    return Words(
        f"{fee.name.zh}:{fee.amount} {currency}{'(示例,待确认)' if example else ''}。",
        f"{fee.name.en}: {fee.amount} {currency}{' (an example, to confirm)' if example else ''}.",
    )


def _examination(profile: Profile) -> Iterator[Words]:
    for stage in profile.stages:
        actor = profile_words.ACTORS[stage.by]
        checks_zh = "、".join(each.zh for each in stage.checklist.values())
        checks_en = ", ".join(each.en for each in stage.checklist.values())
        yield Words(
            f"{stage.name.zh}由{actor.zh}办理,逐项确认:{checks_zh}。",
            f"{stage.name.en.capitalize()} by {actor.en}, confirming: {checks_en}.",
        )
        to = [profile_words.RETURNED_TO[each] for each in stage.returns_to]
        yield Words(
            f"可退回:{'、'.join(each.zh for each in to)}。",
            f"May be returned to {' or '.join(each.en for each in to)}.",
        )
    if profile.reasons:
        count = len(profile.reasons)
        yield Words(f"退回用语 {count} 条。", f"{count} wordings for returns.")
    if (approval := profile.batch_approval) is not None:
        percent = approval.sampled_percent
        yield Words(
            f"终审可一次批准至多 {approval.most} 件,须逐件打开;抽出 {percent}% 单独审查。",
            f"Final approval of up to {approval.most} at once, each opened; {percent}% are drawn "
            "and examined by themselves.",
        )
    yield from map(explain_clock, profile.clocks)


def explain_clock(clock: Clock) -> Words:
    """One term in a sentence."""
    purpose = profile_words.PURPOSES[clock.purpose]
    start, actor = profile_words.STARTS[clock.starts], profile_words.ACTORS[clock.acts]
    forms = _listed(clock.form, choices.FORMS)
    zh = f"期限:{purpose.zh}{f'({forms.zh})' if clock.form else ''}自{start.zh}起 "
    span = _span(clock.amount, clock.unit)
    zh += f"{span.zh},由{actor.zh}完成"
    en = f"Term: {purpose.en}{f' ({forms.en})' if clock.form else ''}, {span.en} "
    en += f"from {start.en}, by {actor.en}"
    if clock.restarts:
        zh, en = f"{zh},重新提交后重新计算", f"{en}; begins anew on resubmission"
    if clock.extension is not None:
        more = clock.extension
        longer = _span(more.amount, more.unit)
        times = "once" if more.times == 1 else f"{more.times} times"
        zh += f",可申请延期 {more.times} 次,每次 {longer.zh}"
        en += f"; on request {longer.en} more, {times}"
    if clock.at_end == "lapse":
        zh, en = f"{zh};逾期终止申请", f"{en}; then the application lapses"
    return Words(f"{zh}。", f"{en}.")


def _span(amount: int, unit: Unit) -> Words:
    said = profile_words.UNITS[unit]
    return Words(
        f"{amount} {said.zh}", f"{amount} {said.en.removesuffix('s') if amount == 1 else said.en}"
    )


def _result(profile: Profile) -> Iterator[Words]:
    yield from explain_numbering(profile)
    ways = (profile.delivery.paper or {}).values()
    zh = "、".join(each.name.zh for each in ways) or "无"
    en = ", ".join(each.name.en for each in ways) or "none"
    yield Words(f"电子证书;纸质证书:{zh}。", f"Electronic certificate; on paper: {en}.")
    if profile.delivery.papers_needed:
        where = profile.delivery.papers_to or "—"
        yield Words(f"纸质材料须寄至:{where}。", f"Paper material must be sent to: {where}.")
        yield Words("收到纸质材料后才开始审查。", "Examination begins when they have come.")
    if profile.appointments is not None:
        yield profile.appointments.said
    batch = profile.batch
    if batch.accounts:
        accounts = _listed(batch.accounts, profile_words.ACCOUNTS)
        yield Words(
            f"批量登记:{accounts.zh},每批至多 {batch.most} 件。",
            f"Batches: {accounts.en}, at most {batch.most} works each.",
        )
    else:
        yield Words("只能单件提交。", "One work at a time.")
    public = profile.notice.public
    yield Words(
        "登记公示可公开查询。" if public else "登记不公示。",
        "Registrations can be searched publicly." if public else "No public notice.",
    )


def explain_numbering(profile: Profile) -> Iterator[Words]:
    """How registration numbers are formed: of works, and of software where the office takes it."""
    numbering = profile.numbering
    scope = profile_words.SCOPES[numbering.scope]
    yield Words(
        f"登记号:{numbering.prefix}-年-类别字母-{numbering.width} 位序号,{scope.zh}。",
        f"Numbers: {numbering.prefix}-year-letter-serial of {numbering.width} digits, {scope.en}.",
    )
    if "software" in profile.forms:
        rules = numbering.software or SoftwareNumbering()
        yield Words(
            f"软件登记号:年 + {rules.infix} + {rules.width} 位序号,每年一个序列。",
            f"Software numbers: year + {rules.infix} + serial of {rules.width} digits, "
            "one series a year.",
        )
        yield _certificates(rules.certificate)
    for series, first in (numbering.first or {}).items():
        yield Words(f"{series} 号段自 {first} 起。", f"The series {series} begins with {first}.")


def _certificates(own: CertificateNumbering | None) -> Words:
    """The number of a certificate of software, or that it has none."""
    if own is None:
        return Words(
            "软件证书没有自己的编号。", "Certificates of software have no number of their own."
        )
    first = own.first or 1
    return Words(
        f"软件证书号:{own.prefix} + {own.width} 位序号 + {own.suffix},各年连续,自 {first} 起。",
        f"Certificates of software: {own.prefix} + serial of {own.width} digits + {own.suffix}, "
        f"one series for all years, from {first}.",
    )


def _texts(profile: Profile) -> Iterator[Words]:
    """The office's own sentences, with the keys under which a portal finds them."""
    for key, words in (profile.texts or {}).items():
        yield Words(f"用语 {key}:{words.zh}", f"Text {key}: {words.en}")


def _unmarked(profile: Profile) -> Iterator[Words]:
    codes = ", ".join(unmarked(profile))
    if codes:
        yield Words(
            f"像是个人证件而未标注 personal,任何审查人员无须说明理由即可查阅:{codes}。",
            f"Look like personal papers and are not marked personal: examiners open them without "
            f"a reason: {codes}.",
        )


def _unconfirmed(profile: Profile) -> Iterator[Words]:
    keys = ", ".join(unconfirmed(profile))
    if keys:
        yield Words(
            f"启用前须由登记机构确认:{keys}。",
            f"To be confirmed before the office is put in force: {keys}.",
        )


def _listed(keys: Iterable[str], known: Mapping[str, Words]) -> Words:
    keys = tuple(keys)
    return Words(
        "、".join(known[each].zh for each in keys), ", ".join(known[each].en for each in keys)
    )
