"""Signing by link over HTTP: every way to get it wrong, and what each of them is told."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from api.commands.story_payment import pay
from api.wiring import Services
from certs.trust import parse
from core.pki import fingerprint, load
from registry.signing_models import SigningSigner
from tests.grounds.callers import visitor
from tests.grounds.filing import applicant, at, examiner, picture
from tests.grounds.signers import STROKES, Somebody, ToSign, at_link, eventually, to_sign
from tests.grounds.signing import DOCUMENTS, form_of
from tests.grounds.stack import RunningStack

OWN = {
    "test_two_people_sign_and_the_matter_goes_on_by_itself", "test_what_was_drawn_is_on_the_paper",
    "test_of_a_recalled_matter_has_ended", "test_is_used_once", "test_twice_signs_once",
    "test_only_what_the_signer_signs_is_shown",
}  # fmt: skip
"""Tests that end their matter; the others share one."""
PAST = datetime.now(UTC) - timedelta(seconds=1)
SHOW, CODE, PROOF = "/api/v1/signing", "/api/v1/signing/code", "/api/v1/signing/proof"
CONFIRM = "/api/v1/signing/confirmation"


@pytest.fixture(scope="module")
def services(stack: RunningStack) -> Iterator[Services]:
    with stack.services() as found:
        yield found


@pytest.fixture(scope="module")
def shared(stack: RunningStack) -> ToSign:
    """A matter that nobody signs."""
    found = to_sign(stack)
    found.people[0].link()
    return found


@pytest.fixture
def signing(request: pytest.FixtureRequest, stack: RunningStack) -> ToSign:
    if request.node.name in OWN:
        return to_sign(stack)
    found: ToSign = request.getfixturevalue("shared")
    return found


@pytest.fixture
def first(signing: ToSign) -> Somebody:
    return signing.people[0]


@pytest.fixture
def browser(stack: RunningStack, signing: ToSign, first: Somebody) -> httpx2.Client:
    """張三's, at a new link."""
    first.link()
    return at_link(stack, signing.renew("张三"))


def edit(services: Services, name: str, signing: ToSign, **values: Any) -> None:
    with Session(services.engine) as session, session.begin():
        signer = signing.signer(name)["id"]
        session.execute(update(SigningSigner).where(SigningSigner.id == signer).values(**values))


def refused(answer: httpx2.Response, status: int, field: str | None = None) -> str:
    assert answer.status_code == status, answer.text
    if field is not None:
        assert answer.json()["field"] == field
    detail: str = answer.json().get("detail") or ""
    return detail


class TestTheWholeWay:
    def test_two_people_sign_and_the_matter_goes_on_by_itself(
        self, stack: RunningStack, signing: ToSign
    ) -> None:
        first, second = signing.people
        assert eventually(lambda: signing.signer("张三")["state"] == "to_sign" or None)
        assert signing.signer("李四")["state"] == "waits"
        assert signing.signer("张三")["roles"] == ["owner"]
        assert signing.signer("李四")["roles"] == ["author"]
        assert second.messages() == []
        first.sign(stack)
        assert signing.signer("张三") == signing.signer("张三") | {
            "state": "signed", "contact": None,
        }  # fmt: skip
        second.sign(stack)
        eventually(lambda: signing.state() == "payment" or None)
        assert signing.shown()["complete"]
        assert pay(signing.ask, signing.ask("GET", f"/matters/{signing.matter}"))["state"] == (
            "submitted"
        )
        office = examiner(stack, office="zhejiang", agency="zhejiang")
        papers = office.http.get(at(signing.matter, "papers", "zhejiang")).json()["items"]
        assert {each["code"] for each in papers} == {
            "application_form", "creation_statement", "ownership_statement", "pledge",
        }  # fmt: skip
        assert all(each["verified"] for each in papers), papers
        names = {each["code"]: [s["name"] for s in each["signatures"]] for each in papers}
        assert names["creation_statement"] == ["张三", "李四"]
        pdf = office.http.get(at(signing.matter, "papers/pledge", "zhejiang"))
        assert pdf.content.startswith(b"%PDF-1.7")
        own = signing.applicant.person.http.get(f"{signing.path}/papers/pledge")
        assert own.content == pdf.content

    def test_what_was_drawn_is_on_the_paper(
        self, signing: ToSign, first: Somebody, browser: httpx2.Client
    ) -> None:
        first.prove(browser)
        before = {}
        for paper in browser.get(SHOW).json()["papers"]:
            before[paper["code"]] = browser.get(f"{SHOW}/papers/{paper['code']}").content
        answer = browser.post(CONFIRM, json={"confirm": True, "strokes": STROKES})
        assert answer.json()["state"] == "signing"
        eventually(lambda: browser.get(SHOW).json()["state"] == "signed" or None)
        after = signing.applicant.person.http.get(f"{signing.path}/papers/pledge").content
        assert after.startswith(before["pledge"])


