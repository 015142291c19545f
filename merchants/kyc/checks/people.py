"""Checks of the people: their numbers, ages, offices, countries, and what they own."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from fractions import Fraction

from merchants.kyc import identifiers, markets, ownership
from merchants.kyc.checks import countries
from merchants.kyc.checks.records import Identity, Known, Seen
from merchants.kyc.facts import Facts, Party
from merchants.kyc.requirements import open_ones

OLDEST_YEARS = 110


def person_numbers(facts: Facts, known: Known) -> Iterator[Seen]:
    """Each number of a person has the form and the check digits of its kind."""
    market = markets.market(facts.country)
    for party in _people(facts):
        for key, text in sorted(party.identifiers.items()):
            row = market.identifiers.get(key)
            if row is not None:
                problem = identifiers.problem(market, key, text)
                at = f"people.{party.id}.identifiers.{key}"
                words = f"{row.title}: {problem or 'well formed.'}"
                yield Seen(at, "wrong" if problem else "right", words, {"title": row.title})


def ages(facts: Facts, known: Known) -> Iterator[Seen]:
    """Everybody is of age, and alive by the usual measure."""
    adult = markets.market(facts.country).adult_years
    for party in _people(facts):
        if party.birth_date is None:
            continue
        years = age(party.birth_date, known.today)
        if 0 <= years <= OLDEST_YEARS:
            saw = "minor" if years < adult else "of_age"
        else:
            saw = "impossible"  # a slip, which refuses nobody
        at = f"people.{party.id}.birth_date"
        yield Seen(at, saw, f"{years} years, of age with {adult}.", {"adult": adult})


def identity(facts: Facts, known: Known) -> Iterator[Seen]:
    """A service that proves identities knows the person. Owners under the line are named only."""
    market = markets.market(facts.country)
    named = ownership.below(facts, market.owner_line)
    for party in (one for one in _people(facts) if one.id not in named):
        told = known.identities.get(party.id, Identity())
        saw = told.state
        if told.state == "answered":
            saw = "proved" if told.proved else "not_proved"  # type: ignore[assignment]
        words = IDENTITY_WORDS[saw].format(reason=told.reason)
        paper = f"documents.identity.{party.id}" if saw == "not_proved" else f"people.{party.id}"
        yield Seen(paper, saw, words, {"name": party.name})


def politically_exposed(facts: Facts, known: Known) -> Iterator[Seen]:
    """Who holds a high public office is looked at closer, as the law asks."""
    for party in _people(facts):
        if party.politically_exposed is not None:
            saw = "exposed" if party.politically_exposed else "not_exposed"
            words = f"{party.name} {'holds' if party.politically_exposed else 'holds no'} office."
            yield Seen(f"people.{party.id}.politically_exposed", saw, words)


def person_countries(facts: Facts, known: Known) -> Iterator[Seen]:
    """Nationality, home and seat of everybody, against the lists of the FATF."""
    for party in facts.people:
        at = f"people.{party.id}"
        if party.nationality:
            yield countries.seen(f"{at}.nationality", party.nationality)
        if party.address.country and party.address.country != party.nationality:
            yield countries.seen(f"{at}.address.country", party.address.country)
        if party.registration_country:
            yield countries.seen(f"{at}.registration_country", party.registration_country)


def ownership_adds_up(facts: Facts, known: Known) -> Iterator[Seen]:
    """Shares are no more than the whole, and every chain leads to people."""
    market = markets.market(facts.country)
    asked = market.entities.get(facts.entity)  # type: ignore[arg-type]
    if asked is None or not asked.owners:
        return
    problem = ownership.problem(facts, market.owner_line)
    shares = ownership.effective(facts)
    total = sum((shares[one.id] for one in _people(facts)), Fraction())
    evidence = {"total": ownership.percent(total), "problem": problem or ""}
    if problem:
        yield Seen("people", "problem", problem, evidence)
    else:
        yield Seen("people", "adds_up", f"People hold {evidence['total']} % in all.", evidence)


def owners_identified(facts: Facts, known: Known) -> Iterator[Seen]:
    """Whoever's share reaches the line has given all that is asked of an owner."""
    market = markets.market(facts.country)
    asked = market.entities.get(facts.entity)  # type: ignore[arg-type]
    if asked is None or not asked.owners:
        return
    lacking = {one.path for one in open_ones(facts)}
    shares = ownership.effective(facts)
    for per_id in ownership.beneficial(facts, market.owner_line):
        missing = sorted(path for path in lacking if path.startswith(f"people.{per_id}."))
        evidence = {"share": ownership.percent(shares[per_id]), "missing": ", ".join(missing)}
        words = (
            f"Holds {evidence['share']} %, the line is {market.owner_line.basis_points // 100} %."
        )
        saw = "incomplete" if missing else "identified"
        yield Seen(f"people.{per_id}", saw, words, evidence)


def depth(facts: Facts, known: Known) -> Iterator[Seen]:
    """How many companies stand between the business and its people."""
    layers = max((_layers(facts, one, 0) for one in facts.people), default=0)
    saw = "deep" if layers >= DEEP else "shallow"
    words = f"{layers} layers of companies between the business and its people."
    yield Seen("people", saw, words, {"layers": layers})


def age(birth: datetime.date, today: datetime.date) -> int:
    """Whole years."""
    before = (today.month, today.day) < (birth.month, birth.day)
    return today.year - birth.year - before


def _people(facts: Facts) -> list[Party]:
    return [one for one in facts.people if one.kind == "person"]


def _layers(facts: Facts, party: Party, seen: int) -> int:
    above = next((one for one in facts.people if one.id == party.through), None)
    if above is None or seen > len(facts.people):
        return seen
    return _layers(facts, above, seen + 1)


DEEP = 3
IDENTITY_WORDS = {
    "proved": "The identity is proved.",
    "not_proved": "The identity could not be proved: {reason}",
    "away": "The identity service could not be asked.",
    "off": "No identity service was asked; a person compares the paper.",
}
CHECKS = {
    "person_numbers": person_numbers,
    "ages": ages,
    "identity": identity,
    "politically_exposed": politically_exposed,
    "person_countries": person_countries,
    "ownership_adds_up": ownership_adds_up,
    "owners_identified": owners_identified,
    "depth": depth,
}
