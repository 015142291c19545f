"""Which word of one name is which of the other: the best pairs first, each word once.

Two neighbouring words may stand for one ("al Tikriti", "Altikriti"), and the first letters of a
name for all of it ("KOMID").
"""

from __future__ import annotations

from typing import NamedTuple

from merchants.screening.matching.names import FORM, INITIAL, PLAIN, Parsed, Word, word
from merchants.screening.matching.similarity import LETTER, compare

JOINED, LETTERS = "written as one", "first letters"
JOINED_LOSS = 0.03
NEARLY = 0.88  # how alike joined words must be
LETTERS_SHARE = 0.85


class Pair(NamedTuple):
    """Words of the two names that belong together (their places), how alike they are and why."""

    ours: tuple[int, ...]
    theirs: tuple[int, ...]
    share: float
    why: str


def align(ours: Parsed, theirs: Parsed) -> list[Pair]:
    """The pairs of words, each word in one pair at most."""
    found = _single(ours.words, theirs.words)
    met_ours = {pair.ours[0] for _, pair in found if pair.share > NEARLY}
    met_theirs = {pair.theirs[0] for _, pair in found if pair.share > NEARLY}
    if len(met_ours) < len(ours.words) and len(met_theirs) < len(theirs.words):
        found += _joined(ours.words, theirs.words, met_ours, met_theirs)
        turned = _joined(theirs.words, ours.words, met_theirs, met_ours)
        found += [(worth, Pair(one.theirs, one.ours, one.share, one.why)) for worth, one in turned]
    found.sort(key=lambda ranked: -ranked[0])
    used_ours: set[int] = set()
    used_theirs: set[int] = set()
    chosen = []
    for _, pair in found:
        if used_ours.isdisjoint(pair.ours) and used_theirs.isdisjoint(pair.theirs):
            used_ours.update(pair.ours)
            used_theirs.update(pair.theirs)
            chosen.append(pair)
    return [
        one for one in chosen if one.why != LETTER or not _out_of_turn(ours, theirs, one, chosen)
    ]


def _out_of_turn(ours: Parsed, theirs: Parsed, pair: Pair, chosen: list[Pair]) -> bool:
    """An initial says nothing behind a whole name that has no partner (Leila S. is no Saad)."""
    met_ours = {at for one in chosen for at in one.ours}
    met_theirs = {at for one in chosen for at in one.theirs}
    return any(
        at not in met and name.words[at].sort == PLAIN
        for name, places, met in ((ours, pair.ours, met_ours), (theirs, pair.theirs, met_theirs))
        if name.words[places[0]].sort == INITIAL
        for at in range(places[0])
    )


def _single(ours: tuple[Word, ...], theirs: tuple[Word, ...]) -> list[tuple[float, Pair]]:
    found = []
    for i, one in enumerate(ours):
        for j, other in enumerate(theirs):
            alike = compare(one, other)
            if alike.share:
                worth = alike.share * (one.weight + other.weight) - 0.001 * abs(i - j)
                if one.sort != other.sort:
                    worth *= 0.5
                found.append((worth, Pair((i,), (j,), alike.share, alike.why)))
    return found


def _joined(
    many: tuple[Word, ...], single: tuple[Word, ...], met: set[int], met_single: set[int]
) -> list[tuple[float, Pair]]:
    """Neighbours of `many`, not both met yet, that written as one are an unmet word of `single`."""
    found = []
    unmet = [
        (j, other) for j, other in enumerate(single) if j not in met_single and len(other.text) > 3
    ]
    for i in range(len(many) - 1):
        one, after = many[i], many[i + 1]
        if not unmet or FORM in (one.sort, after.sort) or (i in met and i + 1 in met):
            continue
        text = one.text + after.text
        for j, other in unmet:
            if abs(len(other.text) - len(text)) > 2:
                continue
            alike = compare(word(text, True, one.vowelless), other)
            if alike.share >= NEARLY:
                share = alike.share - JOINED_LOSS
                worth = share * (one.weight + after.weight + other.weight)
                found.append((worth, Pair((i, i + 1), (j,), share, JOINED)))
    return found
