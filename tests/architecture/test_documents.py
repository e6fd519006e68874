"""Documents say what is so: settings, commands, links, and nothing of anybody's machine."""

import dataclasses
import inspect
import json
import re
import subprocess
from datetime import date
from importlib import import_module
from pathlib import Path

import pytest

from api.cli import COMMANDS
from registry import choices, form, sheet
from registry.asking import documents_for
from registry.form_checks import gaps
from registry.lifecycle import MatterState
from registry.offices import shipped
from tests.architecture.sources import ROOT

DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "SECURITY.md",
             *sorted((ROOT / "docs").rglob("*.md"))]  # fmt: skip


def variables_in(*paths: str) -> set[str]:
    found: set[str] = set()
    for path in paths:
        text = (ROOT / path).read_text()
        found |= set(re.findall(r'"(YINJI_[A-Z0-9_]+|DATABASE_URL|BROKER_URL)"', text))
    return found


def test_the_table_of_settings_is_complete() -> None:
    known = variables_in(
        "api/settings.py", "api/stack/settings.py", "api/crash.py", "api/strict.py"
    )
    known |= variables_in("api/commands/local.py", "api/commands/verification.py")
    text = (ROOT / "docs/operations/settings.md").read_text()
    listed = set(re.findall(r"`(YINJI_[A-Z0-9_]+|DATABASE_URL|BROKER_URL)`", text))
    assert listed == known


def test_every_command_named_in_the_documents_exists() -> None:
    for document in DOCUMENTS:
        named = set(re.findall(r"(?:^|`|/)yinji ([a-z]+)", document.read_text(), re.MULTILINE))
        assert named <= set(COMMANDS), document


@pytest.mark.parametrize("name", COMMANDS)
def test_the_help_says_of_each_command_what_its_own_help_begins_with(name: str) -> None:
    place = COMMANDS[name]
    function = getattr(import_module(f"api.commands.{place.module}"), place.function)
    assert (inspect.getdoc(function) or "").splitlines()[0] == place.help


def operations() -> set[str]:
    """`GET /path` of every route, as the sources declare it."""
    found = set()
    for path in (ROOT / "api/routes").glob("*.py"):
        text = path.read_text()
        before = dict(
            re.findall(r'^(\w+) = APIRouter\((?:[^)]*?)prefix="([^"]*)"', text, re.MULTILINE)
        )
        routes = r'^@(\w+)\.(get|post|put|delete|patch)\(\s*"([^"]*)"'
        for router, method, rest in re.findall(routes, text, re.MULTILINE):
            found.add(f"{method.upper()} {before.get(router, '')}{rest}")
    return found


def test_the_life_of_a_matter_names_every_state_and_calls_that_exist() -> None:
    text = (ROOT / "docs/life-of-a-matter.md").read_text()
    assert re.findall(r"^\| `([a-z_]+)` \|", text, re.MULTILINE) == list(MatterState)
    known = operations()
    named = set(re.findall(r"`((?:GET|POST|PUT|PATCH|DELETE) [^`]+)`", text))
    assert named <= known, named - known


def test_every_make_target_named_in_the_readme_exists() -> None:
    makefile = (ROOT / "Makefile").read_text()
    for target in re.findall(r"make ([a-z-]+)\b", (ROOT / "README.md").read_text()):
        if target != "and":
            assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(document: Path) -> None:
    for link in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", document.read_text()):
        if "://" not in link:
            assert (document.parent / link).exists(), link


def test_nothing_speaks_of_a_machine_or_a_registry() -> None:
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split("\n")
    hosts = "|".join(["registry" + r"\.npmjs", "pypi" + r"\.org", "pythonhosted" + r"\.org"])
    words = re.compile("/" + "work/|/" + "root/|" + hosts)
    for name in filter(None, listed):
        path = ROOT / name
        if path.is_file() and path.suffix in {
            ".py",
            ".md",
            ".toml",
            ".txt",
            ".json",
            ".ts",
            ".sh",
            "",
        }:
            found = words.search(path.read_text(errors="replace"))
            assert found is None, f"{name}: {found}"


def test_the_page_of_the_application_form_names_every_field_and_choice() -> None:
    text = (ROOT / "docs/application-form.md").read_text()
    named = set(re.findall(r"`([a-z_]+)`", text))
    parts = (
        form.Form, form.Place, form.Owner, form.Author, form.Contact, form.Kept, form.MachineHelp,
        form.Software, form.Bar, form.DeliveryWish, form.Trading,
    )  # fmt: skip
    fields = {each.name for part in parts for each in dataclasses.fields(part)}
    tables = (
        choices.CATEGORIES, choices.FORMS, choices.NATURES, choices.ACQUISITIONS,
        choices.OWNERSHIPS, choices.RIGHTS, choices.DEVELOPMENTS, choices.COMMENTS,
        choices.DEPOSITS, choices.PARTY_KINDS, choices.IDENTITY_PAPERS, choices.SIGNATURES,
        choices.ELECTRONIC_MEDIA, choices.PAPER_MEDIA,
    )  # fmt: skip
    assert fields | {key for table in tables for key in table} <= named


def test_the_example_of_the_application_form_can_be_submitted() -> None:
    text = (ROOT / "docs/application-form.md").read_text()
    (example,) = re.findall(r"^```json\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    shown = json.loads(example)
    whole = form.parse(shown["form"])
    assert gaps(whole, date(2026, 4, 1)) == ()
    asked = documents_for(shipped()["zhejiang"], whole, "330000")
    by_themselves = {"application_form", "identity", "sample"}
    required = {each.code for each in asked if each.needed == "required"}
    assert set(shown["documents"]) == required - by_themselves


def test_the_sheet_in_the_page_of_the_application_form_is_one() -> None:
    text = (ROOT / "docs/application-form.md").read_text()
    (shown,) = re.findall(r"((?:^    .*\n)+)\Z", text, re.MULTILINE)
    first, second = sheet.read(shown.replace("    ", ""))
    assert (first.files, second.key) == (("lake-1.jpg", "lake-2.jpg"), "2")
    assert first.form == {"title": "湖上三日", "completion_date": "2026-03-31"}
