"""What an office publishes, over HTTP: anybody finds and reads it, its own officers keep it."""

import uuid
from typing import Any

import httpx2
import pytest

from tests.grounds.bureau import asked
from tests.grounds.callers import visitor
from tests.grounds.officers import OfficerAtWork, at_work
from tests.grounds.stack import RunningStack

PUBLIC = "/api/v1/public/offices/tianjin/articles"
OWN = "/api/v1/offices/tianjin/articles"


@pytest.fixture(scope="module")
def registrar(stack: RunningStack) -> OfficerAtWork:
    return at_work(stack, "tianjin", "registrar")


@pytest.fixture(scope="module")
def stranger(stack: RunningStack) -> httpx2.Client:
    return visitor(stack)


def said(section: str, title: str, text: str = "正文。", **english: str) -> dict[str, Any]:
    return {"section": section, "title": {"zh": title, **english}, "text": {"zh": text}}


def own(made: str, office: str = "tianjin") -> str:
    return f"/api/v1/offices/{office}/articles/{made}"


def published(who: OfficerAtWork, body: dict[str, Any]) -> str:
    made: str = asked(who.http.post(OWN, json=body))["id"]
    return made


def found(stranger: httpx2.Client, **query: Any) -> list[str]:
    return [each["id"] for each in asked(stranger.get(PUBLIC, params=query))["items"]]


def test_anybody_finds_it_by_section_and_by_words_and_reads_it(
    stranger: httpx2.Client, registrar: OfficerAtWork
) -> None:
    """TJ-12, TJ-14, TJ-20, TJ-28; ZJ-12, ZJ-13, ZJ-17."""
    news = published(registrar, said("news", "短视频大赛登记通道", "即日起开放。", en="A contest"))
    law = published(registrar, said("law", "著作权法", "第一条 为保护作者的著作权。"))
    assert found(stranger)[:2] == [law, news]
    assert news in found(stranger, section="news")
    assert law not in found(stranger, section="news")
    for typed in ("短视频", "开放", "contest"):
        assert found(stranger, q=typed) == [news], typed
    assert found(stranger, q="%") == []
    page = asked(stranger.get(PUBLIC, params={"limit": 1}))
    assert (page["items"][0]["id"], page["next"]) == (law, law)
    assert "text" not in page["items"][0]
    assert found(stranger, limit=1, cursor=page["next"]) == [news]
    whole = asked(stranger.get(f"{PUBLIC}/{news}"))
    assert whole["title"] == {"zh": "短视频大赛登记通道", "en": "A contest"}
    assert whole["text"] == {"zh": "即日起开放。", "en": None}


def test_it_is_changed_and_withdrawn_by_those_who_keep_it(
    stranger: httpx2.Client, registrar: OfficerAtWork, stack: RunningStack
) -> None:
    made = published(registrar, said("notice", "放假通知"))
    first = asked(stranger.get(f"{PUBLIC}/{made}"))
    supervisor = at_work(stack, "tianjin", "supervisor")
    changed = asked(supervisor.http.put(own(made), json=said("notice", "放假通知(更正)")))
    assert changed["published_at"] == first["published_at"] < changed["changed_at"]
    assert asked(stranger.get(f"{PUBLIC}/{made}")) == changed
    assert registrar.http.delete(own(made)).status_code == 204
    assert stranger.get(f"{PUBLIC}/{made}").status_code == 404
    assert made not in found(stranger, limit=50)
    assert stranger.get(PUBLIC, params={"cursor": made}).status_code == 200
    assert registrar.http.delete(own(made)).status_code == 404
    lines = asked(registrar.http.get("/api/v1/offices/tianjin/audit", params={"limit": 100}))
    acts = [each["act"] for each in lines["items"] if each["subject"] == f"article:{made}"]
    assert sorted(acts) == ["article.changed", "article.published", "article.withdrawn"]


def test_sent_again_with_its_key_it_is_published_once(
    stranger: httpx2.Client, registrar: OfficerAtWork
) -> None:
    key = {"Idempotency-Key": uuid.uuid4().hex}
    body = said("topic", "专题一")
    first, again = (asked(registrar.http.post(OWN, json=body, headers=key)) for _ in range(2))
    assert again == first
    assert found(stranger, section="topic") == [first["id"]]


def test_nobody_else_publishes(
    stranger: httpx2.Client, registrar: OfficerAtWork, stack: RunningStack
) -> None:
    made = published(registrar, said("about", "关于我们"))
    cashier = at_work(stack, "tianjin", "cashier")
    elsewhere = at_work(stack, "zhejiang", "registrar")
    body = said("about", "不是我们")
    assert cashier.http.post(OWN, json=body).status_code == 403
    assert cashier.http.put(own(made), json=body).status_code == 403
    assert cashier.http.delete(own(made)).status_code == 403
    assert elsewhere.http.put(own(made), json=body).status_code == 403
    assert elsewhere.http.put(own(made, "zhejiang"), json=body).status_code == 404
    assert elsewhere.http.delete(own(made, "zhejiang")).status_code == 404
    assert asked(stranger.get(f"{PUBLIC}/{made}"))["title"]["zh"] == "关于我们"
    assert stranger.get(f"/api/v1/public/offices/zhejiang/articles/{made}").status_code == 404
    assert stranger.get("/api/v1/public/offices/nowhere/articles").status_code == 404


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (said("gossip", "x"), "section"), (said("news", " "), "title.zh"),
        (said("news", "x", ""), "text.zh"), ({"section": "news", "title": {"zh": "x"}}, "text"),
        (said("news", "x", html="y"), "title.html"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_by_field(
    registrar: OfficerAtWork, body: dict[str, Any], field: str
) -> None:
    answer = registrar.http.post(OWN, json=body)
    assert (answer.status_code, answer.json()["field"]) == (422, field)


def test_a_section_that_there_is_not_is_refused(stranger: httpx2.Client) -> None:
    answer = stranger.get(PUBLIC, params={"section": "gossip"})
    assert (answer.status_code, answer.json()["field"]) == (422, "section")
