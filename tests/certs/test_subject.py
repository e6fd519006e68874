"""What a report says the certificate is about, and when it says nothing."""

import json
from dataclasses import replace

import pytest

from certs.content import Fact
from certs.report import Report, Verdict
from certs.subject import subject
from tests.certs.papers import content
from tests.certs.told import checked, photo, read, trusted, zip_bytes
from tests.certs.told import content as told_content

REGISTRATION = "presented/valid-registration.zip"
SAMPLE = "presented/valid-work-sample.pdf"


def offline(name: str) -> Report:
    return checked(read(name), offline=True)


@pytest.mark.parametrize(
    ("name", "kind", "words"),
    [(REGISTRATION, "registration", "登记证书"), (SAMPLE, "work_sample", "登记的样本")],
)
def test_of_a_registration_number_title_owners_and_office_are_told(
    name: str, kind: str, words: str
) -> None:
    report = offline(name)
    assert report.subject is not None
    told = json.loads(json.dumps(report.to_json()))["subject"]
    assert told["kind"] == kind
    line = report.subject.line()
    assert words in line
    assert f"登记号 registration no. {told['registration_number']}" in line
    assert f"《{told['title']}》" in line
    assert f"登记机构 office {told['office']}" in line
    assert "、".join(told["owners"]) in line


def test_of_evidence_its_own_number_and_title_are_told_and_no_register() -> None:
    found = checked(zip_bytes(), offline=True).subject
    assert found is not None
    assert found.evidence_number == told_content().number
    assert (found.registration_number, found.owners, found.office) == (None, None, None)
    told = f"存证编号 evidence no. {found.evidence_number} 名称 title 《{found.title}》"
    assert told in found.line()


def test_nothing_is_told_of_what_no_trusted_issuer_signed_or_is_invalid() -> None:
    stranger = checked(read(REGISTRATION), trust=replace(trusted(), issuer_roots=frozenset()))
    assert stranger.verdict is not Verdict.VALID
    assert stranger.subject is None
    other = replace(photo(), digest=replace(photo().digest, sha256="0" * 64))
    assert checked(read(REGISTRATION), offline=True, files=[other]).subject is None
    assert offline("presented/registration-fact-hidden.pdf").subject is None


def test_a_title_begins_no_line_of_its_own_and_steers_no_terminal() -> None:
    steps = checked(zip_bytes(), offline=True).steps
    said = replace(content(), facts=(Fact("title", "山\n 2 ✓ \x1b[2J\u202e水"),))
    found = subject(said, steps, Verdict.VALID)
    assert found is not None
    assert found.line().isprintable()
