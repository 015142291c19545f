"""OFAC's legacy CSV files: the SDN list (sdn, alt, add, sdn_comments) and the consolidated list of
the others (cons_prim, cons_alt, cons_add, cons_comments), of the same columns and without a header.

The format is described by OFAC in dat_spec.txt: null is `-0- `, the file ends with 0x1A, people are
`FAMILY, Given Names`, and most facts are in the remarks, parted by `; `. It carries no date.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

from merchants.screening.entries import Entry, Identifier, Kind, Name
from merchants.screening.loaders import facts
from merchants.screening.loaders.reading import BrokenList, Row, rows

NULL = "-0-"
KINDS: dict[str, Kind] = {
    "individual": "person",
    "vessel": "vessel",
    "aircraft": "aircraft",
    "": "entity",
}
# The role of a file by the end of its name, and its columns.
ROLES = {"comments": 2, "alt": 5, "add": 6, "sdn": 12, "prim": 12}
_WEAK_ALIAS = re.compile(r"(?:a|f|n)\.k\.a\. '([^']+)'")
_IDENTIFIER = re.compile(
    r"^(?:alt\. )?(?P<kind>Passport|National ID No\.|Tax ID No\.|Registration (?:ID|Number)"
    r"|Cedula No\.|NIT #|D-U-N-S Number|Identification Number|C\.U\.R\.P\.|R\.F\.C\.|SSN"
    r"|Driver's License No\.|Vessel Registration Identification|Aircraft Tail Number|MMSI"
    r"|SWIFT/BIC|Business Registration (?:Number|Document #)|Chamber of Commerce Number"
    r"|Company Number|Legal Entity Number|[A-Z][\w .]{0,30} (?:ID|No\.|Number))"
    r"\s+(?P<number>[^()]+?)(?: \((?P<country>[^)]*)\).*)?$"
)
IDENTIFIER_KINDS = {
    "passport": "passport",
    "national id no.": "national_id",
    "cedula no.": "national_id",
    "tax id no.": "tax_id",
    "nit #": "tax_id",
    "registration number": "registration",
    "registration id": "registration",
    "company number": "registration",
    "business registration number": "registration",
    "vessel registration identification": "imo",
    "aircraft tail number": "tail_number",
    "mmsi": "mmsi",
    "swift/bic": "bic",
}


def read(paths: Sequence[Path]) -> tuple[date | None, Iterator[Entry]]:
    """The entries of the main file, with aliases, addresses and comments joined by their number."""
    files = {_role(path): path for path in paths}
    main = files.get("sdn") or files.get("prim")
    if main is None or not {"alt", "add"} <= set(files):
        told = "sdn.csv (or cons_prim.csv) comes with its alt.csv and add.csv"
        raise BrokenList(paths[0], told)
    return None, _entries(main, files)


def _role(path: Path) -> str:
    stem = path.stem.lower()
    for role in ROLES:
        if stem.endswith(role):
            return role
    raise BrokenList(path, "no file of this name belongs to OFAC's CSV publication")


def _entries(main: Path, files: dict[str, Path]) -> Iterator[Entry]:
    aliases, addresses = _joined(files["alt"], "alt"), _joined(files["add"], "add")
    comments = _joined(files["comments"], "comments") if "comments" in files else {}
    for row in rows(main, columns=12):
        number = _number(row)
        cells = [_null(cell) for cell in row.cells]
        if cells[2] not in KINDS:
            raise row.broken(2, f"no type of an entry: {cells[2]!r}")
        if not cells[1]:
            raise row.broken(1, "an entry without a name")
        remarks = cells[11] + "".join(_null(one.cells[1]) for one in comments.get(number, ()))
        yield _entry(number, KINDS[cells[2]], cells, remarks, aliases[number], addresses[number])


def _entry(
    number: str, kind: Kind, cells: list[str], remarks: str, aliases: list[Row], places: list[Row]
) -> Entry:
    parts = [part.strip().rstrip(".") for part in remarks.split("; ")]
    names = [name_of(cells[1], kind, "primary")]
    names += [name_of(_null(row.cells[3]), kind, "alias") for row in aliases if row.cells[3]]
    names += [name_of(text, kind, "weak") for text in _WEAK_ALIAS.findall(remarks)]
    return Entry(
        number,
        kind,
        tuple(dict.fromkeys(names)),
        born=tuple(
            known for part in parts if "DOB " in part[:9] and (known := facts.born(part[4:]))
        ),
        countries=facts.countries([*(_null(row.cells[4]) for row in places), cells[9]]),
        nationalities=facts.countries(
            part.split(" ", 1)[1]
            for part in (one.removeprefix("alt. ") for one in parts)
            if part.startswith(("nationality ", "citizen "))
        ),
        identifiers=tuple(dict.fromkeys(_identifiers(parts, cells))),
        programs=tuple(one.strip(" []") for one in cells[3].split("] [") if one.strip(" []")),
        title=cells[4],
        remarks=remarks,
    )


def name_of(text: str, kind: Kind, rank: str) -> Name:
    """`FAMILY, Given Names` of people told apart; other names as they stand."""
    family, comma, given = text.partition(", ")
    if kind != "person" or not comma:
        return Name(text, rank)  # type: ignore[arg-type]
    return Name(f"{given} {family}", rank, family=family, given=given)  # type: ignore[arg-type]


def _identifiers(parts: list[str], cells: list[str]) -> Iterator[Identifier]:
    for part in parts:
        if found := _IDENTIFIER.match(part):
            number = found["number"].strip()
            kind = found["kind"].lower()
            if any(character.isdigit() for character in number):
                country = facts.country(found["country"] or "")
                yield Identifier(IDENTIFIER_KINDS.get(kind, "other"), number, country)
    if cells[5]:
        yield Identifier("call_sign", cells[5])


def _joined(path: Path, role: str) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = defaultdict(list)
    for row in rows(path, columns=ROLES[role]):
        found[_number(row)].append(row)
    return found


def _number(row: Row) -> str:
    number = row.cells[0].strip()
    if not number.isdigit():
        raise row.broken(0, f"no entry number: {number!r}")
    return number


def _null(cell: str) -> str:
    return "" if cell.strip() == NULL else cell.strip()
