"""The EU's consolidated list of financial sanctions, full XML 1.1: everything is an attribute.

`strong="false"` marks a weak alias. Entities are numbered by logicalId, as in the CSV twin, so that
an installation may change from one to the other.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

from merchants.screening.entries import Born, Entry, Identifier, Kind, Name, born_on
from merchants.screening.loaders import facts
from merchants.screening.loaders.eu_csv import IDENTIFIER_KINDS, KINDS
from merchants.screening.loaders.reading import BrokenList, Node, records
from merchants.screening.matching.scripts import script_of


def read(paths: Sequence[Path]) -> tuple[date | None, Iterator[Entry]]:
    """The entries of one file, and the day of its generationDate."""
    path = paths[0]
    found = records(path, "export", "sanctionEntity")
    root = next(found)
    published = facts.day(root.get("generationDate"))
    if published is None:
        raise BrokenList(path, "no generationDate", root.line, root.column)
    return published, (_entry(path, node) for node in found)


def _entry(path: Path, node: Node) -> Entry:
    number = node.get("logicalId")
    subject = next(iter(node.all("subjectType")), None)
    kind = KINDS.get(subject.get("code").lower()) if subject else None
    if not number.isdigit():
        raise BrokenList(path, f"no logicalId: {number!r}", node.line, node.column)
    if kind is None:
        raise BrokenList(path, f"the entity {number} has no subjectType", node.line, node.column)
    names = tuple(
        dict.fromkeys(name for one in node.all("nameAlias") if (name := _name(one, kind)))
    )
    if not names:
        raise BrokenList(path, f"the entity {number} has no name", node.line, node.column)
    places, citizens = node.all("address"), node.all("citizenship")
    rules = node.all("regulation")
    return Entry(
        number,
        kind,
        (Name(names[0].text, "primary", names[0].family, names[0].given), *names[1:]),
        born=tuple(dict.fromkeys(born for one in node.all("birthdate") if (born := _born(one)))),
        countries=facts.countries(one.get("countryIso2Code") for one in places),
        nationalities=facts.countries(one.get("countryIso2Code") for one in citizens),
        identifiers=tuple(
            dict.fromkeys(
                Identifier(
                    IDENTIFIER_KINDS.get(one.get("identificationTypeCode").lower(), "other"),
                    one.get("number"),
                    facts.country(one.get("countryIso2Code")),
                )
                for one in node.all("identification")
                if any(character.isdigit() for character in one.get("number"))
            )
        ),
        programs=tuple(
            dict.fromkeys(one.get("programme") for one in rules if one.get("programme"))
        ),
        listed_on=facts.iso_day(
            node.get("designationDate") or (rules[0].get("publicationDate") if rules else "")
        ),
        title=next(
            (one.get("function") for one in node.all("nameAlias") if one.get("function")), ""
        ),
        remarks=node.says("remark"),
    )


def _name(node: Node, kind: Kind) -> Name | None:
    family = node.get("lastName")
    given = f"{node.get('firstName')} {node.get('middleName')}".strip()
    whole = node.get("wholeName") or f"{given} {family}".strip()
    if not whole:
        return None
    if kind != "person" or not family or not given:
        family = given = ""
    rank = "weak" if node.get("strong").lower() == "false" else "alias"
    return Name(whole, rank, family=family, given=given, script=script_of(whole))  # type: ignore[arg-type]


def _born(node: Node) -> Born | None:
    circa = node.get("circa").lower() == "true"
    exact = facts.day(node.get("birthdate"))
    if exact is not None and not circa:
        return born_on(exact)
    first, last = node.get("yearRangeFrom"), node.get("yearRangeTo")
    if first.isdigit() and last.isdigit() and int(first):
        return Born(int(first), int(last), circa=circa)
    year = node.get("year") or (str(exact.year) if exact else "")
    return Born(int(year), int(year), circa=circa) if year.isdigit() and int(year) else None
