"""The supervisor of the embedded stack: starts the plan in order, keeps it alive, ends it in order.

Promises:

* it stays in the foreground, and all it starts is in its process group and dies with it;
* the address is printed once, when everything answers, and no other address is ever printed;
* a child that dies is started again after a growing pause; one that keeps dying ends the whole,
  with its name, its last words and what to do;
* SIGINT, SIGTERM and SIGHUP end everything in reverse order, exit code 0; a failure is exit code 1.
"""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Final, NoReturn

from api.stack.application import Application, our_own
from api.stack.children import Child, Plan, Step, start_program
from api.stack.forking import Process
from api.stack.holding import hold
from api.stack.logs import tail, turn_over
from api.stack.plan import embedded_plan
from api.stack.running import Running
from api.stack.settings import StackSettings
from api.stack.tether import stop_signals, tie_to_parent
from core.errors import ServiceError

_TICK_SECONDS: Final = 0.05
_QUIET_TICK_SECONDS: Final = 0.5
_QUOTED_LINES: Final = 20

Say = Callable[[str], None]


class _Asked(Exception):
    """Somebody asked us to stop."""


class _Failed(Exception):
    """The stack cannot run; the message is for people."""


def run(settings: StackSettings, application: Application = our_own) -> int:
    """Run the embedded stack with `application` on it until it is asked to stop; the exit code."""
    if settings.die_with_parent:
        tie_to_parent(signal.SIGTERM)
    settings.var.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        with _signals_waited_for(), hold(settings.var / "lock"):
            try:
                return supervise(embedded_plan(settings, application, say=say), say=say)
            finally:
                (settings.var / "env").unlink(missing_ok=True)
    except ServiceError as error:
        say(error.message)
        return 1


def say(line: str) -> None:
    """Print a line at once. A reader that went away (a closed pipe) is no reason to stop."""
    try:
        print(line, flush=True)
    except OSError:
        # What Python still buffers would fail again at exit: docs.python.org, signal, SIGPIPE.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def supervise(plan: Plan, *, say: Say) -> int:
    """Run `plan` until a stop signal (0) or a failure (1)."""
    supervisor = _Supervisor(plan, say)
    with _signals_waited_for():
        try:
            supervisor.start()
            supervisor.watch()
        except _Asked:
            say("正在停止 · stopping")
            return 0
        except _Failed as failure:
            say(str(failure))
            return 1
        except ServiceError as error:
            say(error.message)
            return 1
        except OSError as reason:
            say(f"系统错误(磁盘已满?)· the system refused (is the disk full?): {reason}")
            return 1
        finally:
            supervisor.stop()
            say("已停止 · stopped")


class _Supervisor:
    def __init__(self, plan: Plan, say: Say) -> None:
        self._plan = plan
        self._say = say
        self._stages: list[list[Running]] = []
        self._step: Process | None = None

    def start(self) -> None:
        if any(each.forked for each in self._programs()):
            turn_over(self._plan.forks.log)
            # What takes longest to load begins before what it waits for.
            self._plan.forks.start()
        for stage in self._plan.stages:
            if isinstance(stage, Step):
                self._take(stage)
            else:
                self._start_stage(stage)
        for line in self._plan.announce():
            self._say(line)

    def watch(self) -> NoReturn:
        while True:
            self._wait(_QUIET_TICK_SECONDS)
            self._tend()

    def stop(self) -> None:
        """End everything, last stage first; children of one stage go at the same time."""
        if self._step is not None and self._step.poll() is None:
            self._step.terminate()
            try:
                self._step.wait(timeout=10)
            except subprocess.TimeoutExpired:
                self._step.kill()
                self._step.wait()
        for stage in reversed(self._stages):
            for running in stage:
                running.request_stop()
            asked = time.monotonic()
            for running in stage:
                if not running.await_stop(asked + running.child.stop_seconds):
                    self._say(f"{running.child.name} 被强制结束 · had to be ended by force")
        self._plan.forks.stop()

    def _programs(self) -> Iterator[Child | Step]:
        for stage in self._plan.stages:
            if isinstance(stage, Step):
                yield stage
                yield from stage.meanwhile
            else:
                yield from stage

    def _start_stage(self, stage: Sequence[Child]) -> None:
        self._await(self._launch(stage))

    def _launch(self, stage: Sequence[Child]) -> Sequence[Running]:
        running = []
        for child in stage:
            log = self._plan.logs / f"{child.name}.log"
            turn_over(log)
            self._say(f"启动 · starting {child.name}")
            running.append(Running(child, log, self._plan.loop_deaths, self._plan.forks))
        self._stages.append(running)
        for one in running:
            one.start()
        return running

    def _await(self, running: Sequence[Running]) -> None:
        while not all(one.ready for one in running):
            self._wait(_TICK_SECONDS)
            self._tend()

    def _take(self, step: Step) -> None:
        if step.done is not None:
            step.done.unlink(missing_ok=True)
        beside = self._launch(step.meanwhile)
        self._run(step)
        if step.done is not None:
            step.done.touch()
        self._await(beside)

    def _run(self, step: Step) -> None:
        log = self._plan.logs / f"{step.name}.log"
        turn_over(log)
        self._say(f"执行 · running {step.name}")
        end = time.monotonic() + step.limit
        with log.open("ab") as output:
            try:
                self._step = start_program(step, step.command, output, self._plan.forks)
            except OSError as reason:
                raise _Failed(f"{step.name} 无法启动 · cannot be started: {reason}") from reason
        while (code := self._step.poll()) is None and time.monotonic() < end:
            self._wait(_TICK_SECONDS)
            self._tend()
        if code != 0:
            how = f"exit code {code}" if code is not None else f"{step.limit:.0f} s"
            raise _Failed(
                self._report(f"{step.name} 未成功({how}) · did not succeed", step.name, step.remedy)
            )

    def _tend(self) -> None:
        for stage in self._stages:
            for running in stage:
                if news := running.tend():
                    self._say(news)
                if running.looping:
                    child = running.child
                    raise _Failed(
                        self._report(
                            f"{child.name} 反复停止({running.last_words}),整个系统停止 · keeps "
                            "dying and everything is stopped",
                            child.name,
                            child.remedy,
                        )
                    )

    def _report(self, what: str, name: str, remedy: str) -> str:
        log = self._plan.logs / f"{name}.log"
        quoted = "\n".join(f"  | {line}" for line in tail(log, _QUOTED_LINES))
        return f"{what}\n{quoted}\n日志 · log: {log}\n办法 · remedy: {remedy}"

    @staticmethod
    def _wait(seconds: float) -> None:
        """Sleep, but not past the death of a child. Raises _Asked on a stop signal."""
        received = signal.sigtimedwait(stop_signals() | {signal.SIGCHLD}, seconds)
        if received is not None and received.si_signo != signal.SIGCHLD:
            raise _Asked


@contextmanager
def _signals_waited_for() -> Iterator[None]:
    """Signals are taken when we ask for them, never in between: no handler, no race, none lost."""
    # Whoever started us may have ignored it, and then no death would ever be reported.
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    before = signal.pthread_sigmask(signal.SIG_BLOCK, stop_signals() | {signal.SIGCHLD})
    try:
        yield
    finally:
        while signal.sigtimedwait(stop_signals() | {signal.SIGCHLD}, 0) is not None:
            pass
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
