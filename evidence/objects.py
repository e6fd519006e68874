"""Where bytes live: content-addressed, sharded, written once, read back before believed.

`ObjectStore` is the seam, and `evidence.sealed_store` what stands behind it: it keeps bytes plain,
or sealed where they show who somebody is, on a `Shelf`: `FileStore` keeps files under a folder,
`evidence.s3.S3Store` objects in a bucket. Incoming bytes are staged on the local disk first,
because an upload's offset must be durable before it is acknowledged.
"""

import hashlib
import os
import secrets
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import BinaryIO, Final, Protocol

from core.errors import NotFound
from evidence.digest import CHUNK, FileDigest, digest_chunks

ABANDONED: Final = timedelta(hours=1)
"""Nobody goes on with a draft that nothing was written to for so long."""


class Shelf(Protocol):
    """Bytes by a name of 64 hex digits, as a disk or a bucket holds them."""

    def adopt(self, staged: Path, digest: FileDigest) -> None:
        """Move a staged file, read back and digested before, to its content address; durable.

        A shelf that copies reads the copy back, and raises OutsideError when it is another.
        """

    def write(self, data: bytes) -> str:
        """Store small bytes durably; returns their SHA-256."""

    def put(self, name: str, pieces: Iterable[bytes]) -> None:
        """Store these bytes under a name that is not theirs; durable, whole or not at all. Whoever
        calls reads them back.
        """

    def open(self, sha256: str) -> BinaryIO:
        """Raises NotFound when there is no such object."""

    def read(self, sha256: str, start: int, end: int) -> Iterator[bytes]:
        """Bytes `start` up to, not including, `end`, in pieces; raises NotFound at once."""

    def delete(self, sha256: str) -> None:
        """Erase, durably; missing is fine."""

    def digests(self) -> Iterator[str]:
        """Every object there is, for fsck."""

    def written_at(self, sha256: str) -> datetime:
        """When the object came here; raises NotFound."""

    def drafts(self, before: datetime) -> Iterator[str]:
        """What a write that broke off left here, last written to before then."""

    def drop_drafts(self, before: datetime) -> int:
        """Delete them; returns how many went."""


@dataclass(frozen=True)
class Standing:
    """How an object lies in the store; both for a moment, while it is being sealed."""

    plain: bool
    sealed: bool


class ObjectStore(Protocol):
    """Bytes by the SHA-256 of their content (64 hex digits). Whoever opens an object gets its plain
    bytes, however it lies here.

    Of what lies sealed, everything that opens raises KeyMissing where the key is not there, and
    DoesNotOpen where the bytes were altered.
    """

    def adopt(self, staged: Path, digest: FileDigest, *, sealed: bool = False) -> None:
        """Move a staged file, read back and digested before, to its content address; durable.
        `sealed`: it never lies there plain. What stands sealed already stays so.
        """

    def write(self, data: bytes) -> str:
        """Store small bytes durably; returns their SHA-256."""

    def seal(self, sha256: str) -> None:
        """From plain to sealed, whatever of it was done before; raises NotFound when there is
        neither. The plain bytes go once the sealed ones have been read back.
        """

    def standing(self, sha256: str) -> Standing:
        """How it lies here, if it does."""

    def key_ids(self) -> Iterator[tuple[str, str | None]]:
        """Every object that lies sealed, and the id of the key it is under; None: damaged."""

    def rewrap(self, sha256: str) -> None:
        """Its data key under the current key; the pieces stay, byte for byte. Done already, or no
        longer there: fine. Hold the lease of its deletion, or it may come back.
        """

    def open(self, sha256: str) -> BinaryIO:
        """Raises NotFound when there is no such object."""

    def read(self, sha256: str, start: int, end: int) -> Iterator[bytes]:
        """Bytes `start` up to, not including, `end`, in pieces; raises NotFound at once."""

    def delete(self, sha256: str) -> None:
        """Erase, however it lies here; missing is fine."""

    def digests(self) -> Iterator[str]:
        """Every object there is, for fsck; one that lies here in both ways twice."""

    def written_at(self, sha256: str) -> datetime:
        """When the object came here; raises NotFound."""

    def drafts(self, before: datetime) -> Iterator[str]:
        """What a write that broke off left here, last written to before then."""

    def drop_drafts(self, before: datetime) -> int:
        """Delete them; returns how many went."""


