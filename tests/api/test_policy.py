"""Every operation of the OpenAPI document has a policy row, and behaves as its row says.

A row that is added is tried by all of it. What it is called with: `tests.grounds.bodies`.
"""

import uuid
from dataclasses import dataclass

import httpx2
import pytest
from sqlalchemy import select

from accounts import keys
from accounts.models import Account
from api.auth import FOR_HEADER
from api.database import transaction
from api.policies import (
    ADDRESS,
    EVIDENCE,
    IDENTITY,
    KEY,
    MANDATE,
    MATTER,
    MESSAGE,
    OFFICER,
    ORDER,
    ORGANISATION,
    PARTY,
    PASSKEY,
    POLICIES,
    PUBLIC,
    SESSION,
    SIGNED_IN,
    UPLOAD,
    WORK,
)
from api.wiring import utc_now
from tests.grounds import belongings
from tests.grounds.bodies import ADDRESS_IN, BODIES, IDENTITY_IN, PARTY_IN
from tests.grounds.callers import (
    Person,
    begin_upload,
    declared,
    deposit,
    person,
    program,
    visitor,
)
from tests.grounds.stack import RunningStack
from tests.grounds.wallets import awaiting_payment

OWNED = [name for name, row in POLICIES.items() if row.resource is not None]
GUARDED = [name for name, row in POLICIES.items() if row.access != PUBLIC]


@dataclass
class Matrix:
    """Two people, what the first one owns, and every operation of the document."""

    owner: Person
    stranger: Person
    owned: dict[str, str]
    operations: dict[str, tuple[str, str]]
    stack: RunningStack

    def call(
        self,
        http: httpx2.Client,
        name: str,
        *,
        ids: dict[str, str] | None = None,
        acting_for: str | None = None,
    ) -> httpx2.Response:
        method, path = self.operations[name]
        fixed = {"position": "0", "day": "2026-10-01", "place": "1"}
        beside = {}
        if "{signer_id}" in path:
            beside["matter_id"] = self.owned["signing_matter_id"]
        if "/registrations/{number}" in path:
            beside["number"] = self.owned["registration_number"]
        for place, value in {**self.owned, **fixed, **beside, **(ids or {})}.items():
            path = path.replace(f"{{{place}}}", value)
        if name == "preview_work_picture":
            path = path.replace(self.owned["number"], "1")
        body = BODIES.get(name)
        if name == "erase_personal_data":
            body = {"confirm": (ids or self.owned)["number"]}
        headers = {
            "Idempotency-Key": uuid.uuid4().hex,
            "Tus-Resumable": "1.0.0",
            "Upload-Length": "1",
            "Upload-Offset": "0",
        }
        if acting_for is not None:
            headers[FOR_HEADER] = acting_for
        if name in {"add_paper", "add_party_paper", "store_paper", "change_avatar"}:
            headers["Content-Type"] = "application/octet-stream"
            url = path + "?kind=id_front"
            return http.request(method, url, content=b"\xff\xd8\xff", headers=headers)
        if name == "append_bytes":
            headers["Content-Type"] = "application/offset+octet-stream"
        return http.request(method, path, json=body, headers=headers)


def claimed(owner: Person) -> str:
    owner.http.put("/api/v1/account/kind", json={"kind": "individual"})
    made: str = owner.http.post("/api/v1/identity", json=IDENTITY_IN).json()["id"]
    return made


def founded(owner: Person) -> str:
    body = BODIES["create_organisation"]
    made: str = owner.http.post("/api/v1/organisations", json=body).json()["id"]
    return made


def invited(owner: Person, organisation: str) -> str:
    at = f"/api/v1/organisations/{organisation}/invitations"
    assert owner.http.post(at, json=BODIES["invite_member"]).status_code in {200, 201, 202}
    found: str = owner.http.get(at).json()["items"][0]["id"]
    return found


def told(http: httpx2.Client) -> str:
    """A message about a matter that was given up."""
    made = http.post("/api/v1/matters", json=BODIES["create_matter"]).json()["id"]
    assert http.post(f"/api/v1/matters/{made}/withdrawal").status_code == 200
    found: str = http.get("/api/v1/messages").json()["items"][0]["id"]
    return found


