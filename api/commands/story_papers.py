"""Papers of the story: those that an office wants on paper, too, and what its parties take home."""

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from api.commands.story_people import Person, say
from api.commands.story_software import MATERIALS
from core.errors import OutsideError

_POLL: Final = 0.3


def bring_papers(
    applicant: Callable[[str, str], dict[str, Any]],
    examiner: Callable[[str, str, object], object],
    at: str,
    matter: str,
) -> None:
    """Where the office waits for them, the agency notes that they came; else nothing."""
    shown = applicant("GET", f"/matters/{matter}")
    if shown["awaits_papers"]:
        examiner("POST", f"{at}/papers-received", {"note": "当面提交 handed in"})
        sys.stderr.write(f"收到纸质材料 papers received at {shown['papers_to']}\n")


def in_words(changed: dict[str, list[str]], rules: dict[str, Any], *, software: bool) -> str:
    """Fields and papers that changed, by their names."""
    from registry.field_names import field_name
    from registry.words import Words, of_software

    papers = {each["code"]: Words(**each["name"]) for each in rules["documents"]}
    named = [*(field_name(each) for each in changed["fields"]),
             *(papers.get(each, Words(each, each)) for each in changed["documents"])]  # fmt: skip
    return "、".join((of_software(each) if software else each).zh for each in named)


def documents(applicant: Person, owner: Person, matter: str, out: Path) -> list[Path]:
    """The papers of the application into `documents/`, with the signatures they have; beside those
    that were signed by hand, or are somebody else's, the files that the owner brought.
    """
    found = applicant.json("GET", f"/matters/{matter}")
    asked = applicant.json(
        "POST", f"/offices/{found['office']}/required-documents", {"form": found["form"]}
    )["documents"]
    signed = applicant.json("GET", f"/matters/{matter}/signing")["papers"]
    uploads = {each["code"]: found["documents"][each["code"]] for each in asked
               if _is_brought(each, found["documents"])}  # fmt: skip
    papers = {
        "hand-over-list.pdf": "hand-over-list.pdf",
        **{
            f"{each['code']}.pdf": f"documents/{each['code']}.pdf"
            for each in asked
            if (each["has_template"] or each["code"] in MATERIALS) and each["needed"] == "required"
        },
        **{f"{each['code']}.pdf": f"signing/papers/{each['code']}" for each in signed},
    }
    folder = out / "documents"
    folder.mkdir(exist_ok=True)
    for name, path in papers.items():
        (folder / name).write_bytes(applicant.ask("GET", f"/matters/{matter}/{path}").content)
    brought = [_original(owner, code, number, folder) for code, number in uploads.items()]
    say(f"  {folder}")
    return [*(folder / name for name in papers), *brought]


def _original(owner: Person, code: str, number: str, folder: Path) -> Path:
    """The file that was brought, byte for byte."""
    (file, *_) = owner.json("GET", f"/evidence/{number}")["files"]
    path = folder / f"{code}{Path(file['name']).suffix}"
    path.write_bytes(owner.ask("GET", f"/evidence/{number}/files/0").content)
    return path


def _is_brought(asked: dict[str, Any], answers: dict[str, Any]) -> bool:
    """Whether a paper is a file of somebody's, and no pages are made of it."""
    return (
        "online" not in asked["how"] and asked["code"] not in MATERIALS and asked["code"] in answers
    )


def notices(applicant: Person, matter: str, folder: Path, until: float) -> list[Path]:
    """What the office sent on the way, as signed papers."""
    while True:
        items = applicant.json("GET", f"/matters/{matter}/notices")["items"]
        if all(each["ready"] for each in items):
            break
        if time.monotonic() > until:
            raise OutsideError("通知书未在时限内制成 / no notices in time")
        time.sleep(_POLL)
    written = []
    for each in items:
        path = folder / f"notice-{each['place']}-{each['kind']}.pdf"
        address = f"/matters/{matter}/notices/{each['place']}.pdf"
        path.write_bytes(applicant.ask("GET", address).content)
        written.append(path)
    return written
