"""Objects in a real S3 server (SeaweedFS from its wheel): stored, read back, refused, erased."""

import hashlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from api.stack.ports import LOOPBACK, free_ports
from core.errors import NotFound, OutcomeUnknown
from evidence.digest import FileDigest, digest_chunks
from evidence.objects import Standing, digest_object
from evidence.s3 import S3Store
from evidence.sealed_store import SealedStore
from tests.grounds.people import RING

WEED = Path(sys.executable).parent / "weed"
ACCESS, SECRET, BUCKET = "yinji", "a-secret-of-this-test", "evidence"


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server of our own, killed in the end: an orderly stop takes it a quarter of a minute."""
    folder = tmp_path_factory.mktemp("s3")
    identity = {
        "name": "yinji",
        "credentials": [{"accessKey": ACCESS, "secretKey": SECRET}],
        "actions": ["Admin", "Read", "Write", "List", "Tagging"],
    }
    (folder / "s3.json").write_text(json.dumps({"identities": [identity]}))
    master, volume, filer, s3, *grpc = free_ports(8)
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(
            [WEED, "server", f"-dir={folder}", f"-ip={LOOPBACK}", f"-ip.bind={LOOPBACK}",
             "-master.telemetry=false", f"-master.port={master}", f"-master.port.grpc={grpc[0]}",
             f"-volume.port={volume}", f"-volume.port.grpc={grpc[1]}", f"-filer.port={filer}",
             f"-filer.port.grpc={grpc[2]}", "-s3", f"-s3.port={s3}", f"-s3.port.grpc={grpc[3]}",
             f"-s3.config={folder / 's3.json'}", "-volume.max=20"],
            stdout=log, stderr=subprocess.STDOUT,
            env={"PATH": os.environ["PATH"], "HOME": str(folder)},
        )  # fmt: skip
    address = f"http://{LOOPBACK}:{s3}"
    try:
        _make_bucket(address)
        yield address
    finally:
        server.kill()
        server.wait(10)


def _make_bucket(address: str) -> None:
    client = boto3.client(
        "s3",
        endpoint_url=address,
        aws_access_key_id=ACCESS,
        aws_secret_access_key=SECRET,
        region_name="us-east-1",
        config=Config(signature_version="s3v4", retries={"max_attempts": 0}),
    )
    until = time.monotonic() + 60
    while True:
        try:
            client.create_bucket(Bucket=BUCKET)
        except (BotoCoreError, ClientError):
            assert time.monotonic() < until, "the S3 server did not start"
            time.sleep(0.3)
        else:
            return


@pytest.fixture
def store(endpoint: str) -> S3Store:
    return S3Store(endpoint, BUCKET, ACCESS, SECRET, "us-east-1")


def test_a_staged_file_is_adopted_read_back_and_gone_from_staging(
    store: S3Store, tmp_path: Path
) -> None:
    content = b"a work of some length\n" * 400_000
    staged = tmp_path / "upload"
    staged.write_bytes(content)
    digest = digest_chunks([content])
    store.adopt(staged, digest)
    assert not staged.exists()
    assert digest_object(store, digest.sha256) == digest
    assert digest.sha256 in set(store.digests())
    assert store.written_at(digest.sha256).tzinfo is not None


def test_small_bytes_come_back_under_their_digest(store: S3Store) -> None:
    sha256 = store.write(b"certificate")
    assert sha256 == hashlib.sha256(b"certificate").hexdigest()
    assert store.write(b"certificate") == sha256
    with store.open(sha256) as file:
        assert file.read() == b"certificate"
        file.seek(0)
        assert file.read(4) == b"cert"


@pytest.mark.parametrize(("start", "end"), [(0, 11), (4, 8), (10, 11), (3, 3)])
def test_a_range_is_these_bytes_and_no_others(store: S3Store, start: int, end: int) -> None:
    sha256 = store.write(b"certificate")
    assert b"".join(store.read(sha256, start, end)) == b"certificate"[start:end]


def test_a_range_of_what_is_not_there_is_not_found_before_a_byte_is_sent(store: S3Store) -> None:
    with pytest.raises(NotFound):
        store.read("0" * 64, 0, 1)


def test_an_object_that_was_erased_is_not_found(store: S3Store) -> None:
    sha256 = store.write(b"to be erased")
    store.delete(sha256)
    store.delete(sha256)
    with pytest.raises(NotFound):
        store.open(sha256)
    with pytest.raises(NotFound):
        store.written_at(sha256)


def test_what_is_not_the_declared_content_is_never_believed(store: S3Store, tmp_path: Path) -> None:
    staged = tmp_path / "upload"
    staged.write_bytes(b"other bytes")
    wrong = FileDigest(5, hashlib.sha256(b"these").hexdigest(), "0" * 64)
    with pytest.raises(Exception, match="other bytes"):
        store.adopt(staged, wrong)
    assert staged.exists()


def test_a_wrong_key_and_a_silent_server_are_unknown_not_missing(
    endpoint: str, tmp_path: Path
) -> None:
    staged = tmp_path / "upload"
    staged.write_bytes(b"a work")
    (nobody,) = free_ports(1)
    stranger = S3Store(endpoint, BUCKET, ACCESS, "wrong", "us-east-1")
    silent = S3Store(f"http://{LOOPBACK}:{nobody}", BUCKET, ACCESS, SECRET, "us-east-1")
    for store in (stranger, silent):
        with pytest.raises(OutcomeUnknown):
            store.open("0" * 64)
        with pytest.raises(OutcomeUnknown):
            store.adopt(staged, digest_chunks([b"a work"]))
        assert staged.exists()


def test_what_lies_sealed_is_apart_opens_in_ranges_and_goes(
    endpoint: str, store: S3Store, tmp_path: Path
) -> None:
    apart = S3Store(endpoint, BUCKET, ACCESS, SECRET, "us-east-1", prefix="sealed/")
    both = SealedStore(store, apart, lambda: RING)
    content = b"120101199001011234\n" * 20_000
    staged = tmp_path / "upload"
    staged.write_bytes(content)
    digest = digest_chunks([content])
    both.adopt(staged, digest)
    both.seal(digest.sha256)
    assert both.standing(digest.sha256) == Standing(plain=False, sealed=True)
    assert (digest.sha256 in set(store.digests()), list(apart.digests())) == (
        False,
        [digest.sha256],
    )
    with apart.open(digest.sha256) as file:
        assert content[:18] not in file.read()
    with both.open(digest.sha256) as opened:
        assert opened.read() == content
    for start, end in ((0, 1), (65_530, 65_540), (131_072, 131_072), (199_999, 380_000)):
        assert b"".join(both.read(digest.sha256, start, end)) == content[start:end]
    both.delete(digest.sha256)
    assert both.standing(digest.sha256) == Standing(plain=False, sealed=False)
    again = tmp_path / "again"
    again.write_bytes(content)
    both.adopt(again, digest, sealed=True)
    assert both.standing(digest.sha256) == Standing(plain=False, sealed=True)
    with pytest.raises(NotFound):
        both.open("0" * 64)
    with pytest.raises(NotFound):
        both.read("0" * 64, 0, 1)
