"""A work from its first draft to a second version, over HTTP."""

import io
import os

import httpx2
import pytest
from PIL import Image

from evidence.objects import Standing
from tests.grounds.callers import Person, certified, declared, person, program, uploaded
from tests.grounds.samples import Samples
from tests.grounds.stack import RunningStack


@pytest.fixture(scope="module")
def owner(stack: RunningStack) -> Person:
    return person(stack)


@pytest.fixture(scope="module")
def http(stack: RunningStack, owner: Person) -> httpx2.Client:
    return program(stack, owner.key("deposit", "read"))


@pytest.fixture
def work(http: httpx2.Client) -> str:
    answer = http.post("/api/v1/works", json={"title": "山间", "tags": ["风景"]})
    assert answer.status_code == 201
    address: str = "/api/v1/works/" + answer.json()["id"]
    return address


class TestDraft:
    def test_changes_only_what_is_named(self, http: httpx2.Client, work: str) -> None:
        answer = http.patch(
            work, json={"description": "一行\n两行", "completion_date": "2026-01-02"}
        )
        (version,) = answer.json()["versions"]
        assert version["title"] == "山间"
        assert version["tags"] == ["风景"]
        assert version["description"] == "一行\n两行"
        emptied = http.patch(work, json={"title": None, "tags": None}).json()["versions"][0]
        assert (emptied["title"], emptied["tags"]) == (None, [])

    def test_every_declared_field_comes_back(self, http: httpx2.Client) -> None:
        """SD-68, SD-103 … SD-112: title, introduction, category, nature, labels, authors, day."""
        said = {
            "title": "山间", "description": "水墨小品。", "category": "fine_art",
            "creation_nature": "original", "tags": ["风景", "水墨"],
            "authors": ["李雨", "王山"], "completion_date": "2026-01-02",
        }  # fmt: skip
        made = http.post("/api/v1/works", json=said).json()
        (version,) = http.get(f"/api/v1/works/{made['id']}").json()["versions"]
        assert {name: version[name] for name in said} == said

    def test_a_file_without_its_bytes_makes_a_hash_only_deposit(
        self, http: httpx2.Client, work: str
    ) -> None:
        file = declared("稿.bin", os.urandom(10))
        assert http.put(f"{work}/files", json={"files": [file]}).status_code == 200
        key = {"Idempotency-Key": os.urandom(8).hex()}
        answer = http.post(f"{work}/deposits", json={}, headers=key)
        assert (answer.status_code, answer.json()["field"]) == (422, "custody_mode")
        answer = http.post(f"{work}/deposits", json={"custody_mode": "hash_only"}, headers=key)
        assert answer.status_code == 201
        number = answer.json()["evidence_number"]
        assert http.get(f"/api/v1/evidence/{number}/files/0").status_code in {404, 409}

    def test_a_draft_can_be_dropped(self, http: httpx2.Client, work: str) -> None:
        assert http.delete(work).status_code == 204
        assert http.get(work).status_code == 404


