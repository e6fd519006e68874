"""The public look-up: one prepared query, no ORM, on the event loop.

Promises: by number alone it tells verdict, day and kind; everything else only beside the right
check code, which is compared in constant time; a wrong code, a wrong number and a number that
does not exist get the same answer. By digest it tells only of evidence whose owner made it public.
Never a file name, and no name or title but what an office announces of a registration.
"""

import hashlib
import hmac
import json
from collections.abc import Sequence
from datetime import date, datetime, timedelta, timezone
from functools import cached_property
from typing import Any, Final, LiteralString, NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from psycopg import AsyncConnection, OperationalError
from psycopg_pool import AsyncConnectionPool
from pydantic_core import to_json
from starlette.requests import Request

from api import public_queries as queries
from api.auth import address_of
from api.issuing import issuing_terms
from api.limits import AsyncLimiter
from api.public_entry import entry
from api.settings import Settings
from api.trusting import status_key
from api.wiring import Services
from certs import status as statuses
from chain.lifecycle import AnchoringFacts, AnchoringState, AttemptStatus, anchoring_state
from core.errors import NotFound, NotReady, OutsideError
from evidence import numbers
from evidence.about import DEPOSIT, REGISTRATION, REVOCATION
from registry.numbering import spellings
from registry.tables import areas

BEIJING: Final = timezone(timedelta(hours=8))
POOL_SIZE: Final = 8
_POOL_SECONDS: Final = 5.0
# One row by a unique key: planning ten joins anew each time would cost more than running them.
_OPTIONS: Final = "-c timezone=UTC -c plan_cache_mode=force_generic_plan -c jit=off"
KINDS: Final = {
    DEPOSIT: "evidence", REGISTRATION: "registration", REVOCATION: "registration_revocation",
    "audit": "audit",
}  # fmt: skip
"""What strangers are told an evidence is: a deposit, a register's entry, or its revocation."""

_NO_CODE: Final = "\x00" * 26


class Found(NamedTuple):
    """One evidence with the rows that hang on it, in the order of `queries.COLUMNS`."""

    number: str
    check_code: str
    custody_mode: str
    submitted_at: datetime
    stated_at: datetime | None
    rejected: bool
    statement: bytes | None
    leaf_hash: bytes | None
    token_time: datetime | None
    token_serial: str | None
    token_policy: str | None
    token_authority: str | None
    leaf_index: int | None
    root: bytes | None
    tree_size: int | None
    attempts: list[str] | None
    chain_id: int | None
    contract: bytes | None
    transaction: bytes | None
    block_hash: bytes | None
    block_number: int | None
    block_time: datetime | None
    confirmations: int | None
    suspended: bool
    edition: int | None
    certificate_number: str | None
    certificate_at: datetime | None
    certificate_ready: bool
    superseded: bool
    sample: bool | None
    revocation_reason: int | None
    revocation_at: datetime | None
    kind: str
    registrations: list[str]

    @property
    def state(self) -> AnchoringState:
        return anchoring_state(
            AnchoringFacts(
                rejected=self.rejected,
                stated_at=self.stated_at,
                token=self.token_time is not None,
                sealed=self.root is not None,
                attempts=frozenset(AttemptStatus(each) for each in self.attempts or ()),
                anchored=self.block_hash is not None,
                suspended=self.suspended,
            )
        )

    @property
    def verdict(self) -> str:
        """What we say of it now: the gravest word that applies."""
        state = self.state
        if state is AnchoringState.REJECTED:
            return "rejected"
        if self.revocation_reason is not None:
            return "revoked"
        if self.superseded:
            return "superseded"
        if state is AnchoringState.SUSPENDED:
            return "suspended"
        anchored = state is AnchoringState.ANCHORED and self.token_time is not None
        return "valid" if anchored else "pending"

    @property
    def deposited_on(self) -> date:
        return self.submitted_at.astimezone(BEIJING).date()