class TestTheLink:
    def test_says_for_whom_it_is_and_shows_no_document(
        self, signing: ToSign, browser: httpx2.Client
    ) -> None:
        shown = browser.get(SHOW).json()
        assert shown["for_whom"] == "张*"
        assert shown["code_goes_to"].startswith("+86*")
        assert "请勿群发" in " ".join(shown["hints"])
        assert signing.people[0].number not in str(shown)
        answer = browser.get(f"{SHOW}/papers/pledge", headers={"Signing-Proof": "x"})
        refused(answer, 403, "Signing-Proof")

    def test_of_nobody_is_unknown(self, stack: RunningStack) -> None:
        http = at_link(stack, "x" * 43)
        for method, path in (("GET", SHOW), ("POST", CODE)):
            refused(http.request(method, path), 404, "Signing-Link")

    def test_that_has_expired_says_where_to_get_another(
        self, services: Services, signing: ToSign, browser: httpx2.Client
    ) -> None:
        edit(services, "张三", signing, link_expires_at=PAST)
        assert "新链接" in refused(browser.get(SHOW), 410, "Signing-Link")

    def test_ends_when_another_is_sent(
        self, stack: RunningStack, signing: ToSign, browser: httpx2.Client
    ) -> None:
        link = signing.renew("张三")
        refused(browser.get(SHOW), 404)
        assert at_link(stack, link).get(SHOW).status_code == 200
        assert signing.people[0].secret("/sign#") == link

    def test_can_be_ended_by_the_applicant(self, signing: ToSign, browser: httpx2.Client) -> None:
        signer = signing.signer("张三")["id"]
        answer = signing.applicant.person.http.delete(f"{signing.path}/signers/{signer}/link")
        assert answer.status_code == 204
        refused(browser.get(SHOW), 404)
        assert signing.signer("张三")["link_expires_at"] is None

    def test_of_a_recalled_matter_has_ended(self, signing: ToSign, browser: httpx2.Client) -> None:
        answer = signing.applicant.person.http.post(f"/api/v1/matters/{signing.matter}/recall")
        assert answer.status_code == 200, answer.text
        refused(browser.get(SHOW), 410)
        refused(browser.post(CODE), 410)

    def test_is_used_once(
        self, stack: RunningStack, first: Somebody, browser: httpx2.Client
    ) -> None:
        first.sign(stack)
        assert browser.get(SHOW).json()["state"] == "signed"
        assert "已签署" in refused(browser.post(CODE), 409, "Signing-Link")

    def test_is_not_sent_before_the_turn(self, signing: ToSign) -> None:
        eventually(lambda: signing.signer("李四")["state"] == "waits" or None)
        signer = signing.signer("李四")["id"]
        answer = signing.applicant.person.http.put(f"{signing.path}/signers/{signer}/link")
        assert "尚未轮到" in refused(answer, 409, "state")

    def test_of_one_matter_opens_no_other(
        self, stack: RunningStack, first: Somebody, browser: httpx2.Client
    ) -> None:
        first.prove(browser)
        other = at_link(stack, to_sign(stack).people[0].link())
        other.headers["Signing-Proof"] = browser.headers["Signing-Proof"]
        refused(other.get(f"{SHOW}/papers/pledge"), 403, "Signing-Proof")

    @pytest.mark.parametrize("agent", ["Mozilla MicroMessenger/8.0", "DingTalk/7"])
    def test_in_a_built_in_browser_says_so(self, browser: httpx2.Client, agent: str) -> None:
        hints = browser.get(SHOW, headers={"User-Agent": agent}).json()["hints"]
        assert any("正常浏览器" in each for each in hints)
        assert not any("正常浏览器" in each for each in browser.get(SHOW).json()["hints"])

    def test_is_kept_as_a_digest_only(
        self, services: Services, signing: ToSign, first: Somebody
    ) -> None:
        link = first.link()
        with Session(services.engine) as session:
            row = session.scalars(
                select(SigningSigner).where(SigningSigner.id == signing.signer("张三")["id"])
            ).one()
            assert link.encode() not in (row.token_hash or b"")
        log = (signing.stack.var / "log" / "api.log").read_text()
        assert link not in log


