"""Settings from the environment, frozen and grouped. Each has a `NAME_FILE` form for secrets.

`docs/operations/settings.md` lists them all in one table, and a test compares the two.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Final

from accounts.avatars import FORMATS, AvatarLimits
from accounts.documents import DocumentKind, read_document
from accounts.papers import MOST_BYTES
from chain.sealing import BatchLimits
from core.errors import InvalidInput, Misconfigured
from core.text import clean_text
from evidence.likeness import MOST_DISTANCE
from evidence.limits import GIB, MIB, IntakeLimits
from evidence.statement import MAX_FILES

EMBEDDED: Final = "embedded"
PRODUCTION: Final = "production"
SANDBOX: Final = "sandbox"
WECHAT, ALIPAY, TRANSFER = "wechat", "alipay", "transfer"
_PASSWORD_MIB: Final = 64
"""RFC 9106 §4, second recommendation."""
_LEAST_MIB: Final = 19
"""OWASP, password storage: argon2id with 19 MiB at least."""
_KIB: Final = 1024
_MOST_CHARACTERS: Final = 60
_MOST_LISTED: Final = 100
"""Entries in a list that the interface takes (`api.schemas`)."""
_NOBODY: Final = "none"
_GONE: Final = ("YINJI_EVIDENCE_FEE", "YINJI_EVIDENCE_REVIEW")
_ADAPTERS: Final = (SANDBOX, WECHAT, ALIPAY, TRANSFER)
"""Payment providers that there is an adapter for."""


@dataclass(frozen=True)
class S3Settings:
    """A bucket for objects; None in `Settings` means files under `var/objects`."""

    endpoint: str
    bucket: str
    access_key: str = field(repr=False)
    secret_key: str = field(repr=False)
    region: str = "us-east-1"


@dataclass(frozen=True)
class ChainSettings:
    rpc_urls: tuple[str, ...]
    snapshots: Path | None
    """Folder of the embedded node's durable snapshots; None for a chain of its own."""
    depth: int
    max_fee_cap: int
    batch: BatchLimits


@dataclass(frozen=True)
class TimeSettings:
    """`url` None means the embedded authority; an outside one needs its roots in a PEM file."""

    url: str | None
    roots: Path | None
    policy: str | None


@dataclass(frozen=True)
class WechatSettings:
    """Our account at WeChat Pay: merchant number, AppID, serial of our API certificate."""

    url: str
    merchant: str
    app: str
    serial: str


@dataclass(frozen=True)
class AlipaySettings:
    """Our account at Alipay: the application's number, and the seller's."""

    url: str
    app: str
    seller: str


