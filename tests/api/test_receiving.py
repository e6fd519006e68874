"""The bytes of one request on their way to the disk, and a disk that fails meanwhile."""

import asyncio
import hashlib
import time
from types import SimpleNamespace
from typing import Any, cast

import pytest

from api.routes.uploads import _STRIDE, _Receiving
from evidence.uploads import CHECKPOINT

PIECE = bytes(1024 * 1024)


class _Disk:
    """Stands for a staged file; `failing` says which sync is refused, counted from 1."""

    def __init__(self, failing: int | None = None, seconds: float = 0.0) -> None:
        self.failing, self.seconds = failing, seconds
        self.written = self.synced = self.syncs = 0

    def write(self, data: bytes, offset: int) -> None:
        assert offset == self.written
        self.written += len(data)

    def sync(self) -> None:
        self.syncs += 1
        asked = self.written
        time.sleep(self.seconds)
        if self.syncs == self.failing:
            raise OSError(5, "the disk does not answer")
        self.synced = asked


def receiving(disk: _Disk) -> _Receiving:
    """With a checksum to come, so that nothing is recorded and no database is asked."""
    upload = SimpleNamespace(received=0)
    return _Receiving(cast("Any", None), cast("Any", disk), cast("Any", upload), hashlib.sha256())


def test_the_disk_works_while_more_arrives_and_is_never_far_behind() -> None:
    async def receive() -> None:
        disk = _Disk(seconds=0.3)
        body = receiving(disk)
        for _ in range(3 * CHECKPOINT // len(PIECE)):
            await body.write(PIECE)
            assert disk.written - disk.synced <= CHECKPOINT + _STRIDE
        assert disk.syncs > 1
        assert body.safe == 0
        await body.settle()

    asyncio.run(receive())


@pytest.mark.parametrize("failing", [1, 2])
def test_a_disk_that_fails_in_the_background_is_heard(failing: int) -> None:
    async def receive() -> None:
        body = receiving(_Disk(failing))
        for _ in range(2 * CHECKPOINT // len(PIECE)):
            await body.write(PIECE)
        await body.settle()

    with pytest.raises(OSError, match="does not answer"):
        asyncio.run(receive())
