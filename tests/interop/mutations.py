"""Damage done at random, from a seed: to bytes, to JSON, to DER and to node answers.

Each function takes a `random.Random` and gives a changed copy; now and then it is the same again.
"""

import copy
import json
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from core import canonical, der
from core.errors import InvalidInput, VerificationFailed

_CONSTRUCTED = 0x20
_ODD: tuple[Any, ...] = (
    None, True, False, 0, 1, -1, 2, 255, 256, 2**32, 2**53 - 1, 2**53, 10**30, 1.5, 1e300, "", " ",
    "x", "名", "\u0000", "0x", "0X00", "00" * 32, "0x" + "00" * 32, "2026-02-30T00:00:00.000Z",
    "2026-11-21T24:00:00.000Z", "9999-12-31T23:59:59.999Z", [], {}, [[]], {"": None}, [1, "a"],
)  # fmt: skip

_SPELLINGS: tuple[Callable[[bytes], bytes], ...] = (
    lambda usual: json.dumps(json.loads(usual)).encode(),
    lambda usual: usual + b"\n",
    lambda usual: usual + b"{}",
    lambda usual: b"\xef\xbb\xbf" + usual,
    lambda usual: usual.replace(b":1", b":1.0", 1),
    lambda usual: usual.replace(b"{", b'{"type":0,', 1),
    lambda usual: usual.replace(b'"', b'"\\u0061', 2),
    lambda usual: usual.replace(b":", b": ", 1),
    lambda usual: b"[" * 17 + usual + b"]" * 17,
    lambda usual: b"[" * 200_000 + usual,
    *[lambda usual: usual] * 20,
)
"""What is written of a changed document: mostly the usual, sometimes what no reader may take."""


def damaged(chance: random.Random, data: bytes) -> bytes:
    """One or a few places changed, cut out, doubled or filled."""
    out = bytearray(data)
    for _ in range(chance.choice((1, 1, 1, 2, 4))):
        at = chance.randrange(len(out) + 1)
        size = chance.choice((1, 1, 1, 2, 4, 16, 64))
        match chance.randrange(8):
            case 0:
                del out[at : at + size]
            case 1:
                out[at:at] = chance.randbytes(size)
            case 2:
                out[at:at] = out[at : at + size]
            case 3:
                to = chance.randrange(len(out) + 1)
                out[at : at + size] = out[to : to + size]
            case 4:
                out[at:] = b"" if chance.random() < 0.5 else out[at:] + b"\n"
            case _:
                if at < len(out):
                    out[at] ^= 1 << chance.randrange(8)
    return bytes(out)


def altered_json(chance: random.Random, data: bytes) -> bytes:
    """A JSON document with something else in it, or spelled otherwise."""
    value = json.loads(data)
    holder = {"": value}
    for _ in range(chance.choice((1, 1, 1, 2, 3))):
        _alter(chance, holder)
    return _spelled(chance, holder.get(""))


def _places(value: Any) -> list[tuple[Any, Any]]:
    """Every (container, key or index) under `value`."""
    if isinstance(value, dict | list):
        pairs = list(value.items() if isinstance(value, dict) else enumerate(value))
        return [(value, key) for key, _ in pairs] + [
            place for _, item in pairs for place in _places(item)
        ]
    return []


def _alter(chance: random.Random, holder: dict[str, Any]) -> None:
    places = _places(holder)
    if not places:
        return
    inside, key = chance.choice(places)
    match chance.randrange(10):
        case 0:
            del inside[key]
        case 1:
            other, name = chance.choice(places)
            if name in other if isinstance(other, dict) else name < len(other):
                inside[key] = copy.deepcopy(other[name])
        case 2 if isinstance(inside, list):
            inside.insert(key, copy.deepcopy(inside[key]))
        case 2:
            inside[chance.choice(("x", "", "Z", "é", "\U0001f600", "\uffee"))] = inside[key]
        case 3 if isinstance(inside[key], list):
            chance.shuffle(inside[key])
        case 3 | 4 | 5 if isinstance(inside[key], str):
            inside[key] = _respelled(chance, inside[key])
        case 6 if type(inside[key]) is int:
            inside[key] += chance.choice((-1, 1, 2**31, 2**53))
        case _:
            inside[key] = copy.deepcopy(chance.choice(_ODD))


