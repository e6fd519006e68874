"""Builds the vectors anew from a running stack: `python -m tests.vectors.build`.

Everything in this folder but the programs and README.md is written by this. Every expectation is
stated by hand in `honest`, `forged`, `unsigned`, `registered` and `agents`; a vector on which our
own verifier disagrees stops the build. The frozen files are what counts: build again only when a
format changes. With the argument `agents` only what `agents` writes is made anew.
"""

import json
import shutil
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.grounds.samples import samples_folder
from tests.grounds.stack import RunningStack, running_stack
from tests.vectors import recording
from tests.vectors.issuing import Installation, Issued

HERE = Path(__file__).resolve().parent
FOLDERS = ("works", "presented", "trust", "nodes")
MAX_BYTES = 7_200_000
BATCH_TRIES = 20
OFFICE = "tianjin"
REVOKED_AS = 12
FORMAT = {"type": "yinji/vectors", "version": 1}


@dataclass
class Grounds:
    """What the cases are made from: packages of the stack, its keys, and answers of its node.

    `sample` is the work sample (PDF) of the registration.
    """

    home: Installation
    other: Installation
    issued: dict[str, Issued]
    works: dict[str, Path]
    nodes: dict[str, recording.Answers]
    sample: bytes
    vectors: list[dict[str, Any]] = field(default_factory=list)

    def trust(self, name: str, document: Any) -> str:
        """Write a trust file; the name to refer to it by."""
        path = f"trust/{name}.json"
        data = document if isinstance(document, bytes) else _canonical(document)
        (HERE / path).write_bytes(data)
        return path

    def node(self, name: str, answers: recording.Answers) -> str:
        path = f"nodes/{name}.json"
        text = json.dumps({"answers": answers}, indent=1, sort_keys=True)
        (HERE / path).write_text(text + "\n", encoding="utf-8")
        return path

    def add(
        self,
        name: str,
        says: str,
        verdict: str,
        presented: bytes | str,
        files: Sequence[str] = ("photo.jpg",),
        *,
        trust: str | None = "trust/home.json",
        node: str | None = None,
        offline: bool = False,
        failed: Sequence[str] = (),
        not_checked: Sequence[str] | None = None,
        needs: str | None = None,
    ) -> str:
        """Write one vector; returns where its presented file lies, for others to share.

        `not_checked` None means: whatever depends on what failed.
        """
        if isinstance(presented, bytes):
            kind = "pdf" if presented.startswith(b"%PDF") else "zip"
            path = f"presented/{name}.{kind if presented[:2] == b'PK' or kind == 'pdf' else 'bin'}"
            (HERE / path).write_bytes(presented)
        else:
            path = presented
        vector: dict[str, Any] = {
            "id": name,
            "says": says,
            "files": [f"works/{file}" for file in files],
            "presented": path,
            "trust": trust,
            "node": node,
            "offline": offline,
            "verdict": verdict,
            "failed": sorted(failed),
        }
        if not_checked is not None:
            vector["not_checked"] = sorted(not_checked)
        if needs is not None:
            vector["needs"] = needs
        self.vectors.append(vector)
        return path


def main() -> None:
    """Start two stacks' worth of keys, deposit, forge, write, and check each expectation."""
    # They use this module.
    from tests.vectors import agents, forged, honest, registered, unsigned  # noqa: PLC0415

    for folder in FOLDERS:
        shutil.rmtree(HERE / folder, ignore_errors=True)
        (HERE / folder).mkdir()
    with tempfile.TemporaryDirectory() as temporary:
        home = Path(temporary)
        with running_stack(_made(home / "one")) as stack:
            grounds = _gather(stack, home)
            with running_stack(_made(home / "two")) as foreign:
                grounds.other = Installation.load(foreign.var)
                photo = grounds.works["photo.jpg"]
                grounds.issued["foreign"] = _deposit(foreign, home / "foreign", photo)
            honest.write(grounds)
            forged.write(grounds)
            unsigned.write(grounds)
            registered.write(grounds)
            agents.write(grounds)
    _finish(grounds.vectors, grounds.vectors)


def main_of_agents() -> None:
    """Only the vectors of agents, in place of those there are."""
    # They use this module.
    from tests.vectors import agents, running  # noqa: PLC0415

    photo = HERE / "works" / "photo.jpg"
    with tempfile.TemporaryDirectory() as temporary:
        home = Path(temporary)
        with running_stack(_made(home / "one")) as stack:
            keys = Installation.load(stack.var)
            entry, sample = _register(stack, home / "story", photo)
            answers = recording.record(stack.local["rpc"], _questions(entry))
            issued, nodes = {"registration": entry}, {"registration": answers}
            grounds = Grounds(keys, keys, issued, {"photo.jpg": photo}, nodes, sample)
            agents.write(grounds)
    made = {vector["id"] for vector in grounds.vectors}
    others = [vector for vector in running.manifest() if vector["id"] not in made]
    _finish([*others, *grounds.vectors], grounds.vectors)


