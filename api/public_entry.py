"""What the page of a register's record says of the registration, beside the right check code.

Promises: what everybody learns by the registration's number, and of title and owners what the
office announces to everybody; nothing else of the record.
"""

import json
from collections.abc import Mapping
from typing import Any

from registry.profile import Profile


def entry(
    office: str, record: bytes, offices: Mapping[str, Profile], *, announced: bool
) -> dict[str, Any]:
    """The members of a PublicEntry. `announced`: the entry was opened to everybody."""
    facts, profile = json.loads(record), offices[office]
    notice = profile.notice
    shown = notice.fields if announced and notice.public else ()
    return {
        "registration_number": facts["registration_number"],
        "software_certificate_number": facts.get("software_certificate_number"),
        "registered_on": facts["registered_on"],
        # As it was called that day, which is what the certificate prints.
        "office": {"zh": facts["office"], "en": profile.name.en},
        "title": facts["title"] if "title" in shown else None,
        "owners": facts["owners"] if "owners" in shown else None,
    }
