"""材料预检: each thing that a machine can find is found, by name, with its remedy; nothing else."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from registry.choices import CATEGORIES
from registry.files_found import FileFound
from registry.form import Form
from registry.offices import shipped
from registry.precheck import Application, Finding, PaperFound, Repeated, precheck
from registry.words import Words
from tests.registry.forms import SOFTWARE, form

DAY = date(2026, 6, 1)
OFFICE = shipped()["national"]
PICTURE = FileFound(
    "a.jpg", 1000, kept=True, media_type="image/jpeg", looked=True, dpi=300
)  # fmt: skip
PDF = replace(PICTURE, name="a.pdf", media_type="application/pdf", dpi=None, pages=60)
ARCHIVE = replace(PICTURE, name="a.zip", media_type="application/zip", dpi=None)
TEXTS = ("creation_statement", "ownership_statement", "pledge")


def whole(**changed: Any) -> Application:
    """A photographer's application that lacks nothing."""
    said = {name: changed.pop(name) for name in list(changed) if name in Form.__dataclass_fields__}
    found = Application(
        profile=OFFICE, form=form(**{"category": "fine_art", **said}), day=DAY, files=(PICTURE,)
    )
    asked = {each.name for each in precheck(found) if each.id == "document-missing"}
    return replace(found, papers={code: PaperFound(text="写生而成") for code in asked}, **changed)


def found(**changed: Any) -> dict[tuple[str, str], Finding]:
    return {(each.id, each.name): each for each in precheck(whole(**changed))}


def test_an_application_that_lacks_nothing_is_told_nothing() -> None:
    assert precheck(whole()) == ()


@pytest.mark.parametrize(
    "title",
    ["绘画教程", "《绘画教程》", "作品", "作品 12", "IMG_2034", "a.jpg", "untitled",
     "微信图片_20240101", "Design 3"],
)  # fmt: skip
def test_a_title_that_fits_anything_is_pointed_at(title: str) -> None:
    """CP-22, whose own example is 《AI 绘画创作指南》 and not 绘画教程."""
    assert found(title=title)["title-vague", "title"].severity == "should"
    assert not found(title="《AI 绘画创作指南》")


@pytest.mark.parametrize(
    ("changed", "name", "severity"),
    [
        ({"completion_date": "2026-06-02"}, ("form-incomplete", "completion_date"), "must"),
        ({"published": True, "first_published_on": "2026-06-02",
          "first_published_place": {"country": "CN", "city": "城"}},
         ("form-incomplete", "first_published_on"), "must"),
        ({"published": True, "first_published_on": "2026-02-01",
          "first_published_place": {"country": "CN", "city": "城"}},
         ("dates-disagree", "first_published_on"), "should"),
        ({"published": True}, ("form-incomplete", "first_published_place"), "must"),
    ],
)  # fmt: skip
def test_dates_agree_with_each_other_and_with_the_day(
    changed: dict[str, Any], name: tuple[str, str], severity: str
) -> None:
    """CP-23: completed no later than the application; published no earlier than completed."""
    assert found(**changed)[name].severity == severity


def test_what_was_completed_on_the_day_of_the_application_is_in_time() -> None:
    assert not found(completion_date="2026-06-01")


class TestPictures:
    def test_must_have_the_resolution_the_office_asks_for(self) -> None:
        """CP-25, CP-47."""
        low = found(files=(PICTURE, replace(PICTURE, dpi=299)))
        assert low["resolution-low", "1"].severity == "must"
        assert "300 dpi" in low["resolution-low", "1"].remedy.zh
        assert len(low) == 1

    def test_that_do_not_say_theirs_are_pointed_at(self) -> None:
        name = ("resolution-unknown", "0")
        assert found(files=(replace(PICTURE, dpi=None),))[name].severity == "should"

    def test_of_categories_without_a_least_resolution_need_none(self) -> None:
        fine_art = replace(OFFICE.samples["fine_art"], least_dpi=None)
        any_will_do = replace(OFFICE, samples={"fine_art": fine_art})
        assert not found(profile=any_will_do, files=(replace(PICTURE, dpi=72),))

    @pytest.mark.parametrize(
        "category",
        sorted(key for key, each in OFFICE.samples.items() if {"jpg", "png"} & set(each.formats)),
    )
    def test_are_jpg_at_300_dpi_whatever_the_category(self, category: str) -> None:
        """CP-47."""
        of = {"category": category, "category_note": "装置" if category == "other" else None}
        assert not found(**of, files=(PICTURE,))
        assert ("resolution-low", "0") in found(**of, files=(replace(PICTURE, dpi=299),))
        for media_type, ends in (("image/png", "png"), ("image/tiff", "tif"), ("image/gif", "gif")):
            other = replace(PICTURE, name=f"a.{ends}", media_type=media_type)
            assert ("format", "0") in found(**of, files=(other,))

    def test_are_told_by_content_not_by_name(self) -> None:
        renamed = replace(PICTURE, media_type="image/png")
        assert found(files=(renamed,))["format", "0"].severity == "must"

    def test_are_of_the_formats_the_office_takes(self) -> None:
        gif = replace(PICTURE, name="a.gif", media_type="image/gif")
        assert "jpg, jpeg" in found(files=(gif,))["format", "0"].remedy.en


