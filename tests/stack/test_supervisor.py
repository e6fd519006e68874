import os
import re
import signal
import socket
import subprocess
import sys
import time

import pytest

from .looking import CHECKOUT, STANDIN, Starter, alive, descendants, wait_until

pytestmark = pytest.mark.integration


def test_the_address_is_printed_once_when_it_answers_and_no_other_address_is(
    start: Starter,
) -> None:
    stack = start().until_up()
    (port,) = re.findall(r"^Yinji: http://127\.0\.0\.1:(\d+)$", stack.output, re.MULTILINE)
    with socket.create_connection(("127.0.0.1", int(port)), timeout=2) as connection:
        connection.sendall(b"GET / HTTP/1.0\r\n\r\n")
        assert b" 200 " in connection.recv(100)
    assert stack.stop() == 0
    assert stack.output.count("://") == 1


@pytest.mark.parametrize(
    ("number", "kind", "count"),
    [
        (signal.SIGINT, "web", 2),
        (signal.SIGTERM, "web", 2),
        (signal.SIGHUP, "web", 2),
        (signal.SIGTERM, "born", 3),
    ],
)
def test_a_stop_signal_ends_everything_with_exit_code_0(
    start: Starter, number: signal.Signals, kind: str, count: int
) -> None:
    stack = start(kind).until_up()
    children = stack.children
    assert len(children) == count
    assert stack.stop(number) == 0
    assert not [pid for pid in children if alive(pid)]
    assert not (stack.var / "env").exists()


def test_the_port_stays_the_same_from_one_start_to_the_next(start: Starter) -> None:
    printed = []
    for _ in range(2):
        stack = start().until_up()
        printed.append(re.findall(r"127\.0\.0\.1:\d+", stack.output))
        stack.stop()
    assert printed[0] == printed[1]


def test_a_port_from_the_environment_is_used_and_not_kept(start: Starter) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    stack = start(YINJI_PORT=str(port), YINJI_PUBLIC_URL="https://yinji.example").until_up()
    assert f"Yinji: http://127.0.0.1:{port}\n" in stack.output
    told = (stack.var / "env").read_text()
    assert "YINJI_PUBLIC_URL=https://yinji.example\n" in told
    assert not (stack.var / "port").exists()


def test_children_are_in_the_process_group_of_the_supervisor(start: Starter) -> None:
    stack = start().until_up()
    groups = {os.getpgid(pid) for pid in stack.children}
    assert groups == {os.getpgid(stack.process.pid)}


@pytest.mark.parametrize(("kind", "count"), [("slow", 2), ("born", 3)])
def test_kill_9_of_the_supervisor_leaves_no_child(start: Starter, kind: str, count: int) -> None:
    stack = start(kind).until_up()
    children = stack.children
    assert len(children) == count
    stack.process.kill()
    wait_until(lambda: not [pid for pid in children if alive(pid)], 5)


def test_a_second_start_on_the_same_data_is_refused_and_names_the_holder(start: Starter) -> None:
    first = start().until_up()
    second = start()
    assert second.process.wait(timeout=30) == 1
    assert str(first.process.pid) in second.output
    assert "YINJI_VAR" in second.output
    assert first.process.poll() is None


def test_after_kill_9_the_data_folder_is_free_again(start: Starter) -> None:
    first = start().until_up()
    first.process.kill()
    first.process.wait()
    assert start().until_up().stop() == 0


def test_a_port_taken_by_another_program_is_named(start: Starter) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        stack = start(YINJI_PORT=port)
        assert stack.process.wait(timeout=30) == 1
    assert port in stack.output
    assert "YINJI_PORT" in stack.output


def test_a_dead_child_is_started_again(start: Starter) -> None:
    stack = start().until_up()
    before = stack.one("time.sleep(999)")
    os.kill(before, signal.SIGKILL)
    wait_until(lambda: "SIGKILL" in stack.output)
    wait_until(lambda: any("time.sleep(999)" in name for name in stack.children.values()))
    assert stack.one("time.sleep(999)") != before
    assert stack.stop() == 0