@dataclass(frozen=True)
class Settings:
    profile: str
    var: Path
    public_url: str
    database_url: str = field(repr=False)
    broker_url: str = field(repr=False)
    keys: Path
    offices: Path | None
    """Folder of the operator's own office profiles, beside those that ship."""
    chain: ChainSettings
    time: TimeSettings
    s3: S3Settings | None
    intake: IntakeLimits
    avatar: AvatarLimits
    upload_life: timedelta
    session_life: timedelta
    issuer_zh: str
    issuer_en: str
    issuer_uscc: str | None
    """Unified social credit code (GB 32100)."""
    issuer_filing: str | None
    """Filing number as a blockchain information service (区块链信息服务备案编号)."""
    sign_up_open: bool
    password_mib: int
    """Memory of one password's hash; what was hashed before with other figures stays good."""
    sign_in_per_minute: int
    known_address: timedelta
    requests_per_minute: int
    public_per_minute: int
    alike_bits: int
    """Pictures whose hashes differ in so many of 256 bits at most are shown to examiners."""
    evidence_office: str | None
    """Under whose terms evidence is charged and reviewed; None: neither."""
    payments: tuple[str, ...]
    """Payment providers that can be chosen."""
    wechat: WechatSettings | None
    alipay: AlipaySettings | None
    trusted_proxies: tuple[str, ...]
    """Addresses and networks whose X-Forwarded-For is believed."""

    @property
    def embedded(self) -> bool:
        return self.profile == EMBEDDED

    @classmethod
    def from_environment(cls, environ: Mapping[str, str], checkout: Path) -> "Settings":
        """Read and check every variable.

        Raises:
            Misconfigured: one is missing or unusable; its name is the error's field.
        """
        read = _Reader(environ)
        var = (checkout / read.text("YINJI_VAR", "var")).resolve()
        profile = read.text("YINJI_PROFILE", EMBEDDED)
        if profile not in {EMBEDDED, PRODUCTION}:
            raise Misconfigured(
                "须为 embedded 或 production / embedded or production", field="YINJI_PROFILE"
            )
        snapshots = read.optional("YINJI_CHAIN_SNAPSHOTS")
        roots = read.optional("YINJI_TSA_ROOTS")
        offices = read.optional("YINJI_OFFICES")
        payments = _payments(read, SANDBOX if profile == EMBEDDED else "")
        return cls(
            profile=profile,
            var=var,
            public_url=read.text("YINJI_PUBLIC_URL").rstrip("/"),
            database_url=read.text("DATABASE_URL"),
            broker_url=read.text("BROKER_URL"),
            keys=Path(read.text("YINJI_KEYS", str(var / "keys"))),
            offices=None if offices is None else Path(offices),
            chain=ChainSettings(
                rpc_urls=tuple(url for url in read.text("YINJI_RPC_URLS").split(",") if url),
                snapshots=None if snapshots is None else Path(snapshots),
                depth=read.integer("YINJI_CHAIN_DEPTH", 1, minimum=1),
                max_fee_cap=read.integer("YINJI_MAX_FEE_GWEI", 500, minimum=1) * 10**9,
                batch=BatchLimits(
                    size=read.integer("YINJI_BATCH_SIZE", 1000, minimum=1),
                    age=timedelta(milliseconds=read.integer("YINJI_BATCH_AGE_MS", 500, minimum=0)),
                ),
            ),
            time=TimeSettings(
                url=read.optional("YINJI_TSA_URL"),
                roots=None if roots is None else Path(roots),
                policy=read.optional("YINJI_TSA_POLICY"),
            ),
            s3=_s3(read),
            intake=_intake(read),
            avatar=_avatar(read),
            upload_life=timedelta(hours=read.integer("YINJI_UPLOAD_HOURS", 72, minimum=1)),
            session_life=timedelta(hours=read.integer("YINJI_SESSION_HOURS", 12, minimum=1)),
            issuer_zh=read.text("YINJI_ISSUER_ZH", "印记(样本安装)"),
            issuer_en=read.text("YINJI_ISSUER_EN", "Yinji (sample installation)"),
            issuer_uscc=_credit_code(read, "YINJI_ISSUER_USCC"),
            issuer_filing=_short_text(read, "YINJI_ISSUER_FILING"),
            sign_up_open=read.integer("YINJI_SIGN_UP", 1, minimum=0) == 1,
            password_mib=read.integer("YINJI_PASSWORD_MIB", _PASSWORD_MIB, minimum=_LEAST_MIB),
            sign_in_per_minute=read.integer("YINJI_SIGN_IN_PER_MINUTE", 10, minimum=1),
            known_address=timedelta(days=read.integer("YINJI_KNOWN_ADDRESS_DAYS", 30, minimum=0)),
            requests_per_minute=read.integer("YINJI_REQUESTS_PER_MINUTE", 6000, minimum=1),
            public_per_minute=read.integer("YINJI_PUBLIC_PER_MINUTE", 600, minimum=1),
            alike_bits=_alike_bits(read),
            evidence_office=_evidence_office(read),
            payments=payments,
            wechat=_wechat(read) if WECHAT in payments else None,
            alipay=_alipay(read) if ALIPAY in payments else None,
            trusted_proxies=_proxies(read.optional("YINJI_TRUSTED_PROXIES") or ""),
        )


