"""材料预检: everything a machine can find in an application before a human looks at it.

One list for applicant and examiner, from the same facts by the same rules: what the office will
return (`must`), and what it will ask about (`should`). It refuses nothing by itself; submitting
checks again what no examiner could do without (`registry.submitting`). Of other people's works it
knows nothing; those are for the examiner alone (`registry.resemblance`).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final, Literal

from evidence.limits import DEFAULT_FORMATS
from evidence.names import extension
from registry.asking import EMPLOYED, Lacking, missing, to_bring, undecided
from registry.files_found import FileFound, no_material
from registry.form import Form
from registry.form_checks import gaps
from registry.paper_kinds import material_of
from registry.paper_words import spoken
from registry.plausibility import warnings
from registry.profile import Profile
from registry.profile_parts import Sample
from registry.words import Words

Severity = Literal["must", "should"]
Kind = Literal["field", "document", "file"]

EARLIER_SCAN: Final = Words(
    "此扫描件属于表单修改前的版本",
    "this scan is of the paper before the form was changed",
)
SCAN_AGAIN: Final = Words(
    "请重新下载此材料,签字后扫描上传",
    "download the paper again, have it signed, and upload its scan",
)
_MEASURED: Final = frozenset({"image/png", "image/jpeg", "image/gif", "image/tiff", "image/webp"})
"""Kinds of content that have a resolution."""


@dataclass(frozen=True)
class Finding:
    """`id` is stable and machine-readable. `name` is a field of the form, the code of a document,
    or the number of a file, counted from 0; for a file of a document `code[number]`.
    """

    id: str
    severity: Severity
    kind: Kind
    name: str
    said: Words
    remedy: Words


@dataclass(frozen=True)
class PaperFound:
    """A paper that was brought: text, or files (None while they are not stored, or gone).

    `lacks` are the parts that a text in parts leaves out.
    """

    text: str | None = None
    files: tuple[FileFound, ...] | None = None
    lacks: tuple[Words, ...] = ()


@dataclass(frozen=True)
class Repeated:
    """A file that the same applicant brought before. `stage` is how far that went."""

    position: int
    number: str
    stage: Literal["deposited", "applied", "registered"]


@dataclass(frozen=True)
class Unknown:
    """Whose identity is not enough for the office (`field` is `identity` for the applicant's, else
    `agent`), or who is called otherwise than verified (`applicant.name`), and what to do about it.
    """

    field: str
    said: Words
    remedy: Words


@dataclass(frozen=True)
class Application:
    """All that is known. `day` is the day of the application at the office; `files` are None while
    no evidence was chosen; `unprintable` are fields with what cannot be printed in them; `unsigned`
    are the papers whose signatures are asked for and not complete; `unknown` whose identity is not
    verified as the office wants it; `misnamed` who is called otherwise than verified; `lacking` the
    owners whose papers of identity are not on file; `declared` what the evidence says of itself, by
    the field of the form that is expected to say the same; `unreached` fields that name somebody
    who has to sign on line and cannot, with what is said of it; `earlier_scans` the papers that are
    signed by hand and say something else now than when their scan was brought.
    """

    profile: Profile
    form: Form
    day: date
    files: tuple[FileFound, ...] | None = None
    papers: Mapping[str, PaperFound] = field(default_factory=dict)
    unprintable: tuple[tuple[str, str], ...] = ()
    unsigned: tuple[str, ...] = ()
    repeated: tuple[Repeated, ...] = ()
    unknown: tuple[Unknown, ...] = ()
    misnamed: tuple[Unknown, ...] = ()
    lacking: Lacking = field(default_factory=dict)
    declared: Mapping[str, str] = field(default_factory=dict)
    unreached: Mapping[str, Words] = field(default_factory=dict)
    earlier_scans: tuple[str, ...] = ()


def precheck(known: Application) -> tuple[Finding, ...]:
    """Everything found, what must be mended first."""
    found = (
        *_identities(known),
        *_form(known),
        *_sample(known),
        *_papers(known),
        *_material(known),
        *_signers(known),
        *_signatures(known),
        *_repeated(known),
    )
    return tuple(sorted(found, key=lambda each: each.severity != "must"))


def _identities(known: Application) -> Iterator[Finding]:
    for each in known.unknown:
        yield Finding("not-verified", "must", "field", each.field, each.said, each.remedy)
    for each in known.misnamed:
        yield Finding("not-as-verified", "must", "field", each.field, each.said, each.remedy)


def _signers(known: Application) -> Iterator[Finding]:
    remedy = Words("请选择或补全人员档案", "choose the party, or complete it")
    for name, said in known.unreached.items():
        yield Finding("signer-not-on-file", "must", "field", name, said, remedy)


def _form(known: Application) -> Iterator[Finding]:
    for gap in gaps(known.form, known.day):
        said = Words("此项尚不能提交", "this keeps the application from being submitted")
        yield Finding("form-incomplete", "must", "field", gap.field, said, gap.remedy)
    if (unsaid := undecided(known.profile, known.form, known.profile.area)) is not None:
        said = Words("有无任职单位未说明", "whether there is an employer is not said")
        yield Finding("form-incomplete", "must", "field", unsaid, said, EMPLOYED)
    category = known.form.category
    if category is not None and category not in known.profile.categories:
        accepted = ", ".join(known.profile.categories)
        yield Finding(
            "category-not-accepted", "must", "field", "category",
            Words("本机构不受理此类别", "this office does not accept the category"),
            Words(f"可选: {accepted}", f"choose one of: {accepted}"),
        )  # fmt: skip
    for warned in warnings(known.form):
        remedy = Words("请核对,确属如此可不改", "check it; leave it if it is so")
        said = spoken(warned.said, known.form)
        yield Finding(warned.id, "should", "field", warned.field, said, remedy)
    for name, was in known.declared.items():
        is_now = getattr(known.form, name)
        if is_now is not None and is_now != was:
            yield Finding(
                "differs-from-evidence", "should", "field", name,
                Words(f"存证时申报为:{was}", f"the evidence declares another: {was}"),
                Words("请核对,确属如此可不改", "check it; leave it if it is so"),
            )  # fmt: skip
    for name, character in known.unprintable:
        yield Finding(
            "not-printable", "must", "field", name,
            Words(f"证书无法印出 {character}", f"the certificate cannot print {character}"),
            Words("请换用其他写法", "write it another way"),
        )  # fmt: skip


def _sample(known: Application) -> Iterator[Finding]:
    sample = known.profile.samples.get(known.form.category or "")
    if known.files is None:
        what = Words("样本", "the sample") if sample is None else sample.what
        yield Finding(
            "sample-missing", "must", "field", "evidence",
            Words("尚未选定要登记的存证", "no evidence was chosen that is to be registered"),
            Words(f"请存证并选定: {what.zh}", f"deposit and choose it: {what.en}"),
        )  # fmt: skip
        return
    for position, file in enumerate(known.files):
        at = str(position)
        if not file.kept:
            yield Finding(
                "never-seen", "must", "file", at,
                Words("仅存摘要,审查员看不到样本", "only a digest: no examiner can see the sample"),
                Words("请上传文件另行存证", "upload the file and deposit it"),
            )  # fmt: skip
        yield from _seen(file, "file", at)
        if sample is not None:
            most = known.profile.most_of(extension(file.name), sample.most_bytes)
            yield from _format(file, "file", at, sample.formats, most)
            yield from _measures(file, at, sample)
    pieces = known.form.series_pieces
    if pieces is not None and pieces > 1 and pieces != len(known.files):
        yield Finding(
            "series-count", "should", "field", "series_pieces",
            Words(f"系列作品 {pieces} 件,文件 {len(known.files)} 个",
                  f"a series of {pieces}, and {len(known.files)} files"),
            Words("每件一个文件并编号,或更正件数", "one numbered file a piece, or mend the number"),
        )  # fmt: skip


def _measures(file: FileFound, at: str, sample: Sample) -> Iterator[Finding]:
    """Resolution (CP-25, CP-47) and pages (CP-26)."""
    wanted = sample.least_dpi
    if wanted is not None and file.media_type in _MEASURED and file.problem is None and file.looked:
        remedy = Words(
            f"请以不低于 {wanted} dpi 重新导出", f"export it again at {wanted} dpi or more"
        )
        if file.dpi is None:
            said = Words("文件未注明分辨率", "the file does not say its resolution")
            yield Finding("resolution-unknown", "should", "file", at, said, remedy)
        elif file.dpi < wanted:
            said = Words(f"分辨率 {file.dpi} dpi,低于 {wanted} dpi",
                         f"{file.dpi} dpi, less than {wanted} dpi")  # fmt: skip
            yield Finding("resolution-low", "must", "file", at, said, remedy)
    if sample.pages is not None and file.pages is not None and file.pages != sample.pages:
        yield Finding(
            "pages", "should", "file", at,
            Words(f"共 {file.pages} 页,要求 {sample.pages} 页",
                  f"{file.pages} pages, and {sample.pages} are asked for"),
            Words(f"多则删减;不足 {sample.pages} 页须为全部", "leave out more; all if fewer"),
        )  # fmt: skip


def _seen(file: FileFound, kind: Kind, name: str) -> Iterator[Finding]:
    """What the look into a file came to."""
    if file.problem == "damaged":
        yield Finding(
            "damaged", "must", kind, name,
            Words("文件损坏,无法打开", "the file is damaged and cannot be opened"),
            Words("请重新导出并上传", "export it again and upload it"),
        )  # fmt: skip
    elif file.problem is not None:
        yield Finding(
            "not-readable", "should", kind, name,
            Words("机器未能读取此文件", "the machine could not read this file"),
            Words("请自行确认能正常打开;过大的图片请缩小", "see that it opens; if huge, smaller"),
        )  # fmt: skip
    elif file.kept and not file.looked:
        yield Finding(
            "being-checked", "should", kind, name,
            Words("文件正在检查", "the file is being looked at"),
            Words("请稍后再看预检结果", "ask again shortly"),
        )  # fmt: skip


def _format(
    file: FileFound, kind: Kind, name: str, formats: tuple[str, ...], most_bytes: int | None
) -> Iterator[Finding]:
    """Formats by name and by content, and size."""
    accepted = ", ".join(formats)
    by_content = {each for one in formats for each in DEFAULT_FORMATS.get(one, frozenset())}
    other = file.media_type is not None and by_content and file.media_type not in by_content
    if formats and (extension(file.name) not in formats or other):
        yield Finding(
            "format", "must", kind, name,
            Words("格式不在可用之列", "of a format that is not taken"),
            Words(f"可用: {accepted}", f"accepted: {accepted}"),
        )  # fmt: skip
    if most_bytes is not None and file.size > most_bytes:
        yield Finding(
            "too-large", "must", kind, name,
            Words(f"{file.size} 字节,过大", f"{file.size} bytes: too large"),
            Words(f"至多 {most_bytes} 字节,请压缩", f"{most_bytes} bytes at most: compress it"),
        )  # fmt: skip


def _papers(known: Application) -> Iterator[Finding]:
    documents = known.profile.documents
    area = known.profile.area
    for asked in to_bring(known.profile, known.form, area, known.lacking):
        if asked.code not in known.papers:
            said, remedy = missing(asked.document, known.form, area, known.lacking)
            yield Finding("document-missing", "must", "document", asked.code, said, remedy)
    for code, paper_found in known.papers.items():
        for part in paper_found.lacks:
            yield Finding(
                "part-missing", "must", "document", code,
                Words(f"缺少{part.zh}", f"{part.en} is missing"),
                Words("请补充", "add it"),
            )  # fmt: skip
        if code not in documents or paper_found.text is not None:
            continue
        if paper_found.files is None:
            yield Finding(
                "document-not-here", "must", "document", code,
                Words("材料尚未入库或已删除", "the paper is not stored yet, or was erased"),
                Words("请稍候,或重新上传", "wait a little, or upload it again"),
            )  # fmt: skip
            continue
        paper = documents[code]
        for position, file in enumerate(paper_found.files):
            at = f"{code}[{position}]"
            yield from _seen(file, "document", at)
            most = known.profile.most_of(extension(file.name), paper.most_bytes)
            yield from _format(file, "document", at, paper.formats, most)


def _material(known: Application) -> Iterator[Finding]:
    """Pages of source and document that cannot be made: the same refuses a submission."""
    if known.form.form != "software":
        return
    for code, document in known.profile.documents.items():
        kind = material_of(code, document)
        if kind is None:
            continue
        of_work = known.files if kind == "source_code" else None
        files = known.papers[code].files if code in known.papers else of_work
        remedy = None if files is None else no_material(files)
        if remedy is not None:
            yield Finding(
                "material-unmade", "must", "document", code,
                Words("无法生成鉴别材料", "the identification material cannot be made"), remedy,
            )  # fmt: skip


def _signatures(known: Application) -> Iterator[Finding]:
    for code in known.earlier_scans:
        yield Finding("scan-of-earlier-form", "must", "document", code, EARLIER_SCAN, SCAN_AGAIN)
    for code in known.unsigned:
        yield Finding(
            "not-signed", "must", "document", code,
            Words("签字或签章不完整", "not signed by everybody who has to"),
            Words("请各签署人完成签署", "let every signer sign it"),
        )  # fmt: skip


_STAGES: Final[Mapping[str, tuple[Severity, Words]]] = {
    "deposited": ("should", Words("此文件您此前已存证", "you deposited this file before")),
    "applied": ("must", Words("此文件您另有申请在办", "you have applied for this file already")),
    "registered": ("must", Words("此文件您已登记", "you have registered this file already")),
}


def _repeated(known: Application) -> Iterator[Finding]:
    for each in known.repeated:
        severity, said = _STAGES[each.stage]
        yield Finding(
            f"same-file-{each.stage}", severity, "file", str(each.position), said,
            Words(f"见存证 {each.number};重复的请撤回", f"see {each.number}; withdraw repetitions"),
        )  # fmt: skip
