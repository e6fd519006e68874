"""What a provider's message can be refused for."""

from core.errors import NotAuthenticated, VerificationFailed


class ForgedNotice(NotAuthenticated):
    """The signature is missing or not the provider's. Nothing of the body was read."""

    code = "forged-notice"


class WrongPayment(VerificationFailed):
    """The provider's own word, about another payment than the one that was asked for.

    `field` says what differs: merchant, reference, amount, currency, event.
    """

    code = "wrong-payment"
