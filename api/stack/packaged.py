"""Programs that came inside Python packages. The packages are found, not imported: importing them
takes time, warns, and runs code that is not needed for starting a program.
"""

import importlib.util
from pathlib import Path

from core.errors import Misconfigured


def program(package: str, path: str, *, instead: str) -> Path:
    """The program at `path` inside `package`.

    Raises Misconfigured when it is not installed or has no build for this machine; `instead` is
    the variable that names a server to use in its place.
    """
    spec = importlib.util.find_spec(package)
    if spec is not None and spec.origin is not None:
        found = Path(spec.origin).parent / path
        if found.is_file():
            return found
    raise Misconfigured(
        f"这台机器上没有 {package} 提供的 {Path(path).name}:请运行 make up,或设置 {instead} · "
        f"{package} has no {Path(path).name} for this machine: run make up, or set {instead}",
        field=instead,
    )
