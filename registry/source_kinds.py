"""Which files text is taken from, by the ending of their names. Pure."""

from typing import Final

from registry.source_comments import LANGUAGES
from registry.words import Words

PLAIN: Final = frozenset({"txt", "md"})
WORD_PROCESSED: Final = frozenset({"doc", "docx", "odt", "rtf", "wps", "pages"})
"""Their text has no lines and no pages of its own: what is printed would be our making."""

NO_TEXT: Final = Words(
    "存证中没有可读的文本,请上传 ZIP 或 txt",
    "no text in this evidence: upload a ZIP of the source files, or txt",
)


def is_read(ending: str) -> bool:
    """Whether text is taken from files that end so."""
    return ending == "zip" or ending in LANGUAGES or ending in PLAIN
