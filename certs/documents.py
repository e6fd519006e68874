"""The names of the documents that PDF and package carry."""

from typing import Final

STATEMENT: Final = "statement.json"
TOKEN: Final = "timestamp.tsr"  # noqa: S105 - a file name
PROOF: Final = "proof.json"
BLOCK: Final = "block.json"
DISCLOSURES: Final = "disclosures.json"
CUSTODY: Final = "custody.json"
CONTENT: Final = "content.json"

DOCUMENTS: Final = (STATEMENT, TOKEN, PROOF, BLOCK, DISCLOSURES, CUSTODY, CONTENT)
