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
        .outerjoin(TimestampToken, TimestampToken.evidence_id == StatementRow.evidence_id)
        .where(TimestampToken.evidence_id.is_(None))
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


def record(session: Session, item: Untimed, token: Token, *, now: datetime) -> None:
    """Keep a verified token; the first one wins."""
    kept = session.scalar(
        insert(TimestampToken)
        .values(
            evidence_id=item.evidence_id,
            response=token.response_der,
            gen_time=token.gen_time,
            serial=serial_text(token.serial),
            policy=token.policy,
            authority=token.tsa_name,
            received_at=now,
        )
        .on_conflict_do_nothing()
        .returning(TimestampToken.evidence_id)
    )
    if kept is not None:
        detail = {
            "gen_time": canonical.format_time(token.gen_time),
            "authority": token.tsa_name,
            "serial": serial_text(token.serial),
        }
        custody.note(session, item.evidence_id, "timestamped", detail, now=now)


def serial_text(serial: int) -> str:
    """As openssl prints it: 0x and upper-case pairs."""
    digits = f"{serial:X}"
    return "0x" + digits.zfill(len(digits) + len(digits) % 2)
