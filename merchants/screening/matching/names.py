"""A name taken apart: its words, what each is, and how much it weighs.

Weights come from shipped counts of words on the lists (`data/frequencies.txt`), so that a score is
the same today and when it is looked into years later.
"""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from merchants.screening.matching.folding import coarse, fold, loose_skeleton, skeleton
from merchants.screening.matching.scripts import CONSONANTAL, DATA, readings, script_of

PLAIN, SMALL, TITLE, FORM, INITIAL = "word", "particle", "title", "form", "initial"
FAMILY, GIVEN = "family", "given"
LEAST_COMMON = 0.25  # what the commonest word weighs against one nobody else has
WEIGHTS = {SMALL: 0.04, TITLE: 0.03, FORM: 0.05, INITIAL: 0.3}
TELLING_FORM = 0.25
HALF = 0.5
MAX_WORDS = 16

_APOSTROPHES = re.compile(r"['’‘`´ʿʾ\"“”«»]")
_DOTTED = re.compile(r"\b(?:[a-z]\.\s?){1,}[a-z]?\b\.?")
_WORDS = re.compile(r"[a-z0-9]+")
_ABDUL = re.compile(r"^abd(?:[uaeo]+[lrs]|u|el|il)(.{4,}|[^aeiou].{2,})$")
_UDDIN = re.compile(r"^(.{3,}?)(?:[ueai]d?d[ie]+ne?|aldin|eldin)$")
_ABDS = {"abd", "abdul", "abdel", "abdal", "abdol", "abdur", "abdus", "abdu", "abdoul", "abdil"}
_ARTICLES = {
    "al",
    "el",
    "ul",
    "ur",
    "ar",
    "as",
    "ash",
    "ad",
    "an",
    "at",
    "az",
    "ed",
    "ud",
    "us",
    "ol",
}
_ROLES: dict[tuple[str, ...], tuple[str, ...]] = {}  # few patterns, each kept once
_GOD = {"allah", "ullah", "lah", "llh", "llah"}


class Word(NamedTuple):
    """One word: as written (in Latin letters), folded, its consonants (finely and coarsely told
    apart), what it is, and its weight."""

    text: str
    folded: str
    bones: str
    coarse: str
    sort: str
    weight: float
    vowelless: bool = False


class Parsed(NamedTuple):
    """A name in one reading. `roles` says of each word whether it is a family or a given name."""

    text: str
    words: tuple[Word, ...]
    roles: tuple[str, ...]

    @property
    def knows_roles(self) -> bool:
        """Whether the source tells family and given names apart."""
        return FAMILY in self.roles and GIVEN in self.roles


class Tables(NamedTuple):
    """What the data files say, ready to be asked."""

    titles: frozenset[str]
    particles: frozenset[str]
    halves: frozenset[str]
    small: frozenset[str]
    telling: frozenset[str]
    forms: dict[tuple[str, ...], str]
    longest_form: int
    counts: dict[str, dict[str, int]]
    totals: dict[str, int]
    nicknames: dict[str, frozenset[int]]


@lru_cache(maxsize=1)
def tables() -> Tables:
    """Read the data files once."""
    companies = tomllib.loads((DATA / "companies.toml").read_text("utf-8"))
    people = tomllib.loads((DATA / "people.toml").read_text("utf-8"))
    rows = tomllib.loads((DATA / "given_names.toml").read_text("utf-8"))["rows"]
    forms = {tuple(form.split()): row[0] for row in companies["forms"] for form in row}
    counts: dict[str, dict[str, int]] = {"person": {}, "entity": {}}
    totals = {}
    for line in (DATA / "frequencies.txt").read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            kind, word, count = line.split()
            if word == "*":
                totals[kind] = int(count)
            else:
                counts[kind][word] = int(count)
    nicknames: dict[str, set[int]] = {}
    for number, row in enumerate(rows):
        for name in row.split():
            nicknames.setdefault(fold(name), set()).add(number)
    return Tables(
        frozenset(people["titles"]),
        frozenset(people["particles"]),
        frozenset(people["halves"]),
        frozenset(companies["small"]),
        frozenset(companies["telling"]),
        forms,
        max(len(form) for form in forms),
        counts,
        totals,
        {name: frozenset(numbers) for name, numbers in nicknames.items()},
    )


def parse(text: str, person: bool, family: str = "", given: str = "") -> list[Parsed]:
    """A name in each of its readings; of people also which words are family and given names."""
    vowelless = script_of(text) in CONSONANTAL
    found = []
    for reading in readings(text):
        words = _tokens(reading, person, vowelless)
        if words:
            roles = _roles(words, family, given) if family and given else ("",) * len(words)
            found.append(Parsed(text, words, roles))
    return found


def family_first(text: str) -> tuple[str, str, str]:
    """`FAMILY, Given` as lists write people: the name in order, the family and the given name."""
    family, comma, given = text.partition(", ")
    return (f"{given} {family}", family, given) if comma else (text, "", "")


