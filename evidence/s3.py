"""Objects in an S3 bucket, written with their SHA-256 and read back before they are believed."""

import base64
import hashlib
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, BinaryIO, Final

import boto3
from boto3.exceptions import Boto3Error
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from core.errors import NotFound, OutcomeUnknown, OutsideError
from evidence.digest import CHUNK, FileDigest
from evidence.objects import digest_object

_PART: Final = 64 * 1024 * 1024
_MISSING: Final = frozenset({"NoSuchKey", "404", "NotFound"})


class S3Store:
    """`Shelf` over S3: key `ab/cd/<sha256>`, behind a prefix where there is one."""

    def __init__(
        self,
        endpoint: str,
        bucket: str,
        access_key: str,
        secret_key: str,
        region: str,
        prefix: str = "",
    ) -> None:
        self._bucket, self._prefix = bucket, prefix
        self._client: Any = boto3.client(
            "s3",
            endpoint_url=endpoint,
            aws_access_key_id=access_key,
            aws_secret_access_key=secret_key,
            region_name=region,
            config=Config(
                signature_version="s3v4",
                retries={"max_attempts": 3, "mode": "standard"},
                connect_timeout=5,
                read_timeout=60,
            ),
        )

    def adopt(self, staged: Path, digest: FileDigest) -> None:
        """Upload in parts, read back and compare; only then does the staged file go."""
        with _translated():
            self._client.upload_file(
                str(staged),
                self._bucket,
                self._key(digest.sha256),
                Config=TransferConfig(multipart_threshold=_PART, multipart_chunksize=_PART),
            )
        if digest_object(self, digest.sha256) != digest:
            raise OutsideError("对象存储返回了其他内容 / the store gave back other bytes")
        staged.unlink(missing_ok=True)

    def write(self, data: bytes) -> str:
        digest = hashlib.sha256(data).digest()
        with _translated():
            self._client.put_object(
                Bucket=self._bucket,
                Key=self._key(digest.hex()),
                Body=data,
                ChecksumSHA256=base64.b64encode(digest).decode(),
            )
        with self.open(digest.hex()) as stored:
            if hashlib.sha256(stored.read()).digest() != digest:
                raise OutsideError("对象存储返回了其他内容 / the store gave back other bytes")
        return digest.hex()

    def put(self, name: str, pieces: Iterable[bytes]) -> None:
        with TemporaryFile() as whole:
            for piece in pieces:
                whole.write(piece)
            whole.seek(0)
            with _translated():
                self._client.upload_fileobj(
                    whole,
                    self._bucket,
                    self._key(name),
                    Config=TransferConfig(multipart_threshold=_PART, multipart_chunksize=_PART),
                )

    def open(self, sha256: str) -> BinaryIO:
        """A local copy that can be read again from its start, gone when it is closed."""
        with _translated(), ExitStack() as until_whole:
            body = self._client.get_object(Bucket=self._bucket, Key=self._key(sha256))["Body"]
            copy = until_whole.enter_context(TemporaryFile())
            for chunk in body.iter_chunks(CHUNK):
                copy.write(chunk)
            until_whole.pop_all()
        copy.seek(0)
        return copy

    def read(self, sha256: str, start: int, end: int) -> Iterator[bytes]:
        """Asks the store for these bytes only (RFC 9110 §14); nothing is kept here."""
        if start == end:
            return iter(())
        with _translated():
            body = self._client.get_object(
                Bucket=self._bucket, Key=self._key(sha256), Range=f"bytes={start}-{end - 1}"
            )["Body"]
        return _pieces(body)

    def delete(self, sha256: str) -> None:
        with _translated():
            self._client.delete_object(Bucket=self._bucket, Key=self._key(sha256))

    def digests(self) -> Iterator[str]:
        with _translated():
            pages = self._client.get_paginator("list_objects_v2").paginate(
                Bucket=self._bucket, Prefix=self._prefix
            )
            for page in pages:
                for entry in page.get("Contents", []):
                    name = str(entry["Key"]).rsplit("/", 1)[-1]
                    if str(entry["Key"]) == self._key(name):  # else behind another prefix
                        yield name

    def written_at(self, sha256: str) -> datetime:
        with _translated():
            found = self._client.head_object(Bucket=self._bucket, Key=self._key(sha256))
        moment: datetime = found["LastModified"]
        return moment

    def drafts(self, before: datetime) -> Iterator[str]:  # noqa: ARG002 - the shelf's own words
        """None: it is put together in a file without a name, and appears whole."""
        return iter(())

    def drop_drafts(self, before: datetime) -> int:  # noqa: ARG002 - the shelf's own words
        return 0

    def _key(self, sha256: str) -> str:
        return f"{self._prefix}{sha256[:2]}/{sha256[2:4]}/{sha256}"


def _pieces(body: Any) -> Iterator[bytes]:  # noqa: ANN401 - botocore's StreamingBody
    with _translated(), closing(body):
        yield from body.iter_chunks(CHUNK)


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        if error.response["Error"]["Code"] in _MISSING:
            raise NotFound("对象不存在 / no such object") from error
        raise OutcomeUnknown("对象存储出错 / the object store failed") from error
    except (BotoCoreError, Boto3Error) as error:
        raise OutcomeUnknown("对象存储没有响应 / the object store does not answer") from error
