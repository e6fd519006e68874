"""`python -m api.ahead uvicorn ARGUMENT…`: `python -m uvicorn ARGUMENT…` with a head start.

Most of the API's start is importing it, which needs nothing that set-up prepares. So both go side
by side; it serves once the file of `YINJI_AWAIT` is there, which tells that set-up has ended well.
A stop signal meanwhile ends it at once: nothing has begun yet.
"""

import os
import sys
import time
from pathlib import Path
from typing import Final

from core.loading import for_good

with for_good():
    import uvicorn

    import api.app  # noqa: F401 - this is what takes long

_TICK_SECONDS: Final = 0.02


def main() -> None:
    """Wait for set-up, then be uvicorn."""
    awaited = Path(os.environ["YINJI_AWAIT"])
    while not awaited.exists():
        time.sleep(_TICK_SECONDS)
    uvicorn.main(sys.argv[2:])


if __name__ == "__main__":
    main()
