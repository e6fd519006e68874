"""Answers that carry files: always attachments, never something a browser would run."""

from typing import Final
from urllib.parse import quote

SANDBOX: Final = "sandbox; default-src 'none'"
_PLAIN: Final = frozenset(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$&+-.^_`{}~ ()"
)


def disposition(name: str, kind: str = "attachment") -> str:
    """A Content-Disposition (RFC 6266 §4): a plain name for old readers, the real one beside it."""
    plain = "".join(character if character in _PLAIN else "_" for character in name)
    encoded = quote(name, safe="!#$&+-.^_`|~")
    return f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{encoded}"


def private(name: str, kind: str = "attachment") -> dict[str, str]:
    """The headers of a file that belongs to somebody."""
    return {
        "Content-Disposition": disposition(name, kind),
        "Content-Security-Policy": SANDBOX,
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
        "Cross-Origin-Resource-Policy": "same-origin",
    }