def _evidence_office(read: "_Reader") -> str | None:
    """What fee and review were until they became an office's rules must not be lost in silence."""
    for name in _GONE:
        if read.optional(name) is not None:
            raise Misconfigured(
                "存证的费用与审核改由机构规则 [evidence] 规定:请写入该表并设 "
                "YINJI_EVIDENCE_OFFICE / the fee and review of evidence are an office's rules now: "
                "write the table [evidence] and set YINJI_EVIDENCE_OFFICE",
                field=name,
            )
    return read.optional("YINJI_EVIDENCE_OFFICE")


def _credit_code(read: "_Reader", name: str) -> str | None:
    text = read.optional(name)
    if text is None:
        return None
    try:
        return read_document(DocumentKind.CREDIT_CODE, text, today=date.min).number
    except InvalidInput as error:
        raise Misconfigured(error.message, field=name) from error


def _short_text(read: "_Reader", name: str) -> str | None:
    text = read.optional(name)
    try:
        return None if text is None else clean_text(text, name, _MOST_CHARACTERS)
    except InvalidInput as error:
        raise Misconfigured(error.message, field=name) from error


def _s3(read: "_Reader") -> S3Settings | None:
    endpoint = read.optional("YINJI_S3_ENDPOINT")
    if endpoint is None:
        return None
    return S3Settings(
        endpoint=endpoint,
        bucket=read.text("YINJI_S3_BUCKET"),
        access_key=read.text("YINJI_S3_ACCESS_KEY"),
        secret_key=read.text("YINJI_S3_SECRET_KEY"),
        region=read.text("YINJI_S3_REGION", "us-east-1"),
    )


def _wechat(read: "_Reader") -> WechatSettings:
    return WechatSettings(
        url=read.text("YINJI_WECHAT_URL", "https://api.mch.weixin.qq.com"),
        merchant=read.text("YINJI_WECHAT_MERCHANT"),
        app=read.text("YINJI_WECHAT_APP"),
        serial=read.text("YINJI_WECHAT_SERIAL"),
    )


def _alipay(read: "_Reader") -> AlipaySettings:
    return AlipaySettings(
        url=read.text("YINJI_ALIPAY_URL", "https://openapi.alipay.com/gateway.do"),
        app=read.text("YINJI_ALIPAY_APP"),
        seller=read.text("YINJI_ALIPAY_SELLER"),
    )


def _alike_bits(read: "_Reader") -> int:
    found = read.integer("YINJI_ALIKE_BITS", MOST_DISTANCE, minimum=0)
    if found > MOST_DISTANCE:
        raise Misconfigured(
            f"至多 {MOST_DISTANCE} / at most {MOST_DISTANCE}", field="YINJI_ALIKE_BITS"
        )
    return found


