"""From our errors to RFC 9457 problems: one table, one place. Anything unmapped is 500, mute."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from accounts.closing import is_closed
from accounts.documents import holds_resident_number
from api import numbered
from api.failures import places, quieten_server
from api.ranges import RangeNotSatisfiable
from core import errors
from core.errors import RateLimited, ServiceError
from evidence import uploads
from evidence.names import NUMBER_REFUSED

log = structlog.get_logger()

ACCOUNT_CLOSED: Final = "account_closed"
PROBLEM: Final = "application/problem+json"
TYPE_PREFIX: Final = "urn:yinji:problem:"

STATUS: Final[Mapping[type[ServiceError], int]] = {
    errors.InvalidInput: 422,
    errors.TooLarge: 413,
    errors.UnsupportedType: 415,
    errors.NotAuthenticated: 401,
    errors.NotAllowed: 403,
    errors.NotFound: 404,
    errors.Conflict: 409,
    errors.ConcurrentChange: 409,
    errors.IllegalTransition: 409,
    errors.IdempotencyMismatch: 422,
    errors.Gone: 410,
    errors.RateLimited: 429,
    errors.VerificationFailed: 422,
    errors.OutsideError: 503,
    errors.OutcomeUnknown: 503,
    errors.NotReady: 409,
    errors.Misconfigured: 500,
    uploads.Busy: 423,
    uploads.WrongVersion: 412,
    uploads.WrongChecksum: 460,
    RangeNotSatisfiable: 416,
}

MAX_FIELD: Final = 100
"""Characters: a field's name can come from the request."""

_RULES: Final[Mapping[str, str]] = {
    "missing": "缺少此项,请补上 / missing: add it",
    "extra_forbidden": "未知的字段,请删除 / unknown member: remove it",
    "string_type": "须为文本 / must be text",
    "string_too_short": "不能为空 / must not be empty",
    "string_too_long": "至多 {max_length} 个字符 / at most so many characters",
    "string_pattern_mismatch": "格式不符,须合 / does not have the required form: {pattern}",
    "literal_error": "可用 / accepts: {expected}",
    "enum": "可用 / accepts: {expected}",
    "greater_than_equal": "不能小于 {ge} / must not be less",
    "less_than_equal": "不能大于 {le} / must not be more",
    "too_short": "至少 {min_length} 项 / at least so many items",
    "too_long": "至多 {max_length} 项 / at most so many items",
    "bool_type": "须为 true 或 false / must be true or false",
    "int_type": "须为整数 / must be a whole number",
    "int_parsing": "须为整数 / must be a whole number",
    "list_type": "须为数组 / must be an array",
    "dict_type": "须为对象 / must be an object",
    "model_attributes_type": "须为对象 / must be an object",
    "uuid_parsing": "不是有效的标识 / not a valid id (UUID)",
    "uuid_type": "不是有效的标识 / not a valid id (UUID)",
    "date_parsing": "须为日期 YYYY-MM-DD / must be a date",
    "date_type": "须为日期 YYYY-MM-DD / must be a date",
    "date_from_datetime_parsing": "须为日期 YYYY-MM-DD / must be a date",
    numbered.ERROR: NUMBER_REFUSED,
}
"""What to say for pydantic's kinds of error, with the limits that it names in `ctx`, which are
ours and never what was sent; others are given in its own words."""

TITLES: Final[Mapping[int, str]] = {
    400: "请求无法解析 / Malformed request",
    401: "需要登录 / Authentication required",
    403: "没有权限 / Not allowed",
    404: "不存在 / Not found",
    405: "不支持此方法 / Method not allowed",
    409: "与当前状态冲突 / Conflict",
    410: "已不存在 / Gone",
    412: "协议版本不符 / Precondition failed",
    413: "内容过大 / Content too large",
    415: "不支持的类型 / Unsupported media type",
    416: "范围无法满足 / Range not satisfiable",
    422: "内容有误 / Invalid content",
    423: "正被占用 / Locked",
    429: "请求过多 / Too many requests",
    460: "校验和不符 / Checksum mismatch",
    500: "内部错误 / Internal error",
    503: "暂不可用 / Temporarily unavailable",
}


def status_of(error: ServiceError) -> int:
    """The HTTP status of an error's class, or of the nearest class above it."""
    for kind in type(error).__mro__:
        if kind in STATUS:
            return STATUS[kind]
    return 500


