"""Postgres, Valkey and anvil for real, below the stand-in application."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from redis import Redis, RedisError

from api.stack.keeping import read_environment
from api.stack.postgres import clear_stale_pid
from chain.snapshot import SnapshotStore
from core.errors import Conflict

from .looking import Stack, Starter, alive, wait_until
from .node import rpc

pytestmark = pytest.mark.integration


def told(stack: Stack) -> dict[str, str]:
    return read_environment(stack.var / "env")


def database(stack: Stack) -> "psycopg.Connection[tuple[object, ...]]":
    address = told(stack)["DATABASE_URL"].replace("postgresql+psycopg", "postgresql")
    return psycopg.connect(address, autocommit=True, connect_timeout=5)


def broker(stack: Stack) -> Redis:
    return Redis.from_url(told(stack)["BROKER_URL"])


def node(stack: Stack) -> str:
    return told(stack)["YINJI_RPC_URLS"]


def leave_marks(stack: Stack) -> object:
    """Something in each part, and what the chain calls its newest block."""
    with database(stack) as connection:
        connection.execute("create table mark (word text)")
        connection.execute("insert into mark values ('kept')")
    with broker(stack) as client:
        client.set("mark", "kept")
        client.execute_command("WAITAOF", 1, 0, 5000)
    rpc(node(stack), "anvil_mine", "0x3")
    SnapshotStore(stack.var / "chain").take(node(stack))
    return rpc(node(stack), "eth_getBlockByNumber", "0x3", False)


def assert_marks(stack: Stack, block: object) -> None:
    with database(stack) as connection:
        assert connection.execute("select word from mark").fetchall() == [("kept",)]
    with broker(stack) as client:
        assert client.get("mark") == b"kept"
    assert rpc(node(stack), "eth_getBlockByNumber", "0x3", False) == block


def test_everything_is_there_again_after_an_orderly_stop(start: Starter) -> None:
    stack = start(grounds=True).until_up()
    block = leave_marks(stack)
    assert stack.stop() == 0
    again = start(grounds=True).until_up()
    assert_marks(again, block)
    assert again.stop() == 0


def test_kill_9_leaves_no_process_and_everything_is_there_again(start: Starter) -> None:
    stack = start(grounds=True).until_up()
    block = leave_marks(stack)
    children = stack.children
    assert len(children) >= 5
    stack.process.kill()
    stack.process.wait()
    again = start(grounds=True).until_up()
    assert not [name for pid, name in children.items() if alive(pid)]
    assert_marks(again, block)
    assert again.stop() == 0


def test_kill_9_of_the_whole_process_group_loses_nothing(start: Starter) -> None:
    stack = start(grounds=True).until_up()
    block = leave_marks(stack)
    os.killpg(stack.process.pid, signal.SIGKILL)
    stack.process.wait()
    again = start(grounds=True).until_up()
    assert_marks(again, block)
    assert again.stop() == 0


@pytest.mark.parametrize("part", ["postgres -D", "valkey-server", "anvil"])
def test_a_killed_part_comes_back_with_what_it_held(start: Starter, part: str) -> None:
    stack = start(grounds=True).until_up()
    block = leave_marks(stack)
    before = stack.one(part)
    os.kill(before, signal.SIGKILL)
    wait_until(lambda: "SIGKILL" in stack.output)
    wait_until(lambda: any(part in name for name in stack.children.values()))
    wait_until(lambda: serves(stack))
    assert_marks(stack, block)
    assert stack.stop() == 0


def serves(stack: Stack) -> bool:
    try:
        database(stack).close()
        with broker(stack) as client:
            client.ping()
        rpc(node(stack), "eth_chainId")
    except (OSError, psycopg.OperationalError, RedisError):
        return False
    return True


def test_blocks_without_a_snapshot_are_saved_by_an_orderly_stop(start: Starter) -> None:
    stack = start(grounds=True).until_up()
    rpc(node(stack), "anvil_mine", "0x7")
    head = rpc(node(stack), "eth_getBlockByNumber", "latest", False)
    assert stack.stop() == 0
    again = start(grounds=True).until_up()
    assert rpc(node(again), "eth_getBlockByNumber", "latest", False) == head
    assert again.stop() == 0


def test_the_chain_is_the_installations_own_from_its_genesis_on(start: Starter) -> None:
    stack = start(grounds=True).until_up()
    assert rpc(node(stack), "eth_accounts") == []
    published = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"
    assert rpc(node(stack), "eth_getBalance", published, "latest") == "0x0"
    first = rpc(node(stack), "eth_chainId"), rpc(node(stack), "eth_getBlockByNumber", "0x0", False)
    stack.process.kill()
    stack.process.wait()
    again = start(grounds=True).until_up()
    assert first == (
        rpc(node(again), "eth_chainId"),
        rpc(node(again), "eth_getBlockByNumber", "0x0", False),
    )
    assert again.stop() == 0


def test_a_broken_newest_snapshot_costs_one_generation(start: Starter) -> None:
    stack = start(grounds=True).until_up()
    block = leave_marks(stack)
    assert stack.stop() == 0
    newest = SnapshotStore(stack.var / "chain").newest()
    assert newest is not None
    newest.write_bytes(newest.read_bytes()[:1000])
    again = start(grounds=True).until_up()
    assert_marks(again, block)
    assert again.stop() == 0
    assert list((stack.var / "chain").glob("*.broken.txt"))


def test_servers_listen_on_loopback_only_and_want_their_passwords(start: Starter) -> None:
    stack = start(grounds=True).until_up()
    values = told(stack)
    ports = {values[name].rpartition(":")[2].split("/")[0] for name in values if "URL" in name}
    listening = {
        f"{int(address.split(':')[1], 16)}": address.split(":")[0]
        for address, state in (
            (line.split()[1], line.split()[3])
            for line in Path("/proc/net/tcp").read_text().splitlines()[1:]
        )
        if state == "0A"
    }
    assert {listening[port] for port in ports} == {"0100007F"}
    for name in ("DATABASE_URL", "BROKER_URL"):
        secret = values[name].split("@")[0].rpartition(":")[2]
        assert len(secret) >= 48
        assert not [line for line in stack.children.values() if secret in line]
    wrong = values["DATABASE_URL"].replace("postgresql+psycopg", "postgresql")
    wrong = wrong.replace(wrong.split("@")[0].rpartition(":")[2], "guess")
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(wrong)
    assert stack.stop() == 0


def test_secrets_are_readable_by_their_owner_only(start: Starter) -> None:
    stack = start(grounds=True).until_up()
    files = [
        *(stack.var / "secrets").iterdir(),
        stack.var / "env",
        stack.var / "valkey/valkey.conf",
    ]
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}
    assert stack.stop() == 0


def test_a_stale_pid_file_that_names_a_living_stranger_is_removed(tmp_path: Path) -> None:
    (tmp_path / "postmaster.pid").write_text(f"{os.getpid()}\n")
    clear_stale_pid(tmp_path, grace=0)
    assert not (tmp_path / "postmaster.pid").exists()


def test_a_pid_file_is_kept_while_a_process_works_in_the_data_folder(tmp_path: Path) -> None:
    (tmp_path / "postmaster.pid").write_text("1\n")
    with subprocess.Popen(
        [sys.executable, "-c", "print(flush=True); input()"],
        cwd=tmp_path,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as server:
        assert server.stdout is not None
        server.stdout.readline()
        with pytest.raises(Conflict, match=str(server.pid)):
            clear_stale_pid(tmp_path, grace=0.2)
    assert (tmp_path / "postmaster.pid").exists()
