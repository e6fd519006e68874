"""Sealed objects: nothing of them is in the clear, and whoever opens one gets its very bytes."""

import hashlib
import io
import os
import random
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import BinaryIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import NotFound, OutsideError
from core.sealed import DoesNotOpen, KeyMissing, Keyring
from evidence import envelope
from evidence.digest import FileDigest, sha256_chunks
from evidence.objects import FileStore, Standing, digest_object
from evidence.sealed_store import SealedStore
from tests.grounds.people import RING

OTHER = Keyring({"2": b"\x03" * 32}, "2", b"\x02" * 32)
ROTATED = Keyring({"1": b"\x01" * 32, "2": b"\x03" * 32}, "2", b"\x02" * 32)
SEALED, PLAIN = Standing(plain=False, sealed=True), Standing(plain=True, sealed=False)
SIZES = [1, 2, envelope.PIECE - 1, envelope.PIECE, envelope.PIECE + 1, 3 * envelope.PIECE, 200_001]


def bytes_of(size: int) -> bytes:
    return random.Random(size).randbytes(size)  # noqa: S311 - no secret


def store_in(folder: Path, ring: Keyring = RING) -> SealedStore:
    return SealedStore(FileStore(folder), FileStore(folder / "sealed"), lambda: ring)


def staged(folder: Path, data: bytes) -> tuple[Path, FileDigest]:
    folder.mkdir(exist_ok=True)
    path = folder / os.urandom(8).hex()
    path.write_bytes(data)
    return path, sha256_chunks([data])


def sealed_file(folder: Path, sha256: str) -> Path:
    return folder / "sealed" / sha256[:2] / sha256[2:4] / sha256


def altered(folder: Path, sha256: str, data: bytes) -> None:
    path = sealed_file(folder, sha256)
    path.chmod(0o600)
    path.write_bytes(data)


@pytest.fixture
def store(tmp_path: Path) -> SealedStore:
    return store_in(tmp_path)


