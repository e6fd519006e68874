"""disclosures.json: the named facts a copy discloses, each with the salt of its commitment."""

from collections.abc import Sequence
from typing import Final

from core import canonical
from core.errors import InvalidInput, VerificationFailed
from evidence.digest import require_hex32
from evidence.statement import MAX_FACTS, Fact, Statement

TYPE: Final = "yinji/disclosures"
VERSION: Final = 1


def encode(facts: Sequence[Fact]) -> bytes:
    """The document for these facts, sorted by name."""
    return canonical.encode(
        {
            "type": TYPE,
            "version": VERSION,
            "facts": [
                {"name": fact.name, "value": fact.value, "salt": fact.salt.hex()}
                for fact in sorted(facts, key=lambda fact: fact.name)
            ],
        }
    )


def parse(data: bytes) -> tuple[Fact, ...]:
    """Read the document strictly; names are unique and sorted."""
    document = canonical.decode(data)
    if not isinstance(document, dict) or set(document) != {"type", "version", "facts"}:
        raise InvalidInput("不是披露文件 / not a disclosures document", field="disclosures.json")
    version = document["version"]
    if document["type"] != TYPE or version != VERSION or isinstance(version, bool):
        raise InvalidInput("未知的披露版本 / unknown kind or version", field="version")
    entries = document["facts"]
    if not isinstance(entries, list) or len(entries) > MAX_FACTS:
        raise InvalidInput("披露列表有误 / bad list of facts", field="facts")
    facts: list[Fact] = []
    for entry in entries:
        if not isinstance(entry, dict) or set(entry) != {"name", "value", "salt"}:
            raise InvalidInput("披露字段有误 / members of a fact", field="facts")
        name = entry["name"]
        if not isinstance(name, str) or (facts and name <= facts[-1].name):
            raise InvalidInput("披露须按名称排序 / facts must be sorted by name", field="facts")
        salt = bytes.fromhex(require_hex32(entry["salt"], "salt"))
        facts.append(Fact(name, entry["value"], salt))
    return tuple(facts)


def verify(facts: Sequence[Fact], statement: Statement) -> None:
    """Every disclosed fact opens its commitment in the statement.

    Raises:
        VerificationFailed: naming the fact that does not.
    """
    for fact in facts:
        if statement.commitments.get(fact.name) != fact.commitment():
            raise VerificationFailed(
                f"事实与声明中的承诺不符 / a fact does not open its commitment: {fact.name}"
            )
