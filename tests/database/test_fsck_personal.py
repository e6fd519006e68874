"""What `fsck` says of personal evidence, sealed and plain."""

from datetime import UTC, datetime, timedelta

from api import personal
from api.fsck import Findings, objects
from evidence.objects import FileStore
from tests.grounds.personal_files import CARD, Ground, ground

__all__ = ["ground"]


class TestFsck:
    def test_finds_what_lies_plain_and_gives_the_worker_an_hour(self, ground: Ground) -> None:
        evidence = ground.stored()
        ground.named(evidence.number)
        assert ground.complaints() == []
        late = ["I7 a personal file lies plain", "I7 personal evidence was not sealed"]
        assert ground.complaints(timedelta(hours=2)) == late
        assert personal.seal_one(ground.services)
        FileStore(ground.services.settings.var / "objects").write(CARD)
        assert ground.complaints() == late[:1]

    def test_opens_what_lies_sealed(self, ground: Ground) -> None:
        ground.named(ground.stored().number)
        assert personal.seal_one(ground.services)
        (path,) = (ground.services.settings.var / "objects" / "sealed").glob("??/??/*")
        path.chmod(0o600)
        path.write_bytes(path.read_bytes()[:-1])
        assert ground.complaints() == ["I1 sealed object does not open"]

    def test_names_a_key_that_is_missing_and_blames_no_object(self, ground: Ground) -> None:
        ground.named(ground.stored().number)
        assert personal.seal_one(ground.services)
        folder = ground.services.settings.keys / "sealing"
        (folder / "2.key").write_text("07" * 32)
        (folder / "2.key").chmod(0o600)
        (folder / "1.key").rename(folder / "gone")
        ground.begins_again()
        assert ground.complaints() == [
            "I1 not looked at: sealing/1.key is missing, put it back into YINJI_KEYS"
        ]
        (folder / "gone").rename(folder / "1.key")
        ground.begins_again()
        assert ground.complaints() == []

    def test_finds_a_sealed_object_of_nobodys(self, ground: Ground) -> None:
        sha256 = ground.services.store.write(b"of nobody")
        ground.services.store.seal(sha256)
        found = Findings()
        with ground.session() as session:
            objects.check_orphans(
                session, ground.services.store, ground.services.staging, found,
                now=datetime.now(UTC) + timedelta(hours=2),
            )  # fmt: skip
        assert [each["detail"] for each in found.violations] == ["object without a row"]
