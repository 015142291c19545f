"""Two names, and all that is known beside them, as one score from 0 to 1 with its reasons.

A person is the same when a given name and the family name agree: one of them alone says little,
whatever else fits. An entity is the same when the words that tell it apart agree on both sides. The
constants below were set on pairs made from the public lists with other seeds than those that judge.
"""

from __future__ import annotations

from typing import NamedTuple

from merchants.screening.matching.alignment import LETTERS, LETTERS_SHARE, Pair, align
from merchants.screening.matching.asking import THRESHOLD as THRESHOLD
from merchants.screening.matching.names import (
    FAMILY,
    FORM,
    GIVEN,
    INITIAL,
    PLAIN,
    SMALL,
    TITLE,
    Parsed,
    Word,
    family_first,
    parse,
)
from merchants.screening.matching.similarity import LETTER

STRANGE = 0.6  # what a word without a partner costs at least: any name is somebody else's


class Part(NamedTuple):
    """One reason: our word(s), the listed one(s), why they belong together, and how much."""

    ours: str
    theirs: str
    why: str
    share: float
    weight: float


class Score(NamedTuple):
    """How alike two names are, and the parts that made it so."""

    value: float
    parts: tuple[Part, ...]
    ours: str = ""
    theirs: str = ""


class _Sides(NamedTuple):
    """The weights of both names: matched, and without a partner."""

    matched: float
    ours_alone: float
    theirs_alone: float

    @property
    def cover_ours(self) -> float:
        return self.matched / (self.matched + self.ours_alone or 1.0)

    @property
    def cover_theirs(self) -> float:
        return self.matched / (self.matched + self.theirs_alone or 1.0)


def of_names(ours: Parsed, theirs: Parsed, person: bool, least: float = 0.0) -> Score:
    """How alike two parsed names are; below `least` without the parts."""
    pairs = align(ours, theirs)
    if not person:
        pairs += _letters(ours, theirs, pairs)
    sides = _sides(ours, theirs, pairs)
    value = _person(ours, theirs, pairs, sides) if person else _entity(sides)
    value = round(min(value, 1.0), 4)
    parts = _parts(ours, theirs, pairs) if value >= least else ()
    return Score(value, parts, ours.text, theirs.text)


def of_texts(asked: str, listed: str, person: bool) -> Score:
    """The best score of two names as they are written; `listed` may be `FAMILY, Given`.

    From THRESHOLD on the product takes them for the same.
    """
    text, family, given = family_first(listed) if person else (listed, "", "")
    found = [
        of_names(ours, theirs, person)
        for ours in parse(asked, person)
        for theirs in parse(text, person, family, given)
    ]
    return max(found, key=lambda score: score.value, default=Score(0.0, (), asked, listed))


def _entity(sides: _Sides) -> float:
    return 2 * sides.matched / (2 * sides.matched + sides.ours_alone + sides.theirs_alone or 1.0)


def _person(ours: Parsed, theirs: Parsed, pairs: list[Pair], sides: _Sides) -> float:
    """Both roles must agree; what is left over on both sides speaks against, on one side hardly."""
    low, high = sorted((sides.cover_ours, sides.cover_theirs))
    plain = sum(1 for pair in pairs if _solid(ours, theirs, pair))
    if not (theirs.knows_roles or ours.knows_roles):
        return _without_roles(low, high, plain)
    if theirs.knows_roles:
        family, given = _role(theirs, pairs, FAMILY, False), _role(theirs, pairs, GIVEN, False)
    else:
        family, given = _role(ours, pairs, FAMILY, True), _role(ours, pairs, GIVEN, True)
    both = min(family, given) * 0.75 + max(family, given) * 0.25 if family and given else 0.0
    conflict = 1 - high
    onesided = high - low
    by_roles = both * (1 - 0.55 * conflict - 0.12 * onesided)
    contained = _without_roles(low, high, plain)
    return max(by_roles, contained)


