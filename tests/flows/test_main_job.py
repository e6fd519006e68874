"""The main job on the real stack: deposit a photograph, hold a certificate, check it."""

from pathlib import Path

import pytest

from tests.grounds.samples import Samples
from tests.grounds.stack import RunningStack


@pytest.fixture(scope="module")
def deposited(
    stack: RunningStack, samples: Samples, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, str]:
    out = tmp_path_factory.mktemp("out")
    ran = stack.yinji(
        "deposit", samples.photo, "--title", "山间", "--out", out, "--json", timeout=180
    )
    assert ran.code == 0, ran.err
    found: dict[str, str] = ran.json
    return found


class TestDeposit:
    def test_gives_a_certificate_and_a_package_named_by_the_number(
        self, deposited: dict[str, str]
    ) -> None:
        number = deposited["evidence_number"]
        assert Path(deposited["certificate"]).name == f"{number}.pdf"
        assert Path(deposited["package"]).name == f"{number}.zip"

    @pytest.mark.parametrize("what", ["certificate", "package"])
    def test_is_verified_with_every_step_passed(
        self, stack: RunningStack, samples: Samples, deposited: dict[str, str], what: str
    ) -> None:
        ran = stack.yinji("verify", samples.photo, deposited[what], "--json")
        assert ran.code == 0, ran.out
        assert ran.json["verdict"] == "valid"
        assert {step["result"] for step in ran.json["steps"]} == {"passed"}
        assert ran.json["sample"] is True

    def test_is_said_to_be_a_sample_beside_the_verdict(
        self, stack: RunningStack, samples: Samples, deposited: dict[str, str]
    ) -> None:
        lines = stack.yinji("verify", samples.photo, deposited["package"]).out.splitlines()
        assert lines[0].startswith("valid as of ")
        assert lines[2].startswith("样本 SAMPLE")

    @pytest.mark.parametrize("what", ["certificate", "package"])
    def test_is_invalid_for_a_file_with_one_changed_byte(
        self,
        stack: RunningStack,
        samples: Samples,
        deposited: dict[str, str],
        what: str,
        tmp_path: Path,
    ) -> None:
        data = bytearray(samples.photo.read_bytes())
        data[len(data) // 2] ^= 1
        changed = tmp_path / "changed.jpg"
        changed.write_bytes(data)
        ran = stack.yinji("verify", changed, deposited[what], "--json")
        assert ran.code == 1
        assert ran.json["verdict"] == "invalid"
        failed = [step["id"] for step in ran.json["steps"] if step["result"] == "failed"]
        assert failed == ["file"]

    def test_the_same_command_again_returns_the_same_evidence(
        self, stack: RunningStack, samples: Samples, deposited: dict[str, str], tmp_path: Path
    ) -> None:
        ran = stack.yinji(
            "deposit", samples.photo, "--title", "山间", "--out", tmp_path, "--json", timeout=180
        )
        assert ran.json["evidence_number"] == deposited["evidence_number"]

    def test_cannot_be_judged_without_a_trust_file(
        self, stack: RunningStack, samples: Samples, deposited: dict[str, str], tmp_path: Path
    ) -> None:
        ran = stack.yinji(
            "verify", samples.photo, deposited["package"], "--json", YINJI_VAR=str(tmp_path)
        )
        assert ran.code == 2
        assert ran.json["verdict"] == "indeterminate"
