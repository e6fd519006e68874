"""The names of the documents that PDF and package carry."""

import re
from typing import Final

STATEMENT: Final = "statement.json"
TOKEN: Final = "timestamp.tsr"  # noqa: S105 - a file name
PROOF: Final = "proof.json"
BLOCK: Final = "block.json"
DISCLOSURES: Final = "disclosures.json"
CUSTODY: Final = "custody.json"
CONTENT: Final = "content.json"
STATUS: Final = "status.json"

COPIED: Final = (STATEMENT, TOKEN, PROOF, BLOCK, DISCLOSURES, CUSTODY)
"""The same bytes in PDF and package."""

ATTACHED: Final = (*COPIED, CONTENT, STATUS)
"""In the PDF; its status is that of the day of issue, a package carries a later one."""

_KIND: Final = re.compile(rb'"type":"yinji/([a-z]+)"')
_SEQUENCE: Final = b"\x30"


def kind(data: bytes) -> str | None:
    """The name of the document that `data` says it is; it need not be well formed yet.

    `docs/verification.md` §11.4: what a reader goes by who finds attachments without their names.
    """
    if data[:1] == _SEQUENCE:
        return TOKEN
    found = _KIND.findall(data)
    return f"{found[0].decode()}.json" if len(found) == 1 else None
