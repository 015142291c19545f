"""OFSI's consolidated list of the United Kingdom (ConList.csv, the format of 2022).

The first line is the date, the second the header; one row for each name, joined by the group id. It
gave way to the FCDO's list in January 2026; installations that still hold one may load it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

from merchants.screening.entries import Entry, Identifier, Kind
from merchants.screening.loaders import facts
from merchants.screening.loaders.reading import BrokenList, Cells, Table, rows
from merchants.screening.loaders.uk_fcdo_csv import names_of, split

NEEDED = ("Name 6", "Name 1", "Group Type", "Alias Type", "Group ID")
KINDS: dict[str, Kind] = {"individual": "person", "entity": "entity", "ship": "vessel"}
NUMBERS = (("passport", "Passport Number"), ("national_id", "National Identification Number"))


def read(paths: Sequence[Path]) -> tuple[date | None, Iterator[Entry]]:
    """The entries of one file, and the day it was last updated."""
    path = paths[0]
    table = Table(rows(path), NEEDED)
    published = facts.day(" ".join(cell for row in table.before for cell in row.cells))
    if published is None:
        raise BrokenList(path, "no date before the header", 1, 1)
    groups: dict[str, list[Cells]] = {}
    for cells in table:
        if not cells["Group ID"].isdigit():
            raise cells.broken("Group ID", f"no group id: {cells['Group ID']!r}")
        groups.setdefault(cells["Group ID"], []).append(cells)
    return published, (_entry(number, group) for number, group in groups.items())


def _entry(number: str, group: list[Cells]) -> Entry:
    first = group[0]
    kind = KINDS.get(first["Group Type"].lower())
    if kind is None:
        raise first.broken("Group Type", f"no type of a group: {first['Group Type']!r}")
    names = names_of(group, kind, "Alias Type", "Alias Quality")
    if not names:
        raise first.broken("Name 6", f"the group {number} has no name")
    births = (one for cells in group for one in split(cells["DOB"]))
    people = [one for cells in group for one in split(cells["Nationality"])]
    return Entry(
        number,
        kind,
        names,
        born=tuple(dict.fromkeys(born for one in births if (born := facts.born(one)))),
        countries=facts.countries(cells["Country"] for cells in group),
        nationalities=facts.countries(people),
        identifiers=tuple(
            dict.fromkeys(
                Identifier(kind_of_number, one)
                for cells in group
                for kind_of_number, column in NUMBERS
                for one in split(cells[column])
                if any(character.isdigit() for character in one)
            )
        ),
        programs=(first["Regime"],) if first["Regime"] else (),
        listed_on=facts.iso_day(first["Listed On"]),
        title=first["Position"],
        remarks=first["Other Information"],
    )
