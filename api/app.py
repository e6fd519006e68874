"""The HTTP application: routes, errors, services. `create_app` is what uvicorn calls."""

import os
from pathlib import Path

from fastapi import FastAPI
from fastapi.routing import APIRoute

from api import errors
from api.hints import Hints
from api.queue import make_celery
from api.routes import evidence, public, uploads
from api.schemas import Problem
from api.settings import Settings
from api.wiring import Services

CHECKOUT = Path(__file__).resolve().parent.parent


def create_app(settings: Settings | None = None) -> FastAPI:
    """The application for these settings, by default those of the environment."""
    settings = settings or Settings.from_environment(os.environ, CHECKOUT)
    app = FastAPI(
        title="印记 Yinji",
        version="1",
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/v1/openapi.json",
        generate_unique_id_function=_operation_id,
        responses={
            "4XX": {"model": Problem, "description": "RFC 9457", "content": {errors.PROBLEM: {}}},
        },
    )
    app.state.services = Services(settings)
    app.state.hints = Hints(make_celery(settings.broker_url))
    errors.install(app)
    for router in (public.router, uploads.router, evidence.router):
        app.include_router(router)
    return app


def _operation_id(route: APIRoute) -> str:
    return route.name
