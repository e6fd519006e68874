"""`var/outbox/`: mail and SMS as files of mode 600, for an operator's gateway to take and send.

A message is written after the commit of what it speaks of. One with a code that was lost is asked
for again; one about a matter has a row of its own (`api.mailing`), and is never lost.
"""

import json
import secrets
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Literal

from accounts.identifiers import Identifier
from api.keyfiles import write_private
from core.canonical import format_time


@dataclass(frozen=True)
class Message:
    """What goes to whom. `code` is the secret it carries, if any, so that programs find it."""

    to: Identifier
    subject: str
    text: str = field(repr=False)
    code: str | None = field(default=None, repr=False)


def channel_of(to: Identifier) -> Literal["mail", "sms"]:
    return "mail" if to.kind == "email" else "sms"


class FileOutbox:
    """A folder, one file for each message; names sort by time and say nothing of anybody."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def send(self, message: Message, *, now: datetime, name: str | None = None) -> Path:
        """Write one message, whole or not at all; the same `name` and time give one file."""
        name = f"{now:%Y%m%dT%H%M%S.%f}-{name or secrets.token_hex(8)}.json"
        document = {
            "channel": channel_of(message.to),
            "to": message.to.value,
            "subject": message.subject,
            "text": message.text,
            "code": message.code,
            "at": format_time(now),
        }
        encoded = json.dumps(document, ensure_ascii=False, indent=2).encode() + b"\n"
        write_private(self._folder / name, encoded)
        return self._folder / name
