"""A form as an applicant would fill it in, whole; tests change one thing at a time."""

from typing import Any

from registry.form import Form, parse

SOFTWARE: dict[str, Any] = {
    "short_name": "记账", "version": "V1.0", "development": "independent", "languages": "Python",
    "source_lines": 9000, "running_system": "Linux", "purpose": "记账", "features": "记录收支",
    "comments": "removed", "deposit": "normal",
}  # fmt: skip


def of_the_applicant(name: str = "张三") -> dict[str, Any]:
    """The fields that name whom a verified account is."""
    form = filled()
    return {"owners": [{**form["owners"][0], "name": name}],
            "applicant": {**form["applicant"], "name": name}}  # fmt: skip


def filled(**changed: Any) -> dict[str, Any]:
    place = {"country": "CN", "province": "120000", "city": "城"}
    return {
        "form": "work",
        "title": "《湖上三日》",
        "category": "photograph",
        "owners": [
            {
                "name": "甲", "kind": "natural_person", "paper": "resident_id",
                "nationality": "CN", "place": place, "signature": "real_name",
            }
        ],
        "authors": [{"name": "甲", "signature": "real_name", "employed": False}],
        "nature": "original",
        "completion_date": "2026-03-01",
        "completion_place": {"country": "CN", "city": "城"},
        "published": False,
        "acquisition": "original",
        "ownership": "individual",
        "rights": "all",
        "filed_by": "owner",
        "applicant": {"name": "甲", "mobile": "13800000000"},
        "kept": {"electronic": "online", "electronic_count": 1},
        "machine_help": {"used": False},
        **changed,
    }  # fmt: skip


def form(**changed: Any) -> Form:
    return parse(filled(**changed))
