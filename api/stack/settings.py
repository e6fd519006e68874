"""What the supervisor has to know before it starts anything. Reads no file but `*_FILE` values."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from core.errors import Misconfigured

_HIGHEST_PORT = 65535


@dataclass(frozen=True, kw_only=True)
class StackSettings:
    """One run of the stack. A part whose address is given (not None) is not started by us.

    `port` and `public_url` override what is kept in the data folder. `environ` is what every
    child inherits, below the values of this run.
    """

    checkout: Path
    var: Path
    port: int | None
    public_url: str | None
    database_url: str | None
    broker_url: str | None
    rpc_urls: str | None
    profile: str
    die_with_parent: bool
    loop_deaths: int
    environ: Mapping[str, str]

    @classmethod
    def from_environment(cls, environ: Mapping[str, str], checkout: Path) -> "StackSettings":
        """Read the variables; an empty value counts as absent, `NAME_FILE` names a file with it.

        Raises Misconfigured when a value cannot be used.
        """
        checkout = checkout.resolve()
        port = _value(environ, "YINJI_PORT")
        return cls(
            checkout=checkout,
            var=(checkout / (_value(environ, "YINJI_VAR") or "var")).resolve(),
            port=None if port is None else _port(port),
            public_url=_value(environ, "YINJI_PUBLIC_URL"),
            database_url=_value(environ, "DATABASE_URL"),
            broker_url=_value(environ, "BROKER_URL"),
            rpc_urls=_value(environ, "YINJI_RPC_URLS"),
            profile=_value(environ, "YINJI_PROFILE") or "embedded",
            loop_deaths=_deaths(_value(environ, "YINJI_LOOP_DEATHS") or "5"),
            die_with_parent=_value(environ, "YINJI_DIE_WITH_PARENT") == "1",
            environ=dict(environ),
        )


def _value(environ: Mapping[str, str], name: str) -> str | None:
    if value := environ.get(name, "").strip():
        return value
    if file := environ.get(f"{name}_FILE", "").strip():
        try:
            return Path(file).read_text(encoding="utf-8").strip() or None
        except OSError as reason:
            raise Misconfigured(
                f"{name}_FILE 指向的文件无法读取 · the file named by {name}_FILE cannot be read: "
                f"{reason.strerror}",
                field=f"{name}_FILE",
            ) from reason
    return None


def _port(text: str) -> int:
    if text.isascii() and text.isdigit() and 0 < int(text) <= _HIGHEST_PORT:
        return int(text)
    raise Misconfigured(
        "YINJI_PORT 应为 1 到 65535 的整数 · YINJI_PORT must be a whole number from 1 to 65535",
        field="YINJI_PORT",
    )


def _deaths(text: str) -> int:
    if text.isascii() and text.isdigit() and int(text) > 0:
        return int(text)
    raise Misconfigured(
        "YINJI_LOOP_DEATHS 应为正整数 · YINJI_LOOP_DEATHS must be a positive whole number",
        field="YINJI_LOOP_DEATHS",
    )
