"""OFAC's SDN.XML and CONSOLIDATED.XML: one `sdnEntry` each, with its lists inside.

The misspelt `publshInformation` is OFAC's own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from pathlib import Path

from merchants.screening.entries import Entry, Identifier, Kind, Name
from merchants.screening.loaders import facts
from merchants.screening.loaders.ofac_csv import IDENTIFIER_KINDS
from merchants.screening.loaders.reading import BrokenList, Node, records

KINDS: dict[str, Kind] = {
    "individual": "person",
    "entity": "entity",
    "vessel": "vessel",
    "aircraft": "aircraft",
}
NO_NUMBERS = {"gender", "secondary sanctions risk:", "website", "email address"}


def read(paths: Sequence[Path]) -> tuple[date | None, Iterator[Entry]]:
    """The entries of one file, and its Publish_Date (month/day/year)."""
    path = paths[0]
    found = records(path, "sdnList", "publshInformation", "sdnEntry")
    next(found)
    head = next(found, None)
    if head is None or head.tag != "publshInformation":
        raise BrokenList(path, "no publshInformation before the entries", 1, 1)
    told = head.says("Publish_Date")
    try:
        published = datetime.strptime(told, "%m/%d/%Y").date()  # noqa: DTZ007 (a day, no moment)
    except ValueError:
        raise BrokenList(path, f"no Publish_Date: {told!r}", head.line, head.column) from None
    return published, (_entry(path, node) for node in found)


def _entry(path: Path, node: Node) -> Entry:
    number, kind = node.says("uid"), node.says("sdnType").lower()
    if not number.isdigit():
        raise BrokenList(path, f"no uid: {number!r}", node.line, node.column)
    if kind not in KINDS:
        raise BrokenList(path, f"no sdnType: {kind!r}", node.line, node.column)
    if not node.says("lastName"):
        raise BrokenList(path, f"the entry {number} has no name", node.line, node.column)
    names = [_name(node, "primary", KINDS[kind])]
    for aka in node.all("akaList", "aka"):
        weak = aka.says("category").lower() == "weak"
        names.append(_name(aka, "weak" if weak else "alias", KINDS[kind]))
    births = (one.says("dateOfBirth") for one in node.all("dateOfBirthList", "dateOfBirthItem"))
    citizens = [
        *node.all("nationalityList", "nationality"),
        *node.all("citizenshipList", "citizenship"),
    ]
    return Entry(
        number,
        KINDS[kind],
        tuple(dict.fromkeys(name for name in names if name.text)),
        born=tuple(known for text in births if (known := facts.born(text))),
        countries=facts.countries(
            [one.says("country") for one in node.all("addressList", "address")]
            + [node.says("vesselInfo", "vesselFlag")]
        ),
        nationalities=facts.countries(one.says("country") for one in citizens),
        identifiers=tuple(dict.fromkeys(_identifiers(node))),
        programs=tuple(one.text.strip() for one in node.all("programList", "program")),
        title=node.says("title"),
        remarks=node.says("remarks"),
    )


def _name(node: Node, rank: str, kind: Kind) -> Name:
    family, given = node.says("lastName"), node.says("firstName")
    if kind != "person" or not given:
        return Name(f"{given} {family}".strip(), rank)  # type: ignore[arg-type]
    return Name(f"{given} {family}", rank, family=family, given=given)  # type: ignore[arg-type]


def _identifiers(node: Node) -> Iterator[Identifier]:
    for one in node.all("idList", "id"):
        kind, number = one.says("idType").lower(), one.says("idNumber")
        if kind not in NO_NUMBERS and any(character.isdigit() for character in number):
            country = facts.country(one.says("idCountry"))
            yield Identifier(IDENTIFIER_KINDS.get(kind, "other"), number, country)
    if sign := node.says("vesselInfo", "callSign"):
        yield Identifier("call_sign", sign)