class TestTheProof:
    def test_takes_a_number_however_it_is_typed(
        self, first: Somebody, browser: httpx2.Client
    ) -> None:
        """ZJ-41: stray blanks and full-width digits."""
        wide = "".join(chr(ord(c) + 0xFEE0) if c.isdigit() else c for c in first.number)
        typed = f"\u3000 {wide[:6]} {wide[6:]} "
        body = first.answer(first.code(browser), number=typed)
        assert browser.post(PROOF, json=body).status_code == 200

    def test_of_somebody_else_is_told_in_the_offices_words(
        self, signing: ToSign, first: Somebody, browser: httpx2.Client
    ) -> None:
        """ZJ-86."""
        body = first.answer(first.code(browser), number=signing.people[1].number)
        said = refused(browser.post(PROOF, json=body), 403, "number")
        assert said.startswith("您不是本份文件的签署者")
        assert "4" in said
        assert signing.people[1].number not in said

    def test_with_another_kind_of_paper_is_told_in_the_offices_words(
        self, first: Somebody, browser: httpx2.Client
    ) -> None:
        """ZJ-87."""
        body = first.answer(first.code(browser), document_kind="passport")
        said = refused(browser.post(PROOF, json=body), 403, "document_kind")
        assert said.startswith("证件类型有误")

    def test_needs_the_code_before_anybody_may_try_numbers(
        self, signing: ToSign, first: Somebody, browser: httpx2.Client
    ) -> None:
        for number in (first.number, signing.people[1].number):
            body = first.answer("000000", number=number)
            refused(browser.post(PROOF, json=body), 403, "code")

    def test_takes_a_code_once_and_not_late(
        self, services: Services, signing: ToSign, first: Somebody, browser: httpx2.Client
    ) -> None:
        body = first.answer(first.code(browser))
        assert browser.post(PROOF, json=body).status_code == 200
        refused(browser.post(PROOF, json=body), 403, "code")
        body = first.answer(first.code(browser))
        edit(services, "张三", signing, code_expires_at=PAST)
        refused(browser.post(PROOF, json=body), 403, "code")

    def test_wrong_five_times_locks_the_link(
        self, stack: RunningStack, signing: ToSign, first: Somebody, browser: httpx2.Client
    ) -> None:
        code = first.code(browser)
        for _ in range(5):
            wrong = first.answer(code, number=signing.people[1].number)
            refused(browser.post(PROOF, json=wrong), 403)
        said = refused(browser.post(PROOF, json=first.answer(code)), 403, "Signing-Link")
        assert "锁定" in said
        refused(browser.post(CODE), 403, "Signing-Link")
        assert signing.signer("张三")["locked"]
        fresh = at_link(stack, signing.renew("张三"))
        first.prove(fresh)

    def test_codes_are_throttled(self, browser: httpx2.Client) -> None:
        answers = [browser.post(CODE).status_code for _ in range(5)]
        assert answers[:2] == [204, 204]
        assert 429 in answers

    def test_ends_after_half_an_hour_and_nothing_was_signed(
        self, services: Services, signing: ToSign, first: Somebody, browser: httpx2.Client
    ) -> None:
        """ZJ-82, ZJ-89."""
        first.prove(browser)
        assert browser.get(f"{SHOW}/papers/pledge").status_code == 200
        edit(services, "张三", signing, proof_expires_at=PAST)
        refused(browser.get(f"{SHOW}/papers/pledge"), 403, "Signing-Proof")
        refused(browser.post(CONFIRM, json={"confirm": True}), 403, "Signing-Proof")
        assert signing.signer("张三")["state"] == "unfinished"
        assert any("签署无效" in each for each in browser.get(SHOW).json()["hints"])


