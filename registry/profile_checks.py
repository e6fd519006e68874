"""What no type can say of a profile: parts that speak of each other must agree.

Above all: whatever an applicant may declare, the documents asked for prove what is owed
(`registry.rules.owed`), so no combination of modes leaves an application without its papers.
"""

import re
from collections.abc import Iterable
from typing import Final

from registry import choices
from registry.form import Form
from registry.numbering import CERTIFICATE_PREFIX, CERTIFICATE_SUFFIX
from registry.paper_kinds import MATERIALS, PLACEHOLDERS, holes, kind_of, kinds
from registry.profile_numbering import CertificateNumbering, SoftwareNumbering
from registry.profile_parts import Condition, Document
from registry.profile_reading import Reader
from registry.profile_rules import Rules
from registry.rules import combinations, missing_proofs

_KEY: Final = re.compile(r"[a-z][a-z0-9_]{1,39}")
_AREA: Final = re.compile(r"[1-9][0-9]{5}|national")
_FORMAT: Final = re.compile(r"[a-z0-9]{1,8}")
_WIDTHS: Final = range(4, 13)
_WHOLE: Final = 100
_CHOICES: Final = {
    "form": choices.FORMS,
    "category": choices.CATEGORIES,
    "ownership": choices.OWNERSHIPS,
    "nature": choices.NATURES,
    "acquisition": choices.ACQUISITIONS,
    "applicant": choices.APPLICANT_KINDS,
    "residence": choices.RESIDENCES,
}


def check(rules: Rules, reader: Reader) -> None:
    """Note every disagreement with the reader."""
    _check_names(rules, reader)
    _check_categories(rules, reader)
    _check_documents(rules, reader)
    _check_numbering(rules, reader)
    _check_software_numbering(rules, reader)
    _check_first_serials(rules, reader)
    _check_certificate(rules, reader)
    _check_fees(rules, reader)
    _check_examination(rules, reader)
    if not reader.problems:
        _check_completeness(rules, reader)


def _check_names(rules: Rules, reader: Reader) -> None:
    if not _KEY.fullmatch(rules.key):
        reader.note("key", "须为小写字母、数字与下划线 / small letters, digits and underscores")
    if rules.version < 1:
        reader.note("version", "从 1 起 / counts from 1")
    if not _AREA.fullmatch(rules.area):
        reader.note("area", "六位行政区划代码或 national / six digits, or national")
    for path, keys in (
        ("agencies", rules.agencies or {}), ("documents", rules.documents),
        ("fees.items", rules.fees.items or {}), ("delivery.paper", rules.delivery.paper or {}),
    ):  # fmt: skip
        for key in keys:
            if not _KEY.fullmatch(key):
                reader.note(f"{path}.{key}", "键须为小写字母、数字与下划线 / a plain small key")


def _check_categories(rules: Rules, reader: Reader) -> None:
    _known(rules.forms, choices.FORMS, "forms", reader)
    _known(rules.categories, choices.CATEGORIES, "categories", reader)
    _known(rules.samples, choices.CATEGORIES, "samples", reader, keyed=True)
    for path, listed in (("forms", rules.forms), ("categories", rules.categories)):
        if not listed:
            reader.note(path, "至少一项 / at least one")
        if len(set(listed)) != len(listed):
            reader.note(path, "有重复 / something is listed twice")
    if ("software" in rules.categories) != ("software" in rules.forms):
        reader.note("forms", "软件类别与软件表须同时受理 / category and form software go together")
    for category in rules.categories:
        if category not in rules.samples:
            reader.note("samples", f"缺少类别的样本要求 / no sample for category: {category}")