class TestFiles:
    def test_are_listed_by_place_and_dropped_by_leaving_them_out(
        self, http: httpx2.Client, work: str
    ) -> None:
        files = [declared(f"{place}.png", os.urandom(9)) for place in range(3)]
        answer = http.put(f"{work}/files", json={"files": files})
        listed = answer.json()["versions"][0]["files"]
        assert [(f["position"], f["name"]) for f in listed] == [
            (0, "0.png"), (1, "1.png"), (2, "2.png"),
        ]  # fmt: skip
        answer = http.put(f"{work}/files", json={"files": files[1:]})
        assert [f["name"] for f in answer.json()["versions"][0]["files"]] == ["1.png", "2.png"]

    def test_are_seen_before_they_are_deposited(
        self, http: httpx2.Client, work: str, samples: Samples
    ) -> None:
        """SD-77, SD-113: small pictures beside the names, while it is a draft."""
        files = [
            uploaded(http, "photo.jpg", samples.photo.read_bytes()),
            uploaded(http, "music.mp3", samples.music.read_bytes()),
            declared("a.jpg", b"elsewhere"),
        ]
        assert http.put(f"{work}/files", json={"files": files}).is_success
        seen = http.get(f"{work}/files/0/preview")
        assert (seen.status_code, seen.headers["content-type"]) == (200, "image/webp")
        assert seen.headers["cache-control"] == "no-store"
        with Image.open(io.BytesIO(seen.content)) as small:
            assert max(small.size) <= 320
        for place in (1, 2, 3):
            assert http.get(f"{work}/files/{place}/preview").status_code == 404
        key = {"Idempotency-Key": os.urandom(8).hex()}
        body = {"files": files[:2]}
        assert http.put(f"{work}/files", json=body).is_success
        made = http.post(f"{work}/deposits", json={}, headers=key).json()
        assert http.get(f"{work}/files/0/preview").status_code == 409
        certified(http, made["evidence_number"])
        assert http.get(f"/api/v1/evidence/{made['evidence_number']}/files/0/preview").is_success

    def test_under_a_strangers_digest_show_only_what_was_uploaded(
        self, stack: RunningStack, http: httpx2.Client, work: str, samples: Samples
    ) -> None:
        """Whoever names the digest of a picture they do not have sees their own, and nobody else's
        picture is changed by it.
        """
        theirs, another = samples.photo.read_bytes(), samples.picture.read_bytes()
        other = program(stack, person(stack).key("deposit", "read"))
        drawn = other.post("/api/v1/works", json={}).json()["id"]
        kept = uploaded(other, "photo.jpg", theirs)
        at = f"/api/v1/works/{drawn}"
        assert other.put(f"{at}/pictures", json={"pictures": [kept]}).is_success
        before = other.get(f"{at}/versions/1/pictures/0/preview").content
        lie = {**uploaded(http, "a.png", another), "sha256": kept["sha256"]}
        assert http.put(f"{work}/files", json={"files": [lie]}).is_success
        assert http.get(f"{work}/files/0/preview").content != before
        assert other.get(f"{at}/versions/1/pictures/0/preview").content == before


class TestPictures:
    def test_the_first_is_the_cover_and_previews_are_small(
        self, http: httpx2.Client, work: str, samples: Samples
    ) -> None:
        pictures = [
            uploaded(http, "photo.jpg", samples.photo.read_bytes()),
            uploaded(http, "picture.png", samples.picture.read_bytes()),
        ]
        answer = http.put(f"{work}/pictures", json={"pictures": pictures})
        assert answer.status_code == 200, answer.text
        (version,) = answer.json()["versions"]
        assert version["cover_sha256"] == pictures[0]["sha256"]
        preview = http.get(f"{work}/versions/1/pictures/1/preview")
        assert preview.headers["content-type"] == "image/webp"
        assert preview.headers["content-disposition"].startswith("inline")
        assert preview.headers["content-security-policy"] == "sandbox; default-src 'none'"
        with Image.open(io.BytesIO(preview.content)) as small:
            assert max(small.size) <= 320
        assert http.get(f"{work}/versions/1/pictures/2/preview").status_code == 404
        again = http.put(f"{work}/pictures", json={"pictures": pictures[::-1]})
        assert again.json()["versions"][0]["cover_sha256"] == pictures[1]["sha256"]

    def test_a_picture_also_deposited_as_a_file_needs_one_upload(
        self, http: httpx2.Client, work: str, samples: Samples
    ) -> None:
        file = uploaded(http, "photo.jpg", samples.photo.read_bytes())
        assert http.put(f"{work}/pictures", json={"pictures": [file]}).status_code == 200
        assert http.put(f"{work}/files", json={"files": [file]}).status_code == 200
        key = {"Idempotency-Key": os.urandom(8).hex()}
        number = http.post(f"{work}/deposits", json={}, headers=key).json()["evidence_number"]
        assert certified(http, number)["rejection"] is None

    def test_what_is_not_the_picture_it_claims_is_refused(
        self, http: httpx2.Client, work: str, samples: Samples
    ) -> None:
        photo = samples.photo.read_bytes()
        cut = uploaded(http, "cut.jpg", photo[:2000])
        sound = uploaded(http, "sound.png", samples.sound.read_bytes())
        movie = uploaded(http, "a.gif", b"GIF89a")
        lie = {**uploaded(http, "b.jpg", photo + b"x"), "sha256": "0" * 64}
        for picture, status, field in (
            (sound, 422, "pictures[0].name"),
            (movie, 415, "pictures[0].name"),
            (lie, 422, "pictures[0].sha256"),
            (declared("a.jpg", photo), 422, "pictures[0].upload"),
            (cut, 422, "file"),
        ):
            answer = http.put(f"{work}/pictures", json={"pictures": [picture]})
            assert (answer.status_code, answer.json()["field"]) == (status, field), picture
        five = [declared(f"{place}.jpg", bytes([place])) for place in range(5)]
        answer = http.put(f"{work}/pictures", json={"pictures": five})
        assert (answer.status_code, answer.json()["field"]) == (422, "pictures")
        assert http.get(work).json()["versions"][0]["pictures"] == []

    def test_a_refused_picture_keeps_its_upload_and_leaves_no_object(
        self, http: httpx2.Client, stack: RunningStack, work: str, samples: Samples
    ) -> None:
        cut = uploaded(http, "cut.jpg", samples.photo.read_bytes()[:2001])
        assert http.put(f"{work}/pictures", json={"pictures": [cut]}).status_code == 422
        assert (stack.var / "incoming" / cut["upload"]).stat().st_size == cut["size"]
        with stack.services() as services:
            assert services.store.standing(cut["sha256"]) == Standing(plain=False, sealed=False)


