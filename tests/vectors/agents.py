"""Vectors of a registration that an agent filed: the record names the agent, for good.

They have a trust file of their own, so that they can be made without making all others anew:
`python -m tests.vectors.build agents`.
"""

import json
from collections.abc import Callable
from typing import Any

from certs import disclosures
from certs.documents import CONTENT, DISCLOSURES
from tests.vectors.build import Grounds
from tests.vectors.issuing import Documents, Issued, altered

AGENT = "agent"
TRUST = "trust/agents.json"


def write(grounds: Grounds) -> None:
    entry = grounds.issued["registration"]
    assert AGENT in named(entry.documents), "this registration was filed by its owner"
    assert grounds.trust("agents", grounds.home.trust) == TRUST
    node = grounds.node("registration-by-agent", grounds.nodes["registration"])
    add, certificate = grounds.add, grounds.home.certificate
    add("valid-registration-by-agent", "a registration through an agent, asked of the chain",
        "valid", entry.package, trust=TRUST, node=node, not_checked=())  # fmt: skip
    add("registration-agent-hidden", "the certificate is silent about the agent", "invalid",
        certificate(without_agent(entry)), trust=TRUST, offline=True, failed=["printed"],
        not_checked=["chain"])  # fmt: skip
    add("registration-agent-printed-otherwise", "it prints another agent than is disclosed",
        "invalid", certificate(with_other_agent(entry, CONTENT)), trust=TRUST, offline=True,
        failed=["printed"], not_checked=["chain"])  # fmt: skip


def named(documents: Documents) -> dict[str, Any]:
    """The facts that a certificate prints."""
    content = json.loads(documents[CONTENT])
    return {fact["name"]: fact["value"] for fact in content["facts"]}


def without_agent(entry: Issued) -> Documents:
    """Nothing said of the agent, in the disclosures and on the pages alike."""
    facts = disclosures.parse(entry.documents[DISCLOSURES])

    def fewer(value: Any) -> None:
        value["facts"] = [fact for fact in value["facts"] if fact["name"] != AGENT]

    return entry.documents | {
        DISCLOSURES: disclosures.encode([fact for fact in facts if fact.name != AGENT]),
        CONTENT: altered(entry.documents[CONTENT], fewer),
    }


def with_other_agent(entry: Issued, *where: str) -> Documents:
    """Another agent's name in these documents."""
    other: Callable[[Any], None] = _rename
    return entry.documents | {name: altered(entry.documents[name], other) for name in where}


def _rename(value: Any) -> None:
    next(fact for fact in value["facts"] if fact["name"] == AGENT)["value"] = "别家代理"
