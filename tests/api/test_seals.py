"""Which seals an office's folder holds, and that no others are borne than those it began with."""

from hashlib import sha256
from pathlib import Path

import pytest

from api.seals import SEAL, SOFTWARE_SEAL, office_seals, software_seal
from core.errors import Misconfigured
from tests.grounds.in_force import seal

WORKS, SOFTWARE = seal(), seal(wide=300)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "lake"
    made.mkdir()
    (made / SEAL).write_bytes(WORKS)
    return made


def test_software_has_none_another_one_and_never_that_of_works(folder: Path) -> None:
    assert software_seal(folder) is None
    (folder / SOFTWARE_SEAL).write_bytes(SOFTWARE)
    assert software_seal(folder) == SOFTWARE
    (folder / SOFTWARE_SEAL).write_bytes(WORKS)
    with pytest.raises(Misconfigured) as refused:
        software_seal(folder)
    assert refused.value.field == SOFTWARE_SEAL


def test_none_is_borne_but_those_the_office_was_put_in_force_with(
    folder: Path,
) -> None:
    works, software = (sha256(each).hexdigest() for each in (WORKS, SOFTWARE))
    (folder / SOFTWARE_SEAL).write_bytes(SOFTWARE)
    borne = office_seals(folder, works, software)
    assert (borne.works, borne.software) == (WORKS, SOFTWARE)
    # Brought after the office was put in force: not borne before that is done anew.
    assert office_seals(folder, works, None).software is None
    (folder / SOFTWARE_SEAL).write_bytes(seal(wide=200))
    with pytest.raises(Misconfigured) as refused:
        office_seals(folder, works, software)
    assert refused.value.field == SOFTWARE_SEAL