class TestFiles:
    def test_are_no_larger_than_the_office_takes(self) -> None:
        """CP-46."""
        large = replace(PDF, size=200 * 1024 * 1024 + 1)
        assert ("too-large", "0") in found(category="text", extent="1000", files=(large,))
        fits = replace(PDF, size=200 * 1024 * 1024)
        assert not found(category="text", extent="1000", files=(fits,))

    @pytest.mark.parametrize(
        "category", sorted(key for key, each in OFFICE.samples.items() if "pdf" in each.formats)
    )
    def test_that_are_pdf_have_200_mb_whatever_the_category(self, category: str) -> None:
        """CP-46; a film beside the script may be larger."""
        large = replace(PDF, size=200 * 1024 * 1024 + 1)
        assert ("too-large", "0") in found(category=category, files=(large,))
        film = replace(PICTURE, name="a.mp4", media_type="video/mp4", size=large.size)
        if "mp4" in OFFICE.samples[category].formats:
            assert ("too-large", "0") not in found(category=category, files=(film,))

    @pytest.mark.parametrize(
        "code", sorted(key for key, each in OFFICE.documents.items() if "pdf" in each.formats)
    )
    def test_that_are_papers_in_pdf_have_200_mb(self, code: str) -> None:
        """CP-46."""
        for more, names in ((0, False), (1, True)):
            large = replace(PDF, size=200 * 1024 * 1024 + more)
            of = whole()
            brought = replace(of, papers={**of.papers, code: PaperFound(files=(large,))})
            told = {each.name for each in precheck(brought) if each.id == "too-large"}
            assert told == ({f"{code}[0]"} if names else set())

    def test_of_texts_are_pdf(self) -> None:
        """CP-24."""
        word = replace(PDF, name="a.txt", media_type="text/plain", pages=None)
        assert ("format", "0") in found(category="text", extent="1000", files=(word,))
        assert not found(category="text", extent="1000", files=(PDF,))

    def test_of_source_code_have_the_pages_asked_for(self) -> None:
        """CP-26."""
        said = {"form": "software", "category": "software", "software": SOFTWARE}
        assert not found(**said, files=(PDF,))
        for pages in (59, 61):
            name = ("pages", "0")
            assert found(**said, files=(replace(PDF, pages=pages),))[name].severity == "should"

    @pytest.mark.parametrize(
        ("file", "unmade"),
        [
            (PICTURE, True),
            (replace(PDF, name="a.docx", media_type=None), True),
            (replace(PDF, name="a.zip", media_type="image/jpeg"), True),
            (ARCHIVE, False),
            (replace(ARCHIVE, endings=("jpg", "py")), False),
            (replace(ARCHIVE, endings=("jpg", "txt")), True),
            (replace(ARCHIVE, endings=()), True),
            (replace(PDF, name="main.py", media_type="application/octet-stream"), False),
            (replace(PDF, problem="damaged"), True),
            (replace(PDF, kept=False), True),
            (replace(PDF, size=64 * 1024 * 1024 + 1), True),
            (PDF, False),
        ],
    )
    def test_of_which_no_pages_of_source_can_be_made_are_found_out(
        self, file: FileFound, *, unmade: bool
    ) -> None:
        said = {"form": "software", "category": "software", "software": SOFTWARE}
        name = ("material-unmade", "source_code")
        assert (name in found(**said, files=(file,))) is unmade
        known = whole(**said, files=(PDF,))
        other = PaperFound(files=(file,))
        brought = replace(known, papers={**known.papers, "software_document": other})
        told = {each.name for each in precheck(brought) if each.id == name[0]}
        assert told == ({"software_document"} if unmade else set())
        assert name not in found(files=(file,))

    def test_that_cannot_be_opened_are_found_out(self) -> None:
        assert found(files=(replace(PICTURE, dpi=None, problem="damaged"),)).keys() == {
            ("damaged", "0")
        }

    def test_the_machine_could_not_read_are_not_called_bad(self) -> None:
        for problem in ("unknown", "beyond_limits"):
            (only,) = found(files=(replace(PICTURE, dpi=None, problem=problem),)).values()
            assert (only.id, only.severity) == ("not-readable", "should")

    def test_nobody_looked_at_yet_are_said_to_wait(self) -> None:
        (only,) = found(files=(replace(PICTURE, dpi=None, looked=False),)).values()
        assert (only.id, only.severity) == ("being-checked", "should")

    def test_that_were_never_uploaded_cannot_be_examined(self) -> None:
        digest = FileFound("a.jpg", 1000, kept=False)
        assert found(files=(digest,)).keys() == {("never-seen", "0")}

    def test_of_a_series_are_one_for_each_piece(self) -> None:
        assert found(series_pieces=3)["series-count", "series_pieces"].severity == "should"
        assert not found(series_pieces=2, files=(PICTURE, PICTURE))

    def test_are_asked_for_when_there_are_none(self) -> None:
        (only,) = found(files=None).values()
        assert (only.id, only.severity, only.name) == ("sample-missing", "must", "evidence")
        assert OFFICE.samples["fine_art"].what.zh in only.remedy.zh


