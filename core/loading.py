"""Importing much at once, as every process of ours does when it starts."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def for_good() -> Iterator[None]:
    """What is made within stays as long as the process, so nobody looks whether it is garbage.

    The collector would go through all of it again and again: a quarter of an import's time, and
    a part of every later collection.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