@pytest.mark.parametrize("size", SIZES)
class TestSealing:
    def test_gives_the_same_bytes_back_whole_and_in_ranges(
        self, store: SealedStore, tmp_path: Path, size: int
    ) -> None:
        data = bytes_of(size)
        sha256 = store.write(data)
        assert store.standing(sha256) == PLAIN
        store.seal(sha256)
        assert store.standing(sha256) == SEALED
        store.seal(sha256)
        with store.open(sha256) as file:
            assert file.read() == data
            file.seek(size // 2)
            assert file.read(10) == data[size // 2 :][:10]
        assert digest_object(store, sha256).sha256 == sha256
        picks = random.Random(size)  # noqa: S311 - no secret
        for _ in range(50):
            start = picks.randrange(size + 1)
            end = picks.randrange(start, size + 2)
            assert b"".join(store.read(sha256, start, end)) == data[start:end], (start, end)
        assert sealed_file(tmp_path, sha256).stat().st_mode & 0o777 == 0o400

    def test_leaves_nothing_of_them_on_the_disk(
        self, store: SealedStore, tmp_path: Path, size: int
    ) -> None:
        data = bytes_of(size) + b"120101199001011234"
        for how in ("seal", "adopt"):
            folder = tmp_path / how
            store = store_in(folder)
            path, digest = staged(tmp_path / "incoming", data)
            store.adopt(path, digest, sealed=how == "adopt")
            if how == "seal":
                store.seal(digest.sha256)
            found = [each for each in folder.rglob("*") if each.is_file()]
            assert found == [sealed_file(folder, digest.sha256)]
            assert data[-18:] not in found[0].read_bytes()
            assert digest.sha256.encode() not in found[0].read_bytes()
            assert not path.exists()


class TestWhatStandsSealed:
    def test_stays_so_whoever_brings_it_again(self, store: SealedStore, tmp_path: Path) -> None:
        data = bytes_of(1000)
        sha256 = store.write(data)
        store.seal(sha256)
        assert store.write(data) == sha256
        path, digest = staged(tmp_path / "incoming", data)
        store.adopt(path, digest)
        assert (store.standing(sha256), path.exists()) == (SEALED, False)
        assert list(store.digests()) == [sha256]

    def test_that_was_brought_while_it_was_sealed_is_not_plain_as_well(
        self, store: SealedStore, tmp_path: Path
    ) -> None:
        """The other process was between its look and its write."""
        data = bytes_of(1000)
        sha256 = store.write(data)
        store.seal(sha256)
        FileStore(tmp_path).write(data)
        assert store.standing(sha256) == Standing(plain=True, sealed=True)
        store.write(data)
        assert store.standing(sha256) == SEALED
        FileStore(tmp_path).write(data)
        store.seal(sha256)
        assert store.standing(sha256) == SEALED

    def test_goes_when_it_is_deleted(self, store: SealedStore) -> None:
        sha256 = store.write(b"abc")
        store.seal(sha256)
        store.delete(sha256)
        assert store.standing(sha256) == Standing(plain=False, sealed=False)
        with pytest.raises(NotFound):
            store.open(sha256)
        with pytest.raises(NotFound):
            store.read(sha256, 0, 1)
        with pytest.raises(NotFound):
            store.seal(sha256)
        with pytest.raises(NotFound):
            store.written_at(sha256)

    def test_opens_after_the_keys_were_rotated(self, store: SealedStore, tmp_path: Path) -> None:
        sha256 = store.write(b"abc")
        store.seal(sha256)
        with store_in(tmp_path, ROTATED).open(sha256) as file:
            assert file.read() == b"abc"


class TestAKeyThatIsNotThere:
    def test_is_named_with_its_remedy_and_no_verdict_on_the_bytes(
        self, store: SealedStore, tmp_path: Path
    ) -> None:
        data = bytes_of(70_000)
        sha256 = store.write(data)
        store.seal(sha256)
        FileStore(tmp_path).write(data)
        lacking = store_in(tmp_path, OTHER)
        with pytest.raises(KeyMissing, match=r"sealing/1\.key.*put it back") as refusal:
            lacking.seal(sha256)
        assert refusal.value.field == "sealing/1.key"
        assert lacking.standing(sha256).plain, "the last readable copy was deleted"
        FileStore(tmp_path).delete(sha256)
        for act in (lambda: lacking.open(sha256), lambda: lacking.read(sha256, 0, 1)):
            with pytest.raises(KeyMissing):
                act()
        path, digest = staged(tmp_path / "incoming", data)
        with pytest.raises(KeyMissing):
            lacking.adopt(path, digest)
        assert path.exists()

    def test_and_another_of_its_number_opens_nothing(
        self, store: SealedStore, tmp_path: Path
    ) -> None:
        sha256 = store.write(b"abc")
        store.seal(sha256)
        wrong = Keyring({"1": b"\x09" * 32}, "1", b"\x02" * 32)
        with pytest.raises(DoesNotOpen, match=r"sealing/1\.key"):
            store_in(tmp_path, wrong).open(sha256)


def read_all(store: SealedStore, sha256: str) -> None:
    """In both ways."""
    with store.open(sha256) as file:
        file.read()
    raise AssertionError("opened")


class TestAlteredBytes:
    @settings(max_examples=60, deadline=None)
    @given(st.data())
    def test_do_not_open(
        self, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
    ) -> None:
        folder = tmp_path_factory.mktemp("altered")
        store = store_in(folder)
        sha256 = store.write(bytes_of(envelope.PIECE + 100))
        store.seal(sha256)
        whole = bytearray(sealed_file(folder, sha256).read_bytes())
        place = data.draw(st.integers(0, 200) | st.integers(0, len(whole) - 1))
        whole[place] ^= 1 << data.draw(st.integers(0, 7))
        altered(folder, sha256, bytes(whole))
        with pytest.raises((DoesNotOpen, KeyMissing)):
            read_all(store, sha256)

    def test_cut_lengthened_reordered_or_of_another_object_do_not_open(
        self, store: SealedStore, tmp_path: Path
    ) -> None:
        piece = envelope.PIECE + 16
        size = 3 * envelope.PIECE
        sha256, other = store.write(bytes_of(size)), store.write(bytes_of(size)[::-1])
        store.seal(sha256)
        store.seal(other)
        whole = sealed_file(tmp_path, sha256).read_bytes()
        strange = sealed_file(tmp_path, other).read_bytes()
        head, first, second, third = (
            whole[: envelope.HEAD],
            *(whole[envelope.HEAD + n * piece :][:piece] for n in range(3)),
        )
        smaller = whole[:8] + (2 * envelope.PIECE).to_bytes(8, "big") + whole[16 : envelope.HEAD]
        for bad in (
            whole[:-1], whole[:-piece], whole[: envelope.HEAD], whole[:10], b"", whole + b"\0",
            head + second + first + third, head + first + first + third, head + first + third,
            smaller + first + second, smaller + first + third, strange,
            strange[: envelope.HEAD] + first + second + third, whole[: -piece] + strange[-piece:],
        ):  # fmt: skip
            altered(tmp_path, sha256, bad)
            with pytest.raises(DoesNotOpen):
                read_all(store, sha256)
            if bad != whole + b"\0":  # a range of it is what it was
                with pytest.raises(DoesNotOpen):
                    b"".join(store.read(sha256, 0, size))

    def test_are_not_taken_for_a_reason_to_let_the_plain_ones_go(
        self, store: SealedStore, tmp_path: Path
    ) -> None:
        data = bytes_of(100)
        sha256 = store.write(data)
        store.seal(sha256)
        altered(tmp_path, sha256, sealed_file(tmp_path, sha256).read_bytes()[:-1])
        FileStore(tmp_path).write(data)
        with pytest.raises(DoesNotOpen):
            store.seal(sha256)
        assert store.standing(sha256).plain

    def test_under_a_digest_that_is_not_theirs_are_never_sealed(
        self, store: SealedStore, tmp_path: Path
    ) -> None:
        sha256 = hashlib.sha256(b"x").hexdigest()
        FileStore(tmp_path).put(sha256, [b"y"])
        with pytest.raises(OutsideError):
            store.seal(sha256)
        assert store.standing(sha256) == PLAIN


class Fickle(FileStore):
    """A disk that gives other bytes when it is read again."""

    opened = 0

    def open(self, sha256: str) -> BinaryIO:
        self.opened += 1
        return super().open(sha256) if self.opened == 1 else io.BytesIO(b"other")


def test_what_was_sealed_is_compared_before_the_plain_bytes_go(tmp_path: Path) -> None:
    plain = Fickle(tmp_path)
    store = SealedStore(plain, FileStore(tmp_path / "sealed"), lambda: RING)
    sha256 = store.write(b"these")
    with pytest.raises(OutsideError):
        store.seal(sha256)
    assert store.standing(sha256).plain


class Killed(BaseException):
    """The process ends here."""


class DiesAt(FileStore):
    """A shelf whose process is killed before or after an act."""

    def __init__(self, folder: Path, act: str, when: str) -> None:
        super().__init__(folder)
        self._act, self._when = act, when

    def put(self, name: str, pieces: Iterable[bytes]) -> None:
        self._do("put", lambda: FileStore.put(self, name, pieces))

    def delete(self, sha256: str) -> None:
        self._do("delete", lambda: FileStore.delete(self, sha256))

    def _do(self, act: str, really: Callable[[], None]) -> None:
        if act != self._act:
            really()
            return
        if self._when == "after":
            really()
        raise Killed


@pytest.mark.parametrize("act", ["put", "delete"])
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("how", ["seal", "adopt"])
def test_a_kill_at_any_point_loses_nothing_and_the_next_run_ends_it(
    tmp_path: Path, act: str, when: str, how: str
) -> None:
    data = bytes_of(70_000)
    path, digest = staged(tmp_path / "incoming", data)
    folder = tmp_path / "objects"
    if how == "seal":
        store_in(folder).write(data)
    dying = SealedStore(
        DiesAt(folder, act, when), DiesAt(folder / "sealed", act, when), lambda: RING
    )
    with pytest.raises(Killed):
        dying.seal(digest.sha256) if how == "seal" else dying.adopt(path, digest, sealed=True)
    store = store_in(folder)
    if how == "seal":
        with store.open(digest.sha256) as file:
            assert file.read() == data
        store.seal(digest.sha256)
    else:
        assert path.read_bytes() == data
        store.adopt(path, digest, sealed=True)
        assert not path.exists()
    assert store.standing(digest.sha256) == SEALED
    with store.open(digest.sha256) as file:
        assert file.read() == data


def test_memory_stays_flat(store: SealedStore, tmp_path: Path) -> None:
    """In pieces, however large the object is: no read of the store gives more than a piece."""
    sha256 = store.write(bytes_of(20 * envelope.PIECE))
    store.seal(sha256)
    assert max(map(len, store.read(sha256, 0, 20 * envelope.PIECE))) == envelope.PIECE


class TestRotation:
    @pytest.mark.parametrize("size", SIZES)
    def test_wraps_the_data_key_anew_and_leaves_the_pieces(self, tmp_path: Path, size: int) -> None:
        data, old = bytes_of(size), store_in(tmp_path)
        sha256 = sealed_in(old, tmp_path, data)
        was = sealed_file(tmp_path, sha256).read_bytes()
        rotated = store_in(tmp_path, ROTATED)
        assert list(rotated.key_ids()) == [(sha256, "1")]
        for _ in range(2):
            rotated.rewrap(sha256)
            assert list(rotated.key_ids()) == [(sha256, "2")]
        now = sealed_file(tmp_path, sha256).read_bytes()
        assert now[envelope.HEAD :] == was[envelope.HEAD :]
        with store_in(tmp_path, OTHER).open(sha256) as file:
            assert file.read() == data

    def test_leaves_alone_what_does_not_open(self, tmp_path: Path) -> None:
        sha256 = sealed_in(store_in(tmp_path), tmp_path, bytes_of(200_001))
        damaged = bytearray(sealed_file(tmp_path, sha256).read_bytes())
        damaged[-40] ^= 1
        altered(tmp_path, sha256, bytes(damaged))
        with pytest.raises(DoesNotOpen):
            store_in(tmp_path, ROTATED).rewrap(sha256)
        assert sealed_file(tmp_path, sha256).read_bytes() == damaged

    def test_brings_nothing_back(self, tmp_path: Path) -> None:
        store = store_in(tmp_path)
        sha256 = sealed_in(store, tmp_path, b"gone")
        store.delete(sha256)
        store_in(tmp_path, ROTATED).rewrap(sha256)
        assert list(store.digests()) == []

    @pytest.mark.parametrize("when", ["before", "after"])
    def test_a_kill_leaves_it_whole_under_one_of_the_keys(self, tmp_path: Path, when: str) -> None:
        data = bytes_of(200_001)
        sha256 = sealed_in(store_in(tmp_path), tmp_path, data)
        shelf = DiesAt(tmp_path / "sealed", "put", when)
        with pytest.raises(Killed):
            SealedStore(FileStore(tmp_path), shelf, lambda: ROTATED).rewrap(sha256)
        rotated = store_in(tmp_path, ROTATED)
        assert digest_object(rotated, sha256).sha256 == sha256
        rotated.rewrap(sha256)
        assert list(rotated.key_ids()) == [(sha256, "2")]


def sealed_in(store: SealedStore, folder: Path, data: bytes) -> str:
    path, digest = staged(folder / "staged", data)
    store.adopt(path, digest, sealed=True)
    return digest.sha256
