"""A failure nobody foresaw leaves type and place in the log, and no value."""

import logging

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from api import errors

VALUE = "yk_value_of_a_secret"


def failing() -> FastAPI:
    app = FastAPI()
    errors.install(app)

    @app.get("/fails")
    def fails() -> None:
        # Kept apart in the source, so that a quoted line of it does not count.
        held = VALUE
        raise RuntimeError(held)

    return app


def test_the_log_of_a_failure_names_its_place_and_no_value(
    capfd: pytest.CaptureFixture[str],
) -> None:
    client = TestClient(failing(), raise_server_exceptions=False)
    assert client.get("/fails", headers={"Authorization": f"Bearer {VALUE}"}).status_code == 500
    logged = "".join(capfd.readouterr())
    assert "request.failed" in logged
    assert "RuntimeError" in logged
    assert "test_failures.py:" in logged
    assert VALUE not in logged


def test_the_servers_own_log_keeps_only_the_type(caplog: pytest.LogCaptureFixture) -> None:
    failing()
    error = RuntimeError(VALUE)
    logging.getLogger("uvicorn.error").error("Exception in application\n", exc_info=error)
    assert "RuntimeError" in caplog.text
    assert VALUE not in caplog.text