def problem(
    status: int,
    code: str,
    detail: str | None,
    field: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    """An RFC 9457 answer; `type` is stable, `field` names the input at fault."""
    body: dict[str, Any] = {
        "type": TYPE_PREFIX + code,
        "title": TITLES.get(status, "错误 / Error"),
        "status": status,
    }
    if detail is not None:
        body["detail"] = detail
    if field is not None and not holds_resident_number(field):  # a member's name may be one
        body["field"] = field[:MAX_FIELD]
    return JSONResponse(body, status, headers=dict(headers or {}), media_type=PROBLEM)


def install(app: FastAPI) -> None:
    """Register the handlers."""
    quieten_server()
    app.add_exception_handler(ServiceError, _service_error)
    app.add_exception_handler(RequestValidationError, _validation)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(IntegrityError, _refused_by_the_database)
    app.add_exception_handler(OperationalError, _database_away)
    app.add_exception_handler(PoolTimeout, _database_away)
    app.add_exception_handler(ClientDisconnect, _gone_away)
    app.add_exception_handler(Exception, _unexpected)


async def _service_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, ServiceError)  # noqa: S101 - registered for it
    status = status_of(error)
    headers = {}
    if isinstance(error, RateLimited):
        headers["Retry-After"] = str(error.retry_after)
    if isinstance(error, RangeNotSatisfiable):
        headers["Content-Range"] = f"bytes */{error.size}"
    if status == 503:  # noqa: PLR2004
        headers["Retry-After"] = "5"
    if status == 401:  # noqa: PLR2004
        headers["WWW-Authenticate"] = "Bearer"
    if status == 500:  # noqa: PLR2004
        log.error(
            "request.misconfigured", path=request.url.path, error=error.code, field=error.field
        )
        return problem(500, error.code, None)
    return problem(status, error.code, error.message, error.field, headers)


async def _validation(request: Request, error: Exception) -> JSONResponse:
    """Name the field and the rule; the input itself is never repeated (it may be a secret)."""
    _ = request
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for it
    first = error.errors()[0]
    if first["type"] == "json_invalid":
        return problem(400, "malformed-json", "请求体不是有效的 JSON / the body is not valid JSON")
    place = first["ctx"]["place"] if first["type"] == numbered.ERROR else ""
    return problem(422, "invalid-input", _rule(first), f"{_path_of(first['loc']) or ''}{place}")


def _rule(found: Mapping[str, Any]) -> str:
    rule = _RULES.get(found["type"])
    if rule is None:
        return f"内容不符合要求 / {found['msg']}"
    limits = dict(found.get("ctx", {}))
    if "expected" in limits:  # as in: 'first_examiner' or 'final_examiner'; True
        named = str(limits["expected"]).replace(" or ", ", ").replace("'", "")
        limits["expected"] = {"True": "true", "False": "false"}.get(named, named)
    return rule.format_map(limits)


def _path_of(place: Sequence[str | int]) -> str | None:
    """`("body", "files", 0, "name")` as `files[0].name`."""
    path = ""
    for part in place[1:]:
        if isinstance(part, int):
            path += f"[{part}]"
        else:
            path += f".{part}" if path else part
    return path or None


async def _http(request: Request, error: Exception) -> JSONResponse:
    _ = request
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for it
    code = {404: "not-found", 405: "method-not-allowed"}.get(error.status_code, "http-error")
    return problem(error.status_code, code, None, headers=error.headers)


async def _database_away(request: Request, error: Exception) -> JSONResponse:
    """Lost or overloaded, not wrong: the same request may be sent again."""
    log.error("database.away", path=request.url.path, error=type(error).__name__)
    detail = "数据库暂不可用,请稍后重试 / the database is away: try again"
    return problem(503, "database-away", detail, headers={"Retry-After": "2"})


async def _refused_by_the_database(request: Request, error: Exception) -> JSONResponse:
    """A request that was under way while its account was closed is like any that comes after
    (migration 0036); what else the database refuses is a defect of ours.
    """
    diagnosis = getattr(getattr(error, "orig", None), "diag", None)
    if getattr(diagnosis, "constraint_name", None) == ACCOUNT_CLOSED:
        return await _service_error(request, is_closed())
    return await _unexpected(request, error)


async def _gone_away(request: Request, error: Exception) -> JSONResponse:
    _ = request, error
    return problem(400, "client-gone", "连接已断开 / the connection was cut")


async def _unexpected(request: Request, error: Exception) -> JSONResponse:
    kind = type(error).__name__
    log.error("request.failed", path=request.url.path, error=kind, at=places(error))
    return problem(500, "internal-error", None)
