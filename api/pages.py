"""The pages: what the web build made, served from memory under a strict content policy.

Promises: nothing is fetched from anywhere else and no script runs that is not ours, for the
policy forbids both; an address with a check code is never cached, indexed or passed on as a
referrer; while no office is in force every page says 样本 SAMPLE, with and without scripts.
"""

import gzip
import hashlib
import html
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import quote

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from api.auth import Wired
from api.issuing import is_sample
from api.settings import Settings
from api.trusting import trust_digest
from api.wiring import Services
from core.errors import Misconfigured, NotFound

DIST: Final = Path(__file__).resolve().parent.parent / "web" / "dist"
HOME: Final = "index.html"
CHECK: Final = "check.html"

_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "worker-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
# A worker obeys the policy it is served with; only the one that hashes may compile WebAssembly.
_WORKER_POLICY: Final = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'"
_WORKER: Final = re.compile(r"hashing\.worker[-\w]*\.js")
_TYPES: Final[Mapping[str, str]] = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
_ALWAYS: Final[Mapping[str, str]] = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
_YEAR: Final = "public, max-age=31536000, immutable"
_COMPRESS_FROM: Final = 1024
_TYPED: Final = 100
_UNBUILT: Final = (
    "<!doctype html><html lang=zh-CN><meta charset=utf-8><title>印记 Yinji</title>"
    "<h1>印记 Yinji</h1><p>作品存证 · Proof that a work existed in this form at this time."
    "<p>网页尚未构建:make web · The pages have not been built: make web"
)

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True)
class _File:
    data: bytes
    packed: bytes | None
    media_type: str
    tag: str


class Pages:
    """All files of the build, read once."""

    def __init__(self, dist: Path, settings: Settings) -> None:
        self._files = {
            path.relative_to(dist).as_posix(): path.read_bytes()
            for path in dist.rglob("*")
            if path.suffix in _TYPES
        }
        self._settings = settings
        self._ready: dict[tuple[str, bool, str], _File] = {}

    def has(self, name: str) -> bool:
        return name in self._files

    def file(self, name: str, *, sample: bool = True, trust: str = "") -> _File:
        """One file as it is sent; a page says whether it is but a `sample`, and the `trust` file's
        SHA-256.

        Raises:
            NotFound: the build has no such file.
        """
        key = (name, sample, trust)
        if key not in self._ready:
            if name not in self._files:
                raise NotFound("没有这个页面 / there is no such page")
            data = self._files[name]
            if name.endswith(".html"):
                data = self._filled(data, sample=sample, trust=trust)
            packed = gzip.compress(data, mtime=0) if len(data) >= _COMPRESS_FROM else None
            tag = '"' + hashlib.sha256(data).hexdigest()[:32] + '"'
            self._ready[key] = _File(data, packed, _TYPES[Path(name).suffix], tag)
        return self._ready[key]

    def _filled(self, page: bytes, *, sample: bool, trust: str) -> bytes:
        """The few words that differ from one installation to another."""
        settings = self._settings
        words = {
            "__SAMPLE__": "yes" if sample else "no",
            "__ISSUER_ZH__": settings.issuer_zh,
            "__ISSUER_EN__": settings.issuer_en,
            "__TRUST_SHA256__": trust,
        }
        text = page.decode()
        for mark, word in words.items():
            text = text.replace(mark, html.escape(word))
        return text.encode()


@router.api_route("/", methods=["GET", "HEAD"])
def home(request: Request, services: Wired) -> Response:
    """What Yinji is, and a place to type a number."""
    pages = _pages(request, services.settings)
    if not pages.has(HOME):
        return Response(_UNBUILT, media_type=_TYPES[".html"])
    return _page(request, services, HOME)


@router.api_route("/v", methods=["GET", "HEAD"])
def typed_number(number: str = "", check: str = "") -> Response:
    """The form of the home page without scripts: on to the address of that number."""
    if len(number) > _TYPED or len(check) > _TYPED:
        raise NotFound("没有这个页面 / there is no such page")
    place = "-".join(part for part in (number.strip(), check.strip()) if part)
    where = f"/v/{quote(place, safe='-')}" if place else "/"
    return RedirectResponse(where, 303, headers=dict(_ALWAYS))


@router.api_route("/v/{place}", methods=["GET", "HEAD"])
def check(request: Request, place: str, services: Wired) -> Response:
    """The public page of one evidence; the page itself asks what there is to say."""
    _ = place
    answer = _page(request, services, CHECK)
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["X-Robots-Tag"] = "noindex"
    return answer


@router.api_route("/assets/{name}", methods=["GET", "HEAD"])
def asset(request: Request, name: str, services: Wired) -> Response:
    """A file whose name carries its digest: it may be kept for ever."""
    answer = _send(request, _pages(request, services.settings).file(f"assets/{name}"))
    answer.headers["Cache-Control"] = _YEAR
    if _WORKER.fullmatch(name):
        answer.headers["Content-Security-Policy"] = _WORKER_POLICY
    return answer


@router.api_route("/favicon.svg", methods=["GET", "HEAD"])
def icon(request: Request, services: Wired) -> Response:
    """The seal."""
    answer = _send(request, _pages(request, services.settings).file("favicon.svg"))
    answer.headers["Cache-Control"] = "public, max-age=86400"
    return answer


def _pages(request: Request, settings: Settings) -> Pages:
    known: Pages | None = getattr(request.app.state, "pages", None)
    if known is None:
        known = request.app.state.pages = Pages(DIST, settings)
    return known


def _page(request: Request, services: Services, name: str) -> Response:
    pages = _pages(request, services.settings)
    try:
        trust = trust_digest(services.settings)
    except Misconfigured:
        trust = ""
    answer = _send(request, pages.file(name, sample=is_sample(services), trust=trust))
    answer.headers["Cache-Control"] = "no-cache"
    answer.headers["Content-Security-Policy"] = _POLICY
    return answer


def _send(request: Request, file: _File) -> Response:
    headers = {**_ALWAYS, "ETag": file.tag}
    if request.headers.get("if-none-match") == file.tag:
        return Response(status_code=304, headers=headers)
    data = file.data
    if file.packed is not None:
        headers["Vary"] = "Accept-Encoding"
        if "gzip" in request.headers.get("accept-encoding", ""):
            data, headers["Content-Encoding"] = file.packed, "gzip"
    return Response(data, media_type=file.media_type, headers=headers)