class TestDocuments:
    def test_that_are_missing_are_named_with_why(self) -> None:
        known = whole()
        for code in known.papers:
            left = {name: paper for name, paper in known.papers.items() if name != code}
            (only,) = precheck(replace(known, papers=left))
            assert (only.id, only.kind, only.name) == ("document-missing", "document", code)
            assert OFFICE.documents[code].why.zh in only.remedy.zh

    def test_that_came_as_files_are_looked_at_like_the_sample(self) -> None:
        code = next(
            code for code, paper in OFFICE.documents.items() if paper.formats and paper.most_bytes
        )
        paper = OFFICE.documents[code]
        assert paper.most_bytes is not None
        bad = (
            replace(PICTURE, name="a.exe"),
            replace(PICTURE, size=paper.most_bytes + 1),
            replace(PICTURE, problem="damaged"),
        )
        known = whole()
        seen = precheck(replace(known, papers={**known.papers, code: PaperFound(files=bad)}))
        assert {(each.id, each.name) for each in seen} >= {
            ("format", f"{code}[0]"), ("too-large", f"{code}[1]"), ("damaged", f"{code}[2]"),
        }  # fmt: skip

    def test_whose_bytes_are_not_here_are_found_out(self) -> None:
        known = whole()
        code = next(iter(known.papers))
        (only,) = precheck(replace(known, papers={**known.papers, code: PaperFound()}))
        assert (only.id, only.name) == ("document-not-here", code)

    def test_that_are_not_signed_by_all_are_found_out(self) -> None:
        (only,) = found(unsigned=("pledge",)).values()
        assert (only.id, only.severity, only.name) == ("not-signed", "must", "pledge")


def test_what_no_certificate_can_print_is_named_by_code_point() -> None:
    (only,) = found(unprintable=(("owners[0].name", "U+20BB8"),)).values()
    assert (only.id, only.name) == ("not-printable", "owners[0].name")
    assert "U+20BB8" in only.said.zh


@pytest.mark.parametrize(
    ("stage", "severity"), [("deposited", "should"), ("applied", "must"), ("registered", "must")]
)
def test_a_file_brought_before_is_told_with_how_far_it_went(stage: Any, severity: str) -> None:
    (only,) = found(repeated=(Repeated(0, "YJ-1", stage),)).values()
    assert (only.id, only.severity) == (f"same-file-{stage}", severity)


def test_what_must_be_mended_comes_first() -> None:
    seen = precheck(whole(title="作品", files=(replace(PICTURE, dpi=1),), rights=None))
    assert [each.severity for each in seen] == sorted(each.severity for each in seen)
    assert {each.severity for each in seen} == {"must", "should"}


@pytest.mark.parametrize("office", list(shipped()))
@pytest.mark.parametrize("category", list(CATEGORIES))
def test_no_office_and_no_category_is_without_words(office: str, category: str) -> None:
    known = Application(profile=shipped()[office], form=form(category=category), day=DAY,
                        files=(PICTURE, PDF))  # fmt: skip
    for each in (*precheck(known), *precheck(replace(known, files=None))):
        assert each.id
        assert each.name
        assert all((each.said.zh, each.said.en, each.remedy.zh, each.remedy.en))


def test_a_part_that_a_statement_lacks_is_named() -> None:
    lacking = PaperFound(text="目的", lacks=(Words("创作过程", "process"),))
    (only,) = precheck(replace(whole(), papers={**whole().papers, "creation_statement": lacking}))
    assert (only.id, only.severity, only.name) == ("part-missing", "must", "creation_statement")
    assert "创作过程" in only.said.zh


class TestEmployment:
    """Shandong asks for one paper of who has an employer, for another of who has none."""

    def told(self, **author: Any) -> set[tuple[str, str]]:
        asked = replace(
            whole(authors=[{"name": "李明", "signature": "real_name", **author}]),
            profile=shipped()["shandong"],
        )
        return {(each.id, each.name) for each in precheck(asked)}

    def test_has_to_be_said_where_papers_depend_on_it(self) -> None:
        place = ("form-incomplete", "authors[0].employed")
        assert place in self.told()
        assert place not in self.told(employed=True) | self.told(employed=False)

    def test_need_not_be_said_elsewhere(self) -> None:
        author = {"name": "李明", "signature": "real_name"}
        assert ("form-incomplete", "authors[0].employed") not in found(authors=[author])


def test_what_differs_from_what_the_evidence_declares_is_pointed_at() -> None:
    said = form()
    assert said.title is not None
    assert found(declared={"title": "别的", "completion_date": said.completion_date}).keys() == {
        ("differs-from-evidence", "title")
    }
