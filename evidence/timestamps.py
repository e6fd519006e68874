"""Row 4 of the life of a file: an RFC 3161 token over the statement, verified before it is kept."""

import secrets
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from core import canonical
from evidence import custody
from evidence.marking import mark
from evidence.models import StatementRow, TimestampToken
from evidence.rfc3161 import TimestampClient, Token, request_token


@dataclass(frozen=True)
class Untimed:
    """A statement without a token."""

    evidence_id: uuid.UUID
    statement: bytes


def untimed(session: Session, limit: int) -> Sequence[Untimed]:
    """Statements still waiting for their token, oldest first."""
    rows = session.execute(
        select(StatementRow.evidence_id, StatementRow.body)
        .where(~StatementRow.timed)
        .order_by(StatementRow.sequence)
        .limit(limit)
    )
    return [Untimed(row.evidence_id, row.body) for row in rows]


def ask(
    item: Untimed,
    client: TimestampClient,
    certificates: Sequence[x509.Certificate],
    roots: frozenset[str],
    policy: str | None,
) -> Token:
    """Ask the authority; call it outside any transaction. Raises what `request_token` raises."""
    return request_token(
        client,
        item.statement,
        nonce=secrets.randbits(64),
        roots=roots,
        extra_certificates=certificates,
        policy=policy,
    )


def record(session: Session, tokens: Sequence[tuple[Untimed, Token]], *, now: datetime) -> None:
    """Keep verified tokens; the first one of each statement wins."""
    if not tokens:
        return
    kept = session.scalars(
        insert(TimestampToken).on_conflict_do_nothing().returning(TimestampToken.evidence_id),
        [
            {
                "evidence_id": item.evidence_id,
                "response": token.response_der,
                "gen_time": token.gen_time,
                "serial": serial_text(token.serial),
                "policy": token.policy,
                "authority": token.tsa_name,
                "received_at": now,
            }
            for item, token in tokens
        ],
    ).all()
    by_evidence = {item.evidence_id: token for item, token in tokens}
    mark(session, by_evidence, timed=True)
    custody.note_each(
        session,
        "timestamped",
        {
            evidence_id: {
                "gen_time": canonical.format_time(token.gen_time),
                "authority": token.tsa_name,
                "serial": serial_text(token.serial),
            }
            for evidence_id in kept
            for token in (by_evidence[evidence_id],)
        },
        now=now,
    )


def serial_text(serial: int) -> str:
    """As openssl prints it: 0x and upper-case pairs."""
    digits = f"{serial:X}"
    return "0x" + digits.zfill(len(digits) + len(digits) % 2)