def _finish(vectors: list[dict[str, Any]], made: list[dict[str, Any]]) -> None:
    """Write the manifest, and stop if our verifier says something else of what was made."""
    from tests.vectors import running  # noqa: PLC0415 - it uses this module's folder

    manifest = {**FORMAT, "vectors": vectors}
    text = json.dumps(manifest, ensure_ascii=False, indent=1)
    (HERE / "manifest.json").write_text(text + "\n", encoding="utf-8")
    wrong = [fault for vector in made for fault in running.faults(vector)]
    size = sum(path.stat().st_size for folder in FOLDERS for path in (HERE / folder).iterdir())
    sys.stdout.write(f"{len(vectors)} vectors, {size} bytes\n")
    if wrong or size > MAX_BYTES:
        raise SystemExit("\n".join(wrong) or f"larger than {MAX_BYTES} bytes")


def _gather(stack: RunningStack, folder: Path) -> Grounds:
    samples = samples_folder(_made(folder / "samples"))
    works = {"photo.jpg": samples.photo, "picture.png": samples.picture}
    works |= {"drawing.pdf": samples.drawing, "sound.wav": samples.sound}
    for name, path in works.items():
        shutil.copy(path, HERE / "works" / name)
    at = {name: HERE / "works" / name for name in works}
    photo = bytearray(samples.photo.read_bytes())
    photo[len(photo) // 2] ^= 1
    (HERE / "works" / "photo-changed.jpg").write_bytes(photo)
    home = Installation.load(stack.var)
    issued = {
        "photo": _deposit(stack, folder / "photo", at["photo.jpg"], "--title", "山间"),
        "several": _deposit(
            stack, folder / "several", at["picture.png"], at["drawing.pdf"], at["sound.wav"],
            "--title", "三件一组 three in one",
        ),
    }  # fmt: skip
    issued |= _batch(stack, folder / "batch", list(at.values()))
    issued["registration"], sample = _register(stack, folder / "story", at["photo.jpg"])
    url = stack.local["rpc"]
    nodes = {name: recording.record(url, _questions(each)) for name, each in issued.items()}
    home.revoke(url, issued["several"].leaf, 3)
    nodes["revoked"] = recording.record(url, _questions(issued["several"]))
    home.revoke(url, issued["registration"].leaf, REVOKED_AS)
    nodes["registration-revoked"] = recording.record(url, _questions(issued["registration"]))
    return Grounds(home, home, issued, at, nodes, sample)


def _batch(stack: RunningStack, out: Path, paths: list[Path]) -> dict[str, Issued]:
    """Digests of several files that share a tree, the first and the last leaf of it.

    On a busy machine a batch may be sealed before all have arrived: then once more.
    """
    wanted = [(place, len(paths)) for place in range(len(paths))]
    found: list[tuple[int, int]] = []
    for _ in range(BATCH_TRIES):
        ran = stack.yinji(
            "deposit", "--again", "--each", "--hash-only", "--out", out, "--json", *paths,
            timeout=300,
        )  # fmt: skip
        assert ran.code == 0, ran.err
        loaded = [Issued.load(Path(each["package"])) for each in ran.json]
        proofs = [each.json("proof.json") for each in loaded]
        found = [(proof["leaf_index"], proof["tree_size"]) for proof in proofs]
        if found == wanted:
            return {"hashed": loaded[0], "last": loaded[-1]}
    raise AssertionError(f"the batch fell apart: {found}")


def _deposit(stack: RunningStack, out: Path, *arguments: str | Path) -> Issued:
    ran = stack.yinji("deposit", "--out", out, "--json", *arguments, timeout=180)
    assert ran.code == 0, ran.err
    return Issued.load(Path(ran.json["package"]))


def _register(stack: RunningStack, out: Path, work: Path) -> tuple[Issued, bytes]:
    """A whole registration of the work: its package, and its sample."""
    ran = stack.yinji("story", "--office", OFFICE, "--file", work, "--out", out, timeout=300)
    assert ran.code == 0, ran.err
    number = ran.json["registration"]
    sample = (out / f"sample-{number}.pdf").read_bytes()
    return Issued.load(out / f"registration-{number}.zip"), sample


def _questions(issued: Issued) -> Any:
    proof, chain = issued.json("proof.json"), issued.json("content.json")["chain"]
    return recording.questions(
        chain["block_number"],
        chain["block_hash"],
        proof["transaction"],
        proof["contract"],
        issued.leaf,
    )


def _canonical(document: Any) -> bytes:
    return json.dumps(document, sort_keys=True, separators=(",", ":")).encode()


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


if __name__ == "__main__":
    main_of_agents() if sys.argv[1:] == ["agents"] else main()
