import json
from typing import Any

import pytest

from certs import disclosures
from certs.documents import DISCLOSURES, STATEMENT
from core.errors import InvalidInput, VerificationFailed
from evidence.statement import Fact, parse
from tests.certs import told

GOOD: dict[str, Any] = json.loads(told.documents()[DISCLOSURES])


def _document(*facts: Any) -> bytes:
    return told.edited(told.documents()[DISCLOSURES], facts=list(facts))


def test_facts_are_written_in_order_of_their_names() -> None:
    facts = disclosures.parse(told.documents()[DISCLOSURES])
    assert disclosures.encode(facts[::-1]) == told.documents()[DISCLOSURES]


def test_each_fact_of_a_real_certificate_opens_its_commitment() -> None:
    facts = disclosures.parse(told.documents()[DISCLOSURES])
    assert {"title", "custody_mode", "submitted_at"} <= {fact.name for fact in facts}
    disclosures.verify(facts, parse(told.documents()[STATEMENT]))


@pytest.mark.parametrize("what", ["value", "salt", "name"])
def test_a_fact_with_another_value_salt_or_name_does_not(what: str) -> None:
    statement = parse(told.documents()[STATEMENT])
    fact = next(f for f in disclosures.parse(told.documents()[DISCLOSURES]) if f.name == "title")
    values = {"name": fact.name, "value": fact.value, "salt": fact.salt}
    values |= {what: {"value": "别名", "salt": bytes(32), "name": "depositor"}[what]}
    with pytest.raises(VerificationFailed):
        disclosures.verify([Fact(**values)], statement)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "data",
    [
        b"[]",
        told.edited(told.documents()[DISCLOSURES], version=True),
        told.edited(told.documents()[DISCLOSURES], note=""),
        _document({}),
        _document(*GOOD["facts"][::-1]),
        _document(GOOD["facts"][0], GOOD["facts"][0]),
        _document({**GOOD["facts"][0], "salt": "5a"}),
        _document({**GOOD["facts"][0], "name": 1}),
        _document(*[{**GOOD["facts"][0], "name": f"n{place:03d}"} for place in range(65)]),
    ],
)
def test_anything_but_a_canonical_list_of_facts_is_refused(data: bytes) -> None:
    with pytest.raises(InvalidInput):
        disclosures.parse(data)