def word(text: str, person: bool, vowelless: bool) -> Word:
    """A word by itself, as part of such a name."""
    return _person_word(text, vowelless) if person else _entity_word(text, vowelless)


def plain_word(text: str, person: bool, vowelless: bool) -> Word:
    """A word of letters that were not written together, not kept in mind."""
    return _word(text, PLAIN, "person" if person else "entity", 1.0, vowelless)


def _tokens(reading: str, person: bool, vowelless: bool) -> tuple[Word, ...]:
    plain = _APOSTROPHES.sub("", reading.lower().replace("&", " and ").replace("m/s", "messrs"))
    if not person:
        plain = _DOTTED.sub(lambda found: re.sub(r"[.\s]", "", found[0]) + " ", plain)
    texts = _WORDS.findall(plain)[:MAX_WORDS]
    if person:
        texts = _arabic(texts, vowelless)
        return tuple(_person_word(text, vowelless) for text in texts)
    return tuple(_entity_words(texts, vowelless))


def _arabic(texts: list[str], vowelless: bool) -> list[str]:
    """Abd al-Rahman, Abdul Rahman and Abdurrahman become the same words; so does -uddin."""
    found: list[str] = []
    rest = iter(range(len(texts)))
    for at in rest:
        word, after = texts[at], texts[at + 1] if at + 1 < len(texts) else ""
        if word in _ABDS or (vowelless and word == "bd"):
            if after in _GOD:
                found.append("abdallah")
                next(rest)
            else:
                found.append("abd")
                if after in _ARTICLES and at + 2 < len(texts):
                    next(rest)
        elif (split := _ABDUL.match(word)) and split[1] not in {"lah", "la", "lla", "llah"}:
            found += ["abd", split[1]]
        elif len(word) >= 8 and (split := _UDDIN.match(word)):
            found += [split[1], "din"]
        elif vowelless and len(word) >= 5 and word.startswith("al"):
            found += ["al", word[2:]]
        else:
            found.append(word)
    return found


@lru_cache(maxsize=50_000)
def _person_word(text: str, vowelless: bool) -> Word:
    known = tables()
    sort, factor = PLAIN, 1.0
    if len(text) == 1 and text.isalpha() and not vowelless:
        sort = INITIAL
    elif text in known.titles:
        sort = TITLE
    elif text in known.particles:
        sort = SMALL
    elif text in known.halves:
        factor = HALF
    return _word(text, sort, "person", factor, vowelless)


def _entity_words(texts: list[str], vowelless: bool) -> Iterable[Word]:
    known, at = tables(), 0
    while at < len(texts):
        for length in range(min(known.longest_form, len(texts) - at), 0, -1):
            form = known.forms.get(tuple(texts[at : at + length]))
            # a name may begin with its form (OOO, PT) but with no other word of that kind
            if form and (at or form in {"llc", "jsc", "sa"} or length > 1):
                telling = length == 1 and texts[at] in known.telling
                shown = " ".join(texts[at : at + length])
                weight = TELLING_FORM if telling else WEIGHTS[FORM]
                folded = texts[at] if telling else form
                yield Word(shown, folded, "", "", FORM, weight)
                at += length
                break
        else:
            yield _entity_word(texts[at], vowelless)
            at += 1


@lru_cache(maxsize=50_000)
def _entity_word(text: str, vowelless: bool) -> Word:
    return _word(text, SMALL if text in tables().small else PLAIN, "entity", 1.0, vowelless)


def _word(text: str, sort: str, kind: str, factor: float, vowelless: bool) -> Word:
    folded = fold(text)
    bones = loose_skeleton(folded) if vowelless else skeleton(folded)
    weight = WEIGHTS.get(sort) or factor * rarity(folded, kind)
    return Word(text, folded, bones, coarse(folded), sort, weight, vowelless)


def rarity(folded: str, kind: str) -> float:
    """From LEAST_COMMON for the commonest word of a kind to 1 for a word that is on no list."""
    known = tables()
    count, total = known.counts[kind].get(folded, 1), known.totals[kind]
    share = math.log(total / count) / math.log(total)
    return LEAST_COMMON + (1 - LEAST_COMMON) * share


def _roles(words: tuple[Word, ...], family: str, given: str) -> tuple[str, ...]:
    """Which words came from the family name; the rest are given names, in the order of the text."""
    of_family = {
        word.text for reading in readings(family) for word in _tokens(reading, True, False)
    }
    of_given = {word.text for reading in readings(given) for word in _tokens(reading, True, False)}
    found = []
    for at, word in enumerate(words):
        in_family, in_given = word.text in of_family, word.text in of_given
        if in_family and in_given:  # the same word in both: the first is given, the last family
            in_family = at >= len(words) / 2
        found.append(FAMILY if in_family else GIVEN)
    return _ROLES.setdefault(tuple(found), tuple(found))
