"""What stands on a paper of an application, looked up."""

from typing import Any

from certs.paper import Block, Cells, Choice, Paper, Signatures, Signer
from registry import paper_kinds
from registry.paper_case import Case


def drawable(of: Case) -> list[str]:
    documents = of.profile.documents
    return [code for code, each in documents.items() if paper_kinds.kind_of(code, each)]


def values(paper: Paper) -> dict[str, str]:
    """Chinese label to value, of every cell."""
    return {
        cell.label[0]: cell.value
        for block in paper.blocks
        if isinstance(block, Cells)
        for cell in block.cells
    }


def ticked(paper: Paper, label: str) -> list[str]:
    found = [b for b in paper.blocks if isinstance(b, Choice) and b.label[0] == label]
    return [option.label[0] for option in found[0].options if option.ticked]


def signers(paper: Paper) -> list[Signer]:
    return [s for b in paper.blocks if isinstance(b, Signatures) for s in b.signers]


def said(paper: Paper, kind: type[Block]) -> list[Any]:
    return [block for block in paper.blocks if isinstance(block, kind)]
