import io
import random
import struct
import zipfile

import pytest

from certs import package
from core.errors import InvalidInput, TooLarge
from tests.certs import told


def _data_ranges(data: bytes) -> list[range]:
    """Where the packed data lie: the only bytes that are not fixed by names, sizes and CRCs."""
    found = []
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for info in archive.infolist():
            start = info.header_offset + 30 + len(info.filename)
            found.append(range(start, start + info.compress_size))
    return found


def test_what_is_built_reads_back_and_is_built_the_same_again() -> None:
    built = package.build(told.members())
    assert package.read(built) == told.members()
    assert package.build(package.read(built)) == built


def test_an_ordinary_zip_reader_sees_the_same_members() -> None:
    with zipfile.ZipFile(io.BytesIO(package.build(told.members()))) as archive:
        assert archive.testzip() is None
        assert {name: archive.read(name) for name in archive.namelist()} == told.members()


def test_stored_members_are_read_like_deflated_ones() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in package.ORDER:
            info = zipfile.ZipInfo(name)
            info.external_attr = 0o644 << 16
            archive.writestr(info, told.members()[name])
    assert package.read(out.getvalue()) == told.members()


@pytest.mark.parametrize("change", [{"note.txt": b""}, {package.STATUS: None}])
def test_only_the_eleven_members_are_built(change: dict[str, bytes | None]) -> None:
    members = {k: v for k, v in {**told.members(), **change}.items() if v is not None}
    with pytest.raises(InvalidInput):
        package.build(members)


def test_no_byte_outside_the_packed_data_can_be_changed() -> None:
    data = told.zip_bytes()
    inside = {at for part in _data_ranges(data) for at in part}
    outside = [at for at in range(len(data)) if at not in inside]
    assert len(outside) > 1000
    for at in outside:
        mutant = bytearray(data)
        mutant[at] ^= 1 << at % 8
        with pytest.raises(InvalidInput):
            package.read(bytes(mutant))


def test_changed_packed_data_give_the_same_members_or_an_error() -> None:
    data, chance = told.zip_bytes(), random.Random(20261121)  # noqa: S311 - a fixed seed is the point
    places = [at for part in _data_ranges(data) for at in part]
    for at in chance.sample(places, 1500):
        mutant = bytearray(data)
        mutant[at] ^= chance.randrange(1, 256)
        try:
            assert package.read(bytes(mutant)) == told.members()
        except InvalidInput:
            continue


@pytest.mark.parametrize("cut", [0, 1, 21, 22, 1000])
def test_a_package_cut_short_is_refused(cut: int) -> None:
    data = told.zip_bytes()
    with pytest.raises(InvalidInput):
        package.read(data[:cut] if cut < 1000 else data[:-1])


def test_data_after_the_end_of_a_deflate_stream_are_refused() -> None:
    data = told.zip_bytes()
    first = _data_ranges(data)[0]
    hidden = data[: first.stop] + b"hidden" + data[first.stop :]
    fields = bytearray(hidden)
    struct.pack_into("<L", fields, 18, len(first) + 6)
    with pytest.raises(InvalidInput):
        package.read(bytes(fields))


def test_limits_are_looked_at_before_anything_is_unpacked() -> None:
    with pytest.raises(TooLarge):
        package.read(b"PK" + bytes(package.MAX_PACKAGE))
    bomb = package.build({**told.members(), package.README: bytes(package.MAX_MEMBER + 1)})
    assert len(bomb) < 200_000
    with pytest.raises(TooLarge):
        package.read(bomb)
