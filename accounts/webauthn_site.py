"""Passkeys as the `webauthn` package checks them (W3C Web Authentication, level 3).

One `Site` is one installation's address. No attestation is asked for: any authenticator will do.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from core.errors import NotAllowed


@dataclass(frozen=True)
class NewCredential:
    """What a registration gave."""

    credential_id: bytes
    public_key: bytes
    sign_count: int


@dataclass(frozen=True)
class Site:
    """`host` is what passkeys are bound to; `origin` the pages' own address."""

    host: str
    name: str
    origin: str

    def registration(
        self, challenge: bytes, handle: bytes, account: str, known: Sequence[bytes]
    ) -> dict[str, Any]:
        """Options for `navigator.credentials.create`; none of the `known` credentials again."""
        made = generate_registration_options(
            rp_id=self.host,
            rp_name=self.name,
            user_id=handle,
            user_name=account,
            challenge=challenge,
            exclude_credentials=[PublicKeyCredentialDescriptor(id=each) for each in known],
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.PREFERRED,
                user_verification=UserVerificationRequirement.REQUIRED,
            ),
        )
        found: dict[str, Any] = json.loads(options_to_json(made))
        return found

    def registered(self, credential: dict[str, Any], challenge: bytes) -> NewCredential:
        """Raises NotAllowed for an answer to another challenge, another site, or none at all."""
        try:
            made = verify_registration_response(
                credential=credential,
                expected_challenge=challenge,
                expected_rp_id=self.host,
                expected_origin=self.origin,
                require_user_verification=True,
            )
        except (WebAuthnException, ValueError, KeyError, TypeError) as error:
            raise _refused() from error
        return NewCredential(made.credential_id, made.credential_public_key, made.sign_count)

    def proof(self, challenge: bytes, known: Sequence[bytes]) -> dict[str, Any]:
        """Options for `navigator.credentials.get`; by any passkey of the site when none is."""
        made = generate_authentication_options(
            rp_id=self.host,
            challenge=challenge,
            allow_credentials=[PublicKeyCredentialDescriptor(id=each) for each in known],
            user_verification=UserVerificationRequirement.REQUIRED,
        )
        found: dict[str, Any] = json.loads(options_to_json(made))
        return found

    def proven(
        self, credential: dict[str, Any], challenge: bytes, public_key: bytes, sign_count: int
    ) -> int:
        """The new signature count. Raises NotAllowed for anything but this key's fresh answer."""
        try:
            made = verify_authentication_response(
                credential=credential,
                expected_challenge=challenge,
                expected_rp_id=self.host,
                expected_origin=self.origin,
                credential_public_key=public_key,
                credential_current_sign_count=sign_count,
                require_user_verification=True,
            )
        except (WebAuthnException, ValueError, KeyError, TypeError) as error:
            raise _refused() from error
        return made.new_sign_count


def _refused() -> NotAllowed:
    return NotAllowed(
        "通行密钥未通过验证,请重试 / the passkey did not prove itself: try again",
        field="credential",
    )
