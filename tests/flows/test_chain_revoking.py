"""Revocation on the running stack: asked for, final on the chain, seen by every check."""

from pathlib import Path
from typing import Any

import pytest

from tests.grounds.samples import Samples
from tests.grounds.stack import RunningStack


@pytest.fixture(scope="module")
def deposited(
    stack: RunningStack, samples: Samples, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Any]:
    out = tmp_path_factory.mktemp("revoked")
    ran = stack.yinji("deposit", samples.picture, "--out", out, "--json", timeout=180)
    assert ran.code == 0, ran.err
    found: dict[str, Any] = ran.json
    assert stack.yinji("verify", samples.picture, found["certificate"]).code == 0
    ran = stack.yinji("revoke", found["evidence_number"], "--reason", "2", "--json", timeout=180)
    assert ran.code == 0, ran.err
    assert (ran.json["state"], ran.json["reason"]) == ("revoked", 2)
    return found


class TestRevoke:
    @pytest.mark.parametrize("what", ["certificate", "package"])
    def test_makes_every_check_say_revoked(
        self, stack: RunningStack, samples: Samples, deposited: dict[str, Any], what: str
    ) -> None:
        ran = stack.yinji("verify", samples.picture, deposited[what], "--json")
        assert (ran.code, ran.json["verdict"]) == (1, "revoked")

    def test_is_seen_offline_in_a_fresh_package(
        self, stack: RunningStack, samples: Samples, deposited: dict[str, Any], tmp_path: Path
    ) -> None:
        with stack.http() as http:
            fresh = http.get(f"/api/v1/evidence/{deposited['evidence_number']}/package")
        path = tmp_path / "fresh.zip"
        path.write_bytes(fresh.content)
        ran = stack.yinji("verify", samples.picture, path, "--offline", "--json")
        assert (ran.code, ran.json["verdict"]) == (1, "revoked")

    def test_is_the_same_wish_when_repeated(
        self, stack: RunningStack, deposited: dict[str, Any]
    ) -> None:
        ran = stack.yinji("revoke", deposited["evidence_number"], "--reason", "2", "--json")
        assert (ran.code, ran.json["state"]) == (0, "revoked")

    def test_keeps_the_first_reason(self, stack: RunningStack, deposited: dict[str, Any]) -> None:
        answer = ask(stack, deposited["evidence_number"], 1)
        assert answer.status_code == 409
        assert answer.json()["field"] == "reason"

    def test_refuses_a_reason_without_a_meaning(
        self, stack: RunningStack, deposited: dict[str, Any]
    ) -> None:
        answer = ask(stack, deposited["evidence_number"], 7)
        assert answer.status_code == 422
        assert answer.json()["field"] == "reason"

    def test_of_evidence_that_is_not_ones_own_finds_nothing(self, stack: RunningStack) -> None:
        assert ask(stack, "YJ-0000-0000-0000-0000", 1).status_code == 404

    def test_needs_an_idempotency_key(self, stack: RunningStack, deposited: dict[str, Any]) -> None:
        with stack.http() as http:
            answer = http.post(
                f"/api/v1/evidence/{deposited['evidence_number']}/revocation", json={"reason": 1}
            )
        assert answer.status_code == 422


def ask(stack: RunningStack, number: str, reason: int) -> Any:
    with stack.http() as http:
        return http.post(
            f"/api/v1/evidence/{number}/revocation",
            json={"reason": reason},
            headers={"Idempotency-Key": "k"},
        )
