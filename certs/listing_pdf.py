"""Printed pages of a program or document: rows numbered in the margin, black where covered.

Promises: a page has the rows it is given, none more or less; what is covered is not in the file;
every page names the software, its place among the pages handed in and in the whole; equal listings
give equal bytes.
"""

from typing import Final

from certs.binding import bind
from certs.glyphs import roles
from certs.layout_page import ALERT, DEEP, INK, PAGE, QUIET, Sheet, sample_mark
from certs.layout_text import width, wrap
from certs.listing import ListedPage, Listing
from certs.paper_flow import MARKS, RULE
from certs.pdfparts import Description
from core.canonical import parse_time

_LEFT: Final = 62.0
_RIGHT: Final = PAGE[0] - 50
_TOP: Final = PAGE[1] - 64
_FOOT: Final = 58.0
_SIZE: Final = {False: 7.9, True: 9.3}
_MOST_STEP: Final = {False: 13.9, True: 20.0}


def draw_listing(listing: Listing) -> bytes:
    """The file. Raises InvalidInput for a character that no font of ours draws."""
    background = Sheet()
    if listing.mark in MARKS:
        sample_mark(background, MARKS[listing.mark])
    sheets = [_page(listing, page, at) for at, page in enumerate(listing.pages, start=1)]
    said = Description(
        title=" ".join(filter(None, (MARKS.get(listing.mark), *listing.title, listing.number))),
        author=listing.heading,
        subject=listing.title[1],
        identifier=listing.number or listing.title[1],
        created=parse_time(listing.at),
        identity=listing.digest[:16],
    )
    return bind(background, sheets, said)


def _page(listing: Listing, page: ListedPage, at: int) -> Sheet:
    sheet = Sheet()
    text, mono = roles().text, roles().mono
    y = PAGE[1] - 46
    count = f"第 {at} 页，共 {len(listing.pages)} 页"
    room = _RIGHT - _LEFT - width(count, 8.4, text, "page") - 16
    sheet.text(_LEFT, y, wrap(listing.heading, 8.4, text, room, "title")[0], 8.4, text, colour=DEEP)
    sheet.right(_RIGHT, y, count, 8.4, text, colour=DEEP)
    sheet.line(_LEFT, y - 6, _RIGHT, y - 6, RULE, 0.5)
    rows, size = len(page.rows), _SIZE[listing.large]
    step = min(_MOST_STEP[listing.large], (_TOP - _FOOT) / max(rows, 1))
    y = _TOP
    for row, said in enumerate(page.rows, start=1):
        y -= step
        sheet.right(_LEFT - 6, y + 1.6, str(row), 5.4, mono, colour=QUIET)
        if row in page.covered:
            sheet.box(_LEFT, y - 0.8, _RIGHT - _LEFT, step, fill=INK)
        else:
            sheet.text(_LEFT, y + 1.6, said, size, mono, field="text")
    _foot(sheet, listing, page)
    return sheet


def _foot(sheet: Sheet, listing: Listing, page: ListedPage) -> None:
    text = roles().text
    y = 38.0
    sheet.line(_LEFT, y + 11, _RIGHT, y + 11, RULE, 0.35)
    zh, en = listing.title
    used = sheet.text(_LEFT, y, f"{zh} {en}", 6.8, text, colour=QUIET)
    sheet.text(_LEFT + used + 8, y, listing.number, 6.8, roles().mono, colour=QUIET)
    whole = f"全文第 {page.number} 页，共 {listing.of} 页  {page.number}/{listing.of} of the whole"
    sheet.right(_RIGHT, y, whole, 6.8, text, colour=QUIET)
    mark = MARKS.get(listing.mark)
    if mark is not None:
        sheet.centred(y - 14, mark, 7.4, roles().heading, colour=ALERT)
