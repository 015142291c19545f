"""Logos: what kind of picture a file really is, how large, and that it holds nothing active.

What a file is called and what the browser says it is do not count; its first bytes do. A JPEG
loses what cameras write into it (place and time among them). An SVG is a document that could run
scripts and fetch things, so only plain drawing is let in: anything else is refused by name.
"""

from __future__ import annotations

import re
import struct
from typing import NamedTuple
from xml.parsers import expat

from acquiring.core.errors import Problem

LARGEST_BYTES = 512 * 1024
SMALLEST_SIDE, LARGEST_SIDE = 32, 4096

_PNG = b"\x89PNG\r\n\x1a\n"
_JPEG = b"\xff\xd8\xff"
# Segments of a JPEG that hold its size; the others of this range hold tables.
_SIZES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_CAMERA = frozenset({0xE1, 0xED, 0xFE})  # Exif and XMP, Photoshop, comments

_SVG = "http://www.w3.org/2000/svg"
_ELEMENTS = frozenset(
    "svg g defs symbol use title desc path rect circle ellipse line polyline polygon text tspan"
    " linearGradient radialGradient stop clipPath mask".split()
)
_POINTER = re.compile(r"#[\w.-]+")
_URL = re.compile(r"url\(\s*['\"]?(?!#)", re.IGNORECASE)


class Picture(NamedTuple):
    """A picture that may be shown: its bytes and its media type."""

    data: bytes
    type: str


def read(data: bytes, param: str = "logo") -> Picture:
    """The picture in an uploaded file; raises Problem saying what is wrong with it."""
    if not data:
        raise Problem("invalid_field", "The file is empty.", param)
    if len(data) > LARGEST_BYTES:
        raise Problem("invalid_field", "A logo has at most 512 kB, this file is larger.", param)
    try:
        if data.startswith(_PNG):
            width, height = struct.unpack(">II", data[16:24])
            _check_size(width, height, param)
            return Picture(data, "image/png")
        if data.startswith(_JPEG):
            return Picture(_without_camera(data, param), "image/jpeg")
    except (struct.error, IndexError) as error:
        raise Problem("invalid_field", "The picture is cut off.", param) from error
    if b"<svg" in data[:4096]:
        _check_drawing(data, param)
        return Picture(data, "image/svg+xml")
    raise Problem("invalid_field", "A logo is a PNG, JPEG or SVG file.", param)


def _check_size(width: int, height: int, param: str) -> None:
    if not all(SMALLEST_SIDE <= side <= LARGEST_SIDE for side in (width, height)):
        rule = "Each side of the picture has 32 to 4096 pixels."
        raise Problem("invalid_field", rule, param)


def _without_camera(data: bytes, param: str) -> bytes:
    """The JPEG without its camera's notes; its size is checked on the way."""
    kept, at = [data[:2]], 2
    while True:
        if data[at] != 0xFF:
            raise Problem("invalid_field", "The picture is damaged.", param)
        marker = data[at + 1]
        (length,) = struct.unpack(">H", data[at + 2 : at + 4])
        if marker in _SIZES:
            height, width = struct.unpack(">HH", data[at + 5 : at + 9])
            _check_size(width, height, param)
        if marker == 0xDA:  # the picture itself follows, to the end
            return b"".join([*kept, data[at:]])
        if marker not in _CAMERA:
            kept.append(data[at : at + 2 + length])
        at += 2 + length


def _check_drawing(data: bytes, param: str) -> None:
    """Refuse an SVG with anything but drawing in it."""

    def refuse(what: str) -> None:
        rule = "The SVG contains more than drawing. Export it as plain drawing, or as PNG."
        raise Problem("invalid_field", rule, param, found=what[:60])

    def element(name: str, attributes: dict[str, str]) -> None:
        space, _, local = name.rpartition(" ")
        if space != _SVG or local not in _ELEMENTS:
            refuse(f"<{local}>")
        for full, value in attributes.items():
            attribute = full.rpartition(" ")[2]
            if attribute.lower().startswith("on") or _URL.search(value):
                refuse(attribute)
            if attribute == "href" and not _POINTER.fullmatch(value):
                refuse("a link")

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler = element
    parser.StartDoctypeDeclHandler = lambda *_rest: refuse("a document type")
    parser.ProcessingInstructionHandler = lambda *_rest: refuse("a processing instruction")
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        raise Problem("invalid_field", "The SVG is damaged.", param) from error