@pytest.fixture(scope="module")
def matrix(stack: RunningStack) -> Matrix:
    owner, stranger = person(stack), person(stack)
    http = program(stack, owner.key(*keys.ALL_SCOPES))
    document = http.get("/api/v1/openapi.json").json()
    key = owner.http.post("/api/v1/keys", json={"name": "k", "scopes": ["read"]}).json()
    owned = {
        "office": "nowhere",
        "organisation_id": founded(owner),
        "address_id": owner.http.post("/api/v1/addresses", json=ADDRESS_IN).json()["id"],
        "party_id": owner.http.post("/api/v1/parties", json=PARTY_IN).json()["id"],
        "verification_id": claimed(owner),
        "identity_id": str(uuid.uuid4()),
        "code": "pledge",
        "matter_id": http.post("/api/v1/matters", json=BODIES["create_matter"]).json()["id"],
        "message_id": told(http),
        "order_id": awaiting_payment(stack, owner)["order"]["id"],
        "work_id": http.post("/api/v1/works", json={}).json()["id"],
        "upload_id": begin_upload(http, 1).rsplit("/", 1)[-1],
        "key_id": key["id"],
        "session_id": owner.http.get("/api/v1/sessions").json()["items"][0]["id"],
        "number": deposit(http, declared("a.txt", b"x"), custody_mode="hash_only").json()[
            "evidence_number"
        ],
    }
    owned["invitation_id"] = invited(owner, owned["organisation_id"])
    with stack.services() as services, transaction(services.sessions) as session:
        session.info["ring"], session.info["papers"] = services.keyring, services.papers
        account = session.scalars(select(Account.id).where(Account.email == owner.identifier)).one()
        owned |= belongings.made(
            session, services.papers, account, uuid.UUID(owned["organisation_id"]),
            uuid.UUID(owned["verification_id"]), now=utc_now(),
        )  # fmt: skip
    operations = {
        operation["operationId"]: (method.upper(), path)
        for path, item in document["paths"].items()
        for method, operation in item.items()
    }
    return Matrix(owner, stranger, owned, operations, stack)


def test_every_operation_has_a_row_and_every_row_of_ours_an_operation(matrix: Matrix) -> None:
    public_pages = {
        name
        for name, (_, path) in matrix.operations.items()
        if not path.startswith("/api/v1") or path.startswith("/api/v1/public")
    }
    assert set(matrix.operations) - set(POLICIES) - public_pages == set()
    assert set(POLICIES) - set(matrix.operations) == set()


@pytest.mark.parametrize("name", GUARDED)
def test_nobody_gets_in_without_saying_who_they_are(matrix: Matrix, name: str) -> None:
    answer = matrix.call(visitor(matrix.stack), name)
    assert answer.status_code == 401, answer.text
    answer = matrix.call(program(matrix.stack, "yk_" + "x" * 43), name)
    assert answer.status_code == 401, answer.text


@pytest.mark.parametrize("name", GUARDED)
def test_a_key_without_the_scope_is_refused(matrix: Matrix, name: str) -> None:
    scopes = keys.ALL_SCOPES - {POLICIES[name].access}
    answer = matrix.call(program(matrix.stack, matrix.owner.key(*scopes)), name)
    assert answer.status_code == 403, answer.text


def nothing_for(name: str) -> dict[str, str]:
    """In place of what the operation is about, something that nobody has."""
    return {
        WORK: {"work_id": str(uuid.uuid4())},
        UPLOAD: {"upload_id": str(uuid.uuid4())},
        KEY: {"key_id": str(uuid.uuid4())},
        IDENTITY: {"verification_id": str(uuid.uuid4())},
        PASSKEY: {"passkey_id": str(uuid.uuid4())},
        ADDRESS: {"address_id": str(uuid.uuid4())},
        ORGANISATION: {"organisation_id": str(uuid.uuid4())},
        PARTY: {"party_id": str(uuid.uuid4())},
        MANDATE: {"mandate_id": str(uuid.uuid4())},
        SESSION: {"session_id": str(uuid.uuid4())},
        ORDER: {"order_id": str(uuid.uuid4())},
        MATTER: {"matter_id": str(uuid.uuid4())},
        MESSAGE: {"message_id": str(uuid.uuid4())},
        EVIDENCE: {"number": "YJ-0000-0000-0000-0000"},
    }[POLICIES[name].resource or ""]


