"""How alike two words are, and why: 1 is the same word, 0 another one."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from rapidfuzz.distance import OSA

from merchants.screening.matching.folding import misread
from merchants.screening.matching.names import INITIAL, SMALL, Word, tables

SAME, SPELLING, NICKNAME, CONSONANTS = "the same", "spelling", "the same name", "consonants"
TYPO, MISREAD, LETTER, ARTICLE = "nearly", "misread letters", "initial", "with its article"
LEAST = 0.7  # below this two words are strangers
# What one edit costs by the length of the longer word: short words are easily another word.
COSTS = (1.0, 1.0, 0.7, 0.34, 0.2, 0.17, 0.14, 0.115, 0.1)
GENDERS = frozenset("ao")
OTHER_GENDER = 0.75


class Alike(NamedTuple):
    """How alike, from 0 to 1, and the reason in a word."""

    share: float
    why: str


STRANGERS = Alike(0.0, "")


@lru_cache(maxsize=200_000)
def compare(one: Word, other: Word) -> Alike:
    """The best reason to take two words for the same; STRANGERS without one."""
    if one.text == other.text:
        return Alike(1.0, SAME)
    if one.sort == INITIAL or other.sort == INITIAL:
        return Alike(0.8, LETTER) if _same_letter(one, other) else STRANGERS
    if one.folded == other.folded:
        return Alike(0.97, SPELLING)
    if (one.sort == SMALL) != (other.sort == SMALL):
        return STRANGERS
    known = tables().nicknames
    rows = known.get(one.folded)
    if rows and rows & known.get(other.folded, frozenset()):
        return Alike(0.86, NICKNAME)
    if _bare(one.text) == _bare(other.text):
        return Alike(0.93, ARTICLE)
    if one.text.isdigit() or other.text.isdigit():
        return STRANGERS
    if not (one.text.isalpha() and other.text.isalpha()):
        if misread(one.text) == misread(other.text):
            return Alike(0.95, MISREAD)
    elif one.vowelless or other.vowelless:
        return _by_consonants(one, other)
    return _by_edits(one, other)


def _same_letter(one: Word, other: Word) -> bool:
    return one.text[0] == other.text[0] or one.folded[0] == other.folded[0]


def _bare(text: str) -> str:
    return text[2:] if len(text) > 5 and text[:2] in {"al", "el"} else text


def _by_consonants(one: Word, other: Word) -> Alike:
    """A word written without vowels and one with them, or two without."""
    a, b = _bones(one), _bones(other)
    if a == b and a:
        return Alike(0.9 if len(a) > 1 else 0.8, CONSONANTS)
    if min(len(a), len(b)) >= 3 and OSA.distance(a, b, score_cutoff=1) <= 1:
        return Alike(0.75, CONSONANTS)
    return STRANGERS


def _bones(word: Word) -> str:
    return word.bones if word.vowelless else word.bones.replace("v", "")


def _by_edits(one: Word, other: Word) -> Alike:
    """By what was typed and by how it sounds; the kinder of the two."""
    if _other_gender(one.folded, other.folded):
        return Alike(OTHER_GENDER, TYPO)
    raw = OSA.distance(one.text, other.text, score_cutoff=3)
    share = 1 - raw * _cost(one.text, other.text) if raw <= 3 else 0.0
    sounds = OSA.distance(one.folded, other.folded, score_cutoff=5)
    if sounds <= 5:
        # a vowel, an h or one of two alike consonants is half an edit: the consonants agree
        bones = OSA.distance(one.coarse, other.coarse)
        cost = _cost(one.folded, other.folded) * (sounds + bones) / 2
        share = max(share, 1 - cost)
    return Alike(share, TYPO) if share >= LEAST else STRANGERS


def _cost(one: str, other: str) -> float:
    return COSTS[min(max(len(one), len(other)), len(COSTS) - 1)]


def _other_gender(one: str, other: str) -> bool:
    """An ending of another gender (Claudio, Claudia) is no slip of half an edit."""
    return {one[-1], other[-1]} == GENDERS and one[:-1] == other[:-1]