class TestVersions:
    def test_a_deposited_version_is_frozen_and_the_next_one_follows_it(
        self, http: httpx2.Client, work: str
    ) -> None:
        first = uploaded(http, "一.bin", os.urandom(100))
        http.put(f"{work}/files", json={"files": [first]})
        key = {"Idempotency-Key": os.urandom(8).hex()}
        answer = http.post(f"{work}/deposits", json={}, headers=key)
        number = answer.json()["evidence_number"]
        assert (
            http.post(f"{work}/deposits", json={}, headers=key).json()["evidence_number"] == number
        )
        other = http.post(f"{work}/deposits", json={"public": True}, headers=key)
        assert (other.status_code, other.json()["field"]) == (422, "Idempotency-Key")
        for refused in (
            http.patch(work, json={"title": "别名"}),
            http.put(f"{work}/files", json={"files": [first]}),
            http.put(f"{work}/pictures", json={"pictures": []}),
            http.delete(work),
            http.post(f"{work}/deposits", json={}, headers={"Idempotency-Key": "another"}),
        ):
            assert refused.status_code == 409, refused.text
        assert http.post(f"{work}/versions", json={"title": "山间 二"}).status_code == 201
        second = uploaded(http, "二.bin", os.urandom(100))
        http.put(f"{work}/files", json={"files": [second]})
        key = {"Idempotency-Key": os.urandom(8).hex()}
        later = http.post(f"{work}/deposits", json={}, headers=key).json()["evidence_number"]
        assert certified(http, later)["state"] == "anchored"
        shown = http.get(work).json()["versions"]
        assert [version["evidence_number"] for version in shown] == [number, later]


class TestOriginals:
    def test_come_back_byte_for_byte_as_attachments_only(self, http: httpx2.Client) -> None:
        data = b"<script>alert(1)</script> \xe4\xbd\xa0" * 100
        file = uploaded(http, "页 面.txt", data)
        body = {"files": [file]}
        key = {"Idempotency-Key": os.urandom(8).hex()}
        number = http.post("/api/v1/evidence", json=body, headers=key).json()["evidence_number"]
        certified(http, number)
        answer = http.get(f"/api/v1/evidence/{number}/files/0")
        assert answer.content == data
        assert answer.headers["content-type"] == "application/octet-stream"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["content-disposition"].startswith("attachment;")
        assert answer.headers["content-disposition"].endswith(
            "filename*=UTF-8''%E9%A1%B5%20%E9%9D%A2.txt"
        )
        assert answer.headers["content-security-policy"] == "sandbox; default-src 'none'"
        assert http.get(f"/api/v1/evidence/{number}/files/0/preview").status_code == 404
        assert http.get(f"/api/v1/evidence/{number}/files/1").status_code == 404