@pytest.mark.parametrize("name", OWNED)
def test_what_belongs_to_somebody_else_does_not_exist(matrix: Matrix, name: str) -> None:
    foreign = matrix.call(matrix.stranger.http, name)
    assert foreign.status_code == 404, foreign.text
    unknown = matrix.call(matrix.stranger.http, name, ids=nothing_for(name))
    assert (unknown.status_code, unknown.content) == (404, foreign.content)


@pytest.mark.parametrize("name", GUARDED)
def test_nobody_acts_for_an_account_that_is_none_of_theirs(matrix: Matrix, name: str) -> None:
    """T02: for every operation, an organisation one does not work for does not exist."""
    answer = matrix.call(matrix.stranger.http, name, acting_for=matrix.owned["organisation_id"])
    assert answer.status_code == 404, answer.text


@pytest.mark.parametrize("name", GUARDED)
def test_for_an_organisation_an_operation_does_as_its_row_says(matrix: Matrix, name: str) -> None:
    """The owner of an organisation may do for it what the row lets others do, and nothing else."""
    answer = matrix.call(matrix.owner.http, name, acting_for=matrix.owned["organisation_id"])
    if POLICIES[name].for_others is None:
        assert answer.status_code == 403, answer.text
    else:
        assert answer.status_code not in {401, 403}, answer.text
        if POLICIES[name].resource is not None:  # what is the owner's is not the organisation's
            assert answer.status_code == 404, answer.text


@pytest.mark.parametrize("name", GUARDED)
def test_another_sites_page_cannot_use_the_cookie(matrix: Matrix, name: str) -> None:
    if matrix.operations[name][0] in {"GET", "HEAD"}:
        return  # changes nothing: a cookie alone opens it
    http = matrix.owner.http
    for wrong in ({"Origin": "https://evil.example"}, {"X-CSRF-Token": "0" * 64}):
        kept = {header: http.headers[header] for header in wrong}
        http.headers.update(wrong)
        try:
            answer = matrix.call(http, name)
        finally:
            http.headers.update(kept)
        assert answer.status_code == 403, answer.text
        assert answer.json()["field"] in wrong


def test_the_document_says_who_may_do_what(matrix: Matrix) -> None:
    document = matrix.owner.http.get("/api/v1/openapi.json").json()
    for item in document["paths"].values():
        for operation in item.values():
            row = POLICIES.get(operation["operationId"])
            if row is None or row.access == PUBLIC:
                assert "security" not in operation
            elif row.access in {SIGNED_IN, OFFICER}:
                assert operation["security"] == [{"session": []}]
            else:
                assert {"401", "403", "429"} <= set(operation["responses"])


def test_what_is_ones_own_is_there(matrix: Matrix) -> None:
    """Or a stranger's not finding it would show nothing. Last here: what ends it comes at its end.

    Where a part of it is asked for that it does not have, the answer is another one.
    """

    def ends_it(name: str) -> bool:
        return matrix.operations[name][0] == "DELETE" or name == "withdraw_matter"

    by_program = program(matrix.stack, matrix.owner.key(*keys.ALL_SCOPES))
    unseen = []
    for name in sorted(OWNED, key=ends_it):
        if name in {"end_session", "remove_passkey"}:  # the caller's own; nobody's here
            continue
        http = matrix.owner.http if POLICIES[name].access == SIGNED_IN else by_program
        own = matrix.call(http, name)
        unknown = matrix.call(http, name, ids=nothing_for(name))
        assert unknown.status_code == 404, (name, unknown.text)
        if own.status_code == 401 or (own.status_code, own.content) == (404, unknown.content):
            unseen.append((name, own.text))
    assert unseen == []