def _check_documents(rules: Rules, reader: Reader) -> None:
    if not rules.documents:
        reader.note("documents", "至少一份材料 / at least one document")
    for code, document in rules.documents.items():
        path = f"documents.{code}"
        if not document.how:
            reader.note(f"{path}.how", "至少一种 / at least one")
        if not document.proves:
            reader.note(f"{path}.proves", "至少一项 / at least one")
        if document.personal and "upload" not in document.how:
            said = (
                "只有上传的材料才标注 / only of what is uploaded: remove it, or add upload to how"
            )
            reader.note(f"{path}.personal", said)
        _check_formats(document.formats, f"{path}.formats", reader)
        _positive(document.most_bytes, f"{path}.most_bytes", reader)
        _check_paper(code, document, path, reader)
        _check_signed(rules, code, document, reader)
        for place, condition in enumerate(document.when):
            _check_condition(condition, f"{path}.when[{place}]", reader)
    _check_identity_papers(rules, reader)
    _check_formats(rules.most_bytes or {}, "most_bytes", reader)
    for form, most in (rules.most_bytes or {}).items():
        _positive(most, f"most_bytes.{form}", reader)
    for category, sample in rules.samples.items():
        _check_formats(sample.formats, f"samples.{category}.formats", reader)
        _positive(sample.most_bytes, f"samples.{category}.most_bytes", reader)
        _positive(sample.least_dpi, f"samples.{category}.least_dpi", reader)
        _positive(sample.pages, f"samples.{category}.pages", reader)


def _check_identity_papers(rules: Rules, reader: Reader) -> None:
    """Whatever paper of identity is not on file, a document asks for it."""
    shown = {*rules.filing.person_papers, *rules.filing.body_papers}
    proving = {
        code: frozenset(each.identity_papers)
        for code, each in rules.documents.items()
        if "identity" in each.proves
    }
    for code, document in rules.documents.items():
        path = f"documents.{code}.identity_papers"
        if document.identity_papers and code not in proving:
            reader.note(path, "须同时证明 identity / only of what proves identity")
        _known(document.identity_papers, sorted(shown), path, reader)
    left = shown.difference(*proving.values())
    if left and proving and all(proving.values()):
        told = ", ".join(sorted(left))
        reader.note("documents", f"没有材料可代替 / no document stands for: {told}")


def _check_paper(code: str, document: Document, path: str, reader: Reader) -> None:
    """What is generated, handed out as a template or shown filled in has a kind we can draw."""
    if document.paper is not None and document.paper not in (*kinds(), *MATERIALS):
        known = ", ".join((*kinds(), *MATERIALS))
        reader.note(f"{path}.paper", f"没有这种文书;可用 / accepts: {known}")
    drawn = document.example or {"generated", "template"} & set(document.how)
    if drawn and kind_of(code, document) is None and (document.paper or code) not in MATERIALS:
        reader.note(f"{path}.paper", "请写明是哪种文书 / say which kind of paper it is")
    for place, clause in enumerate(document.clauses):
        unknown = sorted(holes(clause.zh + clause.en) - PLACEHOLDERS)
        if unknown:
            at = f"{path}.clauses[{place}]"
            reader.note(at, f"没有占位符 / no such placeholder: {', '.join(unknown)}")


def _check_signed(rules: Rules, code: str, document: Document, reader: Reader) -> None:
    """What is said to be signed can be: on line where the office signs there and the paper is
    filled in or made there; by hand where the signed sheet is uploaded.
    """
    path = f"documents.{code}.signed"
    if document.signed == "paper" and "upload" not in document.how:
        reader.note(path, "手签后须上传:how 加 upload / signed by hand: add upload to how")
    if document.signed != "electronic":
        return
    if rules.signing.order == "paper":
        said = "本机构不在线签署:改为 paper 并上传 / nothing is signed on line here: say paper"
        reader.note(path, f"{said}, and upload it")
    elif not {"online", "generated"} & set(document.how) or kind_of(code, document) is None:
        said = "只有在线填写或生成的文书可在线签署:改为 paper / only what is filled in or generated"
        reader.note(path, f"{said} here is signed on line: say paper")


def _check_condition(condition: Condition, path: str, reader: Reader) -> None:
    for name, known in _CHOICES.items():
        _known(getattr(condition, name), known, f"{path}.{name}", reader)
    if condition == Condition():
        reader.note(path, "空条件等于总是,请删去 / an empty condition is always: remove it")


def _check_formats(formats: Iterable[str], path: str, reader: Reader) -> None:
    for each in formats:
        if not _FORMAT.fullmatch(each):
            reader.note(path, "小写扩展名,不带点 / small extensions without a dot")


