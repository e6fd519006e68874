"""A worker for everything up to the anchor: all stages but those that make certificates.

For rows that measure anchoring alone. Without the queue's hints it looks again by itself.
"""

import os
import signal
import sys
import time
from types import FrameType
from typing import NoReturn

from api import jobs
from api.settings import Settings
from api.wiring import Services
from bench.machine import ROOT

_CERTIFICATES = frozenset({jobs.freeze, jobs.reissue, jobs.make_one})
_PAUSE = 0.02


def main() -> NoReturn:
    signal.signal(signal.SIGTERM, _stop)
    services = Services(Settings.from_environment(os.environ, ROOT))
    stages = [job for job in jobs.STAGES if job not in _CERTIFICATES]
    print("bench worker ready.", flush=True)
    while True:
        if not jobs.advance(services, stages):
            time.sleep(_PAUSE)


def _stop(_number: int, _frame: FrameType | None) -> NoReturn:
    sys.exit(0)


if __name__ == "__main__":
    main()