def _respelled(chance: random.Random, text: str) -> str:
    at = chance.randrange(len(text) + 1)
    return chance.choice(
        (
            text.upper(), text.lower(), text + "\n", " " + text, text[:at], text[at:], text * 2,
            text[:at] + chance.choice("0a1Zé名\u0000") + text[at + 1 :], text[:at] + text[at + 1 :],
        )
    )  # fmt: skip


def _spelled(chance: random.Random, value: Any) -> bytes:
    try:
        usual = canonical.encode(value)
    except InvalidInput:
        usual = json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")
    return chance.choice(_SPELLINGS)(usual)


@dataclass
class _Node:
    tag: int
    body: bytes
    parts: "list[_Node] | None"

    def encode(self) -> bytes:
        if self.parts is None:
            return der.encode(self.tag, self.body)
        return der.encode(self.tag, *(part.encode() for part in self.parts))


def _tree(element: der.Element) -> _Node:
    if element.tag & _CONSTRUCTED:
        try:
            parts = der.Reader(element.body, "mutant").rest()
        except VerificationFailed:
            return _Node(element.tag, element.body, None)
        return _Node(element.tag, b"", [_tree(part) for part in parts])
    return _Node(element.tag, element.body, None)


def _all(node: _Node) -> list[_Node]:
    return [node, *(found for part in node.parts or () for found in _all(part))]


def altered_der(chance: random.Random, data: bytes) -> bytes:
    """One DER element with another structure, lengths in order again; rarely not quite."""
    top = _tree(der.Reader(data, "mutant").any())
    for _ in range(chance.choice((1, 1, 2))):
        everything = _all(top)
        # Certificates hold most of the elements; what stands above them matters as much.
        node = chance.choice(everything if chance.random() < 0.5 else _near(top))
        _alter_node(chance, node, everything)
    raw = top.encode()
    if chance.randrange(12) == 0:
        at = chance.randrange(len(raw))
        raw = raw[:at] + bytes([raw[at] ^ 1 << chance.randrange(8)]) + raw[at + 1 :]
    return raw


def _near(top: _Node, depth: int = 5) -> list[_Node]:
    if depth == 0:
        return [top]
    return [top, *(found for part in top.parts or () for found in _near(part, depth - 1))]


def _alter_node(chance: random.Random, node: _Node, everything: list[_Node]) -> None:
    if chance.randrange(6) == 0:
        node.tag ^= chance.choice((0x01, 0x02, 0x20, 0x80))
    elif node.parts is None:
        node.body = _altered_body(chance, node.body, everything)
    else:
        at = chance.randrange(len(node.parts) + 1)
        other = copy.deepcopy(chance.choice(everything))
        match chance.randrange(6):
            case 0:
                del node.parts[at : at + 1]
            case 1:
                node.parts.insert(at, _Node(der.NULL, b"", None))
            case 2:
                node.parts[at:at] = copy.deepcopy(node.parts[at : at + 1])
            case 3:
                chance.shuffle(node.parts)
            case 4:
                node.parts.insert(at, other)
            case _:
                node.parts[at : at + 1] = [other]


def _altered_body(chance: random.Random, body: bytes, everything: list[_Node]) -> bytes:
    if not body:
        return b"\x00"
    at = chance.randrange(len(body))
    flipped = body[:at] + bytes([body[at] ^ 1 << chance.randrange(8)]) + body[at + 1 :]
    others = (b"\x00" + body, body[:-1], body + b"\x00", chance.choice(everything).encode())
    return chance.choice((*others, *[flipped] * 4))


def altered_answers(chance: random.Random, answers: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A node's recorded answers, one of those that are asked for changed."""
    found = copy.deepcopy(answers)
    asked = ("eth_chainId", "eth_getBlockByNumber", "eth_getCode", "eth_call")
    answer = chance.choice([each for each in found if each["method"] in asked])
    if chance.randrange(8) == 0:
        answer.pop("result", None)
        answer["error"] = {"code": -32000, "message": "no"}
        return found
    holder = {"": answer["result"]}
    _alter(chance, holder)
    answer["result"] = holder.get("")
    return found
