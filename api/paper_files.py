"""The file of a matter's paper: composed in the transaction, drawn and read after it."""

from sqlalchemy.orm import Session

from api.wiring import Services
from certs.paper import Paper
from evidence import previews
from registry import materials, papering, paperwork
from registry.materials import Material
from registry.models import Matter
from registry.source_pages import HALF, Deposited


def found(session: Session, services: Services, matter: Matter, code: str) -> Paper | Material:
    """What the file is made from.

    Raises:
        NotFound: no such document, or none that is made here.
        InvalidInput, Conflict, NotReady: as `registry.materials.gather`.
    """
    kind = materials.kind_of_material(session, matter, code)
    if kind is not None:
        mark = papering.mark_of(session, matter.office)
        return materials.gather(session, matter, code, kind, mark)
    return paperwork.compose(papering.case_of(session, services.keyring, matter), code)


def drawn(what: Paper | Material, services: Services) -> bytes:
    """The file's bytes. Slow: no transaction may be open.

    Raises:
        InvalidInput: material that cannot be read, or too much of it.
    """
    if isinstance(what, Paper):
        return paper(what)
    if what.pdf is not None:
        with services.store.open(what.pdf.sha256) as source:
            return previews.pdf_ends(source, HALF)
    data = _read(what, services)
    from certs.listing_pdf import draw_listing  # noqa: PLC0415 - as below

    return draw_listing(materials.listing(what, data))


def pages_of(what: Material, services: Services) -> Deposited | None:
    """What a material's pages hold; None for a PDF, which is handed in as it is. Slow, as `drawn`.

    Raises:
        InvalidInput: material that cannot be read, or too much of it.
    """
    return None if what.pdf is not None else materials.pages_of(what, _read(what, services))


def _read(what: Material, services: Services) -> list[bytes]:
    data = []
    for file in what.files:
        with services.store.open(file.sha256) as source:
            data.append(source.read())
    return data


def paper(said: Paper) -> bytes:
    """A paper's bytes."""
    from certs.paper_pdf import draw  # noqa: PLC0415 - only those who draw load the PDF libraries

    return draw(said).data
