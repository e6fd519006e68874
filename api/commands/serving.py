"""The parts of an installation, each as a process of its own, for machines of one's own."""

import os
import sys
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from api.commands.local import CHECKOUT
from core.loading import for_good

if TYPE_CHECKING:
    from api.settings import Settings

_LOOPBACK = "127.0.0.1"


def api(
    host: Annotated[str, typer.Option(help="监听地址 address to listen on")] = _LOOPBACK,
    port: Annotated[int, typer.Option(min=1, max=65535, help="端口 port")] = 8000,
) -> int:
    """启动 HTTP 接口进程 / serve the HTTP API and the pages; start as many as you need."""
    with for_good():
        import uvicorn

        from api.app import create_app
        from api.numbers_kept import check_numbering
        from api.wiring import utc_now

    app = create_app(_settings())
    check_numbering(app.state.services, now=utc_now())
    # No access log: addresses of evidence carry check codes.
    uvicorn.run(
        app,
        host=host,
        port=port,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=10,
    )
    return 0


def worker(
    name: Annotated[str, typer.Option(help="本机内唯一 unique on this machine")] = "worker",
) -> int:
    """启动后台进程 / run a worker: storing, time-stamps, the chain, certificates."""
    from api.production import check_start
    from api.wiring import Services, utc_now

    check_start(Services(_settings()), now=utc_now())
    options = ["worker", "--pool", "solo", "--concurrency", "1", "-n", f"{name}@%h"]
    _celery([*options, "--without-gossip", "--without-mingle", "--loglevel", "INFO"])


def scheduler() -> int:
    """启动定时进程 / run the scheduler that wakes the workers; one is enough."""
    folder = _settings().var / "beat"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    schedule = str(folder / "schedule")
    _celery(["beat", "--schedule", schedule, "--pidfile", "", "--loglevel", "INFO"])


def _settings() -> "Settings":
    from api.settings import Settings

    return Settings.from_environment(os.environ, CHECKOUT)


def _celery(arguments: list[str]) -> NoReturn:
    """Become Celery, which reads the broker's address when it loads `api.worker`."""
    environment = {**os.environ, "BROKER_URL": _settings().broker_url}
    command = [sys.executable, "-m", "celery", "-A", "api.worker", *arguments]
    os.execve(sys.executable, command, environment)  # noqa: S606 - no shell is wanted
