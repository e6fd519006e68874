"""All checks, in one repeatable-read transaction, so that they look at one moment."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.orm import Session

from api.audit_heads import AUDIT
from api.database import transaction
from api.fsck import (
    audit,
    bound,
    certificates,
    chain,
    closed,
    histories,
    ledger,
    objects,
    people,
    personal,
    registry,
    repeats,
    revocations,
    rules,
    secrecy,
    signing,
    steps,
    waiting,
)
from api.fsck.findings import Findings
from api.issuing import paper_signer_of
from api.migrating import require_newest
from api.trusting import trust_file
from api.wiring import Services, utc_now
from certs.trust import parse
from chain.node import HttpNode


def run(services: Services) -> Findings:
    """Check everything there is; takes as long as reading every stored byte."""
    require_newest(services.settings.database_url)
    found, now = Findings(), utc_now()
    trust = parse(trust_file(services.settings))
    node = HttpNode(services.settings.chain.rpc_urls[0])
    with _one_moment(services) as session:
        objects.check_blobs(session, services.store, found)
        objects.check_stored_evidence(session, found)
        objects.check_notices(session, services.store, found)
        objects.check_uploads(
            session, services.store, services.staging,
            lambda: transaction(services.sessions), found,
        )  # fmt: skip
        objects.check_orphans(session, services.store, services.staging, found, now=now)
        objects.check_custody(session, found)
        personal.check_personal(session, services.store, services.offices, found, now=now)
        chain.check_batches(session, found)
        chain.check_successes(session, found)
        chain.check_marks(session, found)
        chain.check_anchors(session, services.ledger, found)
        chain.check_attempts(session, found)
        chain.check_nonces(session, found)
        histories.check_histories(session, found)
        waiting.check_evidence(session, found, now=now)
        waiting.check_register(session, services.offices, found, now=now)
        waiting.check_heads(session, found, now=now)
        certificates.check_editions(session, found)
        certificates.check_certificates(session, services.store, trust, node, found, now=now)
        people.check_people(session, services.keyring, found)
        people.check_papers(session, services.keyring, services.papers, found, now=now)
        secrecy.check_numbers(
            session, services.keyring,
            (services.settings.var / "log", services.settings.var / "outbox"), found,
        )  # fmt: skip
        secrecy.check_made(session, services.keyring, services.store, found)
        closed.check_closed(session, found, now=now)
        repeats.check_keys(session, found)
        repeats.check_told(session, found)
        repeats.check_files(services.settings.var / "outbox", found)
        registry.check_rounds(session, found)
        registry.check_decisions(session, found)
        registry.check_entries(session, found)
        registry.check_serials(session, found)
        registry.check_announcements(session, found)
        registry.check_trading(session, found)
        revocations.check_revocations(session, found)
        ledger.check_money(session, found)
        signing.check_signed_papers(
            session, services.store, lambda: paper_signer_of(services).trust, found
        )
        audit.check_chains(session, found)
        audit.check_heads(session, services.store, found)
        steps.check_steps(session, found)
        bound.check_bound(session, found)
        rules.check_editions(session, found)
    return found


def run_audit(services: Services) -> Findings:
    """Only the audit: its chains, and the heads on the chain, by the certificates that prove them
    as a stranger would check them.
    """
    require_newest(services.settings.database_url)
    found, now = Findings(), utc_now()
    trust = parse(trust_file(services.settings))
    node = HttpNode(services.settings.chain.rpc_urls[0])
    with _one_moment(services) as session:
        audit.check_chains(session, found)
        audit.check_heads(session, services.store, found)
        steps.check_steps(session, found)
        bound.check_bound(session, found)
        rules.check_editions(session, found)
        waiting.check_heads(session, found, now=now)
        certificates.check_certificates(
            session, services.store, trust, node, found, (AUDIT,), now=now
        )
    return found


@contextmanager
def _one_moment(services: Services) -> Iterator[Session]:
    engine = services.engine.execution_options(isolation_level="REPEATABLE READ")
    with engine.connect() as connection, connection.begin(), Session(connection) as session:
        yield session
