import itertools
import json

import pytest

from certs.report import Report, Result, Standing, Step, Verdict, conclude
from certs.summary import Existence, summarise
from certs.verifying import STEPS
from tests.certs.told import NOW

PASSED, FAILED, OPEN = Result.PASSED, Result.FAILED, Result.NOT_CHECKED
TOKEN = Existence("X", "TSA")


def _steps(**others: Result) -> list[Step]:
    return [Step(name, others.get(name, PASSED), "because") for name in STEPS]


@pytest.mark.parametrize(
    ("steps", "standing", "verdict"),
    [
        (_steps(), Standing.IN_FORCE, Verdict.VALID),
        (_steps(chain=OPEN), Standing.IN_FORCE, Verdict.INDETERMINATE),
        (_steps(status=OPEN), Standing.UNKNOWN, Verdict.INDETERMINATE),
        (_steps(status=FAILED), Standing.REVOKED, Verdict.REVOKED),
        (_steps(status=FAILED), Standing.SUPERSEDED, Verdict.SUPERSEDED),
        (_steps(status=FAILED, chain=OPEN), Standing.REVOKED, Verdict.REVOKED),
        (_steps(status=FAILED, file=FAILED), Standing.REVOKED, Verdict.INVALID),
        (_steps(status=FAILED), Standing.UNKNOWN, Verdict.INVALID),
        (_steps(file=FAILED, chain=OPEN), Standing.IN_FORCE, Verdict.INVALID),
    ],
)
def test_the_verdict_follows_the_stated_order(
    steps: list[Step], standing: Standing, verdict: Verdict
) -> None:
    assert conclude(steps, standing) is verdict


def test_only_a_check_in_which_every_step_passed_or_was_waived_is_valid() -> None:
    for name, result, standing in itertools.product(STEPS, Result, Standing):
        verdict = conclude(_steps(**{name: result}), standing)
        quiet = standing in {Standing.IN_FORCE, Standing.UNKNOWN}
        assert (verdict is Verdict.VALID) == (result is PASSED and quiet)


def test_a_waived_step_does_not_stand_in_the_way() -> None:
    steps = [Step("file", PASSED, ""), Step("chain", OPEN, "", waived=True)]
    assert conclude(steps, Standing.IN_FORCE) is Verdict.VALID


@pytest.mark.parametrize(
    ("verdict", "steps", "existence", "offline", "line"),
    [
        (Verdict.VALID, _steps(), TOKEN, False,
         "valid as of T; unchanged; existed by X by TSA"),
        (Verdict.VALID, _steps(), TOKEN, True,
         "valid as of T; chain not asked; unchanged; existed by X by TSA"),
        (Verdict.INDETERMINATE, _steps(chain=OPEN, status=OPEN), TOKEN, False,
         "unchanged; existed by X by TSA; not checked: chain, status"),
        (Verdict.INDETERMINATE, _steps(file=OPEN), TOKEN, False,
         "indeterminate; not checked: file"),
        (Verdict.INDETERMINATE, _steps(timestamp=OPEN), None, False,
         "indeterminate; not checked: timestamp"),
        (Verdict.INVALID, _steps(file=FAILED, block=FAILED), TOKEN, False,
         "invalid: file: because"),
        (Verdict.REVOKED, _steps(status=FAILED), TOKEN, False, "revoked: because"),
        (Verdict.SUPERSEDED, _steps(status=FAILED), TOKEN, False, "superseded: because"),
    ],
)  # fmt: skip
def test_the_first_line_says_it_in_fixed_words(
    verdict: Verdict, steps: list[Step], existence: Existence | None, offline: object, line: str
) -> None:
    english, chinese = summarise(verdict, steps, existence, "T", offline=bool(offline))
    assert english == line
    assert chinese
    assert "\n" not in english + chinese
    undecided = verdict is Verdict.INDETERMINATE
    assert chinese.startswith("无法判定") is undecided


def test_the_json_names_every_step_and_leaves_no_value_out() -> None:
    report = Report(
        verdict=Verdict.VALID, as_of=NOW, steps=tuple(_steps()), summary="a", summary_zh="b",
        evidence_number="YJ-1", existed_by={"token": "t"}, files=({"name": "n"},),
        not_presented=({"position": 2},), sample=False,
    )  # fmt: skip
    said = json.loads(json.dumps(report.to_json()))
    assert [step["id"] for step in said["steps"]] == list(STEPS)
    assert set(said["steps"][0]) == {"id", "result", "reason"}
    assert said["as_of"] == "2027-01-01T00:00:00.000Z"
    assert said["not_presented"] == [{"position": 2}]
    assert said["sample"] is False
