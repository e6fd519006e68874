import io
import json
import zipfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from certs import package
from certs import trust as trusts
from certs.documents import STATUS
from certs.presented import PresentedFile, Unreadable
from certs.report import Verdict
from certs.verifying import STEPS
from chain.node import SeenBlock, SeenRevocation
from core.canonical import format_time
from evidence.digest import digest_chunks
from tests.certs.told import (
    NOW,
    checked,
    content,
    documents,
    members,
    node,
    pdf_bytes,
    photo,
    read,
    results,
    trusted,
    zip_bytes,
)

LATELY = NOW - timedelta(days=1)
EARLY = datetime(2026, 1, 1, tzinfo=UTC)
REVOKED = SeenRevocation(2, datetime(2026, 12, 1, tzinfo=UTC))


def _block(**changed: Any) -> SeenBlock:
    found = node().block
    assert found is not None
    return replace(found, **changed)


def _head(time: datetime) -> SeenBlock:
    return _block(number=_block().number + 5, time=time)


def test_the_steps_are_reported_all_and_in_order() -> None:
    for data in (zip_bytes(), pdf_bytes(), b"%PDF-1.7\n", b"PK"):
        assert tuple(step.id for step in checked(data).steps) == STEPS


@pytest.mark.parametrize("data", [zip_bytes(), pdf_bytes()])
def test_with_everything_there_the_verdict_holds_as_of_the_head_of_the_chain(data: bytes) -> None:
    report = checked(data, node=node(heads=[_head(LATELY)]))
    assert report.verdict is Verdict.VALID
    assert report.as_of == LATELY
    assert set(results(report).values()) == {"passed"}
    assert report.existed_by["token"] == content().times.token.gen_time
    assert report.existed_by["block"] == content().times.block.time


def test_a_head_or_a_status_of_tomorrow_is_as_of_the_checkers_clock() -> None:
    assert checked(zip_bytes(), node=node(heads=[_head(NOW + timedelta(days=1))])).as_of == NOW
    assert checked(zip_bytes(), offline=True, now=EARLY).as_of == EARLY


def test_a_node_that_fell_behind_does_not_take_back_what_the_status_says() -> None:
    old = _head(EARLY)
    report = checked(zip_bytes(), node=node(heads=[old]))
    assert report.as_of == checked(zip_bytes(), offline=True).as_of


def test_offline_it_holds_as_of_the_stapled_status() -> None:
    report = checked(zip_bytes(), offline=True)
    assert report.verdict is Verdict.VALID
    assert report.as_of is not None
    assert report.as_of < NOW
    assert "block" not in report.existed_by
    assert results(report)["chain"] == "not_checked"


def test_offline_a_node_is_not_asked_even_if_there_is_one() -> None:
    report = checked(zip_bytes(), offline=True, node=node(revoked=REVOKED))
    assert report.verdict is Verdict.VALID


def test_offline_a_certificate_alone_rests_on_the_status_of_the_day_of_issue() -> None:
    report = checked(pdf_bytes(), offline=True)
    assert report.verdict is Verdict.VALID
    assert report.as_of is not None
    told_then = json.loads(documents()[STATUS])["status"]["as_of"]
    assert format_time(report.as_of) == told_then
    later = checked(zip_bytes(), offline=True)
    assert later.as_of is not None
    assert later.as_of > report.as_of


def test_the_attached_status_does_not_stand_for_an_answer_of_the_chain() -> None:
    report = checked(pdf_bytes(), node=None)
    assert report.verdict is Verdict.INDETERMINATE
    assert results(report)["status"] == "not_checked"


def test_a_revocation_on_the_chain_outweighs_the_attached_status() -> None:
    report = checked(pdf_bytes(), node=node(revoked=REVOKED))
    assert (report.verdict, report.as_of) == (Verdict.REVOKED, NOW)


@pytest.mark.parametrize("data", [zip_bytes(), pdf_bytes()])
def test_without_its_key_in_the_trust_file_a_status_is_not_checked(data: bytes) -> None:
    known = replace(trusted(), status_keys=frozenset())
    report = checked(data, trust=known, offline=True)
    assert (report.verdict, report.as_of) == (Verdict.INDETERMINATE, None)
    assert results(report)["status"] == "not_checked"


def test_without_a_node_the_first_line_says_what_is_known_and_what_is_not() -> None:
    report = checked(zip_bytes(), node=None)
    assert report.verdict is Verdict.INDETERMINATE
    time, name = content().times.token.gen_time, content().times.token.tsa_name
    known = f"unchanged; existed by {time} by {name}; not checked: chain, status"
    assert report.summary == known


@pytest.mark.parametrize("data", [zip_bytes(), pdf_bytes()])
def test_a_certificate_alone_is_not_decided(data: bytes) -> None:
    report = checked(data, files=[])
    assert report.verdict is Verdict.INDETERMINATE
    assert results(report)["file"] == "not_checked"
    assert [each["name"] for each in report.not_presented] == ["photo.jpg"]


def test_every_presented_file_must_be_listed() -> None:
    other = PresentedFile("sound.wav", digest_chunks([read("works/sound.wav")]))
    report = checked(zip_bytes(), files=[photo(), other])
    assert report.verdict is Verdict.INVALID
    assert "sound.wav" in next(step.reason for step in report.steps if step.id == "file")


def test_the_same_digest_with_another_size_is_not_the_file() -> None:
    longer = replace(photo(), digest=replace(photo().digest, size=photo().digest.size + 1))
    assert checked(zip_bytes(), files=[longer]).verdict is Verdict.INVALID


