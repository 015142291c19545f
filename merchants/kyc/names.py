"""Whether two names of businesses or people are the same name, as a bank or a register writes it.

For names the merchant itself gave in two places. Names on lists of others are the business of
`merchants.screening`, which knows scripts, spellings and nicknames.
"""

from __future__ import annotations

import re
import unicodedata
from difflib import SequenceMatcher
from functools import lru_cache
from pathlib import Path
from typing import Literal

import msgspec

Likeness = Literal["match", "close", "differs"]
CLOSE = 0.74  # of the letters in the same order
SAME = 0.93  # a slip of the pen
LONGEST = 300


class Forms(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The file: words for legal forms, and small words, none of which tell names apart."""

    legal: tuple[str, ...]
    small: tuple[str, ...]
    letters: dict[str, str]


@lru_cache(maxsize=1)
def forms() -> Forms:
    """The words of `data/legal_forms.toml`."""
    path = Path(__file__).parent / "data" / "legal_forms.toml"
    return msgspec.toml.decode(path.read_bytes(), type=Forms)


def alike(one: str, other: str) -> Likeness:
    """How alike two names are. Names in two scripts are `close`: only a person can tell."""
    mine, theirs = words(one), words(other)
    if not mine or not theirs:
        return "differs"
    if sorted(mine) == sorted(theirs) or "".join(mine) == "".join(theirs):
        return "match"
    if _script(mine) != _script(theirs):
        return "close"
    ratio = _ratio(mine, theirs)
    if ratio >= SAME:
        return "match"
    if ratio >= CLOSE or _shortened(mine, theirs) or _shortened(theirs, mine):
        return "close"
    return "differs"


def best(name: str, candidates: list[str]) -> Likeness:
    """The best likeness with any of several names; `differs` when there are none."""
    order: tuple[Likeness, ...] = ("match", "close", "differs")
    found = {alike(name, one) for one in candidates if one.strip()}
    return next((one for one in order if one in found), "differs")


def words(name: str) -> list[str]:
    """The words that tell a name apart: folded, without legal forms and small words.

    A name of nothing else keeps them: a firm may be called Limited Company Ltd.
    """
    folded = fold(name).split()
    known = forms()
    left = [word for word in folded if word not in known.legal and word not in known.small]
    return left or folded


def fold(name: str, longest: int = LONGEST) -> str:
    """Lower case without accents and signs; `ß` is `ss`, as in a bank's system."""
    text = name[:longest].casefold().replace("&", " and ")
    for letter, plain in forms().letters.items():
        text = text.replace(letter, plain)
    bare = unicodedata.normalize("NFKD", text)
    kept = "".join(one for one in bare if not unicodedata.combining(one))
    joined = re.sub(r"(?<=\b\w)\.(?=\w\b)|['’`]", "", kept)  # S.A. is one word, O'Neil too
    return " ".join(re.findall(r"\w+", joined))


def _ratio(mine: list[str], theirs: list[str]) -> float:
    one, other = " ".join(sorted(mine)), " ".join(sorted(theirs))
    return SequenceMatcher(None, one, other, autojunk=False).ratio()


def _shortened(short: list[str], long: list[str]) -> bool:
    """Whether every word of one is a word of the other, or its first letter."""
    if len(short) > len(long) or not any(len(word) > 1 and word in long for word in short):
        return False
    return all(word in long or any(one.startswith(word) for one in long) for word in short)


def _script(found: list[str]) -> str:
    letter = next((one for one in "".join(found) if one.isalpha()), "a")
    return unicodedata.name(letter, "LATIN").split()[0]