class Staging:
    """The folder of incoming uploads, one file each, written by offset."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def path(self, upload_id: object) -> Path:
        return self._folder / str(upload_id)

    def names(self) -> Iterator[str]:
        return (entry.name for entry in self._folder.iterdir())

    def written_at(self, name: str) -> datetime:
        """When the staged file was last written."""
        return datetime.fromtimestamp((self._folder / name).stat().st_mtime, UTC)

    def keep_a_while(self, upload_id: object) -> None:
        """As if it were written now: nobody takes it for one that was forgotten long ago."""
        with suppress(FileNotFoundError):
            os.utime(self.path(upload_id))


class FileStore:
    """Objects as files: `ab/cd/<sha256>`, mode 0400, never overwritten. What is being written is a
    draft in a folder of its own, so that what a kill left there is found without a walk over all.
    """

    def __init__(self, folder: Path) -> None:
        self._folder, self._drafts = folder, folder / ".drafts"
        folder.mkdir(parents=True, exist_ok=True)

    def _path(self, sha256: str) -> Path:
        return self._folder / sha256[:2] / sha256[2:4] / sha256

    def adopt(self, staged: Path, digest: FileDigest) -> None:
        """A rename: the very bytes that were read back."""
        target = self._path(digest.sha256)
        target.parent.mkdir(parents=True, exist_ok=True)
        with staged.open("rb+") as file:
            os.fsync(file.fileno())
        staged.chmod(0o400)
        staged.rename(target)
        for folder in (target.parent, target.parent.parent, self._folder):
            sync_folder(folder)

    def write(self, data: bytes) -> str:
        sha256 = hashlib.sha256(data).hexdigest()
        if not self._path(sha256).exists():
            self.put(sha256, [data])
        return sha256

    def put(self, name: str, pieces: Iterable[bytes]) -> None:
        target = self._path(name)
        target.parent.mkdir(parents=True, exist_ok=True)
        self._drafts.mkdir(exist_ok=True)
        draft = self._drafts / f"{name}.{secrets.token_hex(4)}"
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400)
        with os.fdopen(descriptor, "wb") as file:
            for piece in pieces:
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())
        draft.rename(target)
        for folder in (target.parent, target.parent.parent, self._folder):
            sync_folder(folder)

    def open(self, sha256: str) -> BinaryIO:
        try:
            return self._path(sha256).open("rb")
        except FileNotFoundError as error:
            raise NotFound("对象不存在 / no such object") from error

    def read(self, sha256: str, start: int, end: int) -> Iterator[bytes]:
        return _between(self.open(sha256), start, end)

    def delete(self, sha256: str) -> None:
        path = self._path(sha256)
        with suppress(FileNotFoundError):
            path.unlink()
            sync_folder(path.parent)

    def digests(self) -> Iterator[str]:
        return (path.name for path in self._folder.glob("??/??/*") if not path.name.startswith("."))

    def written_at(self, sha256: str) -> datetime:
        try:
            return datetime.fromtimestamp(self._path(sha256).stat().st_mtime, UTC)
        except FileNotFoundError as error:
            raise NotFound("对象不存在 / no such object") from error

    def drafts(self, before: datetime) -> Iterator[str]:
        return (draft.name for draft in older(self._drafts, "*", before))

    def drop_drafts(self, before: datetime) -> int:
        return drop_older(self._drafts, "*", before)


def read_chunks(file: BinaryIO) -> Iterator[bytes]:
    """A file's bytes in pieces of `CHUNK`."""
    while chunk := file.read(CHUNK):
        yield chunk


def _between(file: BinaryIO, start: int, end: int) -> Iterator[bytes]:
    with file:
        file.seek(start)
        left = end - start
        while left and (piece := file.read(min(CHUNK, left))):
            left -= len(piece)
            yield piece


def digest_object(store: ObjectStore | Shelf, sha256: str) -> FileDigest:
    """Read an object back and digest what is really there."""
    with store.open(sha256) as file:
        return digest_chunks(read_chunks(file))


def older(folder: Path, pattern: str, before: datetime) -> Iterator[Path]:
    """Files in a folder that were last written to before then."""
    for path in folder.glob(pattern):
        with suppress(FileNotFoundError):
            if path.stat().st_mtime < before.timestamp():
                yield path


def drop_older(folder: Path, pattern: str, before: datetime) -> int:
    """Delete them; returns how many went."""
    found = list(older(folder, pattern, before))
    for path in found:
        path.unlink(missing_ok=True)
    return len(found)


def sync_folder(folder: Path) -> None:
    """Make a rename in `folder` durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
