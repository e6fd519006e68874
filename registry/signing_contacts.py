"""Where a signer is reached: sealed in the signer's row, shown masked, forgotten afterwards."""

import json
import uuid

from accounts.identifiers import Identifier, parse_identifier
from core.errors import Gone
from core.sealed import Keyring, Place, Sealed
from registry.signing_models import SigningSigner


def sealed(ring: Keyring, row: uuid.UUID, contact: Identifier) -> Sealed:
    """For the row's column."""
    return ring.seal_text(json.dumps([contact.kind, contact.value]), _place(row))


def opened(ring: Keyring, signer: SigningSigner) -> Identifier:
    """The mobile or e-mail. Raises Gone when it was forgotten."""
    if signer.contact is None:
        raise Gone("签署已结束,联系方式已删除 / the signing has ended")
    _, value = json.loads(ring.open_text(signer.contact, _place(signer.id)))
    return parse_identifier(value, "contact")


def masked(contact: Identifier) -> str:
    """Enough for its owner to know it: `+86*******1234`, `l***@example.org`."""
    if contact.kind == "email":
        name, _, host = contact.value.partition("@")
        return f"{name[:1]}***@{host}"
    return f"{contact.value[:3]}{'*' * (len(contact.value) - 7)}{contact.value[-4:]}"


def masked_name(name: str, *, natural: bool) -> str:
    """For whom a link is: a person's family name and stars, a body's name as it is public."""
    return name[:1] + "*" * max(len(name) - 1, 1) if natural else name


def _place(row: uuid.UUID) -> Place:
    return Place("signing_signer", "contact", row)
