"""`Idempotency-Key` over HTTP: the same call, sent again, gives what the first one made.

Every operation that creates something takes the header. Deposits and revocations need it, for
they cannot be undone; elsewhere a client that leaves it out may create twice. A key belongs to
the account (at sign-up: to the e-mail or number), and to one operation. It is remembered for 24
hours, that of a deposit for ever. With another body it is refused (422 `idempotency-mismatch`);
when what it made has been deleted since, 410.
"""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from fastapi import Header
from pydantic import AfterValidator, BaseModel, SecretStr

from accounts.staff import Officer
from api.auth import Caller
from api.numbered import refused
from core import canonical
from core.errors import Conflict, Gone, NotFound
from core.idempotency import MAX_KEY, Call
from core.sealed import Keyring

_HEADER: Final = Header(
    alias="Idempotency-Key",
    min_length=1,
    max_length=MAX_KEY,
    description="1–255 个可见 ASCII 字符 visible ASCII characters, new for each new wish",
)
Key = Annotated[str, _HEADER, AfterValidator(refused)]
OptionalKey = Annotated[str | None, _HEADER, AfterValidator(refused)]

_NONCE: Final = 12


def call_of(
    caller: Caller | Officer, operation: str, key: str | None, body: BaseModel | None, *more: object
) -> Call | None:
    """The call as it is remembered; None when no key came with it."""
    if key is None:
        return None
    asked = None if body is None else body.model_dump(mode="json")
    scope = str(caller.account_id)
    if isinstance(caller, Caller) and caller.actor_id is not None:
        scope = f"{scope}:{caller.actor_id}"  # two members never meet in one key
    return Call(scope, operation, key, [asked, *more])


def sealed_call(
    ring: Keyring, caller: Caller, operation: str, key: str | None, body: BaseModel, *more: object
) -> Call | None:
    """As `call_of`, for a body with secrets: of them a keyed digest is kept, which nobody without
    the ring's key can try numbers against.
    """
    secret = {
        name: value.get_secret_value() for name, value in body if isinstance(value, SecretStr)
    }
    index = ring.blind_index(f"idempotency/{operation}", canonical.encode(secret).decode())
    return call_of(caller, operation, key, body, index.hex(), *more)


@contextmanager
def still_there() -> Iterator[None]:
    """Around looking for what an earlier call made. Raises Gone where it is not found."""
    try:
        yield
    except NotFound as error:
        raise Gone(
            "此键所创建的内容已不在,请换新键 / what this key made is gone: use another key",
            field="Idempotency-Key",
        ) from error


def seal(secret: str, credential: str, key: str) -> bytes:
    """A secret that is shown once, kept so that only a repeat by the same caller opens it.

    The credential is 256 random bits that we keep as a hash only (RFC 5869, AES-256-GCM).
    """
    nonce = secrets.token_bytes(_NONCE)
    return nonce + AESGCM(_derive(credential, key)).encrypt(nonce, secret.encode(), None)


def unseal(sealed: bytes, credential: str, key: str) -> str:
    """The secret again. Raises Conflict when another key or session asks than the first time."""
    try:
        opened = AESGCM(_derive(credential, key)).decrypt(sealed[:_NONCE], sealed[_NONCE:], None)
    except InvalidTag as error:
        raise Conflict(
            "密钥已创建,只能由原会话或原密钥重取;请撤销后重建 / made already, and shown again only "
            "to the session or key that asked first: revoke it and make another",
            field="Idempotency-Key",
        ) from error
    return opened.decode()


def _derive(credential: str, key: str) -> bytes:
    made = HKDF(SHA256(), 32, salt=key.encode(), info=b"yinji idempotency")
    return made.derive(credential.encode())
