"""PDFs: opened by two programs, searched for anything that acts, and drawn page by page.

qpdf (pikepdf) shows every object of the file, so that actions, scripts and files inside are found
where they hide; PDFium (pypdfium2) draws it as a browser would. What only a lenient reader would
find, in objects no longer part of the file, is looked for in the bytes.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import Any

import pikepdf
import pypdfium2
from PIL import Image

from merchants.onboarding.papers import pictures
from merchants.onboarding.papers.rules import MOST_PAGES, PDF, Read, Refused

MOST_OBJECTS = 100_000
DEEPEST = 40
SEEN_SIDE = 1200
# What makes a PDF more than paper (ISO 32000-2: 12.6.4 actions, 12.5.6 annotations, 7.11.4 files).
ACTIONS = {
    "/JavaScript": "a script", "/Launch": "a command that starts a program",
    "/ImportData": "a command that fetches data", "/SubmitForm": "a form that sends itself",
    "/GoToE": "another file", "/Rendition": "a film", "/Movie": "a film", "/Sound": "a sound",
    "/RichMediaExecute": "a film", "/GoTo3DView": "a 3D scene",
}  # fmt: skip
ANNOTATIONS = {
    "/FileAttachment": "another file", "/RichMedia": "a film", "/Movie": "a film",
    "/Sound": "a sound", "/Screen": "a film", "/3D": "a 3D scene",
}  # fmt: skip
MEMBERS = {
    "/JS": "a script", "/JavaScript": "a script", "/XFA": "a form that acts by itself",
    "/EmbeddedFiles": "another file", "/EF": "another file",
    "/RichMediaContent": "a film",
}  # fmt: skip
# Long enough never to stand in compressed bytes by chance.
WORDS = {
    b"/JavaScript": "a script", b"/EmbeddedFile": "another file", b"/RichMedia": "a film",
    b"/ImportData": "a command that fetches data", b"/SubmitForm": "a form that sends itself",
}  # fmt: skip
HIDDEN = re.compile(rb"#([0-9a-fA-F]{2})")  # how a name may write its letters


def read(content: bytes) -> Read:
    """What a PDF is; raises Refused for one that is encrypted, active, damaged or too long."""
    pages = _inspect(content)
    document = _opened(content)
    try:
        if len(document) != pages:
            raise Refused("The PDF is damaged: programs read it differently. Print it anew.")
        width, height = document[0].get_size()
        first = _drawn(document, 0, SEEN_SIDE)
    finally:
        document.close()
    blank = tuple(one for one in pictures.remarks(first) if one == "blank")
    return Read(PDF, pages, round(width), round(height), blank, pictures.thumbnail(first))


def page(content: bytes, number: int, side: int) -> Image.Image:
    """A page (1 is the first) as a picture with `side` pixels at most; raises Refused."""
    document = _opened(content)
    try:
        if not 1 <= number <= len(document):
            raise Refused(f"The PDF has no page {number}.")
        return _drawn(document, number - 1, side)
    finally:
        document.close()


def _inspect(content: bytes) -> int:
    """How many pages a harmless PDF has; raises Refused."""
    try:
        with pikepdf.open(io.BytesIO(content)) as pdf:
            if pdf.is_encrypted:
                raise Refused(_encrypted())
            pages = len(pdf.pages)
            if not 1 <= pages <= MOST_PAGES:
                raise Refused(f"The PDF has {pages} pages; a paper has 1 to {MOST_PAGES}.")
            found = next(_active(pdf), None)
    except pikepdf.PasswordError as error:
        raise Refused(_encrypted()) from error
    except Refused:
        raise
    except Exception as error:  # whatever broken bytes lead the parser to
        raise Refused("The PDF is damaged and cannot be opened.") from error
    found = found or _in_the_bytes(content)
    if found:
        raise Refused(f"The PDF contains {found}. Print it into a new PDF and send that.")
    return pages


def _active(pdf: pikepdf.Pdf) -> Iterator[str]:
    """Everything in it that acts, or carries something that could."""
    for count, whole in enumerate(pdf.objects):
        if count > MOST_OBJECTS:
            raise Refused("The PDF consists of too many pieces. Print it into a new PDF.")
        yield from _acting(whole, 0)


def _acting(thing: Any, depth: int) -> Iterator[str]:
    if depth > DEEPEST:
        raise Refused("The PDF is nested too deeply. Print it into a new PDF and send that.")
    if isinstance(thing, pikepdf.Dictionary | pikepdf.Stream):
        for name, value in thing.items():
            if name in MEMBERS:
                yield MEMBERS[name]
            if isinstance(value, pikepdf.Name):
                known = {"/S": ACTIONS, "/Subtype": ANNOTATIONS}.get(name, {})
                if str(value) in known:
                    yield known[str(value)]
            elif not _stands_alone(value):
                yield from _acting(value, depth + 1)
    elif isinstance(thing, pikepdf.Array):
        for value in thing:
            if not _stands_alone(value):
                yield from _acting(value, depth + 1)


def _stands_alone(value: Any) -> bool:
    """Whether it is an object of its own, which is met by itself."""
    return bool(getattr(value, "is_indirect", False))


def _in_the_bytes(content: bytes) -> str:
    plain = HIDDEN.sub(lambda found: bytes([int(found[1], 16)]), content)
    return next((what for word, what in WORDS.items() if word in plain), "")


def _opened(content: bytes) -> pypdfium2.PdfDocument:
    try:
        return pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError as error:
        raise Refused("The PDF is damaged and cannot be opened.") from error


def _drawn(document: pypdfium2.PdfDocument, index: int, side: int) -> Image.Image:
    try:
        sheet = document[index]
        scale = side / max(*sheet.get_size(), 1)
        picture = sheet.render(scale=scale, may_draw_forms=False).to_pil()
    except (pypdfium2.PdfiumError, ValueError) as error:
        raise Refused("The PDF is damaged: its first page cannot be drawn.") from error
    picture.thumbnail((side, side), Image.Resampling.LANCZOS)
    return pictures.on_white(picture)


def _encrypted() -> str:
    return "The PDF is protected by a password or by rights. Print it into a new PDF and send that."
