"""kill -9 at every point of signing: nobody's signature is lost, and none is made twice."""

import pytest

from tests.faults.harness import Victim, until
from tests.grounds.signers import to_sign

POINTS = ("link-issued", "paper-made", "paper-noted", "paper-stored", "paper-recorded")
"""From the link to the recorded revision, in the order of the act."""


@pytest.mark.parametrize("point", POINTS)
def test_a_worker_killed_there_loses_and_doubles_no_signature(hurt: Victim, point: str) -> None:
    if point == "link-issued":
        hurt.arm(point)
    signing = to_sign(hurt.stack)
    first, second = signing.people
    first.link()
    if point != "link-issued":
        hurt.arm(point)
    first.sign(hurt.stack)
    hurt.await_hit(point)
    second.sign(hurt.stack)
    until(lambda: signing.state() == "payment", "everybody has signed")
    shown = signing.shown()
    assert all(each["whole"] for each in shown["papers"])
    for paper in shown["papers"]:
        answer = signing.applicant.person.http.get(f"{signing.path}/papers/{paper['code']}")
        # Ours, and one for each place.
        assert answer.content.count(b"/ByteRange") == 1 + len(paper["signatures"])
    hurt.fsck()
