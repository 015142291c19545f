"""One spelling for the many that a name has: what different transliterations agree on.

`fold` keeps a name readable and makes Mohammed of Muhammed's neighbours; `skeleton` keeps only its
consonants, as Arabic and Hebrew write it; `coarse` takes consonants that are often taken for one
another as one. All work on lower-case words of ASCII letters.
"""

from __future__ import annotations

import re
from functools import lru_cache

# Longer spellings first, each into one sound: S is sh, C is ch.
_CONSONANTS = {
    "shch": "S", "tsch": "C", "dsch": "j", "tch": "C", "tsh": "C", "sch": "S", "dzh": "j",
    "sz": "S", "sh": "S", "cz": "C", "ch": "C", "dj": "j", "zh": "j", "kh": "h", "ph": "f",
    "gh": "g", "th": "t", "dh": "d", "ck": "k", "ce": "se", "ci": "si", "cy": "si", "ts": "z",
    "tz": "z", "q": "k", "c": "k", "x": "ks", "w": "v", "y": "i",
}  # fmt: skip
_VOWELS = {
    "aou": "u", "ou": "u", "oo": "u", "ee": "i", "ie": "i", "ij": "i", "ii": "i", "ei": "e",
    "ai": "e", "ae": "e", "eo": "o", "oe": "o", "eu": "u", "ue": "u",
}  # fmt: skip
_BEGINNING = re.compile(r"^(?:ye|je(?=[lkv]))")
_ONE_SOUND = re.compile("|".join(_CONSONANTS))
_ONE_VOWEL = re.compile("|".join(_VOWELS))
_TWICE = re.compile(r"(.)\1+")
_ENDING = re.compile(r"(?<=[oe])f$|(?<=.)h$")
_SPOKEN = str.maketrans("", "", "aeiou")
_ALIKE = str.maketrans("zpCS", "sbsc")
_COARSE = str.maketrans("zCSjcpftg", "sssssbvdk", "h")
_OCR = str.maketrans("01l358|", "oiiesbi")


@lru_cache(maxsize=100_000)
def fold(word: str) -> str:
    """The agreed spelling; a word with digits is itself."""
    if not word.isalpha() or len(word) < 2:
        return word
    word = _BEGINNING.sub("e", word)
    word = _ONE_SOUND.sub(lambda found: _CONSONANTS[found[0]], word)
    word = _ONE_VOWEL.sub(lambda found: _VOWELS[found[0]], word)
    word = _TWICE.sub(r"\1", word)
    return _ENDING.sub(lambda found: "v" if found[0] == "f" else "", word)


def skeleton(folded: str) -> str:
    """The consonants of a folded word, the nearest alike as one."""
    return folded.translate(_SPOKEN).translate(_ALIKE)


def coarse(folded: str) -> str:
    """The consonants of a folded word, all that are taken for one another as one, without h."""
    return folded.translate(_SPOKEN).translate(_COARSE)


def loose_skeleton(folded: str) -> str:
    """The consonants that even writing without vowels keeps: no w or y, which stand for vowels."""
    return skeleton(folded).replace("v", "")


def misread(word: str) -> str:
    """What a scanner may have taken for what: 0 for o, 1 for i or l, 5 for s, 8 for b."""
    return word.translate(_OCR)
