"""The list of a matter's papers, to go with them when they are handed in or posted. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from certs.paper import Block, Cell, Cells, Heading, Paper, Prose, Signatures, Signer, Table
from registry.asking import Lacking, documents_for, strangers
from registry.paper_case import Case
from registry.paper_kinds import comes_by_itself, kind_of
from registry.paper_words import label, names, spoken, stamp
from registry.rules import Asked
from registry.words import Words

_TITLE = Words("材料移交清单", "list of papers handed over")
_NAMED = Words("作品名称", "Title")


@dataclass(frozen=True)
class Uploaded:
    """A paper that was uploaded: its evidence's number, and how many files."""

    number: str
    files: int


def hand_over_list(case: Case, uploads: Mapping[str, Uploaded], lacking: Lacking) -> Paper:
    """Every paper this application is asked for, how it came, and boxes to tick on paper.

    `uploads` are the uploaded papers by their codes; `lacking` the owners whose papers of identity
    are not on file.
    """
    asked = documents_for(case.profile, case.form, case.profile.area)
    return Paper(
        kind="hand_over_list",
        title=label(_TITLE),
        office=label(case.profile.name),
        number=case.number,
        at=stamp(case.opened_at),
        mark=case.mark,
        blocks=(
            Cells((Cell(label(spoken(_NAMED, case.form)), case.form.title or ""),)),
            Cells((Cell(("著作权人", "Owners"), names(case.form.owners)),)),
            *_where(case),
            Heading(("材料", "Papers")),
            Table(
                (("序号", "No."), ("材料", "Paper"), ("要求", "Asked"), ("方式", "How it came"),
                 ("份数", "Copies"), ("核对", "Checked")),
                (2, 11, 5, 11, 3, 3),
                tuple(
                    (str(at), str(spoken(each.document.name, case.form)), _needed(each),
                     _came(case, each, uploads, lacking), "", "")
                    for at, each in enumerate(asked, start=1)
                ),
            ),
            Prose(
                "移交人与接收人核对后签名;与平台所存不一致的,以平台所存为准。",
                "Both sign after comparing; where paper and platform differ, the platform counts.",
            ),
            Signatures(
                (
                    Signer("applicant", 0, ("移交人", "Handed over by"), "", dated=True),
                    Signer("office", 0, ("接收人", "Received by"), "", dated=True),
                )
            ),
        ),
    )  # fmt: skip


def _where(case: Case) -> Iterator[Block]:
    """Where the office takes papers, when it says so, and who examines first."""
    delivery = case.profile.delivery
    if delivery.papers_to is not None:
        yield Cells((Cell(("寄送地址", "Send to"), delivery.papers_to),))
    agency = (case.profile.agencies or {}).get(case.agency or "")
    if agency is not None:
        told = " ".join(filter(None, (str(agency.name), agency.address, agency.telephone)))
        yield Cells((Cell(("初审机构", "First examined by"), told),))


def _needed(asked: Asked) -> str:
    return "必交 required" if asked.needed == "required" else "可交 optional"


def _came(case: Case, asked: Asked, uploads: Mapping[str, Uploaded], lacking: Lacking) -> str:
    """How the paper came, or that it is still lacking."""
    code, document = asked.code, asked.document
    if code in uploads:
        found = uploads[code]
        return f"上传 uploaded {found.number} ({found.files})"
    of = strangers(document, case.form, case.profile.area, lacking)
    if comes_by_itself(code, document, known=not of):
        drawn = kind_of(code, document) is not None
        return "由平台生成 drawn by the platform" if drawn else "已在平台 on the platform"
    if "online" in document.how and case.answers.get(code):
        return "在线填写 filled in on line"
    return "尚未提交 not brought yet" if asked.needed == "required" else ""
