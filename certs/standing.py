"""Whether evidence still stands: what the chain and a stapled status say of it.

Promises: what ends it is told by `Ended`, what cannot be told by `Unchecked`; silence is neither.
`docs/verification.md` §9 is the normative text.
"""

from typing import TYPE_CHECKING

from certs import status as statuses
from certs.asking import Unchecked
from certs.report import Standing
from core.canonical import format_time
from core.errors import VerificationFailed

if TYPE_CHECKING:
    from chain.node import SeenRevocation


class Ended(VerificationFailed):
    """It stood, and does not any more; `standing` says why."""

    code = "ended"

    def __init__(self, standing: Standing, message: str) -> None:
        super().__init__(message)
        self.standing = standing


def stapled(data: bytes, keys: frozenset[bytes], evidence: str, leaf: str) -> statuses.Status:
    """The status document, when it is trusted and about this evidence.

    Raises:
        UntrustedStatusKey: its key is not among `keys`.
        VerificationFailed, InvalidInput: it does not hold, or is another evidence's.
    """
    said = statuses.verify(data, keys)
    if said.evidence != evidence or said.leaf_hash != leaf:
        raise VerificationFailed("状态文件属于另一存证 / the status is another evidence's")
    return said


def judge(said: statuses.Status, edition: int | None) -> None:
    """What a status says against the certificate of this edition, None when it is not known.

    Raises:
        Ended: revoked, or superseded.
        Unchecked: older than the edition, or suspended.
    """
    if said.state == statuses.REVOKED:
        raise Ended(
            Standing.REVOKED, f"已撤销,原因码 {said.reason} / revoked, reason {said.reason}"
        )
    if edition is None:
        raise Unchecked("前面的步骤未通过 / an earlier step did not pass")
    if said.edition < edition:
        raise Unchecked("状态早于此证书 / the status is older than this edition")
    if said.state == statuses.SUPERSEDED or said.edition > edition:
        raise Ended(Standing.SUPERSEDED, "已被新版证书取代 / superseded by a later edition")
    if said.state == statuses.SUSPENDED:
        raise Unchecked("链发生重组,正在重新上链 / suspended while a reorganisation is mended")


def judge_chain(found: "SeenRevocation") -> None:
    """Raises Ended when the contract knows a revocation."""
    if found.reason:
        raise Ended(
            Standing.REVOKED,
            f"已于 {format_time(found.revoked_at)} 撤销,原因码 {found.reason} / "
            f"revoked, reason {found.reason}",
        )