def _without_roles(low: float, high: float, plain: int) -> float:
    """One name holds the other: two words that agree are something, one is not."""
    if plain < 2:
        return high * low if low < 0.9 else high * (0.9 + low / 10)
    return high * (0.6 + 0.4 * low) - (1 - high) * 0.35


def _role(name: Parsed, pairs: list[Pair], role: str, ours: bool) -> float:
    """How well the words of one role are met: the first of them counts most, one is enough."""
    places = [
        at
        for at, of in enumerate(name.roles)
        if of == role and name.words[at].sort in (PLAIN, INITIAL)
    ]
    places = places or [at for at, of in enumerate(name.roles) if of == role]
    met = {at: pair.share for pair in pairs for at in (pair.ours if ours else pair.theirs)}
    total = sum(name.words[at].weight for at in places)
    cover = sum(name.words[at].weight * met.get(at, 0.0) for at in places) / (total or 1.0)
    best = max((met.get(at, 0.0) for at in places), default=0.0)
    first = met.get(places[0], 0.0) if places else 0.0
    return max(cover, 0.97 * first, 0.85 * best)


def _solid(ours: Parsed, theirs: Parsed, pair: Pair) -> bool:
    return all(ours.words[at].sort == PLAIN for at in pair.ours[:1]) and pair.share >= 0.8


def _sides(ours: Parsed, theirs: Parsed, pairs: list[Pair]) -> _Sides:
    matched = lost_ours = lost_theirs = 0.0
    seen_ours: set[int] = set()
    seen_theirs: set[int] = set()
    for pair in pairs:
        one = sum(ours.words[at].weight for at in pair.ours)
        other = sum(theirs.words[at].weight for at in pair.theirs)
        weight = min(one, other) if pair.why == LETTER else max(one, other)
        matched += weight * pair.share
        lost_ours += weight * (1 - pair.share)
        lost_theirs += weight * (1 - pair.share)
        seen_ours.update(pair.ours)
        seen_theirs.update(pair.theirs)
    lost_ours += sum(_alone(word) for at, word in enumerate(ours.words) if at not in seen_ours)
    lost_theirs += sum(
        _alone(word) for at, word in enumerate(theirs.words) if at not in seen_theirs
    )
    return _Sides(matched, lost_ours, lost_theirs)


def _alone(word: Word) -> float:
    if word.sort in (SMALL, TITLE, FORM):
        return word.weight
    return max(word.weight, 0.3 if word.sort == INITIAL else STRANGE)


def _letters(ours: Parsed, theirs: Parsed, pairs: list[Pair]) -> list[Pair]:
    """A word of ours that is the first letters of what is left of theirs (KOMID)."""
    used_ours = {at for pair in pairs for at in pair.ours}
    used_theirs = {at for pair in pairs for at in pair.theirs}
    left = {
        at: word.text[0]
        for at, word in enumerate(theirs.words)
        if at not in used_theirs and word.sort == PLAIN
    }
    for i, word in enumerate(ours.words):
        short = i not in used_ours and len(word.text) > 2
        if short and len(left) > 1 and "".join(left.values()).startswith(word.text):
            return [Pair((i,), tuple(left), LETTERS_SHARE, LETTERS)]
    return []


def _parts(ours: Parsed, theirs: Parsed, pairs: list[Pair]) -> tuple[Part, ...]:
    parts = [
        Part(
            " ".join(ours.words[at].text for at in pair.ours),
            " ".join(theirs.words[at].text for at in pair.theirs),
            pair.why,
            round(pair.share, 3),
            round(max(ours.words[at].weight for at in pair.ours), 3),
        )
        for pair in sorted(pairs)
    ]
    seen_ours = {at for pair in pairs for at in pair.ours}
    seen_theirs = {at for pair in pairs for at in pair.theirs}
    parts += [
        Part(word.text, "", "not in the listed name", 0.0, round(_alone(word), 3))
        for at, word in enumerate(ours.words)
        if at not in seen_ours
    ]
    parts += [
        Part("", word.text, "only in the listed name", 0.0, round(_alone(word), 3))
        for at, word in enumerate(theirs.words)
        if at not in seen_theirs
    ]
    return tuple(parts)