def _check_numbering(rules: Rules, reader: Reader) -> None:
    numbering = rules.numbering
    if not numbering.prefix.endswith("登字"):
        reader.note("numbering.prefix", '以"登字"结尾 / ends in 登字')
    if numbering.width not in _WIDTHS:
        reader.note("numbering.width", f"{_WIDTHS[0]}–{_WIDTHS[-1]} 位 / digits")
    _known(numbering.letters, choices.CATEGORIES, "numbering.letters", reader, keyed=True)
    for category in rules.categories:
        if category != "software" and category not in numbering.letters:
            reader.note("numbering.letters", f"类别没有字母 / a category without one: {category}")
    for category, letter in numbering.letters.items():
        if not re.fullmatch(r"[A-Z]", letter):
            reader.note(f"numbering.letters.{category}", "一个大写字母 / one capital letter")
    for letter in numbering.attested:
        if letter not in numbering.letters.values():
            reader.note("numbering.attested", f"没有类别使用 / no category has: {letter}")


def _check_software_numbering(rules: Rules, reader: Reader) -> None:
    software = rules.numbering.software
    if software is None:
        return
    if not re.fullmatch(r"[A-Z]{2,4}", software.infix):
        reader.note("numbering.software.infix", "2–4 个大写字母 / two to four capitals")
    if software.width not in _WIDTHS:
        reader.note("numbering.software.width", f"{_WIDTHS[0]}–{_WIDTHS[-1]} 位 / digits")
    if "software" not in rules.forms:
        reader.note("numbering.software", "不受理软件,请删去 / takes no software: remove it")
    if software.certificate is not None:
        _check_certificate_numbering(software.certificate, reader)


def _check_certificate_numbering(own: CertificateNumbering, reader: Reader) -> None:
    """Such that a number that somebody typed is read back (`registry.numbering`)."""
    path = "numbering.software.certificate"
    if not CERTIFICATE_PREFIX.fullmatch(own.prefix):
        reader.note(
            f"{path}.prefix", '3–12 个汉字,以"字第"结尾 / 3–12 Chinese characters that end in 字第'
        )
    if not CERTIFICATE_SUFFIX.fullmatch(own.suffix):
        reader.note(f"{path}.suffix", "1–4 个汉字,如 号 / one to four Chinese characters, as 号")
    if own.width not in _WIDTHS:
        reader.note(f"{path}.width", f"{_WIDTHS[0]}–{_WIDTHS[-1]} 位 / digits")
    elif own.first is not None and not 1 <= own.first < 10**own.width:
        said = f"从 1 到 {own.width} 位数 / from 1 to a number of {own.width} digits"
        reader.note(f"{path}.first", said)


def _check_certificate(rules: Rules, reader: Reader) -> None:
    if rules.certificate.software is not None and "software" not in rules.forms:
        reader.note("certificate.software", "不受理软件,请删去 / takes no software: remove it")


def _check_first_serials(rules: Rules, reader: Reader) -> None:
    """`numbering.first` names series that there can be, and serials that fit them."""
    numbering = rules.numbering
    software = numbering.software or SoftwareNumbering()
    by_letter = [f"-{letter}" for letter in numbering.letters.values()]
    works = [""] if numbering.scope == "year" else by_letter
    widths = dict.fromkeys(works if "work" in rules.forms else (), numbering.width)
    if "software" in rules.forms:
        widths[f"-{software.infix}"] = software.width
    for series, first in (numbering.first or {}).items():
        path, width = f"numbering.first.{series}", widths.get(series[4:])
        if width is None or not re.fullmatch(r"[0-9]{4}", series[:4]):
            known = ", ".join(f"2027{rest}" for rest in widths)
            reader.note(path, f"没有此号段;应如 / no such series here; it looks like: {known}")
        elif not 1 <= first < 10**width:
            reader.note(path, f"从 1 到 {width} 位数 / from 1 to a number of {width} digits")


def _check_fees(rules: Rules, reader: Reader) -> None:
    fees = rules.fees
    if not re.fullmatch(r"[A-Z]{3}", fees.currency):
        reader.note("fees.currency", "ISO 4217 货币代码 / an ISO 4217 code")
    if fees.due == "never" and fees.items:
        reader.note("fees.items", "不收费则不列 / nothing is due: remove them, or set due")
    if fees.due != "never" and not fees.items:
        reader.note("fees.due", "收费须列出 fees.items / nothing to pay: list fees.items")
    if rules.evidence is not None and not rules.evidence.fee and not rules.evidence.review:
        reader.note("evidence", "不收费也不审核则不列 / neither charged nor reviewed: remove it")
    if fees.account is not None and "transfer" not in fees.ways:
        reader.note("fees.account", "不收转账则不列 / transfers are no way: remove it, or add it")
    for key, fee in (fees.items or {}).items():
        for name in ("form", "category", "applicant"):
            path = f"fees.items.{key}.{name}"
            _known(getattr(fee, name), _CHOICES[name], path, reader)


