"""Pictures of papers: really decoded, with limits; how sharp they are; a small one drawn anew."""

from __future__ import annotations

import io

from PIL import Image, ImageFilter, ImageOps, ImageStat

from merchants.onboarding.papers.rules import (
    HEIC,
    JPEG,
    LONGEST_SIDE_AT_LEAST,
    MOST_PIXELS,
    PNG,
    SHORTEST_SIDE,
    THUMBNAIL_SIDE,
    Read,
    Refused,
)

DECODERS = {JPEG: ("JPEG", "MPO"), PNG: ("PNG",), HEIC: ("HEIF",)}
SEEN_SIDE = 1200  # what sharpness is measured on
LAPLACE = ImageFilter.Kernel((3, 3), (0, 1, 0, 1, -4, 1, 0, 1, 0), scale=1, offset=128)
BLURRED_BELOW, BLANK_BELOW, DARK_BELOW = 6, 2, 40  # variance, deviation, mean of 0…255

Image.MAX_IMAGE_PIXELS = MOST_PIXELS


def read(content: bytes, media_type: str) -> Read:
    """What a picture is; raises Refused when it is damaged, too large or too small to read."""
    picture = open_picture(content, media_type)
    width, height = picture.size
    shown = decode(picture, SEEN_SIDE)
    return Read(media_type, 1, width, height, remarks(shown), thumbnail(shown))


def open_picture(content: bytes, media_type: str) -> Image.Image:
    """The picture with its size known and nothing decoded yet."""
    if media_type == HEIC:
        import pi_heif  # few papers need it

        pi_heif.register_heif_opener(thumbnails=False, decode_threads=1)
    try:
        picture = Image.open(io.BytesIO(content), formats=DECODERS[media_type])
    except Image.DecompressionBombError as error:
        raise Refused(_too_many()) from error
    except Exception as error:  # decoders raise whatever broken bytes lead them to
        raise Refused("The picture is damaged and cannot be opened.") from error
    width, height = picture.size
    if width * height > MOST_PIXELS:
        raise Refused(_too_many())
    if min(width, height) < SHORTEST_SIDE or max(width, height) < LONGEST_SIDE_AT_LEAST:
        raise Refused(
            f"The picture is {width} × {height} pixels: too small to read. It has at least"
            f" {LONGEST_SIDE_AT_LEAST} × {SHORTEST_SIDE}."
        )
    if media_type == PNG and getattr(picture, "n_frames", 1) > 1:
        raise Refused("This is a moving picture. A paper stands still.")
    return picture


def decode(picture: Image.Image, side: int) -> Image.Image:
    """All of it decoded, upright, on white, at most `side` pixels long."""
    try:
        picture.draft("RGB", (side, side))  # a JPEG is decoded at a fraction of its size
        picture.load()
        picture.thumbnail((side, side), Image.Resampling.LANCZOS)
        return on_white(ImageOps.exif_transpose(picture))
    except Exception as error:
        raise Refused("The picture is damaged and cannot be opened.") from error


def on_white(picture: Image.Image) -> Image.Image:
    """A picture without transparency, in red, green and blue."""
    if "A" not in picture.getbands() and "transparency" not in picture.info:
        return picture.convert("RGB")
    clear = picture.convert("RGBA")
    ground = Image.new("RGBA", clear.size, "white")
    return Image.alpha_composite(ground, clear).convert("RGB")


def remarks(picture: Image.Image) -> tuple[str, ...]:
    """What would make a person ask for a better one: keys of `rules.REMARKS`."""
    grey = picture.convert("L")
    light = ImageStat.Stat(grey)
    if light.stddev[0] < BLANK_BELOW:
        return ("blank",)
    edges = ImageStat.Stat(ImageOps.crop(grey.filter(LAPLACE), 1))  # the filter leaves the rim
    seen = {"dark": light.mean[0] < DARK_BELOW, "blurred": edges.var[0] < BLURRED_BELOW}
    return tuple(key for key, is_so in seen.items() if is_so)


def thumbnail(picture: Image.Image) -> bytes:
    """A PNG drawn anew from the pixels alone: nothing else of the file is in it."""
    small = picture.copy()
    small.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE), Image.Resampling.LANCZOS)
    written = io.BytesIO()
    Image.frombytes("RGB", small.size, small.tobytes()).save(written, "PNG")
    return written.getvalue()


def jpeg(picture: Image.Image) -> bytes:
    """The same as a JPEG, for reading on a screen."""
    written = io.BytesIO()
    clean = Image.frombytes("RGB", picture.size, picture.tobytes())
    clean.save(written, "JPEG", quality=88)
    return written.getvalue()


def _too_many() -> str:
    return f"The picture has more than {MOST_PIXELS // 1_000_000} megapixels. Send a smaller one."