@pytest.mark.parametrize("data", [b"", b"\xff\xd8\xff\xe0", b"hello"])
def test_what_is_neither_pdf_nor_zip_gets_no_verdict(data: bytes) -> None:
    with pytest.raises(Unreadable):
        checked(data)


def test_nothing_is_said_of_what_has_not_our_shape() -> None:
    report = checked(pdf_bytes() + b"\n")
    assert results(report)["format"] == "failed"
    assert {result for name, result in results(report).items() if name != "format"} == {
        "not_checked"
    }


@pytest.mark.parametrize(
    "changed",
    [
        {"id": 1},
        {"genesis": bytes(32)},
        {"block": None},
        {"block": _block(hash=bytes(32))},
        {"block": _block(hash=bytes(32), transactions=())},
        # A node still behind the deployment has no code, and must not be taken for a liar.
        {"block": None, "code": bytes(32)},
    ],
)
def test_a_node_that_does_not_hold_the_block_decides_nothing(changed: dict[str, Any]) -> None:
    report = checked(zip_bytes(), node=node(**changed))
    assert report.verdict is Verdict.INDETERMINATE
    assert (results(report)["chain"], results(report)["status"]) == ("not_checked",) * 2


@pytest.mark.parametrize(
    "changed",
    [
        {"block": _block(transactions=())},
        {"block": _block(transactions=(bytes(32),))},
        {"code": bytes(32)},
    ],
)
def test_a_node_that_holds_the_block_can_show_that_something_is_wrong(
    changed: dict[str, Any],
) -> None:
    report = checked(zip_bytes(), node=node(**changed))
    assert report.verdict is Verdict.INVALID
    assert results(report)["chain"] == "failed"


def test_a_block_less_deep_than_the_trust_file_wants_is_not_decided() -> None:
    entry = replace(trusted().chains[0], confirmations=7)
    known = replace(trusted(), chains=(entry,))
    assert checked(zip_bytes(), trust=known).verdict is Verdict.INDETERMINATE
    enough = replace(known, chains=(replace(entry, confirmations=6),))
    assert checked(zip_bytes(), trust=enough).verdict is Verdict.VALID


def test_a_revocation_on_the_chain_outweighs_the_stapled_status() -> None:
    report = checked(zip_bytes(), node=node(revoked=REVOKED))
    assert (report.verdict, report.as_of) == (Verdict.REVOKED, NOW)


def test_a_revocation_on_the_chain_counts_whatever_became_of_the_stapled_status() -> None:
    known = replace(trusted(), status_keys=frozenset())
    report = checked(zip_bytes(), trust=known, node=node(revoked=REVOKED))
    assert report.verdict is Verdict.REVOKED


def test_a_head_that_keeps_moving_is_asked_again_and_then_left_open() -> None:
    head = node().heads[0]
    moving = [replace(head, hash=bytes([place]) * 32) for place in range(20)]
    assert checked(zip_bytes(), node=node(heads=moving)).verdict is Verdict.INDETERMINATE
    assert checked(zip_bytes(), node=node(heads=moving[:4])).verdict is Verdict.VALID


def test_a_silent_contract_leaves_the_status_open() -> None:
    report = checked(zip_bytes(), node=node(silent=("revocation",)))
    assert report.verdict is Verdict.INDETERMINATE
    assert (results(report)["chain"], results(report)["status"]) == ("passed", "not_checked")


@pytest.mark.parametrize(
    "status",
    [None, b"", b"{}", b"null", b"revoked", b"\0" * 64, b'{"status":{"state":"in_force"}}'],
    ids=["none", "empty", "object", "null", "word", "zeros", "unsigned"],
)
def test_without_a_status_that_can_be_read_nothing_is_valid(status: bytes | None) -> None:
    """T15: removed, blanked or made up, with or without a network."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in package.ORDER:
            data = status if name == package.STATUS else members()[name]
            if data is not None:
                archive.writestr(name, data)
    for offline in (True, False):
        assert checked(out.getvalue(), offline=offline).verdict is not Verdict.VALID


def test_a_status_source_that_hangs_is_not_taken_for_a_good_one() -> None:
    """T15: the chain is there, and whether it was revoked cannot be learnt."""
    for data in (zip_bytes(), pdf_bytes()):
        report = checked(data, node=node(silent=("revocation",)))
        assert report.verdict is Verdict.INDETERMINATE
        assert "status" in report.summary


@pytest.mark.parametrize("member", ["issuer_roots", "tsa_roots", "status_keys", "chains"])
def test_what_is_not_trusted_is_not_checked_and_never_failed(member: str) -> None:
    empty: Any = () if member == "chains" else frozenset()
    for offline in (True, False):
        report = checked(zip_bytes(), trust=replace(trusted(), **{member: empty}), offline=offline)
        assert report.verdict is Verdict.INDETERMINATE
        assert "failed" not in results(report).values()


def test_without_a_trust_file_nothing_is_valid_and_nothing_failed() -> None:
    report = checked(zip_bytes(), trust=None)
    (chain,) = [step for step in report.steps if step.id == "chain"]
    assert "no trust file" in chain.reason
    assert report.verdict is Verdict.INDETERMINATE
    assert "failed" not in results(report).values()


def test_a_changed_file_is_invalid_even_if_nothing_else_can_be_checked() -> None:
    changed = PresentedFile("photo.jpg", digest_chunks([read("works/photo-changed.jpg")]))
    report = checked(zip_bytes(), files=[changed], trust=None, node=None)
    assert report.verdict is Verdict.INVALID


def test_the_trust_file_of_another_installation_decides_nothing() -> None:
    foreign = trusts.parse(read("trust/foreign.json"))
    assert checked(zip_bytes(), trust=foreign).verdict is Verdict.INDETERMINATE