def _check_examination(rules: Rules, reader: Reader) -> None:
    stages = [each.stage for each in rules.stages]
    if stages != ["first", "final"]:
        said = "须先初审后终审,由两人办理 / first, then final: two persons, neither is left out"
        reader.note("stages", said)
    agencies = bool(rules.agencies)
    if agencies != any(each.by == "agency" for each in rules.stages):
        reader.note(
            "agencies", "有初审机构即由其初审 / agencies are there exactly when one examines"
        )
    if (rules.filing.agency == "none") == agencies:
        reader.note("filing.agency", "与 agencies 不符 / does not agree with the agencies")
    for place, stage in enumerate(rules.stages):
        if not stage.checklist:
            reader.note(f"stages[{place}].checklist", "至少一项 / at least one")
        if not stage.returns_to or (stage.stage == "first" and "first" in stage.returns_to):
            said = "初审只退申请人 / from first to the applicant only, from final to one at least"
            reader.note(f"stages[{place}].returns_to", said)
    _positive(rules.batch.most, "batch.most", reader)
    _check_reasons(rules, reader)
    _check_clocks(rules, reader)


def _check_reasons(rules: Rules, reader: Reader) -> None:
    for key, reason in (rules.reasons or {}).items():
        if not _KEY.fullmatch(key):
            reader.note(f"reasons.{key}", "键须为小写字母、数字与下划线 / a plain small key")
        fields = (*Form.__dataclass_fields__, "evidence")
        _known(reason.field, fields, f"reasons.{key}.field", reader)
        _known(reason.document, rules.documents, f"reasons.{key}.document", reader)
    approval = rules.batch_approval
    if approval is not None:
        _positive(approval.most, "batch_approval.most", reader)
        if not 0 <= approval.sampled_percent <= _WHOLE:
            reader.note("batch_approval.sampled_percent", "0–100")


def _check_clocks(rules: Rules, reader: Reader) -> None:
    seen: set[tuple[str, str]] = set()
    for place, clock in enumerate(rules.clocks):
        path = f"clocks[{place}]"
        _known(clock.form, choices.FORMS, f"{path}.form", reader)
        for form in clock.form or rules.forms:
            if (clock.purpose, form) in seen:
                reader.note(f"{path}.purpose", f"同一事项有两个期限 / twice for form: {form}")
            seen.add((clock.purpose, form))
        _positive(clock.amount, f"{path}.amount", reader)
        if (clock.purpose == "correction") != (clock.at_end == "lapse"):
            said = "仅补正期满终止申请 / lapse when it is to correct, and only then"
            reader.note(f"{path}.at_end", said)
        if clock.extension is not None:
            _positive(clock.extension.amount, f"{path}.extension.amount", reader)
            _positive(clock.extension.times, f"{path}.extension.times", reader)
        for days in clock.remind_before:
            _positive(days, f"{path}.remind_before", reader)
    for form in rules.forms:
        for purpose in ("examination", "correction"):
            if (purpose, form) not in seen:
                reader.note("clocks", f"缺少期限 / no clock: {purpose}, {form}")


def _check_completeness(rules: Rules, reader: Reader) -> None:
    told: set[str] = set()
    for facts in combinations(rules):
        for proof in missing_proofs(rules, facts):
            if proof not in told:
                told.add(proof)
                said = f"没有材料可证明 / no document proves: {proof} ({facts.told()})"
                reader.note("documents", said)


def _known(
    given: Iterable[str],
    known: Iterable[str],
    path: str,
    reader: Reader,
    *,
    keyed: bool = False,
) -> None:
    for each in given:
        if each not in known:
            where = f"{path}.{each}" if keyed else path
            reader.note(where, f"没有 {each};可用 / accepts: {', '.join(known)}")


def _positive(value: int | None, path: str, reader: Reader) -> None:
    if value is not None and value < 1:
        reader.note(path, "须为正数 / must be positive")
