"""What anybody may ask, without an account: the look-up, the trust file, the pages, time-stamps."""

from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from inspect import signature
from typing import Annotated, Any, Final

from fastapi import APIRouter, FastAPI, Query, Request, Response
from fastapi.routing import APIRoute

from api import pages
from api.auth import Wired, services_of
from api.limits import make_async_limiter
from api.openapi import PROBLEM_REF
from api.public import Lookup, admit
from api.public_schemas import (
    CertificateIn,
    CertificateKnown,
    PublicEvidence,
    PublicMatches,
    PublicRegistration,
    SignedStatus,
)
from api.wiring import utc_now
from core.errors import NotFound, NotReady, TooLarge, UnsupportedType
from evidence.authority import MAX_REQUEST_BYTES
from evidence.digest import require_hex32
from evidence.rfc3161 import QUERY_TYPE, REPLY_TYPE

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class ThinRoute(APIRoute):
    """Documented like any other route; its endpoint gets text from path and query, unconverted.

    Solving parameters and validating the answer costs several times the query itself; these
    endpoints check what they are given and write their own bytes.
    """

    def get_route_handler(self) -> Handler:
        endpoint = self.endpoint
        names = [name for name in signature(endpoint).parameters if name != "request"]

        async def handle(request: Request) -> Response:
            given = {**request.query_params, **request.path_params}
            answer: Response = await endpoint(
                request, **{name: given[name] for name in names if name in given}
            )
            return answer

        return handle


@asynccontextmanager
async def _lookup_open(app: FastAPI) -> AsyncIterator[None]:
    lookup = Lookup(app.state.services)
    app.state.lookup = lookup
    app.state.public_limiter = make_async_limiter(app.state.services.settings.broker_url)
    await lookup.open()
    try:
        yield
    finally:
        await lookup.close()


router = APIRouter(tags=["public"], lifespan=_lookup_open)
thin = APIRouter(prefix="/api/v1/public", route_class=ThinRoute)

Check = Annotated[
    str | None,
    Query(description="26 characters after the number in the certificate's QR code", max_length=64),
]
_PRIVATE: Final = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


def _problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    body = {"application/problem+json": PROBLEM_REF}
    return {status: {"description": "RFC 9457", "content": body} for status in statuses}


@thin.get(
    "/evidence/{number}",
    response_model=None,
    responses={200: {"model": PublicEvidence}, **_problems(404, 422, 429, 503)},
)
async def public_evidence(request: Request, number: str, check: Check = None) -> Response:
    """The verdict by number; everything that may be told, beside the right check code.

    A wrong check code answers exactly as a number that does not exist.
    """
    await admit(request)
    return _json(await _lookup(request).evidence(number, check, now=utc_now()))


@thin.get(
    "/evidence/{number}/status",
    response_model=None,
    responses={200: {"model": SignedStatus}, **_problems(404, 409, 422, 429, 503)},
)
async def public_status(request: Request, number: str, check: Check = None) -> Response:
    """A status.json signed now, to put beside a certificate or into a package."""
    await admit(request)
    return _json(await _lookup(request).status(number, check or "", now=utc_now()))


@thin.get(
    "/registrations/{number}",
    response_model=None,
    responses={200: {"model": PublicRegistration}, **_problems(404, 422, 429, 503)},
)
async def public_registration(request: Request, number: str) -> Response:
    """The verdict by registration number, or by the number of a certificate of software, however it
    is typed: case, full width, spaces, dashes.
    """
    await admit(request)
    return _json(await _lookup(request).registration(number, now=utc_now()))


@thin.get(
    "/digests/{sha256}",
    response_model=None,
    responses={200: {"model": PublicMatches}, **_problems(422, 429, 503)},
)
async def public_digest(request: Request, sha256: str) -> Response:
    """Evidence that names this file digest, where its owner made that public."""
    await admit(request)
    sha256 = require_hex32(sha256, "sha256")
    return _json(await _lookup(request).digest(sha256, now=utc_now()))


@router.post("/api/v1/public/certificates", responses=_problems(400, 422, 429, 503))
async def public_certificate(
    request: Request, response: Response, body: CertificateIn
) -> CertificateKnown:
    """Was a certificate with exactly these bytes issued here? Only its digest is asked for."""
    await admit(request)
    response.headers.update(_PRIVATE)
    return CertificateKnown(**await _lookup(request).certificate(body.sha256, now=utc_now()))


@router.get(
    "/.well-known/yinji-trust.json",
    response_class=Response,
    responses={200: {"content": {"application/json": {}}}, **_problems(409)},
)
def trust_file(services: Wired) -> Response:
    """The trust file of this installation: get it once, by a way you trust."""
    try:
        data = (services.settings.var / "trust.json").read_bytes()
    except FileNotFoundError as error:
        raise NotReady("尚未完成设置 / set-up has not finished") from error
    return Response(data, media_type="application/json", headers=_PRIVATE)


@router.post(
    "/tsa",
    response_class=Response,
    responses={200: {"content": {REPLY_TYPE: {}}}, **_problems(404, 413, 415, 429)},
    openapi_extra={"requestBody": {"required": True, "content": {QUERY_TYPE: {}}}},
)
async def timestamp(request: Request) -> Response:
    """RFC 3161 over HTTP from the embedded authority, to try it with other people's tools.

    404 where the installation uses an authority of somebody else's: ask that one.
    """
    await admit(request)
    services = services_of(request)
    if not services.settings.embedded or services.authority is None:
        raise NotFound("本安装没有自己的时间戳服务 / this installation has no authority of its own")
    if request.headers.get("content-type", "").partition(";")[0].strip() != QUERY_TYPE:
        raise UnsupportedType(f"Content-Type 须为 {QUERY_TYPE} / is required", field="Content-Type")
    query = bytearray()
    async for chunk in request.stream():
        query += chunk
        if len(query) > MAX_REQUEST_BYTES:
            raise TooLarge(f"请求超过 {MAX_REQUEST_BYTES} 字节 / more bytes than that")
    return Response(services.timestamps.ask(bytes(query)), media_type=REPLY_TYPE, headers=_PRIVATE)


def _lookup(request: Request) -> Lookup:
    found: Lookup = request.app.state.lookup
    return found


def _json(data: bytes) -> Response:
    return Response(data, media_type="application/json", headers=_PRIVATE)


router.include_router(thin)
router.include_router(pages.router)
