"""Where a command finds its server, key and node: options, then environment, then cli.json."""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from core.errors import InvalidInput

if TYPE_CHECKING:
    from api.settings import Settings

NOT_IN_TIME: Final = 75
"""Exit code (EX_TEMPFAIL of sysexits.h): not finished; the same command later goes on with it."""
CHECKOUT = Path(__file__).resolve().parent.parent.parent


@dataclass(frozen=True)
class Connection:
    """`key` never shows in a representation."""

    server: str
    key: str

    def __repr__(self) -> str:
        return f"Connection({self.server})"


def var_folder() -> Path:
    """`YINJI_VAR`, by default the checkout's `var/`."""
    return Path(os.environ.get("YINJI_VAR") or CHECKOUT / "var").resolve()


def connection(server: str | None, key_file: Path | None) -> Connection:
    """The server to speak to.

    Raises:
        InvalidInput: nothing says where the server is or gives a key for it, the key cannot be
            read, or the address is not one of HTTP.
    """
    known = _cli_json()
    address = (server or os.environ.get("YINJI_SERVER") or known.get("server", "")).rstrip("/")
    if key_file is not None:
        key = _read(key_file)
    elif os.environ.get("YINJI_KEY"):
        key = os.environ["YINJI_KEY"]
    elif address == known.get("server"):
        key = known.get("key", "")
    else:
        # The local installation's key is a secret before every other server.
        key = ""
    if not address or not key:
        raise InvalidInput(
            "没有找到服务或其密钥:请先运行 make up,或用 --server 与 --key-file / "
            "no server known, or no key for it: run make up, or give --server and --key-file",
            field="server",
        )
    if not address.startswith(("http://", "https://")):
        raise InvalidInput(
            "服务地址须以 http:// 或 https:// 开头 / "
            "the server's address must begin with http:// or https://",
            field="server",
        )
    return Connection(address, key)


def require_folder(out: Path) -> None:
    """Before anything is sent: where what comes back shall go can be a folder.

    Raises:
        InvalidInput: it is a file, lies below one, or nothing can be written there.
    """
    nearest = next(each for each in (out.absolute(), *out.absolute().parents) if each.exists())
    if not nearest.is_dir():
        raise InvalidInput(
            f"输出位置不是文件夹 / not a folder: {nearest};请用 --out 指定文件夹 / "
            "name a folder with --out",
            field="out",
        )
    if not os.access(nearest, os.W_OK):
        raise InvalidInput(
            f"输出文件夹不可写 / cannot write to {nearest};请另选 / choose another", field="out"
        )


def running_settings() -> "Settings":
    """Settings of the stack that runs on this data folder, or those of the environment alone."""
    from api.settings import Settings
    from api.stack.keeping import read_environment

    path = var_folder() / "env"
    values = read_environment(path) if path.exists() else {}
    return Settings.from_environment({**values, **os.environ}, CHECKOUT)


def node_url() -> str | None:
    """The chain node of a local installation, if there is one."""
    return _cli_json().get("rpc")


def _cli_json() -> dict[str, str]:
    try:
        found: dict[str, str] = json.loads((var_folder() / "cli.json").read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return found


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8").strip()
    except OSError as error:
        raise InvalidInput(f"密钥文件无法读取 / cannot read {path}", field="key-file") from error
