"""The tool chain is pinned, and a machine without it is told so, once, in words."""

import json
from pathlib import Path

import pytest

from .tools import CONTRACTS, tool

pytestmark = pytest.mark.contracts


def test_without_node_modules_the_tests_fail_and_say_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(pytest.fail.Exception, match="forge is not installed: run npm ci"):
        tool("forge", contracts=tmp_path)


def test_with_node_modules_both_tools_are_executable() -> None:
    for name in ("forge", "anvil"):
        assert tool(name).stat().st_mode & 0o111


def test_the_lock_holds_a_digest_for_each_package_and_no_address() -> None:
    lock = json.loads((CONTRACTS / "package-lock.json").read_bytes())
    packages = {path: package for path, package in lock["packages"].items() if path}
    assert packages
    for path, package in packages.items():
        assert package["integrity"].startswith("sha512-"), path
        assert "resolved" not in package, path


def test_the_running_product_needs_only_the_chain_node() -> None:
    lock = json.loads((CONTRACTS / "package-lock.json").read_bytes())
    needed = {path for path, package in lock["packages"].items() if path and not package.get("dev")}
    assert needed == {"node_modules/@foundry-rs/anvil-linux-amd64"}
