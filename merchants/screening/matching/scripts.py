"""From every script to Latin letters, as the spellings of passports and lists have it.

`anyascii` (ISC) knows the letters. What it does not know is said here: the vowels that Arabic,
Hebrew and Thai leave out are met by comparing consonants (see `similarity`); names in Han
characters are read in Mandarin, Korean and Japanese, as the characters do not tell whose they are.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from anyascii import anyascii

DATA = Path(__file__).parent / "data"
RANGES = (
    (0x0370, 0x03FF, "Grek"),
    (0x0400, 0x052F, "Cyrl"),
    (0x0530, 0x058F, "Armn"),
    (0x0590, 0x05FF, "Hebr"),
    (0x0600, 0x06FF, "Arab"),
    (0x0750, 0x077F, "Arab"),
    (0xFB50, 0xFDFF, "Arab"),
    (0xFE70, 0xFEFF, "Arab"),
    (0x0900, 0x097F, "Deva"),
    (0x0E00, 0x0E7F, "Thai"),
    (0x10A0, 0x10FF, "Geor"),
    (0x1100, 0x11FF, "Hang"),
    (0xAC00, 0xD7AF, "Hang"),
    (0x3040, 0x30FF, "Jpan"),
    (0x3400, 0x4DBF, "Hani"),
    (0x4E00, 0x9FFF, "Hani"),
)
# Scripts whose names are written without their vowels.
CONSONANTAL = {"Arab", "Hebr", "Thai"}
_ASCII = re.compile(r"^[\x00-\x7f]*$")
_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]+")
_CAPITALS = re.compile(r"(?<=[a-z])(?=[A-Z])")
# Letters that anyascii reads otherwise than names are spelt.
_LETTERS = str.maketrans(
    {
        "ة": "ه",
        "ى": "ا",
        "أ": "ا",
        "إ": "ا",
        "آ": "ا",
        "ؤ": "و",
        "ئ": "ي",
        "ـ": None,
        "ʿ": "'",
        "ʾ": "'",
        "‘": "'",
        "’": "'",
        "`": "'",
        "´": "'",
        "ʻ": "'",
        "ʼ": "'",
    }
)
_CYRILLIC = str.maketrans({"ё": "e", "Ё": "E", "ъ": None, "ь": None, "Ъ": None, "Ь": None})
# Two letters of Greek that are one sound, before the letters go one by one.
_GREEK = (
    ("ου", "ou"),
    ("μπ", "b"),
    ("ντ", "nt"),
    ("γκ", "g"),
    ("τζ", "tz"),
    ("αυ", "av"),
    ("ευ", "ev"),
)


class _Readings(NamedTuple):
    """The tables of `data/han.toml`."""

    korean: dict[str, str]
    korean_family: dict[str, str]
    japanese_family: dict[str, str]
    japanese_given: dict[str, str]


@lru_cache(maxsize=1)
def _tables() -> _Readings:
    return _Readings(**tomllib.loads((DATA / "han.toml").read_text("utf-8")))


def script_of(text: str) -> str:
    """The script most letters are of (ISO 15924); empty for Latin, as most names are."""
    if _ASCII.match(text):
        return ""
    counts: dict[str, int] = {}
    for character in text:
        code = ord(character)
        for first, last, script in RANGES:
            if first <= code <= last:
                counts[script] = counts.get(script, 0) + 1
                break
    return max(counts, key=lambda script: counts[script]) if counts else ""


def readings(text: str) -> list[str]:
    """The name in Latin letters, in every reading it may have; the likeliest first."""
    if _ASCII.match(text):
        return [text]
    plain = unicodedata.normalize("NFKC", text).translate(_LETTERS)
    script = script_of(plain)
    if script in {"Hani", "Jpan"} and _HAN.search(plain):
        return list(dict.fromkeys(_han(plain)))
    if script == "Hang":
        return [_korean(plain)]
    if script == "Grek":
        plain = unicodedata.normalize("NFC", _unaccented(plain))
        for letters, sound in _GREEK:
            plain = plain.replace(letters, sound).replace(letters.title(), sound.title())
    if script == "Cyrl":
        plain = plain.translate(_CYRILLIC)
    return [anyascii(plain).replace("`", "'")]


def _unaccented(text: str) -> str:
    return "".join(
        one for one in unicodedata.normalize("NFD", text) if not unicodedata.combining(one)
    )


def _korean(text: str) -> str:
    """Hangul, syllable by syllable, the family name first and as passports spell it."""
    syllables = [one for one in text if not one.isspace()]
    family = _tables().korean_family.get(syllables[0])
    return " ".join([family or anyascii(syllables[0]), *(anyascii(one) for one in syllables[1:])])


def _han(text: str) -> list[str]:
    """Mandarin; Korean where each character has a reading; Japanese where the names are known."""
    korean = _tables().korean
    found = [_CAPITALS.sub(" ", anyascii(text))]
    bare = text.replace(" ", "").replace("　", "")
    if all(character in korean for character in bare):
        found.append(" ".join(korean[character] for character in bare))
    if japanese := _japanese(text):
        found.append(japanese)
    return found


def _japanese(text: str) -> str:
    """A family and a given name of the tables, parted by a space or by where the tables meet."""
    families, givens = _tables().japanese_family, _tables().japanese_given
    for family, given in [tuple(pair) for pair in pairwise(text.split())] or [
        (text[:at], text[at:]) for at in range(1, len(text))
    ]:
        if family in families and (given in givens or not _HAN.search(given)):
            return f"{families[family]} {givens.get(given) or anyascii(given)}"
    return ""
