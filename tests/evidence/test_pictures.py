"""Display pictures on the disk: whatever goes wrong after the look at them, the upload is whole."""

import hashlib
import io
import uuid
from pathlib import Path

import pytest
from PIL import Image

from core.errors import InvalidInput
from evidence import pictures
from evidence.limits import IntakeLimits
from evidence.models import VersionFile
from evidence.objects import FileStore, Staging
from evidence.pictures import DISPLAY, Kept, Picture
from evidence.sealed_store import SealedStore
from tests.grounds.people import RING


@pytest.fixture
def staging(tmp_path: Path) -> Staging:
    return Staging(tmp_path / "incoming")


@pytest.fixture
def store(tmp_path: Path) -> SealedStore:
    folder = tmp_path / "objects"
    return SealedStore(FileStore(folder), FileStore(folder / "sealed"), lambda: RING)


@pytest.fixture
def picture(staging: Staging) -> Picture:
    out = io.BytesIO()
    Image.new("RGB", (8, 8), "navy").save(out, "PNG")
    data, upload = out.getvalue(), uuid.uuid4()
    staging.path(upload).write_bytes(data)
    row = VersionFile(
        purpose=DISPLAY, position=0, name="a.png", size=len(data), upload_id=upload,
        sha256=hashlib.sha256(data).hexdigest(),
    )  # fmt: skip
    return Picture(row, upload, None)


def kept(picture: Picture, store: SealedStore, staging: Staging) -> list[Kept]:
    return pictures.keep([picture], store, staging, IntakeLimits(), lambda _kept, _data: None)


def test_a_kept_picture_leaves_its_upload_until_it_is_released(
    picture: Picture, store: SealedStore, staging: Staging
) -> None:
    """Between the two a version may be frozen, or the process killed."""
    data = staging.path(picture.upload_id).read_bytes()
    found = kept(picture, store, staging)
    assert staging.path(picture.upload_id).read_bytes() == data
    with store.open(picture.row.sha256) as stored:
        assert stored.read() == data
    assert kept(picture, store, staging) == found
    pictures.release(found, staging)
    assert list(staging.names()) == []


def test_a_picture_that_is_refused_is_not_copied(
    picture: Picture, store: SealedStore, staging: Staging
) -> None:
    def refuse(_kept: Kept, _data: bytes) -> None:
        raise InvalidInput("不能读取 / damaged", field="file")

    with pytest.raises(InvalidInput):
        pictures.keep([picture], store, staging, IntakeLimits(), refuse)
    assert list(store.digests()) == []
    assert list(staging.names()) == [str(picture.upload_id)]
