"""An upload given up at the moment a work names it: one of the two is told so, neither breaks."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session

from core.errors import Conflict
from evidence import uploads
from evidence.works import DeclaredFile
from tests.database.test_works import A, account, draft, whole_upload
from tests.grounds.database import Cluster

WAITING = text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")


def test_giving_up_waits_for_who_names_the_upload_and_is_then_refused(postgres: Cluster) -> None:
    engine = create_engine(postgres.fresh())
    with Session(engine, expire_on_commit=False) as naming, ThreadPoolExecutor(1) as other:
        owner = account(naming)
        upload = whole_upload(naming, owner)
        naming.commit()
        draft(naming, owner, DeclaredFile("a.txt", 3, A, None, upload))

        def give_up() -> None:
            with Session(engine) as session, session.begin():
                uploads.terminate(session, owner, upload)

        giving_up = other.submit(give_up)
        with Session(engine) as looking:
            until = time.monotonic() + 10
            while not looking.scalar(WAITING) and not giving_up.done():
                looking.rollback()
                assert time.monotonic() < until
                time.sleep(0.01)
        naming.commit()
        with pytest.raises(Conflict):
            giving_up.result(timeout=10)
    engine.dispose()
