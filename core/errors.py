"""The one error tree. Everything this project raises on purpose descends from `ServiceError`.

    ServiceError                      something we said no to, or could not do
    ├── InvalidInput                  the caller can mend it; names the field and the remedy
    │   ├── TooLarge                  a limit was passed
    │   └── UnsupportedType           the bytes are of a kind we do not take
    ├── NotAuthenticated              no valid session or key
    ├── NotAllowed                    authenticated, but this key has not the scope
    ├── NotFound                      unknown to this caller (also: somebody else's)
    ├── Conflict                      the state of things does not permit it now
    │   ├── ConcurrentChange          another writer was first
    │   ├── IllegalTransition         no rule leads from this state to that one
    │   └── IdempotencyMismatch       the key was used with another request
    ├── Gone                          it existed and was erased or has expired
    ├── RateLimited                   too many requests; carries the seconds to wait
    ├── VerificationFailed            a check was made and did not hold
    ├── OutsideError                  a foreign system said no (`permanent` tells retry loops)
    │   └── OutcomeUnknown            we cannot tell whether the foreign system acted
    ├── NotReady                      it will exist, not yet; ask again
    └── Misconfigured                 settings contradict the world; refuse to start

HTTP is unknown here: `api/errors.py` maps class to status, and a test walks this tree.
"""

from typing import ClassVar


class ServiceError(Exception):
    """Base of all. `code` is stable and machine-readable, `message` is for people.

    `field` names the input at fault when there is one; it never carries the input's value,
    because values may be secrets, identity numbers or file names.
    """

    code: ClassVar[str] = "service-error"

    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field


class InvalidInput(ServiceError):
    code = "invalid-input"


class TooLarge(InvalidInput):
    code = "too-large"


class UnsupportedType(InvalidInput):
    code = "unsupported-type"


class NotAuthenticated(ServiceError):
    code = "not-authenticated"


class NotAllowed(ServiceError):
    code = "not-allowed"


class NotFound(ServiceError):
    code = "not-found"


class Conflict(ServiceError):
    code = "conflict"


class ConcurrentChange(Conflict):
    code = "concurrent-change"


class IllegalTransition(Conflict):
    code = "illegal-transition"


class IdempotencyMismatch(Conflict):
    code = "idempotency-mismatch"


class Gone(ServiceError):
    code = "gone"


class RateLimited(ServiceError):
    """`retry_after` is in whole seconds, at least 1."""

    code = "rate-limited"

    def __init__(self, message: str, *, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class VerificationFailed(ServiceError):
    code = "verification-failed"


class OutsideError(ServiceError):
    """`permanent` is the one bit a retry loop needs: repeating cannot help."""

    code = "outside-error"

    def __init__(self, message: str, *, permanent: bool = False) -> None:
        super().__init__(message)
        self.permanent = permanent


class OutcomeUnknown(OutsideError):
    """A timeout or broken connection after sending. Never means "failed"."""

    code = "outcome-unknown"


class NotReady(ServiceError):
    code = "not-ready"


class Misconfigured(ServiceError):
    code = "misconfigured"
