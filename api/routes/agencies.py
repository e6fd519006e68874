"""Where one can go: an office's first-review agencies, and how a visit is arranged."""

from fastapi import APIRouter
from pydantic import BaseModel

from api.auth import SignedIn, Wired
from api.following_schemas import WordsOut
from api.openapi import answers
from registry import offices
from registry.words import Words

router = APIRouter(prefix="/api/v1/offices/{office}", tags=["offices"])


class AgencyOut(BaseModel):
    """What is null, the office has not said."""

    key: str
    name: WordsOut
    address: str | None
    telephone: str | None
    hours: WordsOut | None
    note: WordsOut | None


class AgenciesOut(BaseModel):
    """`appointment`: how a visit is arranged; null where the office takes none."""

    office: str
    office_name: WordsOut
    chosen: bool
    """The applicant chooses one of them when filing."""
    agencies: list[AgencyOut]
    appointment: WordsOut | None
    contact: WordsOut | None


@router.get("/agencies", responses=answers(404))
def list_agencies(office: str, services: Wired, caller: SignedIn) -> AgenciesOut:
    """Agencies with address, telephone and hours. No slot is booked here: one telephones first
    (TJ-89). For people who are signed in (TJ-90).
    """
    _ = caller
    profile = offices.get(office, services.offices)
    told = profile.appointments
    return AgenciesOut(
        office=profile.key,
        office_name=_words(profile.name),
        chosen=profile.filing.agency == "chosen",
        agencies=[
            AgencyOut(
                key=key, name=_words(each.name), address=each.address, telephone=each.telephone,
                hours=_said(each.hours), note=_said(each.note),
            )
            for key, each in (profile.agencies or {}).items()
        ],
        appointment=None if told is None else _words(told.said),
        contact=_said((profile.texts or {}).get("contact")),
    )  # fmt: skip


def _words(words: Words) -> WordsOut:
    return WordsOut(zh=words.zh, en=words.en)


def _said(words: Words | None) -> WordsOut | None:
    return None if words is None else _words(words)
