"""One's own account: names, how it is reached, the transaction password, what was agreed to."""

from fastapi import APIRouter

from accounts import consents, contacts, identity, people, second_factors
from accounts.consents import LegalText
from accounts.identifiers import parse_identifier as parse
from accounts.models import Account
from accounts.passwords import check_new
from api import messages
from api.account_schemas import (
    AccountDetails,
    ConsentOut,
    ConsentPage,
    ConsentsIn,
    ContactCodeIn,
    ContactIn,
    ProfileIn,
    TextOut,
    TextPage,
    TransactionPasswordIn,
)
from api.auth import SignedIn, Wired
from api.braking import brake_codes
from api.database import transaction
from api.openapi import answers
from api.own_password import require_own_password
from api.views import account_out, avatar_out
from api.wiring import utc_now
from certs.glyphs import check_glyphs
from core.errors import NotAllowed

router = APIRouter(prefix="/api/v1", tags=["accounts"])


@router.get("/account")
def show_account(services: Wired, caller: SignedIn) -> AccountDetails:
    """Everything about this account at once."""
    now = utc_now()
    with transaction(services.sessions) as session:
        account = session.get_one(Account, caller.account_id)
        held = identity.current(session, account.id)
        return AccountDetails(
            **account_out(account).model_dump(),
            user_name=account.user_name,
            kind=account.kind,
            email_confirmed_at=account.email_confirmed_at,
            mobile_confirmed_at=account.mobile_confirmed_at,
            identity_status=None if held is None else held.status,
            identity_expired=held is not None and identity.expired(held, now),
            second_factor_set_up=second_factors.is_set_up(session, account.id),
            transaction_password_set=account.transaction_password_hash is not None,
            avatar=avatar_out(session, services, account.id),
            referral=account.id,
            referred_by=account.referrer_id,
        )


@router.put("/account", responses=answers(409))
def change_account(body: ProfileIn, services: Wired, caller: SignedIn) -> AccountDetails:
    """Another name for later certificates, another user name to sign in with."""
    check_glyphs(body.name.strip(), "name")
    with transaction(services.sessions) as session:
        people.rename(session, caller.account_id, body.name, body.user_name)
    return show_account(services, caller)


@router.post("/account/contacts", status_code=202)
def begin_contact(body: ContactIn, services: Wired, caller: SignedIn) -> None:
    """Send a code to an address that is to be this account's: the present one, to confirm it, or
    another one of its kind, to replace it.
    """
    to, now = parse(body.identifier, "identifier"), utc_now()
    require_own_password(services, caller, body.password.get_secret_value())
    brake_codes(services.limiter, to.value, str(caller.account_id))
    with transaction(services.sessions) as session:
        code = contacts.begin(session, services.keyring, caller.account_id, to, now=now)
    services.outbox.send(messages.contact_code(to, code), now=now)


@router.put("/account/contacts", responses=answers(409))
def finish_contact(body: ContactCodeIn, services: Wired, caller: SignedIn) -> AccountDetails:
    """The code that came: the address is this account's. The one it replaces is told."""
    limit = services.settings.sign_in_per_minute
    services.limiter.check(f"contact-code:{caller.account_id}", limit)
    now, code = utc_now(), body.code.get_secret_value()
    with transaction(services.sessions) as session:
        account = session.get_one(Account, caller.account_id)
        was = {each.kind: each for each in people.reached(account)}
        to = contacts.finish(session, services.keyring, account.id, code, now=now)
    if to is None:
        raise NotAllowed(
            "验证码有误、已用过或已过期,请重新获取 / wrong, used or expired: ask for a new code",
            field="code",
        )
    before = was.get(to.kind, to)
    if before != to:
        services.outbox.send(messages.contact_replaced(before), now=now)
    return show_account(services, caller)


@router.put("/account/transaction-password", status_code=204)
def set_transaction_password(
    body: TransactionPasswordIn, services: Wired, caller: SignedIn
) -> None:
    """Set the password that some offices ask for at each submission; another than to sign in."""
    account = require_own_password(services, caller, body.password.get_secret_value())
    new = body.new.get_secret_value()
    check_new(new, "new", not_like=account.email or account.mobile or "")
    if services.passwords.matches(new, account.password_hash):
        raise NotAllowed(
            "交易密码不能与登录密码相同 / must differ from the password to sign in", field="new"
        )
    kept = services.passwords.hash(new)
    with transaction(services.sessions) as session:
        people.set_transaction_password(session, account.id, kept)


@router.get("/account/consents")
def list_consents(services: Wired, caller: SignedIn) -> ConsentPage:
    """What this account's owner agreed to, in which version, when."""
    with transaction(services.sessions) as session:
        return ConsentPage(
            items=[
                ConsentOut(text=row.text, version=row.version, sha256=row.digest.hex(), at=row.at)
                for row in consents.of_account(session, caller.account_id)
            ]
        )


@router.put("/account/consents", status_code=204)
def agree(body: ConsentsIn, services: Wired, caller: SignedIn) -> None:
    """Agree to the texts as they are now, after one has changed."""
    consents.require_all(body.agreed)
    with transaction(services.sessions) as session:
        consents.record(session, caller.account_id, now=utc_now())


@router.get("/texts")
def list_texts() -> TextPage:
    """What whoever signs up agrees to, in the present versions."""
    return TextPage(items=[_text_out(each) for each in consents.texts().values()])


@router.get("/texts/{key}", responses=answers(404))
def show_text(key: str) -> TextOut:
    """One of those texts."""
    return _text_out(consents.text(key))


def _text_out(text: LegalText) -> TextOut:
    return TextOut(
        key=text.key, version=text.version, title_zh=text.title_zh, title_en=text.title_en,
        zh=text.zh, en=text.en, sha256=text.digest.hex(),
    )  # fmt: skip
