"""Closing one's own account (注销): what it would mean, and doing it."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Final

from fastapi import APIRouter, Response

from accounts import second_factors
from accounts.closing import is_closed
from accounts.models import Account
from accounts.obstacles import Obstacle
from api import closing, policy
from api.auth import SignedIn, Wired, drop_cookie
from api.closing_schemas import ClosedOut, ClosingIn, ClosingOut, ConsequenceOut, ObstacleOut
from api.closing_words import ENDED, ERASED, KEPT, Said
from api.database import transaction
from api.openapi import answers
from api.own_password import require_own_password
from api.sessions import present
from api.wiring import Services, utc_now
from core.errors import NotAllowed

router = APIRouter(prefix="/api/v1/account/closing", tags=["accounts"])

_SHOWN_LATELY: Final = timedelta(minutes=10)
"""The second factor counts for so long after it was shown."""

_AT_ONCE: Final = 5.0
"""Seconds for erasing files before the answer; what is left is erased in the background."""


@router.get("")
def show_closing(services: Wired, caller: SignedIn) -> ClosingOut:
    """What stands in the way of closing this account, each with its remedy; what would end, be
    erased and be kept. Nothing is done.
    """
    with transaction(services.sessions) as session:
        account = session.get_one(Account, caller.account_id)
        outlook = closing.look(session, account.id, now=utc_now())
        return ClosingOut(
            possible=not outlook.obstacles,
            obstacles=[_obstacle(each) for each in outlook.obstacles],
            needs_second_factor=second_factors.is_set_up(session, account.id),
            needs_transaction_password=account.transaction_password_hash is not None,
            erasable_evidence=outlook.erasable,
            also_closed=outlook.together,
            ended=_said(ENDED),
            erased=_said(ERASED),
            kept=_said(KEPT, outlook.counts),
        )


@router.post("", responses=answers(409))
def close_account(
    response: Response, body: ClosingIn, services: Wired, caller: SignedIn
) -> ClosedOut:
    """Close this account for good. Needs the password once more, the transaction password where one
    is set, and a second factor that was shown within ten minutes where there is one. Refused as
    long as something stands in the way: the answer names each reason with its remedy.
    """
    account = require_own_password(services, caller, body.password.get_secret_value())
    _require_transaction_password(services, account, body)
    now = utc_now()
    with transaction(services.sessions) as session:
        if policy.own_session(session, caller, present(caller.sign_in_id)).ended_at is not None:
            raise is_closed()
        second_factors.require_shown_again(
            session, account.id, present(caller.sign_in_id), since=now - _SHOWN_LATELY
        )
        done = closing.close(
            session, account.id, account.password_hash, erase_files=body.erase_files, now=now
        )
    drop_cookie(response, services.settings)
    closing.tidy_up(services, done, now=now)
    closing.finish_erasures(services, seconds=_AT_ONCE, now=now)
    return ClosedOut(
        closed_at=now,
        also_closed=done.outlook.together,
        ended=_said(ENDED),
        erased=_said(ERASED),
        kept=_said(KEPT, done.outlook.counts),
    )


def _require_transaction_password(services: Services, account: Account, body: ClosingIn) -> None:
    kept, given = account.transaction_password_hash, body.transaction_password
    if kept is None:
        return
    if given is None or not services.passwords.matches(given.get_secret_value(), kept):
        raise NotAllowed(
            "交易密码有误,请重新输入 / the transaction password is wrong: enter it again",
            field="transaction_password",
        )


def _obstacle(each: Obstacle) -> ObstacleOut:
    return ObstacleOut(
        code=each.code, reason_zh=each.reason_zh, reason_en=each.reason_en,
        remedy_zh=each.remedy_zh, remedy_en=each.remedy_en, about=list(each.about),
    )  # fmt: skip


def _said(those: Iterable[Said], counts: Mapping[str, int] | None = None) -> list[ConsequenceOut]:
    return [
        ConsequenceOut(code=each.code, zh=each.zh, en=each.en, count=(counts or {}).get(each.code))
        for each in those
    ]
