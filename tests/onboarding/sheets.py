"""Files to hand in: papers as people photograph, scan and save them, and what others make of them.

Every one is drawn here; none shows a real paper.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pikepdf
from PIL import Image, ImageDraw, ImageFilter


def sheet(words: str = "Extract from the register", size: tuple[int, int] = (640, 440)):
    """A page with lines of print."""
    picture = Image.new("RGB", size, "white")
    pen = ImageDraw.Draw(picture)
    for line in range(20):
        pen.text((30, 20 + line * 20), f"{words}, line {line} of it", fill="black")
    return picture


def jpeg(picture: Image.Image | None = None, **options) -> bytes:
    return _saved(picture or sheet(), "JPEG", **options)


def png(picture: Image.Image | None = None, **options) -> bytes:
    return _saved(picture or sheet(), "PNG", **options)


def heic() -> bytes:
    """The same page as a phone keeps its photos; a file, since only phones write them."""
    return Path(__file__).with_name("sheet.heic").read_bytes()


def blurred() -> bytes:
    return jpeg(sheet().filter(ImageFilter.GaussianBlur(5)))


def pdf(
    change: Callable[[pikepdf.Pdf], object] = lambda pdf: None, words: str = "Statement", **options
) -> bytes:
    """A page as a PDF, after `change` had its hands on it; objects are packed as writers do."""
    with pikepdf.open(io.BytesIO(_saved(sheet(words), "PDF"))) as made:
        change(made)
        written = io.BytesIO()
        made.save(written, object_stream_mode=pikepdf.ObjectStreamMode.generate, **options)
    return written.getvalue()


def _saved(picture: Image.Image, form: str, **options) -> bytes:
    written = io.BytesIO()
    picture.save(written, form, **options)
    return written.getvalue()
