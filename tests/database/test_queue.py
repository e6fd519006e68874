"""T61: a message of the queue is JSON, and carries nothing but the name of a task."""

import inspect
import pickle

import pytest
from kombu import serialization
from kombu.exceptions import ContentDisallowed

from api import worker
from api.queue import make_celery


def test_only_json_is_taken() -> None:
    queue = make_celery("memory://")
    assert queue.conf.accept_content == ["json"]
    assert (queue.conf.task_serializer, queue.conf.task_ignore_result) == ("json", True)


@pytest.mark.parametrize("kind", ["application/x-python-serialize", "application/x-yaml"])
def test_what_could_run_code_is_refused(kind: str) -> None:
    accepted = serialization.prepare_accept_content(make_celery("memory://").conf.accept_content)
    with pytest.raises(ContentDisallowed):
        serialization.loads(pickle.dumps([]), kind, "binary", accept=accepted)


def test_no_task_takes_an_argument() -> None:
    ours = [task for name, task in worker.app.tasks.items() if not name.startswith("celery.")]
    assert ours
    for task in ours:
        assert not inspect.signature(task.run).parameters, task.name
