"""A case in words, for the platform's people: what is known of the subject, and why it is a hit."""

from __future__ import annotations

from typing import Any

import msgspec

from merchants.screening import services
from merchants.screening.entries import Born
from merchants.screening.models import Hit, Subject

MOST_REMARKS = 600
UNMATCHED = {"not in the listed name": "here only", "only in the listed name": "on the list only"}


def known(subject: Subject) -> dict[str, Any]:
    """What is known of a remembered party: the members of `party.Party` that are not empty."""
    told = msgspec.to_builtins(services.party_of(subject))
    return {name: value for name, value in told.items() if name not in {"ref", "business_id"}}


def why(hit: Hit) -> list[str]:
    """The reasons of a score, one a line: words that belong together, those alone, other facts."""
    told = hit.explanation
    lines = [_part(part) for part in told.get("parts", ())]
    lines += [
        f"{fact['what']}: {fact['theirs']} on the list ({fact['change'] / 10:+.0f} %)"
        for fact in told.get("facts", ())
    ]
    return lines


def _part(part: dict[str, Any]) -> str:
    if alone := UNMATCHED.get(part["why"]):
        return f"{part['ours'] or part['theirs']}: {alone}"
    alike = f"{part['share']:.0%}, weight {part['weight']:.2f}"
    return f"{part['ours']} = {part['theirs']}: {part['why']} ({alike})"


def beside(hit: Hit) -> list[tuple[str, str, str]]:
    """Both sides line by line: (what, said here, on the list); what neither knows is left out."""
    ours, theirs = known(hit.subject), hit.entry
    names = [one["text"] for one in theirs.get("names", ())]
    countries = {*theirs.get("countries", ()), *theirs.get("nationalities", ())}
    numbers = [f"{one['kind']} {one['number']}" for one in theirs.get("identifiers", ())]
    rows = [
        ("name", ours["names"][0], names[0] if names else ""),
        ("other names", ", ".join(ours["names"][1:]), ", ".join(names[1:12])),
        ("kind", ours["kind"], theirs.get("kind", "")),
        ("born", ours.get("birth_date", ""), ", ".join(map(_born, theirs.get("born", ())))),
        ("countries", ", ".join(ours.get("countries", ())), ", ".join(sorted(countries))),
        ("numbers", ", ".join(one[0] for one in ours.get("identifiers", ())), ", ".join(numbers)),
        ("title", "", theirs.get("title", "")),
        ("programme", "", ", ".join(theirs.get("programs", ()))),
        ("listed on", "", theirs.get("listed_on", "")),
        ("remarks", "", theirs.get("remarks", "")[:MOST_REMARKS]),
    ]
    return [row for row in rows if row[1] or row[2]]


def _born(born: dict[str, Any]) -> str:
    return msgspec.convert(born, Born).shown
