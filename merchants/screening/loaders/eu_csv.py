"""The EU's consolidated list of financial sanctions, full CSV 1.1: 118 columns, by semicolon.

One row for each name, address, birth date, identification or citizenship; joined by
Entity_LogicalId. Countries are ISO codes, "00" for an unknown one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

from merchants.screening.entries import Born, Entry, Identifier, Kind, Name, born_on
from merchants.screening.loaders import facts
from merchants.screening.loaders.reading import BrokenList, Cells, Table, rows
from merchants.screening.matching.scripts import script_of

NEEDED = (
    "fileGenerationDate",
    "Entity_LogicalId",
    "Entity_SubjectType",
    "NameAlias_WholeName",
    "BirthDate_BirthDate",
    "Identification_Number",
    "Citizenship_CountryIso2Code",
)
KINDS: dict[str, Kind] = {"person": "person", "p": "person", "enterprise": "entity", "e": "entity"}
IDENTIFIER_KINDS = {
    "passport": "passport",
    "id": "national_id",
    "ssn": "national_id",
    "fiscalcode": "tax_id",
    "regnumber": "registration",
    "tradelic": "registration",
    "imo": "imo",
    "swiftbic": "bic",
}


def read(paths: Sequence[Path]) -> tuple[date | None, Iterator[Entry]]:
    """The entries of one file, and the day it was generated (day/month/year)."""
    path, published = paths[0], None
    groups: dict[str, list[Cells]] = {}
    for cells in Table(rows(path, delimiter=";"), NEEDED):
        published = published or facts.day(cells["fileGenerationDate"])
        if not cells["Entity_LogicalId"].isdigit():
            raise cells.broken("Entity_LogicalId", f"no id: {cells['Entity_LogicalId']!r}")
        groups.setdefault(cells["Entity_LogicalId"], []).append(cells)
    if published is None:
        raise BrokenList(path, "no fileGenerationDate in any row", 2, 1)
    return published, (_entry(number, group) for number, group in groups.items())


def _entry(number: str, group: list[Cells]) -> Entry:
    first = group[0]
    told = first["Entity_SubjectType_ClassificationCode"] or first["Entity_SubjectType"]
    kind = KINDS.get(told.lower()) or KINDS.get(first["Entity_SubjectType"].lower())
    if kind is None:
        raise first.broken("Entity_SubjectType", f"no type: {first['Entity_SubjectType']!r}")
    names = tuple(dict.fromkeys(name for cells in group if (name := _name(cells, kind))))
    if not names:
        raise first.broken("NameAlias_WholeName", f"the entity {number} has no name")
    return Entry(
        number,
        kind,
        (Name(names[0].text, "primary", names[0].family, names[0].given), *names[1:]),
        born=tuple(dict.fromkeys(born for cells in group if (born := _born(cells)))),
        countries=facts.countries(cells["Address_CountryIso2Code"] for cells in group),
        nationalities=facts.countries(cells["Citizenship_CountryIso2Code"] for cells in group),
        identifiers=tuple(
            dict.fromkeys(
                Identifier(
                    IDENTIFIER_KINDS.get(cells["Identification_TypeCode"].lower(), "other"),
                    cells["Identification_Number"],
                    facts.country(cells["Identification_CountryIso2Code"]),
                )
                for cells in group
                if any(character.isdigit() for character in cells["Identification_Number"])
            )
        ),
        programs=tuple(
            dict.fromkeys(
                cells["Entity_Regulation_Programme"]
                for cells in group
                if cells["Entity_Regulation_Programme"]
            )
        ),
        listed_on=facts.iso_day(
            first["Entity_DesignationDate"] or first["Entity_Regulation_PublicationDate"]
        ),
        title=next(
            (cells["NameAlias_Function"] for cells in group if cells["NameAlias_Function"]), ""
        ),
        remarks=first["Entity_Remark"],
    )


def _name(cells: Cells, kind: Kind) -> Name | None:
    family = cells["NameAlias_LastName"]
    given = f"{cells['NameAlias_FirstName']} {cells['NameAlias_MiddleName']}".strip()
    whole = cells["NameAlias_WholeName"] or f"{given} {family}".strip()
    if not whole:
        return None
    if kind != "person" or not family or not given:
        family = given = ""
    return Name(whole, "alias", family=family, given=given, script=script_of(whole))


def _born(cells: Cells) -> Born | None:
    circa = cells["BirthDate_Circa"].lower() in {"true", "1", "yes"}
    exact = facts.day(cells["BirthDate_BirthDate"])
    if exact is not None and not circa:
        return born_on(exact)
    first, last = cells["BirthDate_YearRangeFrom"], cells["BirthDate_YearRangeTo"]
    if first.isdigit() and last.isdigit() and int(first):
        return Born(int(first), int(last), circa=circa)
    year = cells["BirthDate_Year"] or (str(exact.year) if exact else "")
    return Born(int(year), int(year), circa=circa) if year.isdigit() and int(year) else None
