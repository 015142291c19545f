"""Claim: names on sanctions lists are found whatever their spelling, rightly and quickly.

Quality is judged on the public pairs, on pairs of our own of another seed, and across scripts, by
the scorer and the threshold of the product. Speed is of an index of 100,000 entries: the public
lists, and made-up names of their words. Without the lists in `../shared` it says so and ends.
"""

from __future__ import annotations

import csv
import gc
import multiprocessing
import random
import resource
import time
from collections.abc import Iterator
from pathlib import Path

from bench import screening_pairs
from bench.figures import Figure, percentile
from bench.installation import Servers
from bench.processes import pss_mib
from bench.screening_pairs import Pair
from merchants.screening import loaders
from merchants.screening.entries import Entry, Name
from merchants.screening.matching import scoring
from merchants.screening.matching.asking import Asked
from merchants.screening.matching.index import Index

CLAIM = "screening"
FACTS = Path(__file__).resolve().parent.parent.parent / "shared" / "kyc"
LISTS = {
    "ofac_sdn": [f"ofac_sdn_2021/{name}.csv" for name in ("sdn", "alt", "add", "sdn_comments")],
    "ofac_consolidated": [f"ofac_cons_nonsdn/cons_{name}.csv" for name in ("prim", "alt", "add")],
    "un": ["un_2026/consolidated.xml"],
}
SEED = 20_261_122  # nothing was set on what it makes
PAIRS = 10_000
ENTRIES = 100_000
ASKED = 1_000
PARTIES = 100_000
PARTIES_MEASURED = 10_000
CORES = 2

_index: Index  # of the worker processes, which share their parent's memory


def measure(_: Servers) -> Iterator[Figure]:
    """Quality, then speed."""
    if not FACTS.is_dir():
        print("screening is not measured: the public lists are not beside this clone")
        return
    listed = [(source, one) for source in LISTS for one in _entries(source)]
    sdn = [entry for source, entry in listed if source == "ofac_sdn"]
    yield from _quality("public pairs", _public())
    own = screening_pairs.make(sdn, PAIRS, SEED)
    yield from _quality("own pairs", own)
    yield from _across_scripts()
    yield from _speed(listed, own)


def _entries(source: str) -> list[Entry]:
    paths = [FACTS / "sanctions" / name for name in LISTS[source]]
    return loaders.read(source, paths).entries


def _public() -> list[Pair]:
    with (FACTS / "name_pairs_public.csv").open(encoding="utf-8") as file:
        return [
            Pair(row["label"] == "1", row["list_name"], row["query_name"],
                 row["entity_type"] == "person", row["transformation"])
            for row in csv.DictReader(file)
        ]  # fmt: skip


def _quality(what: str, pairs: list[Pair]) -> Iterator[Figure]:
    scores = [
        (scoring.of_texts(one.asked, one.listed, one.person).value, one.same) for one in pairs
    ]
    same = sorted(value for value, is_same in scores if is_same)
    other = sorted((value for value, is_same in scores if not is_same), reverse=True)
    hits = sum(value >= scoring.THRESHOLD for value in same)
    wrong = sum(value >= scoring.THRESHOLD for value in other)
    yield Figure(CLAIM, f"{what}: recall", hits / len(same), at_least=0.95)
    yield Figure(CLAIM, f"{what}: precision", hits / (hits + wrong), at_least=0.95)
    yield Figure(CLAIM, f"{what}: area under the curve", _area(same, other), at_least=0.97)
    for share, limit in ((0.05, 0.95), (0.01, 0.85)):
        least = other[int(len(other) * share)]
        recall = sum(value > least for value in same) / len(same)
        yield Figure(CLAIM, f"{what}: recall at {share:.0%} false", recall, at_least=limit)


def _area(same: list[float], other: list[float]) -> float:
    """How often a pair that is the same scores above one that is not; ties count half."""
    order = sorted([(value, 1) for value in same] + [(value, 0) for value in other])
    above = below = at = 0
    area = 0.0
    while at < len(order):
        end = at
        while end < len(order) and order[end][0] == order[at][0]:
            end += 1
        ones = sum(one for _, one in order[at:end])
        zeros = end - at - ones
        area += ones * (below + zeros / 2)
        below, above, at = below + zeros, above + ones, end
    return area / (len(same) * len(other))


def _across_scripts() -> Iterator[Figure]:
    """22 names in nine scripts (moov-io/watchman, cross_script_pairs.csv, Apache-2.0)."""
    with (Path(__file__).parent / "cross_script_pairs.csv").open(encoding="utf-8") as file:
        rows = list(csv.reader(file))
    found = [scoring.of_texts(one, other, True).value for one, other in rows]
    hits = sum(value >= scoring.THRESHOLD for value in found)
    yield Figure(CLAIM, f"across scripts: found of {len(rows)}", hits, at_least=len(rows) - 1)
    wrong = sum(
        scoring.of_texts(one, other, True).value >= scoring.THRESHOLD
        for one, mine in rows
        for _, other in rows
        if other != mine
    )
    yield Figure(CLAIM, "across scripts: taken for another", wrong, at_most=2)