class Lookup:
    """The pool and the questions. `open` and `close` belong to the application's lifespan."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._pool: AsyncConnectionPool[AsyncConnection[Any]] = AsyncConnectionPool(
            services.settings.database_url.replace("+psycopg", "", 1),
            min_size=1,
            max_size=POOL_SIZE,
            timeout=_POOL_SECONDS,
            open=False,
            kwargs={"autocommit": True, "options": _OPTIONS},
        )

    async def open(self) -> None:
        """Begin to connect; does not wait, so that a database that is away delays nobody."""
        await self._pool.open(wait=False)

    async def close(self) -> None:
        await self._pool.close()

    async def evidence(self, number: str, check: str | None, *, now: datetime) -> bytes:
        """The JSON of a PublicEvidence.

        Raises:
            InvalidInput: not a number. NotFound: unknown, or the check code is wrong.
        """
        found = await self._found(number, check)
        told: dict[str, Any] = {
            "evidence_number": found.number,
            "kind": KINDS[found.kind],
            "verdict": found.verdict,
            "deposited_on": found.deposited_on,
            "sample": await self._sample() if found.sample is None else found.sample,
            "as_of": now,
            "detail": None if check is None else await self._whole(found),
        }
        return to_json(told)

    async def registration(self, number: str, *, now: datetime) -> bytes:
        """The JSON of a PublicRegistration, by its number or its certificate's as people type it.

        Raises:
            InvalidInput: not a registration number. NotFound: not of this register.
        """
        typed = list(spellings(number, self._areas))
        rows = await self._rows(queries.BY_REGISTRATION, (typed, typed))
        if not rows:
            raise NotFound("本登记簿查无此登记号 / not a number of this register")
        *evidence, printed, registered_at, own = rows[0]
        found = Found._make(evidence)
        return to_json(
            {
                "registration_number": printed,
                "software_certificate_number": own,
                "kind": "registration",
                "verdict": found.verdict,
                "registered_on": registered_at.astimezone(BEIJING).date(),
                "evidence_number": found.number,
                "sample": await self._sample() if found.sample is None else found.sample,
                "as_of": now,
            }
        )

    async def status(self, number: str, check: str, *, now: datetime) -> bytes:
        """status.json, signed now.

        Raises:
            InvalidInput, NotFound: as `evidence`. NotReady: there is no certificate yet.
        """
        found = await self._found(number, check)
        verdict = found.verdict
        state = {
            "valid": statuses.IN_FORCE,
            "revoked": statuses.REVOKED,
            "superseded": statuses.SUPERSEDED,
            "suspended": statuses.SUSPENDED,
        }.get(verdict)
        if state is None or found.edition is None or found.leaf_hash is None:
            raise NotReady("证书尚未签发,请稍后 / no certificate yet: ask again shortly")
        return statuses.sign(
            statuses.Status(
                evidence=found.number,
                leaf_hash=found.leaf_hash.hex(),
                edition=found.edition,
                state=state,
                reason=found.revocation_reason,
                as_of=now,
            ),
            self._status_key,
        )

    async def digest(self, sha256: str, *, now: datetime) -> bytes:
        """The JSON of PublicMatches for a file's SHA-256 (64 lower-case hex digits)."""
        rows = await self._rows(queries.BY_DIGEST, (sha256,))
        matches = [
            {
                "evidence_number": found.number,
                "kind": KINDS[found.kind],
                "verdict": found.verdict,
                "deposited_on": found.deposited_on,
            }
            for found in map(Found._make, rows)
        ]
        sample = await self._sample()
        return to_json({"evidence": matches, "sample": sample, "as_of": now})

    async def certificate(self, sha256: str, *, now: datetime) -> dict[str, Any]:
        """The members of CertificateKnown for the SHA-256 of a certificate's bytes."""
        rows = await self._rows(queries.BY_CERTIFICATE, (sha256,))
        told: dict[str, Any] = {
            "known": bool(rows),
            "certificate_number": None,
            "verdict": None,
            "sample": rows[0][-1] if rows else await self._sample(),
            "as_of": now,
        }
        if rows:
            *evidence, number, superseded, _ = rows[0]
            verdict = Found._make(evidence).verdict
            # An older edition is superseded even while the newest one stands.
            if superseded and verdict in {"valid", "suspended"}:
                verdict = "superseded"
            told |= {"certificate_number": number, "verdict": verdict}
        return told

    @cached_property
    def _status_key(self) -> Ed25519PrivateKey:
        return status_key(self._services.settings)

    @cached_property
    def _areas(self) -> frozenset[str]:
        """Beginnings of numbers: those of the country, and of the offices here."""
        own = (each.numbering.prefix for each in self._services.offices.values())
        return frozenset(areas()) | {each.removesuffix("登字").removesuffix("作") for each in own}

    async def _sample(self) -> bool:
        """Whether the installation has no office in force."""
        if self._services.settings.embedded:
            return True
        rows = await self._rows(queries.IN_FORCE, ())
        return not rows[0][0]

    async def _found(self, number: str, check: str | None) -> Found:
        rows = await self._rows(queries.BY_NUMBER, (numbers.normalise(number),))
        found = Found._make(rows[0]) if rows else None
        # Compared even when there is nothing to compare with: one amount of work for both.
        kept = found.check_code if found is not None else _NO_CODE
        given = kept if check is None else numbers.check_code(check)
        if not hmac.compare_digest(kept.encode(), given.encode()) or found is None:
            raise NotFound("查无此编号或校验码不符 / no such number, or the check code is wrong")
        return found

    async def _rows(
        self, query: LiteralString, values: tuple[object, ...]
    ) -> Sequence[tuple[Any, ...]]:
        try:
            return await self._ask(query, values)
        except OperationalError:
            # A restarted database leaves dead connections behind: drop those, ask once more.
            await self._pool.check()
        try:
            return await self._ask(query, values)
        except OperationalError as error:
            raise OutsideError("数据库暂不可用 / the database is away for a moment") from error

    async def _ask(
        self, query: LiteralString, values: tuple[object, ...]
    ) -> Sequence[tuple[Any, ...]]:
        async with self._pool.connection() as connection:
            cursor = connection.cursor(binary=True)
            await cursor.execute(query, values, prepare=True)
            return await cursor.fetchall()

    async def _whole(self, found: Found) -> dict[str, Any]:
        """A PublicDetail: what only a register's record has is asked for only of one."""
        told = self._detail(found) | {"entry": None}
        about = found.kind in {REGISTRATION, REVOCATION}
        rows = await self._rows(queries.ENTRY, (found.number,)) if about else ()
        if rows:
            office, record, announced, stored_at = rows[0]
            offices = self._services.offices
            told["entry"] = entry(office, record, offices, announced=announced)
            told["times"]["stored_at"] = stored_at
        return told

    def _detail(self, found: Found) -> dict[str, Any]:
        terms = issuing_terms(self._services)
        statement = found.statement
        return {
            "state": found.state.value,
            "custody_mode": found.custody_mode,
            "statement_sha256": None
            if statement is None
            else hashlib.sha256(statement).hexdigest(),
            "files": _files(statement),
            "times": {
                "submitted_at": found.submitted_at,
                "stored_at": None if found.custody_mode == "hash_only" else found.stated_at,
                "timestamped_at": found.token_time,
                "block_time": found.block_time,
                "certificate_issued_at": found.certificate_at,
            },
            "token": None
            if found.token_time is None
            else {
                "authority": found.token_authority,
                "serial": found.token_serial,
                "policy": found.token_policy,
                "controller_zh": terms.time_controller_zh,
                "controller_en": terms.time_controller_en,
            },
            "tree": None
            if found.root is None
            else {
                "leaf_hash": _hex(found.leaf_hash),
                "leaf_index": found.leaf_index,
                "size": found.tree_size,
                "root": found.root.hex(),
            },
            "chain": None
            if found.block_hash is None
            else {
                "name_zh": terms.chain_zh,
                "name_en": terms.chain_en,
                "controller_zh": terms.chain_controller_zh,
                "controller_en": terms.chain_controller_en,
                "chain_id": found.chain_id,
                "contract": "0x" + _hex(found.contract),
                "transaction": "0x" + _hex(found.transaction),
                "block_number": found.block_number,
                "block_hash": "0x" + found.block_hash.hex(),
                "confirmations": found.confirmations,
            },
            "certificate": None
            if found.edition is None
            else {
                "number": found.certificate_number,
                "edition": found.edition,
                "ready": found.certificate_ready,
            },
            "revocation": None
            if found.revocation_reason is None
            else {"reason": found.revocation_reason, "requested_at": found.revocation_at},
            "registrations": found.registrations,
        }


async def admit(request: Request) -> None:
    """Before anything is looked up: has this address asked too often? Raises RateLimited."""
    limiter: AsyncLimiter = request.app.state.public_limiter
    settings: Settings = request.app.state.services.settings
    await limiter.check(f"public:{address_of(request)}", settings.public_per_minute)


def _hex(value: bytes | None) -> str:
    return "" if value is None else value.hex()


def _files(statement: bytes | None) -> list[dict[str, Any]]:
    """Digests and sizes as the statement names them; it is canonical, for we wrote it."""
    if statement is None:
        return []
    return [
        {
            "position": position,
            "size": file["size"],
            "sha256": file["sha256"],
            "sm3": file["sm3"],
        }
        for position, file in enumerate(json.loads(statement)["files"], 1)
    ]
