"""From a hundred thousand entries to the few worth comparing, in memory and within milliseconds.

Each word of the listed names is found by its folded spelling, by that spelling less any one letter
(so that two spellings one or two edits apart meet), by its consonants, by its nicknames and written
as one with its neighbour. The names that share most of the weight of what is asked are then
compared word by word. numpy holds the lists of names by word.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain, pairwise

import numpy as np
from rapidfuzz.distance import OSA
from rapidfuzz.process import extract

from merchants.screening.entries import Entry
from merchants.screening.matching import evidence, names, scoring
from merchants.screening.matching.asking import Asked, Hit
from merchants.screening.matching.folding import fold
from merchants.screening.matching.names import FORM, INITIAL, SMALL, TITLE, Parsed, Word
from merchants.screening.matching.scoring import Score

LEAST_SHARE, LEAST_SUM = 0.5, 0.8  # of the weight of one name, of both, that must be shared
COMPARED = 32  # names compared word by word, of the best that the index finds,
MOST_COMPARED = 128  # and those as good as the last of them: namesakes are told apart by facts
WORTH_TELLING = 0.4  # the reasons of a lower score are not worked out
NEIGHBOURS = 60  # listed words taken for a word that is asked
JOINED_WORDS = 4  # of names up to this length every two neighbours are kept written as one
SHORT_WORD = 3  # of longer names only where one of the two is as short as this
SURE = 0.88  # how alike words are taken for that share consonants or are nicknames of each other
_MISREAD = str.maketrans("0358", "oesb")
ALIKE, ALMOST = 0.6, 0.85  # how alike spellings are at least; those of words written as one
WEAK_ALIAS = 0.9  # what a hit on a weak alias is worth of one on a name


class Index:
    """All entries of some lists, ready to be asked; it never changes."""

    def __init__(self, entries: Iterable[tuple[str, Entry]]) -> None:
        """Takes (source, entry) pairs."""
        self.entries: list[tuple[str, Entry]] = list(entries)
        numbered = list(enumerate(self.entries))
        self._people = _Half(True, ((at, e) for at, (_, e) in numbered if e.kind == "person"))
        self._others = _Half(False, ((at, e) for at, (_, e) in numbered if e.kind != "person"))
        self._numbers: dict[str, list[int]] = {}
        for at, (_, entry) in numbered:
            for one in entry.identifiers:
                if bare := evidence.plain_number(one.number):
                    self._numbers.setdefault(bare, []).append(at)

    def __len__(self) -> int:
        return len(self.entries)

    def search(self, asked: Asked, threshold: float) -> list[Hit]:
        """The entries that score at least `threshold`, the likeliest first, each once."""
        best: dict[int, tuple[float, Score]] = {}
        halves = [self._people] * (asked.person is not False)
        halves += [self._others] * (asked.person is not True)
        for half in halves:
            for name in asked.names:
                for parsed in names.parse(name, half.person, asked.family, asked.given):
                    half.search(parsed, best)
        for number, _ in asked.facts.identifiers:
            for at in self._numbers.get(evidence.plain_number(number), ()):
                best.setdefault(at, (0.0, Score(0.0, ())))
        found = []
        for at, (value, score) in best.items():
            source, entry = self.entries[at]
            if value + evidence.MOST < threshold and not asked.facts.identifiers:
                continue
            weighed, facts = evidence.weigh(value, asked.facts, entry)
            if value < score.value:
                loss = round(value - score.value, 4)
                facts = (evidence.Fact("weak alias", "", score.theirs, loss), *facts)
            if weighed >= threshold:
                found.append(Hit(source, entry, weighed, score, facts))
        return sorted(found, key=lambda hit: (-hit.value, hit.source, hit.entry.id))


class _Half:
    """The names of people, or those of everybody else."""

    def __init__(self, person: bool, entries: Iterable[tuple[int, Entry]]) -> None:
        self.person = person
        self.parsed: list[Parsed] = []
        self._worth: list[float] = []
        owners: list[int] = []
        vocabulary: dict[str, int] = {}
        words: list[Word] = []
        postings: list[list[int]] = []
        for at, entry in entries:
            for name in entry.names:
                for parsed in names.parse(name.text, person, name.family, name.given):
                    number = len(self.parsed)
                    self.parsed.append(parsed)
                    owners.append(at)
                    self._worth.append(WEAK_ALIAS if name.kind == "weak" else 1.0)
                    for word in chain(parsed.words, _joined(parsed.words, person)):
                        place = vocabulary.get(word.folded)
                        if place is None:
                            place = vocabulary[word.folded] = len(words)
                            words.append(word)
                            postings.append([])
                        if not postings[place] or postings[place][-1] != number:
                            postings[place].append(number)
        self._vocabulary = vocabulary
        self._folded = np.array([word.folded for word in words], dtype=object)
        self.owners = np.array(owners, dtype=np.int32)
        self._starts = np.zeros(len(postings) + 1, dtype=np.int64)
        np.cumsum([len(one) for one in postings], out=self._starts[1:])
        self._postings = np.fromiter(chain.from_iterable(postings), np.int32, self._starts[-1])
        self._weights = np.array(
            [sum(word.weight for word in one.words) or 1.0 for one in self.parsed], np.float32
        )
        self._keys, self._places = _sorted_keys(words)

    def search(self, asked: Parsed, best: dict[int, tuple[float, Score]]) -> None:
        """Compare with the likeliest names, and keep the best score of each entry in `best`."""
        for number in self._likeliest(asked):
            score = scoring.of_names(asked, self.parsed[number], self.person, WORTH_TELLING)
            value = score.value * self._worth[number]
            owner = int(self.owners[number])
            if value > best.get(owner, (0.0,))[0]:
                best[owner] = (value, score)

    def _likeliest(self, asked: Parsed) -> list[int]:
        """The numbers of the names that share most of the weight of what is asked."""
        if not self.parsed:
            return []
        whole = sum(word.weight for word in asked.words) or 1.0
        each = [self._shared(self._neighbours(word), word.weight) for word in asked.words]
        matched = np.sum(each, axis=0)
        for at, (one, after) in enumerate(pairwise(asked.words)):
            if FORM not in (one.sort, after.sort):
                joined = _written_as_one(one, after, self.person)
                if near := list(self._spelt(joined, ALMOST)):
                    as_one = self._shared(near, one.weight + after.weight)
                    matched += np.maximum(as_one - each[at] - each[at + 1], 0)
        found = np.flatnonzero(matched > 0.25 * min(whole, 1.6))
        if not len(found):
            return []
        shares = matched[found]
        asked_share = np.minimum(shares / whole, 1.0)
        listed_share = np.minimum(shares / self._weights[found], 1.0)
        rank = asked_share + listed_share
        near = (rank >= LEAST_SUM) & (np.maximum(asked_share, listed_share) >= LEAST_SHARE)
        found, rank = found[near], rank[near]
        if len(found) > COMPARED:
            best = np.argsort(-rank, kind="stable")[:MOST_COMPARED]
            found = found[best][rank[best] >= rank[best[COMPARED - 1]]]
        return found.tolist()  # type: ignore[no-any-return]

    def _shared(self, alike: Iterable[tuple[float, int]], weight: float) -> np.ndarray:
        """For each name the weight, by how alike its word is to one of these; else nothing."""
        share = np.zeros(len(self.parsed), dtype=np.float32)
        for value, place in sorted(alike):
            share[self._postings[self._starts[place] : self._starts[place + 1]]] = value * weight
        return share

    def _neighbours(self, word: Word) -> Iterator[tuple[float, int]]:
        """The listed words that may stand for this one, with how alike they are."""
        same = self._vocabulary.get(word.folded)
        if word.sort in (SMALL, TITLE, FORM, INITIAL) and not word.vowelless:
            if same is not None:
                yield 1.0, same
            return
        for read in _readings(word, self.person):
            yield from self._spelt(read, ALIKE)
        for place in self._found(_sure_keys(word)).tolist():
            if place != same:
                yield SURE, place

    def _spelt(self, word: Word, least: float) -> Iterator[tuple[float, int]]:
        """The listed words that are spelt alike."""
        places = self._found(_spelt_keys(word))
        spelt = self._folded[places].tolist()
        similarity = OSA.normalized_similarity
        near = extract(word.folded, spelt, scorer=similarity, limit=NEIGHBOURS, score_cutoff=least)
        for _, share, at in near:
            yield share, int(places[at])

    def _found(self, keys: Iterable[str]) -> np.ndarray:
        """The listed words with any of these keys, each once."""
        hashes = np.fromiter((hash(key) for key in keys), np.int64)
        starts = np.searchsorted(self._keys, hashes, "left").tolist()
        ends = np.searchsorted(self._keys, hashes, "right").tolist()
        found = [self._places[start:end] for start, end in zip(starts, ends, strict=True)]
        return np.unique(np.concatenate(found))


def _joined(words: tuple[Word, ...], person: bool) -> Iterator[Word]:
    every = len(words) <= JOINED_WORDS
    for one, after in pairwise(words):
        short = min(len(one.text), len(after.text)) <= SHORT_WORD
        if FORM not in (one.sort, after.sort) and (every or short):
            yield _written_as_one(one, after, person)


def _written_as_one(one: Word, after: Word, person: bool) -> Word:
    return names.plain_word(one.text + after.text, person, one.vowelless)


def _spelt_keys(word: Word) -> Iterator[str]:
    """A word's spelling and that less any one letter: what is one edit away shares a key."""
    folded = word.folded
    yield "s" + folded
    if len(folded) > 3:
        for at in range(len(folded)):
            yield "s" + folded[:at] + folded[at + 1 :]
    if len(folded) > 5:
        yield "f" + folded[:4]
        yield "l" + folded[-4:]


