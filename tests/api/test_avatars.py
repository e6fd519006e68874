"""An account's own picture: re-encoded, sealed, shown to its owner alone (TJ-45, SD-46, SD-62)."""

import io
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import select, text

from accounts.avatars import SIDE, AvatarLimits, check
from accounts.contact_models import Avatar
from accounts.models import Account
from api.settings import Settings
from api.stack.keeping import read_environment
from core.errors import Misconfigured, TooLarge, UnsupportedType
from tests.grounds.callers import Person, person, program, visitor
from tests.grounds.filing import picture
from tests.grounds.stack import CHECKOUT, RunningStack

AT = "/api/v1/account/avatar"
BYTES = {"Content-Type": "application/octet-stream"}
LIMITS = AvatarLimits()


@pytest.fixture(scope="module")
def who(stack: RunningStack) -> Person:
    return person(stack)


def send(who: Person, data: bytes, **headers: str) -> Any:
    return who.http.put(AT, content=data, headers={**BYTES, **headers})


def with_a_place() -> bytes:
    """A photograph that says what it was taken with."""
    exif, out = Image.Exif(), io.BytesIO()
    exif[0x010F] = "secret camera"
    Image.new("RGB", (1600, 1200), "navy").save(out, "JPEG", exif=exif)
    return out.getvalue()


def test_is_kept_small_without_what_else_the_file_said(stack: RunningStack) -> None:
    who = person(stack)
    assert who.http.get(AT).status_code == 404
    assert who.http.get("/api/v1/account").json()["avatar"]["changed_at"] is None
    sent = with_a_place()
    assert b"secret camera" in sent
    told = send(who, sent)
    assert told.status_code == 200, told.text
    seen = who.http.get(AT)
    assert (seen.status_code, seen.headers["content-type"]) == (200, "image/webp")
    assert seen.headers["cache-control"] == "no-store"
    with Image.open(io.BytesIO(seen.content)) as found:
        assert (found.format, found.size) == ("WEBP", (SIDE, SIDE * 3 // 4))
    assert b"secret camera" not in seen.content
    assert told.json()["size"] == len(seen.content)
    assert who.http.get("/api/v1/account").json()["avatar"] == told.json()


@pytest.mark.parametrize("form", ["JPEG", "PNG", "GIF", "WEBP"])
def test_of_each_format_that_is_named(who: Person, form: str) -> None:
    named = who.http.get("/api/v1/account").json()["avatar"]["formats"]
    assert form.lower() in named
    assert send(who, picture((40, 40), form=form)).status_code == 200


@pytest.mark.parametrize(
    ("data", "status", "remedy"),
    [
        (b"", 422, "请另选图片"),
        (b"%PDF-1.7", 415, "JPEG、PNG、GIF、WEBP"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", 415, "JPEG"),
        (b"\xff\xd8\xff\xe0 no picture", 422, "请另选图片"),
        (b"\xff\xd8\xff" + bytes(LIMITS.most_bytes), 413, "请缩小"),
    ],
    ids=["empty", "pdf", "svg", "damaged", "large"],
)
def test_is_refused_with_the_field_and_a_remedy(
    who: Person, data: bytes, status: int, remedy: str
) -> None:
    answer = send(who, data)
    assert (answer.status_code, answer.json()["field"]) == (status, "body")
    assert remedy in answer.json()["detail"]


def test_too_many_pixels_are_refused_before_they_are_drawn(who: Person) -> None:
    out = io.BytesIO()
    Image.new("1", (10_000, LIMITS.most_pixels // 10_000 + 1)).save(out, "PNG")
    answer = send(who, out.getvalue())
    assert (answer.status_code, answer.json()["field"]) == (413, "body")


def test_nobody_else_sees_it_and_a_second_one_takes_its_place(stack: RunningStack) -> None:
    who, other = person(stack), person(stack)
    first = send(who, picture((40, 40), form="PNG")).json()
    second = send(who, picture((80, 40), form="PNG")).json()
    assert first["sha256"] != second["sha256"]
    assert visitor(stack).get(AT).status_code == 401
    assert program(stack, who.key("read")).get(AT).status_code == 403
    assert other.http.get(AT).status_code == 404
    assert other.http.delete(AT).status_code == 204
    assert who.http.get(AT).status_code == 200


def test_an_organisation_has_its_own(stack: RunningStack) -> None:
    """SD-62: whoever manages it changes it; its viewers and others do not."""
    owner = person(stack)
    body = {"name": "山间公司", "kind": "enterprise"}
    made = owner.http.post("/api/v1/organisations", json=body).json()["id"]
    acting = {"Yinji-Acting-For": made}
    assert send(owner, picture((40, 40), form="PNG"), **acting).status_code == 200
    assert owner.http.get(AT, headers=acting).status_code == 200
    assert owner.http.get(AT).status_code == 404
    assert person(stack).http.get(AT, headers=acting).status_code == 404


def test_lies_sealed_and_nothing_stays_of_what_is_taken_away(stack: RunningStack) -> None:
    who = person(stack)
    send(who, picture((40, 40), form="PNG"))
    shown = who.http.get(AT).content
    with stack.services() as services:
        mine = select(Account.id).where(Account.email == who.identifier).scalar_subquery()
        with services.sessions() as session:
            kept = session.execute(
                text("SELECT picture FROM avatar WHERE account_id = :me"),
                {"me": session.scalar(select(mine))},
            ).scalar_one()
            assert shown[:64] not in bytes(kept)
        assert who.http.delete(AT).status_code == 204
        assert who.http.delete(AT).status_code == 204
        assert who.http.get(AT).status_code == 404
        with services.sessions() as session:
            assert session.scalar(select(Avatar).where(Avatar.account_id == mine)) is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("YINJI_AVATAR_FORMATS", "jpeg,svg"),
        ("YINJI_AVATAR_FORMATS", ","),
        ("YINJI_AVATAR_KIB", "0"),
        ("YINJI_AVATAR_KIB", "10241"),
        ("YINJI_AVATAR_PIXELS", "0"),
    ],
)
def test_a_setting_that_cannot_be_is_named(stack: RunningStack, name: str, value: str) -> None:
    values = read_environment(stack.var / "env")
    with pytest.raises(Misconfigured) as refused:
        Settings.from_environment({**values, name: value}, CHECKOUT)
    assert refused.value.field == name


def test_an_installation_takes_less_when_it_says_so(stack: RunningStack) -> None:
    values = read_environment(stack.var / "env")
    said = {"YINJI_AVATAR_KIB": "1", "YINJI_AVATAR_FORMATS": "png"}
    limits = Settings.from_environment({**values, **said}, CHECKOUT).avatar
    assert (limits.most_bytes, limits.formats) == (1024, ("png",))
    with pytest.raises(UnsupportedType, match="PNG"):
        check(picture((4, 4), form="JPEG")[:1024], limits)
    with pytest.raises(TooLarge):
        check(picture((40, 40), form="PNG"), limits)
