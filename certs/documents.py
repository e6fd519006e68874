"""The names of the documents that PDF and package carry."""

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
