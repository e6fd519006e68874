"""What the tests have the fork server become: says how it finds itself, and does as it is told."""

import json
import os
import signal
import sys
import time
from pathlib import Path

WATCHED = "wave"
"""A module of the standard library that nothing else imports."""


def main() -> None:
    """`say`: its surroundings; `sleep`; `exit CODE`."""
    asked, *more = sys.argv[1:]
    if asked == "say":
        found = {
            "loaded": WATCHED in sys.modules,
            "arguments": more,
            "environment": os.environ.get("BORN"),
            "folder": Path.cwd().name,
            "blocked": [each.name for each in signal.pthread_sigmask(signal.SIG_BLOCK, [])],
            "descriptors": [int(each.name) for each in Path("/proc/self/fd").iterdir()],
        }
        sys.stdout.write(json.dumps(found) + "\n")
        sys.stdout.flush()
        sys.stderr.write("aside\n")
    elif asked == "sleep":
        time.sleep(60)
    else:
        sys.exit(int(more[0]))


if __name__ == "__main__":
    main()