def _intake(read: "_Reader") -> IntakeLimits:
    """What a work may be (SD-66 … SD-83). No setting takes more than a statement can hold."""
    usual = IntakeLimits()
    formats = _extensions(read, "YINJI_FORMATS", usual.formats)
    shown = _extensions(read, "YINJI_DISPLAY_FORMATS", usual.display_extensions)
    return IntakeLimits(
        max_files=read.integer("YINJI_WORK_FILES", usual.max_files, minimum=1, maximum=MAX_FILES),
        max_file_bytes=read.integer("YINJI_FILE_GIB", usual.max_file_bytes // GIB, minimum=1) * GIB,
        max_display_pictures=read.integer(
            "YINJI_DISPLAY_PICTURES", usual.max_display_pictures, minimum=0, maximum=_MOST_LISTED
        ),
        max_display_bytes=read.integer(
            "YINJI_DISPLAY_MIB", usual.max_display_bytes // MIB, minimum=1
        ) * MIB,
        display_extensions=frozenset(shown),
        max_pixels=read.integer("YINJI_PICTURE_PIXELS", usual.max_pixels, minimum=1),
        max_title_characters=read.integer(
            "YINJI_TITLE_CHARACTERS", usual.max_title_characters, minimum=1,
            maximum=usual.max_title_characters,
        ),
        max_description_characters=read.integer(
            "YINJI_DESCRIPTION_CHARACTERS", usual.max_description_characters, minimum=1,
            maximum=usual.max_description_characters,
        ),
        max_tags=read.integer("YINJI_WORK_TAGS", usual.max_tags, minimum=0, maximum=_MOST_LISTED),
        max_authors=read.integer(
            "YINJI_WORK_AUTHORS", usual.max_authors, minimum=1, maximum=_MOST_LISTED
        ),
        max_waiting_bytes=read.integer("YINJI_UPLOADS_GIB", 200, minimum=1) * GIB,
        formats={each: usual.formats[each] for each in formats},
    )  # fmt: skip


def _extensions(read: "_Reader", name: str, usual: Iterable[str]) -> tuple[str, ...]:
    """File name extensions out of the usual ones, comma-separated, with or without the dot."""
    text, known = read.optional(name), sorted(usual)
    if text is None:
        return tuple(known)
    named = {part.strip().lower().removeprefix(".") for part in text.split(",")} - {""}
    if not named or not named <= set(known):
        raise Misconfigured(f"可用 / accepts: {', '.join(known)}", field=name)
    return tuple(sorted(named))


def _avatar(read: "_Reader") -> AvatarLimits:
    usual, named = AvatarLimits(), read.optional("YINJI_AVATAR_FORMATS")
    formats = usual.formats
    if named is not None:
        formats = tuple(part.strip().lower() for part in named.split(",") if part.strip())
    if not formats or not frozenset(formats) <= frozenset(FORMATS):
        raise Misconfigured(f"可用 / accepts: {', '.join(FORMATS)}", field="YINJI_AVATAR_FORMATS")
    kib = read.integer("YINJI_AVATAR_KIB", usual.most_bytes // _KIB, minimum=1)
    if kib * _KIB > MOST_BYTES:
        raise Misconfigured(f"至多 {MOST_BYTES // _KIB} / at most", field="YINJI_AVATAR_KIB")
    pixels = read.integer("YINJI_AVATAR_PIXELS", usual.most_pixels, minimum=1)
    return AvatarLimits(kib * _KIB, formats, pixels)


def _payments(read: "_Reader", default: str) -> tuple[str, ...]:
    text = read.optional("YINJI_PAYMENTS")
    named = tuple(part.strip() for part in (text or default).split(",") if part.strip())
    unknown = [each for each in named if each not in (*_ADAPTERS, _NOBODY)]
    if unknown:
        raise Misconfigured(
            f"可用 / accepts: {', '.join(_ADAPTERS)}, {_NOBODY}", field="YINJI_PAYMENTS"
        )
    return tuple(each for each in dict.fromkeys(named) if each != _NOBODY)


def _proxies(text: str) -> tuple[str, ...]:
    named = tuple(part.strip() for part in text.split(",") if part.strip())
    for each in named:
        try:
            ip_network(each)
        except ValueError as error:
            raise Misconfigured(
                "须为 IP 地址或网段,以逗号分隔 / IP addresses or networks, comma-separated",
                field="YINJI_TRUSTED_PROXIES",
            ) from error
    return named


class _Reader:
    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ

    def optional(self, name: str) -> str | None:
        if value := self._environ.get(name, "").strip():
            return value
        if file := self._environ.get(f"{name}_FILE", "").strip():
            try:
                return Path(file).read_text(encoding="utf-8").strip() or None
            except OSError as error:
                raise Misconfigured(
                    f"{name}_FILE 无法读取 / cannot be read: {error.strerror}", field=name
                ) from error
        return None

    def text(self, name: str, default: str | None = None) -> str:
        value = self.optional(name) or default
        if value is None:
            raise Misconfigured(
                f"缺少设置 {name};本机请先运行 make up / the setting {name} is missing; "
                "on one machine run make up first",
                field=name,
            )
        return value

    def integer(self, name: str, default: int, *, minimum: int, maximum: int | None = None) -> int:
        text = self.optional(name)
        if text is None:
            return default
        if not (text.isascii() and text.isdigit()) or int(text) < minimum:
            raise Misconfigured(f"{name} 须为整数 ≥ {minimum} / a whole number", field=name)
        if maximum is not None and int(text) > maximum:
            raise Misconfigured(f"{name} 至多 {maximum} / at most", field=name)
        return int(text)
