"""What anybody may ask, without an account."""

from fastapi import APIRouter, Response
from fastapi.responses import HTMLResponse

from api.auth import Wired
from core.errors import NotReady

router = APIRouter(tags=["public"])


@router.get("/", response_class=HTMLResponse, include_in_schema=False)
def home() -> HTMLResponse:
    """A page that says what this is."""
    return HTMLResponse(
        "<!doctype html><html lang=zh-CN><meta charset=utf-8><title>印记 Yinji</title>"
        "<h1>印记 Yinji</h1><p>作品存证 · Proof that a work existed in this form at this time."
    )


@router.get("/.well-known/yinji-trust.json", response_class=Response)
def trust_file(services: Wired) -> Response:
    """The trust file of this installation: get it once, by a way you trust."""
    try:
        data = (services.settings.var / "trust.json").read_bytes()
    except FileNotFoundError as error:
        raise NotReady("尚未完成设置 / set-up has not finished") from error
    return Response(data, media_type="application/json")
