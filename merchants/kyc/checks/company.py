"""Checks of the business itself: its numbers, its register, its name, its place."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Literal

import msgspec

from merchants.kyc import identifiers, markets, names
from merchants.kyc.checks import countries
from merchants.kyc.checks.records import Known, Seen
from merchants.kyc.facts import Facts

YOUNG_DAYS = 90
OLDEST_YEAR = 1500
UNION = frozenset(
    "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK".split()
)
PREFIXES = {"EL": "GR", **{code: code for code in UNION}}  # of VAT numbers: Greece has its own
DOCUMENT = "documents."


class Agreement(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A number that contains another one: characters `begin` to `end` of `whole` are `part`."""

    country: str
    whole: str
    part: str
    begin: int = 0
    end: int | None = None
    of: Literal["digits", "characters"] = "characters"
    entities: tuple[str, ...] = ()
    source: str = ""


@lru_cache(maxsize=1)
def agreements() -> tuple[Agreement, ...]:
    """The rows of `data/agreeing.toml`."""
    path = Path(__file__).parent.parent / "data" / "agreeing.toml"
    rows = msgspec.toml.decode(path.read_bytes(), type=dict[str, tuple[Agreement, ...]])
    return rows["rows"]


def numbers(facts: Facts, known: Known) -> Iterator[Seen]:
    """Each number of the business has the form and the check digits of its kind."""
    market = markets.market(facts.country)
    for key, text in sorted(facts.company.identifiers.items()):
        row = market.identifiers.get(key)
        if row is None:
            continue
        problem = identifiers.problem(market, key, text)
        at = f"company.identifiers.{key}"
        if problem:
            yield Seen(at, "wrong", f"{row.title}: {problem}", {"title": row.title})
        else:
            how = f"check digits by {row.check}" if row.check else "form only"
            yield Seen(at, "right", f"{row.title} is well formed ({how}).", {"title": row.title})


def numbers_agree(facts: Facts, known: Known) -> Iterator[Seen]:
    """Where one number contains another, they are the same business's."""
    given = {key: identifiers.compact(text) for key, text in facts.company.identifiers.items()}
    for row in agreements():
        if row.country != facts.country or not {row.whole, row.part} <= set(given):
            continue
        if row.entities and facts.entity not in row.entities:
            continue
        whole, part = given[row.whole], given[row.part]
        if row.of == "digits":
            whole, part = (_digits(text) for text in (whole, part))
        at = f"company.identifiers.{row.whole}"
        titles = {"whole": _title(facts, row.whole), "part": _title(facts, row.part)}
        if whole[row.begin : row.end] == part:
            yield Seen(at, "agree", "{whole} contains {part}.".format_map(titles), titles)
        else:
            yield Seen(at, "disagree", "{whole} is not of {part}.".format_map(titles), titles)


def vat_country(facts: Facts, known: Known) -> Iterator[Seen]:
    """A VAT number of the European Union names the business's own country."""
    if facts.country not in UNION:
        return
    market = markets.market(facts.country)
    for key, given in sorted(facts.company.identifiers.items()):
        row, text = market.identifiers.get(key), identifiers.compact(given)
        if row is None or row.of != "tax" or text[:2] not in PREFIXES:
            continue
        saw = "own" if PREFIXES[text[:2]] == facts.country else "foreign"
        words = f"{row.title} is of {text[:2]}, the business of {facts.country}."
        yield Seen(f"company.identifiers.{key}", saw, words, {"prefix": text[:2]})


def sole_trader_name(facts: Facts, known: Known) -> Iterator[Seen]:
    """A sole trader and its business are one person with one name."""
    people = [one.name for one in facts.people if one.kind == "person"]
    likeness = names.best(facts.company.legal_name, people)
    words = f"The legal name and the {len(people)} people's names: {likeness}."
    yield Seen("company.legal_name", likeness, words)


def register(facts: Facts, known: Known) -> Iterator[Seen]:
    """The register of companies knows the business, as it calls itself, and as alive."""
    told, at = known.register, "company.legal_name"
    if told.state != "answered":
        words = "The register could not be asked." if told.state == "away" else "No register asked."
        yield Seen(at, told.state, words)
        return
    if not told.found:
        paper = _on_request(facts)
        words = "The register does not know the number."
        yield Seen(f"{DOCUMENT}{paper}" if paper else at, "unlisted", words)
        return
    if told.status == "inactive":
        yield Seen(at, "inactive", "The register says the business is no longer active.")
        return
    likeness = names.alike(facts.company.legal_name, told.name)
    evidence = {"given": facts.company.legal_name, "registered": told.name}
    sentence = f"Given {evidence['given']!r}, registered {told.name!r}."
    yield Seen(at, f"name_{likeness}", sentence, evidence)
    if told.formed_on and facts.company.formed_on and told.formed_on != facts.company.formed_on:
        sentence = f"Formed on {facts.company.formed_on} as given, {told.formed_on} as registered."
        yield Seen("company.formed_on", "formed_differs", sentence)


def formed(facts: Facts, known: Known) -> Iterator[Seen]:
    """The date of formation can be one."""
    day = facts.company.formed_on
    if day is None:
        return
    at, evidence = "company.formed_on", {"days": (known.today - day).days}
    if day > known.tomorrow or day.year < OLDEST_YEAR:
        yield Seen(at, "impossible", f"Formed on {day}.", evidence)
    elif evidence["days"] < YOUNG_DAYS:
        yield Seen(at, "young", f"Formed {evidence['days']} days ago.", evidence)
    else:
        yield Seen(at, "grown", f"Formed {evidence['days']} days ago.", evidence)


def address_country(facts: Facts, known: Known) -> Iterator[Seen]:
    """The registered address is in the country whose law the business lives under."""
    place = facts.company.registered_address.country
    if place:
        saw = "home" if place == facts.country else "abroad"
        words = f"Registered in {place}, a business of {facts.country}."
        yield Seen("company.registered_address.country", saw, words, {"country": place})


def country_risk(facts: Facts, known: Known) -> Iterator[Seen]:
    """The countries of the business and its shoppers, against the lists of the FATF."""
    places = {
        "country": facts.country,
        "company.registered_address.country": facts.company.registered_address.country,
    }
    if facts.company.operating_address:
        places["company.operating_address.country"] = facts.company.operating_address.country
    for path, place in places.items():
        if place:
            yield countries.seen(path, place)


def _digits(text: str) -> str:
    return "".join(one for one in text if one.isdigit())


def _title(facts: Facts, key: str) -> str:
    return markets.market(facts.country).identifiers[key].title


def _on_request(facts: Facts) -> str:
    """The paper of the business that shows what a register would have."""
    asked = markets.market(facts.country).entities.get(facts.entity)  # type: ignore[arg-type]
    for key in asked.on_request if asked else ():
        if markets.document(facts.country, key).of == "business":
            return key
    return ""


CHECKS = {
    "numbers": numbers,
    "numbers_agree": numbers_agree,
    "vat_country": vat_country,
    "sole_trader_name": sole_trader_name,
    "register": register,
    "formed": formed,
    "address_country": address_country,
    "country_risk": country_risk,
}
