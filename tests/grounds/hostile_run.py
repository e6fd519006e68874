"""Run beside the tests: each file of a list through `previewer.py`, each in a process of its own.

    hostile_run.py PREVIEWER < [[act, kind, path, word…], …] as JSON

Prints, for each: exit code (negative: the signal), most memory in KiB, and the bytes it gave in
hex. It forks, because a fresh interpreter for each of hundreds would take minutes.
"""

import json
import os
import runpy
import sys
import tempfile
from typing import Any

import pypdfium2  # noqa: F401 - as `previewer.main`, before anything is confined
from PIL import Image


def main() -> None:
    program = runpy.run_path(sys.argv[1])
    Image.init()
    found = []
    for act, kind, path, *words in json.load(sys.stdin):
        with tempfile.TemporaryFile() as out:
            child = os.fork()
            if child == 0:
                _child(program, out.fileno(), path, [act, kind, *words])
            _, status, usage = os.wait4(child, 0)
            out.seek(0)
            code = os.waitstatus_to_exitcode(status)
            found.append([code, usage.ru_maxrss, out.read().hex()])
    json.dump(found, sys.stdout)


def _child(program: dict[str, Any], out: int, path: str, words: list[Any]) -> None:
    code = 70
    try:
        source = os.open(path, os.O_RDONLY)
        os.dup2(source, 0)
        os.dup2(out, 1)
        sys.stdin = os.fdopen(0)
        sys.stdout = os.fdopen(1, "w")
        sys.argv = ["previewer.py", *map(str, words)]
        code = program["main"]()
        sys.stdout.flush()
    finally:
        os._exit(code)


if __name__ == "__main__":
    main()
