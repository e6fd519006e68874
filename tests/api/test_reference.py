"""Words, areas, limits and the form, for anybody: what a page is drawn from."""

from typing import Any

from tests.grounds.callers import person, visitor
from tests.grounds.stack import RunningStack

AT = "/api/v1"


def test_words_come_with_their_names_and_need_not_be_fetched_twice(stack: RunningStack) -> None:
    first = visitor(stack).get(f"{AT}/words")
    states = first.json()["lists"]["matter_states"]
    assert {
        "key": "returned",
        "name": {"zh": "退回补正", "en": "returned for correction"},
    } in states
    again = visitor(stack).get(f"{AT}/words", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


class TestAreas:
    def test_lead_from_select_to_select(self, stack: RunningStack) -> None:
        web = visitor(stack)
        provinces = web.get(f"{AT}/areas").json()["items"]
        assert {
            "code": "330000",
            "name": "浙江省",
            "name_en": "Zhejiang",
            "divided": True,
        } in provinces
        cities = web.get(f"{AT}/areas", params={"below": "330000"}).json()["items"]
        assert "330100" in [each["code"] for each in cities]
        counties = web.get(f"{AT}/areas", params={"below": "330100"}).json()["items"]
        assert {"西湖区"} <= {each["name"] for each in counties if not each["divided"]}

    def test_that_do_not_exist_are_refused_by_field(self, stack: RunningStack) -> None:
        refused = visitor(stack).get(f"{AT}/areas", params={"below": "999999"})
        assert (refused.status_code, refused.json()["field"]) == (422, "below")


def test_limits_are_those_that_a_deposit_is_held_to(stack: RunningStack) -> None:
    work = visitor(stack).get(f"{AT}/limits").json()["work"]
    files = [
        {"name": f"{at}.png", "size": 1, "sha256": f"{at:064x}"}
        for at in range(work["most_files"] + 1)
    ]
    body: dict[str, Any] = {"custody_mode": "hash_only", "title": "山间", "files": files}
    someone = person(stack)
    refused = someone.http.post(f"{AT}/evidence", json=body, headers={"Idempotency-Key": "many"})
    assert (refused.status_code, refused.json()["field"]) == (422, "files")
    body["files"] = files[:-1]
    taken = someone.http.post(f"{AT}/evidence", json=body, headers={"Idempotency-Key": "enough"})
    assert taken.status_code == 201


def test_the_form_is_told_field_by_field(stack: RunningStack) -> None:
    fields = {
        each["key"]: each for each in visitor(stack).get(f"{AT}/application-form").json()["fields"]
    }
    owners, note = fields["owners"], fields["nature_note"]
    assert (owners["kind"], owners["required"], owners["several"]) == ("block", True, 50)
    kinds = next(each for each in owners["fields"] if each["key"] == "kind")
    assert kinds["choices"][0] == {
        "key": "natural_person", "name": {"zh": "自然人", "en": "natural person"},
    }  # fmt: skip
    assert len(fields["held_rights"]["choices"]) == 17
    assert len(fields["held_rights"]["software_choices"]) == 9
    assert note["software_choices"] == []
    assert note["required"] is False
    assert [each["by"] for each in note["required_when"]] == ["nature"]
    assert fields["ownership"]["how"]["zh"].startswith("个人作品")
    assert fields["title"]["name"]["zh"] == "作品名称"
    assert fields["title"]["software_name"]["zh"] == "软件名称"
    assert "作品" not in fields["title"]["software_how"]["zh"]
