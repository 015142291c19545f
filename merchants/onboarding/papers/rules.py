"""What a paper may be, and how one that may not is refused: words for the person who sent it."""

from __future__ import annotations

from typing import NamedTuple

LARGEST_BYTES = 8 * 1024 * 1024
MOST_PAGES = 30
MOST_PIXELS = 40_000_000
# Of a picture: below this nobody reads an identity card.
SHORTEST_SIDE, LONGEST_SIDE_AT_LEAST = 300, 600
THUMBNAIL_SIDE = 480
PAGE_SIDE = 1600  # of a page drawn for reading

JPEG, PNG, PDF = "image/jpeg", "image/png", "application/pdf"
HEIC = "image/heic"  # what phones photograph in
ENDINGS = {JPEG: "jpg", PNG: "png", HEIC: "heic", PDF: "pdf"}

# What was seen and is no reason to refuse: to the person who sent it, and to the reviewer.
REMARKS = {
    "blurred": "It looks blurred. A sharper picture is accepted sooner.",
    "dark": "It is very dark. A picture in daylight is accepted sooner.",
    "blank": "Hardly anything is to be seen on it.",
}


class Refused(Exception):  # noqa: N818 (what happens to a file)
    """The file is not taken; the words say why and what helps."""


class Read(NamedTuple):
    """What was read of a file: its type by its bytes, and a small picture of its first page."""

    type: str
    pages: int
    width: int  # pixels, or points of a PDF's first page
    height: int
    remarks: tuple[str, ...]
    thumbnail: bytes  # PNG
