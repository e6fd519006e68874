"""What a checker asks a chain node, and what the answers mean (`docs/verification.md` §12).

Promises: a node's silence, another chain, or a block that it does not hold is `Unchecked`, never a
failure; only a node of the right chain that holds the very block can show that something is wrong.
"""

from typing import TYPE_CHECKING, Final

from core.errors import OutcomeUnknown, VerificationFailed

if TYPE_CHECKING:
    from certs.trust import TrustedChain
    from chain.node import Node, SeenBlock, SeenRevocation
    from chain.proof import AnchoredBlock

_TRIES: Final = 3


class Unchecked(OutcomeUnknown):
    """A step that could not be made; the message says why. Never means that it failed."""

    code = "unchecked"


class NotAsked(Unchecked):
    """There was no node to ask: the one gap that a checker may choose (--offline)."""

    code = "not-asked"


def confirmations(
    node: "Node",
    entry: "TrustedChain",
    block: "AnchoredBlock",
    transaction: bytes,
    transaction_index: int,
) -> int:
    """How deep `block` lies in the trusted chain; 1 for the head itself.

    Raises:
        Unchecked: the node is of another chain, does not hold the block, or too few confirm it.
        VerificationFailed: the block holds another transaction there, or the contract's code is
            not the trusted one.
        OutcomeUnknown: the node cannot be asked.
    """
    genesis = node.block_at(0)
    if node.chain_id() != entry.chain_id or genesis is None or genesis.hash != entry.genesis:
        raise Unchecked("节点属于另一条链 / the node belongs to another chain")
    head = node.head()
    found = node.block_at(block.number)
    if found is None:
        raise Unchecked("节点还没有该区块 / the node is behind: it does not have the block yet")
    if found.hash != block.hash:
        raise Unchecked(
            "节点在该高度是另一区块 / another block at this height: reorganised or behind"
        )
    # The hash fixes the list, so this is about the proof and not about the node.
    if transaction_index >= len(found.transactions) or (
        found.transactions[transaction_index] != transaction
    ):
        raise VerificationFailed("交易不在该区块内 / the transaction is not in this block")
    # Only now: a node still behind the deployment would show no code at all.
    if node.code_hash(entry.contract) != entry.code_hash:
        raise VerificationFailed("合约代码与信任文件不符 / other contract code than trusted")
    depth = head.number - block.number + 1
    if depth < entry.confirmations:
        raise Unchecked(f"确认数 {depth} 不足 / too few confirmations, needs {entry.confirmations}")
    return depth


def revocation(node: "Node", contract: bytes, leaf: bytes) -> "tuple[SeenBlock, SeenRevocation]":
    """What the contract says of `leaf`, between two looks at the head: one state answered.

    Raises:
        Unchecked: the head moved each time.
        OutcomeUnknown: the node cannot be asked.
    """
    for _ in range(_TRIES):
        before = node.head()
        found = node.revocation(contract, leaf)
        after = node.head()
        if before.hash == after.hash:
            return after, found
    raise Unchecked("链头一直在变,请重试 / the head kept moving: try again")
