"""What a file is by its bytes, and that it is nothing else besides.

A polyglot is a file that two programs read as two things: a picture to us, an archive, a program or
a page with scripts to the one who opens it later. So the beginning decides what it is, and nothing
in it may be the beginning of something else.
"""

from __future__ import annotations

import io
import re
import zipfile

import puremagic

from merchants.onboarding.papers.rules import HEIC, JPEG, LARGEST_BYTES, PDF, PNG, Refused

BEGINNINGS = {b"\xff\xd8\xff": JPEG, b"\x89PNG\r\n\x1a\n": PNG, b"%PDF-": PDF}
# Long enough that no picture holds them by chance.
FOREIGN = {
    b"%PDF-": "a PDF",
    b"Rar!\x1a\x07": "an archive",
    b"7z\xbc\xaf\x27\x1c": "an archive",
    b"MSCF\x00\x00\x00\x00": "an archive",
    b"!<arch>\n": "an archive",
}
# With what must follow: `<svg` alone stands in one large photo of a hundred.
MARKUP = re.compile(rb"<(?:!doctype|html|script|iframe|svg)[\s/>]|<\?php\s", re.IGNORECASE)
PNG_END = b"IEND\xaeB`\x82"
HEAD_BYTES = 1024
# ISO 14496-12's `ftyp` with a brand of ISO 23008-12: a still picture in HEVC.
HEIC_BEGINNING = re.compile(rb"\0\0\0.ftyp(?:hei[cx]|mif1)", re.DOTALL)


def sniff(content: bytes) -> str:
    """The media type of one of the kinds we take; raises Refused."""
    if not content:
        raise Refused("The file is empty.")
    if len(content) > LARGEST_BYTES:
        raise Refused("The file is larger than 8 MB. A smaller picture or scan is clear enough.")
    for beginning, media_type in BEGINNINGS.items():
        if content.startswith(beginning):
            _only(content, media_type)
            return media_type
    if is_heic(content):
        _only(content, HEIC)
        return HEIC
    raise Refused(f"{_guess(content)} A paper is a JPEG, PNG or HEIC picture or a PDF.")


def is_heic(content: bytes) -> bool:
    """Whether it begins as a photo of a phone that writes HEVC."""
    return HEIC_BEGINNING.match(content) is not None


def _only(content: bytes, media_type: str) -> None:
    if zipfile.is_zipfile(io.BytesIO(content)):
        raise Refused("The file is also an archive. Save the paper anew and send that.")
    if media_type == PDF:
        tail = content[content.rfind(b"%%EOF") + 5 :] if b"%%EOF" in content else b""
        if MARKUP.search(content[:HEAD_BYTES]) or tail.strip(b"\r\n\t \x00"):
            raise Refused("There is more in the file than the PDF. Save it anew and send that.")
        return
    for beginning, what in FOREIGN.items():
        if beginning in content:
            raise Refused(f"The picture is also {what}. Save it anew and send that.")
    if MARKUP.search(content):
        raise Refused("There is a web page in the picture. Save it anew and send that.")
    if media_type == PNG and not content.endswith(PNG_END):
        raise Refused("The picture is cut off, or more follows it. Save it anew and send that.")


def _guess(content: bytes) -> str:
    try:
        name = puremagic.from_string(content[:4096]).lstrip(".").upper()
    except (puremagic.PureError, ValueError):
        name = ""
    return f"This is a {name} file." if name.isalnum() else "This is no kind of file we can read."
