"""Alembic's entry: one advisory lock, bounded waits, one transaction for each migration."""

from alembic import context
from sqlalchemy import create_engine, text

import accounts.contact_models
import accounts.inbox_models
import accounts.models
import accounts.organisation_models
import accounts.person_models
import billing.models
import certs.models
import chain.models
import core.audit
import core.idempotency
import core.lifecycle
import evidence.delivery
import evidence.models
import registry.announcing
import registry.deliveries
import registry.force
import registry.models
import registry.notice_models
import registry.reissuing
import registry.revocations
import registry.signing_models
import registry.term_models
import registry.trading
from core.db import Base

_LOCK = 0x59_49_4E_4A_49
_TABLES = (
    accounts.models, accounts.inbox_models, accounts.organisation_models, accounts.person_models,
    accounts.contact_models,
    billing.models, evidence.delivery,
    evidence.models, chain.models, certs.models, registry.models, registry.force,
    registry.notice_models, registry.reissuing, registry.revocations, registry.signing_models,
    registry.term_models, core.lifecycle, core.idempotency, core.audit,
)  # fmt: skip


def run() -> None:
    engine = create_engine(context.config.attributes["url"])
    with engine.connect() as connection:
        connection.execute(text("SET lock_timeout = '10s'"))
        connection.execute(text("SET statement_timeout = '300s'"))
        connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": _LOCK})
        connection.commit()
        context.configure(
            connection=connection, target_metadata=Base.metadata, transaction_per_migration=True
        )
        with context.begin_transaction():
            context.run_migrations()
    engine.dispose()


run()
