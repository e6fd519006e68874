"""What only time brings: nobody calls anything here, and the running stack sees to it."""

import time
import uuid

from api.database import transaction
from registry.lifecycle import MatterState
from registry.models import Matter
from tests.grounds.matters import brought_to, cast
from tests.grounds.stack import RunningStack


def test_a_matter_whose_time_to_correct_has_passed_lapses_by_itself(stack: RunningStack) -> None:
    with stack.services() as services:
        with transaction(services.sessions) as session:
            session.info["ring"] = services.keyring
            session.info["papers"] = services.papers
            matter: uuid.UUID = brought_to(session, cast(session), MatterState.RETURNED).id

        def state() -> str:
            with transaction(services.sessions) as session:
                return session.get_one(Matter, matter).status

        end = time.monotonic() + 30
        while state() != MatterState.LAPSED:
            assert time.monotonic() < end, state()
            time.sleep(0.2)
