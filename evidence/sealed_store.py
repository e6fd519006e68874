"""The store, where an object lies plain or, when it shows who somebody is, sealed.

One wrapper over two shelves of one kind. From plain to sealed it goes in an order in which a kill
loses nothing and leaves nothing open: the sealed bytes are durable, they are read back and have the
digest, then the plain ones go. Nothing goes back. What stands sealed is never written plain again;
two that bring the same content at once meet in `_settle`.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import BinaryIO

from core.errors import NotFound, OutsideError
from core.sealed import DoesNotOpen, Keyring
from evidence import envelope
from evidence.digest import FileDigest, sha256_chunks
from evidence.objects import Shelf, Standing, digest_object, read_chunks


class SealedStore:
    """`ObjectStore`. The keyring is asked for when something is sealed or opened."""

    def __init__(self, plain: Shelf, sealed: Shelf, ring: Callable[[], Keyring]) -> None:
        self._plain, self._sealed, self._ring = plain, sealed, ring

    def adopt(self, staged: Path, digest: FileDigest, *, sealed: bool = False) -> None:
        """The staged file goes last: whatever breaks off before is done again from it."""
        if not sealed and not _has(self._sealed, digest.sha256):
            self._plain.adopt(staged, digest)
            self._settle(digest.sha256)
            return
        if not _has(self._sealed, digest.sha256):
            with staged.open("rb") as source:
                self._put(digest, source)
        self._settle(digest.sha256)
        staged.unlink(missing_ok=True)

    def write(self, data: bytes) -> str:
        sha256 = sha256_chunks([data]).sha256
        if not _has(self._sealed, sha256):
            self._plain.write(data)
        self._settle(sha256)
        return sha256

    def seal(self, sha256: str) -> None:
        if not _has(self._sealed, sha256):
            digest = digest_object(self._plain, sha256)
            if digest.sha256 != sha256:
                raise OutsideError("对象已变更,不予加密 / the object was altered: it is not sealed")
            with self._plain.open(sha256) as source:
                self._put(digest, source)
        self._settle(sha256)

    def standing(self, sha256: str) -> Standing:
        return Standing(plain=_has(self._plain, sha256), sealed=_has(self._sealed, sha256))

    def key_ids(self) -> Iterator[tuple[str, str | None]]:
        for sha256 in self._sealed.digests():
            try:
                yield sha256, envelope.key_id(self._head(sha256))
            except NotFound:
                continue  # deleted meanwhile
            except DoesNotOpen:
                yield sha256, None

    def rewrap(self, sha256: str) -> None:
        """What does not open to its own digest is left as it is, for whoever looks into that."""
        ring = self._ring()
        with suppress(NotFound):
            if envelope.key_id(self._head(sha256)) == ring.current:
                return
            self._require_whole(sha256)
            with self._sealed.open(sha256) as source:
                head = envelope.rewrapped(ring, source.read(envelope.HEAD))
                self._sealed.put(sha256, chain([head], read_chunks(source)))
            self._require_whole(sha256)

    def open(self, sha256: str) -> BinaryIO:
        # Plain first: what is sealed meanwhile stands sealed before it is no longer plain.
        try:
            return self._plain.open(sha256)
        except NotFound:
            return self._opened(sha256)

    def read(self, sha256: str, start: int, end: int) -> Iterator[bytes]:
        try:
            return self._plain.read(sha256, start, end)
        except NotFound:
            found = envelope.read_head(self._ring(), sha256, self._head(sha256))
            if start >= min(end, found.size):
                return iter(())
            sealed = self._sealed.read(sha256, *found.span(start, end))
            return envelope.between(found, sealed, start, end)

    def delete(self, sha256: str) -> None:
        self._plain.delete(sha256)
        self._sealed.delete(sha256)

    def digests(self) -> Iterator[str]:
        yield from self._plain.digests()
        yield from self._sealed.digests()

    def written_at(self, sha256: str) -> datetime:
        try:
            return self._plain.written_at(sha256)
        except NotFound:
            return self._sealed.written_at(sha256)

    def drafts(self, before: datetime) -> Iterator[str]:
        yield from self._plain.drafts(before)
        yield from self._sealed.drafts(before)

    def drop_drafts(self, before: datetime) -> int:
        return self._plain.drop_drafts(before) + self._sealed.drop_drafts(before)

    def _put(self, digest: FileDigest, source: BinaryIO) -> None:
        ring = self._ring()
        self._sealed.put(digest.sha256, envelope.seal(ring, digest.sha256, digest.size, source))

    def _settle(self, sha256: str) -> None:
        """What stands sealed, and opens to what it should, does not stand plain as well."""
        if not _has(self._sealed, sha256):
            return
        self._require_whole(sha256)
        self._plain.delete(sha256)

    def _require_whole(self, sha256: str) -> None:
        with self._opened(sha256) as file:
            found = sha256_chunks(read_chunks(file)).sha256
        if found != sha256:
            raise OutsideError("加密的对象读回有误 / the sealed object came back as another")

    def _head(self, sha256: str) -> bytes:
        return b"".join(self._sealed.read(sha256, 0, envelope.HEAD))

    def _opened(self, sha256: str) -> BinaryIO:
        with ExitStack() as until_open:
            source = until_open.enter_context(self._sealed.open(sha256))
            found = envelope.opened(self._ring(), sha256, source)
            until_open.pop_all()
        return found


def _has(shelf: Shelf, sha256: str) -> bool:
    try:
        shelf.written_at(sha256)
    except NotFound:
        return False
    return True
