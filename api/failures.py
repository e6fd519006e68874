"""What a log says of an unforeseen failure: its type and where it arose, never a value.

Messages of exceptions quote rows and arguments, and the values of local variables include API
keys and file names: neither may reach a file.
"""

import logging
from traceback import extract_tb
from typing import Final

_SERVER_LOG: Final = "uvicorn.error"


def places(error: BaseException) -> list[str]:
    """Where the error arose, outermost call first: file, line and function."""
    return [f"{at.filename}:{at.lineno} {at.name}" for at in extract_tb(error.__traceback__)]


class WithoutValues(logging.Filter):
    """Leaves of a logged exception its type alone; `api.errors` logs the places."""

    def filter(self, record: logging.LogRecord) -> bool:
        kind = record.exc_info[0] if isinstance(record.exc_info, tuple) else None
        if kind is not None:
            record.msg, record.args = f"{str(record.msg).strip()}: {kind.__name__}", None
            record.exc_info = record.exc_text = None
        return True


def quieten_server() -> None:
    """The server logs again, with its message, what our handler has logged and answered."""
    log = logging.getLogger(_SERVER_LOG)
    if not any(isinstance(each, WithoutValues) for each in log.filters):
        log.addFilter(WithoutValues())
