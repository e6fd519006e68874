"""The sandbox provider's own pages, as its payers see them: an amount, and a button that pays.

They belong to the provider, not to us, and are there only where the sandbox is. Whoever holds the
link may pay; the link cannot be guessed, and says nothing about the payer.
"""

import html
from typing import Final

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from api import hints
from api.auth import Wired
from api.wiring import Services
from billing.sandbox import Sandbox, Shown
from core.errors import NotFound

router = APIRouter(prefix="/sandbox/pay", include_in_schema=False)

_HEADERS: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'",
    "X-Robots-Tag": "noindex",
    "Referrer-Policy": "no-referrer",
}
_STATES: Final = {
    "open": "<form method=post><button>确认支付 Pay</button></form>",
    "paid": "<p>已支付 Paid</p>",
    "closed": "<p>已关闭,未扣款 Closed: nothing was paid</p>",
}


@router.get("/{token}")
def pay_page(token: str, services: Wired) -> HTMLResponse:
    """What is to be paid, to whom."""
    return HTMLResponse(_page(_sandbox(services).shown(token)), headers=_HEADERS)


@router.post("/{token}")
def confirm_payment(token: str, request: Request, services: Wired) -> RedirectResponse:
    """The payer pays. The merchant is told by a signed message, never by this browser."""
    _sandbox(services).confirm(token)
    hints.work_is_waiting(request)
    return RedirectResponse(f"/sandbox/pay/{token}", 303, headers=_HEADERS)


def _sandbox(services: Services) -> Sandbox:
    if services.sandbox is None:
        raise NotFound("本安装没有沙箱支付 / no sandbox here")
    return services.sandbox


def _page(shown: Shown) -> str:
    return (
        "<!doctype html><html lang=zh-CN><meta charset=utf-8>"
        "<meta name=viewport content='width=device-width'><title>沙箱支付 Sandbox</title>"
        "<h1>沙箱支付 Sandbox payment</h1>"
        "<p>样本 SAMPLE:不发生真实扣款 no money moves</p>"
        f"<p>{html.escape(shown.title)}</p>"
        f"<p>{html.escape(shown.amount)} {html.escape(shown.currency)}</p>"
        f"<p>商户 merchant {html.escape(shown.merchant)}</p>"
        f"{_STATES[shown.state]}"
    )