def _speed(listed: list[tuple[str, Entry]], own: list[Pair]) -> Iterator[Figure]:
    global _index
    many = grown(listed, ENTRIES, random.Random(SEED))
    before, began = pss_mib(multiprocessing.current_process().pid or 0), time.process_time()
    _index = Index(many)
    yield Figure(CLAIM, f"index of {ENTRIES:,} entries, CPU", time.process_time() - began, "s")
    del many
    gc.collect()
    yield Figure(
        CLAIM, "its memory", pss_mib(multiprocessing.current_process().pid or 0) - before, "MiB"
    )
    names = {screening_pairs.listed_as(entry): entry.id for _, entry in listed}
    took, found, same = [], 0, 0
    for one in own[: ASKED // 2] + own[-ASKED // 2 :]:
        began = time.process_time()
        hits = _index.search(Asked((one.asked,), one.person), scoring.THRESHOLD)
        took.append(1000 * (time.process_time() - began))
        if one.same:
            same += 1
            found += any(hit.entry.id == names.get(one.listed) for hit in hits)
    took.sort()
    yield Figure(CLAIM, "one name, p95, CPU", percentile(took, 0.95), "ms", at_most=20)
    yield Figure(CLAIM, "one name, p50, CPU", percentile(took, 0.5), "ms")
    yield Figure(CLAIM, "recall through the index, with aliases", found / same, at_least=0.95)
    yield from _all_parties()


def _all_parties() -> Iterator[Figure]:
    """Everybody against the whole list, by two processes that share the index."""
    chance = random.Random(SEED + 1)
    parties = [_party(chance) for _ in range(PARTIES_MEASURED)]
    gc.freeze()
    began, before = time.monotonic(), _cpu_of_children()
    with multiprocessing.get_context("fork").Pool(CORES) as pool:
        for _ in pool.imap_unordered(_screen, parties, chunksize=200):
            pass
        pool.close()
        pool.join()
    scale = PARTIES / PARTIES_MEASURED / 60
    told = f"{PARTIES:,} parties anew ({PARTIES_MEASURED:,} measured)"
    cpu = (_cpu_of_children() - before) / CORES * scale
    yield Figure(CLAIM, f"{told}, CPU of each of {CORES} cores", cpu, "min", at_most=10)
    elapsed = (time.monotonic() - began) * scale
    yield Figure(CLAIM, f"{told}, by the clock of this machine", elapsed, "min")


def _cpu_of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _party(chance: random.Random) -> Asked:
    first, last = chance.choice(screening_pairs.FIRST), chance.choice(screening_pairs.LAST)
    if chance.random() < 0.3:
        return Asked((f"{last} {chance.choice(screening_pairs.FIRMS)}",), False)
    return Asked((f"{first} {chance.choice(screening_pairs.FIRST)} {last}",), True)


def _screen(party: Asked) -> int:
    return len(_index.search(party, scoring.THRESHOLD))


def grown(
    listed: list[tuple[str, Entry]], count: int, chance: random.Random
) -> list[tuple[str, Entry]]:
    """The list with made-up entries beside its own: words of its names, half of them respelt."""
    people = [name for _, one in listed if one.kind == "person" for name in one.names if name.given]
    words = [word for _, one in listed if one.kind != "person" for word in one.name.split()]
    found = list(listed)
    while len(found) < count:
        if chance.random() < 0.55:
            names = tuple(_made_up(people, chance) for _ in range(chance.choice((1, 2, 2, 3, 4))))
            found.append(("made", Entry(f"made-{len(found)}", "person", names)))
        else:
            firms = tuple(
                Name(
                    " ".join(
                        _respelt(chance.choice(words), chance)
                        for _ in range(chance.choice((2, 3, 4)))
                    )
                )
                for _ in range(chance.choice((1, 2, 3)))
            )
            found.append(("made", Entry(f"made-{len(found)}", "entity", firms)))
    return found


def _made_up(people: list[Name], chance: random.Random) -> Name:
    family = _respelt(chance.choice(people).family, chance)
    given = _respelt(chance.choice(people).given, chance)
    return Name(f"{given} {family}", family=family, given=given)


def _respelt(word: str, chance: random.Random) -> str:
    if len(word) < 5 or chance.random() < 0.5:
        return word
    at = chance.randrange(1, len(word) - 1)
    return word[:at] + chance.choice("aeioulnrst") + word[at + 1 :]