def test_a_child_that_fails_only_once_does_not_prevent_the_start(start: Starter) -> None:
    stack = start("once").until_up()
    assert "exit code 3" in stack.output
    assert stack.stop() == 0


def test_a_crash_loop_ends_everything_and_says_which_child_why_and_what_to_do(
    start: Starter,
) -> None:
    stack = start("restless")
    assert stack.process.wait(timeout=60) == 1
    assert "restless" in stack.output
    assert stack.output.count("| cannot go on") == 5
    assert "a remedy for the test" in stack.output
    assert "hidden" not in stack.output
    assert "://" not in stack.output
    assert not stack.children


def test_a_step_that_fails_ends_everything_and_quotes_its_log(start: Starter) -> None:
    stack = start("failing")
    assert stack.process.wait(timeout=30) == 1
    assert "no such column" in stack.output
    assert "Yinji:" not in stack.output


def test_stages_stop_in_reverse_order(start: Starter) -> None:
    stack = start("order").until_up()
    assert stack.stop() == 0
    assert (stack.var / "left").read_text().split() == ["second", "first"]


def test_ctrl_c_in_a_terminal_stops_in_order_too(start: Starter) -> None:
    stack = start("order").until_up()
    # A terminal sends SIGINT to the whole foreground group, children included.
    os.killpg(stack.process.pid, signal.SIGINT)
    assert stack.process.wait(timeout=30) == 0
    assert (stack.var / "left").read_text().split() == ["second", "first"]


def test_a_child_that_does_not_stop_is_ended_by_force(start: Starter) -> None:
    stack = start("slow").until_up()
    children = stack.children
    assert stack.stop() == 0
    assert "had to be ended by force" in stack.output
    assert not [pid for pid in children if alive(pid)]


def test_a_stop_during_the_start_is_obeyed(start: Starter) -> None:
    stack = start("restless")
    wait_until(lambda: "starting restless" in stack.output)
    assert stack.stop() == 0


def test_a_reader_that_goes_away_does_not_stop_the_stack(start: Starter) -> None:
    stack = start()  # for its data folder and environment
    stack.until_up().stop()
    process = subprocess.Popen(
        [sys.executable, str(STANDIN), str(CHECKOUT), "web"],
        env={**dict.fromkeys(("DATABASE_URL", "BROKER_URL", "YINJI_RPC_URLS"), "a:"),
             "YINJI_VAR": str(stack.var), "PATH": os.environ["PATH"]},
        stdout=subprocess.PIPE,
        start_new_session=True,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        process.stdout.readline()
        process.stdout.close()
        wait_until(lambda: len(descendants(process.pid)) == 2)
        time.sleep(0.3)
        assert process.poll() is None
        process.terminate()
        assert process.wait(timeout=30) == 0
    finally:
        process.kill()
        process.wait()


def test_when_asked_to_the_stack_ends_with_the_command_that_started_it(start: Starter) -> None:
    stack = start()
    stack.until_up().stop()
    outer = subprocess.Popen(
        [sys.executable, "-c", "import subprocess, sys; subprocess.call(sys.argv[1:])",
         sys.executable, str(STANDIN), str(CHECKOUT), "web"],
        env={**dict.fromkeys(("DATABASE_URL", "BROKER_URL", "YINJI_RPC_URLS"), "a:"),
             "YINJI_VAR": str(stack.var), "PATH": os.environ["PATH"],
             "YINJI_DIE_WITH_PARENT": "1"},
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )  # fmt: skip
    wait_until(lambda: len(descendants(outer.pid)) == 3)
    below = descendants(outer.pid)
    outer.kill()
    outer.wait()
    wait_until(lambda: not [pid for pid in below if alive(pid)])


def test_logs_are_turned_over_at_a_start(start: Starter) -> None:
    for _ in range(2):
        stack = start()
        stack.until_up().stop()
    logs = stack.var / "log"
    assert (logs / "worker-1.log").read_text() == "there\n"
    assert (logs / "worker-1.log.1").read_text() == "there\n"
