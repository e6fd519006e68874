"""The embedded stack with the workers of `bench.parts.worker` and no scheduler."""

import os
import sys
from collections.abc import Sequence
from dataclasses import replace

from api.stack import supervisor
from api.stack.application import Surroundings, our_own
from api.stack.children import Child, Stage, Step
from api.stack.settings import StackSettings
from bench.machine import ROOT


def application(here: Surroundings) -> Sequence[Stage]:
    """Our own, with other workers."""
    return [_stage(stage) for stage in our_own(here)]


def _stage(stage: Stage) -> Stage:
    if isinstance(stage, Step):
        return stage
    return [_child(child) for child in stage if child.name != "beat"]


def _child(child: Child) -> Child:
    if not child.name.startswith("worker"):
        return child
    return replace(child, command=lambda: [sys.executable, "-m", "bench.parts.worker"])


if __name__ == "__main__":
    sys.exit(supervisor.run(StackSettings.from_environment(os.environ, ROOT), application))
