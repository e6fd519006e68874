"""Messages on their way out: the intent is a row, the file follows, and then the row is closed.

Killed between file and row, the next run writes the same file again, under the same name.
"""

from typing import Final

from accounts import inbox
from accounts.inbox import Outgoing
from api import crash
from api.database import lease, transaction
from api.outbox import Message
from api.wiring import Services, utc_now
from core.errors import OutsideError
from registry.telling import said

PAGE: Final = 100
_SIGNATURE: Final = "\n印记 Yinji\n"


def send_out(services: Services) -> bool:
    """Write a page of messages to the outbox, each once."""
    with lease(services.engine, "outbox") as held:
        if not held:
            return False
        with transaction(services.sessions) as session:
            waiting = inbox.waiting(session, PAGE)
        for each in waiting:
            _write(services, each)
        if waiting:
            crash.point("messaged")
        with transaction(services.sessions) as session:
            inbox.sent(session, [each.dispatch_id for each in waiting], now=utc_now())
    return bool(waiting)


def _write(services: Services, each: Outgoing) -> None:
    """One file; nothing where the account cannot be reached any more."""
    if each.to is None:
        return
    subject, text = said(each.kind, each.facts)
    message = Message(each.to, f"印记:{subject.zh} / Yinji: {subject.en}",
                      f"{text.zh}\n{text.en}\n{_SIGNATURE}")  # fmt: skip
    try:
        services.outbox.send(message, now=each.created_at, name=each.dispatch_id.hex)
    except OSError as error:
        raise OutsideError(
            f"发件箱无法写入 / the outbox cannot be written: {error.errno}"
        ) from error
