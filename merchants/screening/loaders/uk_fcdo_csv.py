"""The UK Sanctions List of the Foreign, Commonwealth & Development Office (UK-Sanctions-List.csv).

The first line is the date of the report, the second the header; one row for each name of an entry,
joined by its unique id. Since January 2026 it is the only list of the United Kingdom.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

from merchants.screening.entries import Entry, Identifier, Kind, Name
from merchants.screening.loaders import facts
from merchants.screening.loaders.reading import BrokenList, Cells, Table, rows
from merchants.screening.matching.scripts import script_of

NEEDED = ("Unique ID", "Name 6", "Name 1", "Name type", "Designation Type")
KINDS: dict[str, Kind] = {"individual": "person", "entity": "entity", "ship": "vessel"}
GIVEN = ("Name 1", "Name 2", "Name 3", "Name 4", "Name 5")
NUMBERS = (
    ("passport", "Passport number"),
    ("national_id", "National Identifier number"),
    ("registration", "Business registration number (s)"),
    ("imo", "IMO number"),
)


def read(paths: Sequence[Path]) -> tuple[date | None, Iterator[Entry]]:
    """The entries of one file, and the day of its report."""
    path = paths[0]
    table = Table(rows(path), NEEDED)
    told = " ".join(cell for row in table.before for cell in row.cells)
    published = facts.day(told.replace("-", " "))
    if published is None:
        raise BrokenList(path, "no report date before the header", 1, 1)
    groups: dict[str, list[Cells]] = {}
    for cells in table:
        if not cells["Unique ID"]:
            raise cells.broken("Unique ID", "a name without a unique id")
        groups.setdefault(cells["Unique ID"], []).append(cells)
    return published, (_entry(number, group) for number, group in groups.items())


def _entry(number: str, group: list[Cells]) -> Entry:
    first = group[0]
    kind = KINDS.get(first["Designation Type"].lower())
    if kind is None:
        raise first.broken("Designation Type", f"no type: {first['Designation Type']!r}")
    names = names_of(group, kind, "Name type", "Alias strength")
    if not names:
        raise first.broken("Name 6", f"the entry {number} has no name")
    return Entry(
        number,
        kind,
        names,
        born=tuple(
            dict.fromkeys(
                born
                for cells in group
                for one in split(cells["D.O.B"])
                if (born := facts.born(one))
            )
        ),
        countries=facts.countries(cells["Address Country"] for cells in group),
        nationalities=facts.countries(
            one for cells in group for one in split(cells["Nationality(/ies)"])
        ),
        identifiers=tuple(dict.fromkeys(one for cells in group for one in _identifiers(cells))),
        programs=(first["Regime Name"],) if first["Regime Name"] else (),
        listed_on=facts.iso_day(first["Date Designated"]),
        title=first["Position"],
        remarks=first["Other Information"],
    )


def split(cell: str) -> list[str]:
    """Several values of one cell, numbered `(1) … (2) …` or parted by semicolons."""
    for number in range(1, 30):
        cell = cell.replace(f"({number})", ";")
    return [part.strip() for part in cell.split(";") if part.strip()]


def names_of(group: list[Cells], kind: Kind, type_: str, strength: str) -> tuple[Name, ...]:
    """The names in the rows of an entry, the primary one first; two columns tell their rank."""
    found = [name for cells in group for name in _names(cells, kind, type_, strength)]
    return tuple(sorted(dict.fromkeys(found), key=lambda name: name.kind != "primary"))


def _names(cells: Cells, kind: Kind, type_: str, strength: str) -> Iterator[Name]:
    family, given = cells["Name 6"], " ".join(cells[part] for part in GIVEN if cells[part])
    rank = "primary" if cells[type_].lower() == "primary name" else "alias"
    if cells[strength].lower().startswith("low"):
        rank = "weak"
    whole = f"{given} {family}".strip()
    if whole and kind == "person" and family and given:
        yield Name(whole, rank, family=family, given=given)  # type: ignore[arg-type]
    elif whole:
        yield Name(whole, rank)  # type: ignore[arg-type]
    if other := cells["Name non-latin script"]:
        yield Name(other, "alias", script=script_of(other))


def _identifiers(cells: Cells) -> Iterator[Identifier]:
    for kind, column in NUMBERS:
        for number in split(cells[column]):
            if any(character.isdigit() for character in number):
                yield Identifier(kind, number)