class TestConfirming:
    def test_without_reading_is_refused(self, first: Somebody, browser: httpx2.Client) -> None:
        first.prove(browser)
        browser.get(f"{SHOW}/papers/pledge")
        refused(browser.post(CONFIRM, json={"confirm": True}), 409, "application_form")

    @pytest.mark.parametrize(
        "body",
        [{}, {"confirm": False}, {"confirm": True, "strokes": [[[0, 0]]]},
         {"confirm": True, "strokes": [[[0, 0], [1001, 0]]]}, {"confirm": True, "name": "x"}],
    )  # fmt: skip
    def test_of_nothing_well_formed_is_refused(
        self, first: Somebody, browser: httpx2.Client, body: dict[str, Any]
    ) -> None:
        first.prove(browser)
        refused(browser.post(CONFIRM, json=body), 422)

    def test_twice_signs_once(
        self, signing: ToSign, first: Somebody, browser: httpx2.Client
    ) -> None:
        first.prove(browser)
        for paper in browser.get(SHOW).json()["papers"]:
            browser.get(f"{SHOW}/papers/{paper['code']}/pages/1")
        assert browser.post(CONFIRM, json={"confirm": True}).status_code == 202
        refused(browser.post(CONFIRM, json={"confirm": True}), 409)
        eventually(lambda: browser.get(SHOW).json()["state"] == "signed" or None)
        for paper in signing.shown()["papers"]:
            mine = [s for s in paper["signatures"] if s["place"] == "owner-1"]
            assert all(each["at"] is not None for each in mine)

    def test_from_another_sites_page_is_refused(
        self, first: Somebody, browser: httpx2.Client
    ) -> None:
        first.prove(browser)
        for path, body in ((CODE, None), (PROOF, first.answer("0")), (CONFIRM, {"confirm": True})):
            answer = browser.post(path, json=body, headers={"Origin": "https://evil.example"})
            refused(answer, 403, "Origin")


class TestReading:
    def test_pages_are_pictures_for_phones(self, first: Somebody, browser: httpx2.Client) -> None:
        first.prove(browser)
        form = next(p for p in browser.get(SHOW).json()["papers"] if p["code"] == "pledge")
        page = browser.get(f"{SHOW}/papers/pledge/pages/{form['pages']}")
        assert page.headers["content-type"] == "image/png"
        assert page.content.startswith(b"\x89PNG")
        refused(browser.get(f"{SHOW}/papers/pledge/pages/{form['pages'] + 1}"), 404, "page")

    def test_only_what_the_signer_signs_is_shown(
        self, stack: RunningStack, signing: ToSign
    ) -> None:
        signing.people[0].sign(stack)
        second = signing.people[1]
        http = at_link(stack, second.link())
        second.prove(http)
        assert "pledge" not in {each["code"] for each in http.get(SHOW).json()["papers"]}
        refused(http.get(f"{SHOW}/papers/pledge"), 404, "code")

    def test_a_header_is_asked_for(self, stack: RunningStack) -> None:
        refused(visitor(stack).get(SHOW), 422)


class TestForms:
    def test_a_signer_who_is_not_on_file_is_named(self, stack: RunningStack) -> None:
        someone = applicant(stack)
        known = Somebody("张三", stack.var / "outbox").on_file(someone)
        stranger = {"name": "李四", "signature": "real_name"}
        form = {**_form(known), "authors": [known.author(), stranger]}
        answer = _submitted(someone, form)
        refused(answer, 422, "authors[1].party")

    def test_a_signer_without_a_mobile_is_named(self, stack: RunningStack) -> None:
        someone = applicant(stack)
        known = Somebody("张三", stack.var / "outbox", mobile="").on_file(someone)
        refused(_submitted(someone, _form(known)), 422, "owners[0].party")


def _form(known: Somebody) -> dict[str, Any]:
    return form_of([known.owner()], [known.author()])


def _submitted(someone: Any, form: dict[str, Any]) -> httpx2.Response:
    body = {"office": "zhejiang", "form": form, "documents": DOCUMENTS}
    matter = someone.person.http.post("/api/v1/matters", json=body).json()["id"]
    evidence = someone.deposited("a.png", picture())
    answer: httpx2.Response = someone.person.http.post(
        f"/api/v1/matters/{matter}/submissions", json={"evidence_number": evidence}
    )
    return answer


def test_the_trust_file_of_an_installation_knows_no_signers_root(stack: RunningStack) -> None:
    """Else whoever signs a paper could issue certificates."""
    trust = parse((stack.var / "trust.json").read_bytes())
    signers = fingerprint(load(stack.var / "keys" / "signers").root)
    assert signers not in trust.issuer_roots | trust.tsa_roots
