"""Where and on what a row was measured: commit, versions, processors, load."""

import os
import platform
import ssl
import subprocess
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parent.parent


def circumstances(began_load: float, seconds: float, versions: dict[str, str]) -> dict[str, Any]:
    """What to know beside a figure; `began_load` is the one-minute load when the row began."""
    return {
        "commit": commit(),
        "at": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "took": f"{seconds:.0f} s",
        "processors": os.cpu_count(),
        "load before": round(began_load, 1),
        "load after": round(load(), 1),
        "python": platform.python_version(),
        "openssl": ssl.OPENSSL_VERSION.split()[1],
        "system": f"{platform.system()} {platform.machine()}",
        **versions,
    }


def load() -> float:
    """The one-minute load average."""
    return os.getloadavg()[0]


def commit() -> str:
    """The short commit, with `+` when files differ from it; `unknown` outside a repository."""
    head = _git("rev-parse", "--short", "HEAD")
    if not head:
        return "unknown"
    return f"{head}+" if _git("status", "--porcelain", "--untracked-files=no") else head


def version(package: str) -> str:
    """Of an installed Python package."""
    return metadata.version(package)


def _git(*words: str) -> str:
    done = subprocess.run(["git", "-C", ROOT, *words], capture_output=True, text=True, check=False)
    return done.stdout.strip()