def _sure_keys(word: Word) -> Iterator[str]:
    """What makes two words one whatever their spelling: consonants, nicknames, the article."""
    if word.vowelless:
        yield "c" + word.bones
    elif len(word.bones) > 2:
        yield "b" + word.bones
    for row in names.tables().nicknames.get(word.folded, ()):
        yield f"n{row}"
    bare = word.text[2:] if len(word.text) > 5 and word.text[:2] in {"al", "el"} else word.text
    yield "a" + fold(bare)


def _readings(word: Word, person: bool) -> list[Word]:
    """The word, and what a scanner may have made it of where digits stand among its letters."""
    if word.text.isalpha() or word.text.isdigit():
        return [word]
    plain = word.text.translate(_MISREAD)
    return [word, *(names.word(plain.replace("1", one), person, False) for one in "il")]


def _sorted_keys(words: list[Word]) -> tuple[np.ndarray, np.ndarray]:
    """Every key of every listed word as numbers in order, and the word each belongs to."""
    keys: list[int] = []
    places: list[int] = []
    for place, word in enumerate(words):
        if word.sort in (FORM, INITIAL):
            continue
        mine = {hash(key) for key in chain(_spelt_keys(word), _sure_keys(word))}
        mine.add(hash("c" + word.bones.replace("v", "")))
        keys += mine
        places += [place] * len(mine)
    order = np.argsort(np.array(keys, dtype=np.int64), kind="stable")
    return np.array(keys, dtype=np.int64)[order], np.array(places, dtype=np.int32)[order]
