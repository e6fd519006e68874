"""The HTTP application: routes, errors, services. `create_app` is what uvicorn calls."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from fastapi import FastAPI
from fastapi.routing import APIRoute
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from api import errors, openapi, production, strict
from api.guard import Guard
from api.hints import Hints
from api.routes import (
    accounts,
    addresses,
    agencies,
    announcements,
    approvals,
    articles,
    audit,
    avatars,
    batches,
    closing,
    conflicts,
    deliveries,
    evidence,
    examination,
    examined_files,
    examined_papers,
    factors,
    finding,
    holidays,
    identity,
    keys,
    kinds,
    matter_identities,
    matter_signing,
    matters,
    messages,
    notices,
    offices,
    orders,
    organisations,
    overseeing,
    papers,
    people,
    prechecks,
    profile,
    public,
    queues,
    reference,
    revocation,
    revocation_papers,
    revocations,
    sandbox,
    signing,
    staff,
    trading,
    transfers,
    uploads,
    works,
)
from api.settings import Settings
from api.wiring import Services, utc_now

CHECKOUT = Path(__file__).resolve().parent.parent


_ROUTERS: Final = (
    public.router,
    announcements.router,
    articles.router,
    accounts.router,
    keys.router,
    people.router,
    kinds.router,
    profile.router,
    closing.router,
    avatars.router,
    factors.router,
    addresses.router,
    offices.router,
    reference.router,
    agencies.router,
    organisations.router,
    identity.router,
    staff.router,
    works.router,
    uploads.router,
    evidence.router,
    revocation.router,
    matters.router,
    batches.router,
    matter_signing.router,
    signing.router,
    papers.router,
    prechecks.router,
    finding.router,
    messages.router,
    notices.router,
    queues.router,
    examination.router,
    approvals.router,
    conflicts.router,
    deliveries.router,
    trading.router,
    revocations.router,
    revocation_papers.router,
    orders.router,
    transfers.router,
    sandbox.router,
    examined_files.router,
    matter_identities.router,
    audit.router,
    holidays.router,
    overseeing.router,
    examined_papers.router,
)


def create_app(settings: Settings | None = None) -> FastAPI:
    """The application for these settings, by default those of the environment."""
    settings = settings or Settings.from_environment(os.environ, CHECKOUT)
    services = Services(settings)
    production.check_start(services, now=utc_now())
    strict.install(settings)
    app = FastAPI(
        title="印记 Yinji",
        version="1",
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/v1/openapi.json",
        generate_unique_id_function=_operation_id,
        lifespan=_keys_loaded,
    )
    app.state.services = services
    app.state.hints = Hints(settings.broker_url)
    errors.install(app)
    for router in _ROUTERS:
        app.include_router(router)
    openapi.install(app, settings)
    app.add_middleware(Guard)
    # Without a named proxy nobody's X-Forwarded-For is believed.
    app.add_middleware(ProxyHeadersMiddleware, trusted_hosts=list(settings.trusted_proxies))
    return app


@asynccontextmanager
async def _keys_loaded(app: FastAPI) -> AsyncIterator[None]:
    """Read the sealing keys before the first request: no transaction has to wait for a disk."""
    assert app.state.services.keyring  # noqa: S101 - it is loaded
    assert app.state.services.providers is not None  # noqa: S101 - and those of payments
    yield


def _operation_id(route: APIRoute) -> str:
    return route.name
