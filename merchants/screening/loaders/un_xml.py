"""The consolidated list of the United Nations Security Council, as XML.

FIRST_NAME to FOURTH_NAME are in the order in which the person is called; an entity has all of its
name in FIRST_NAME. Aliases are of Good or Low quality, or a former or other name of an entity.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

from merchants.screening.entries import Born, Entry, Identifier, Kind, Name, born_on
from merchants.screening.loaders import facts
from merchants.screening.loaders.reading import BrokenList, Node, records
from merchants.screening.matching.scripts import script_of

RECORDS: dict[str, Kind] = {"INDIVIDUAL": "person", "ENTITY": "entity"}
PARTS = ("FIRST_NAME", "SECOND_NAME", "THIRD_NAME", "FOURTH_NAME")
RANKS = {"low": "weak"}


def read(paths: Sequence[Path]) -> tuple[date | None, Iterator[Entry]]:
    """The entries of one file, and the day of its dateGenerated."""
    path = paths[0]
    found = records(path, "CONSOLIDATED_LIST", *RECORDS)
    root = next(found)
    published = facts.day(root.get("dateGenerated"))
    if published is None:
        raise BrokenList(path, "no dateGenerated", root.line, root.column)
    return published, (_entry(path, node) for node in found)


def _entry(path: Path, node: Node) -> Entry:
    kind, number = RECORDS[node.tag], node.says("REFERENCE_NUMBER") or node.says("DATAID")
    parts = [node.says(part) for part in PARTS if node.says(part)]
    if not number:
        raise BrokenList(path, "an entry without REFERENCE_NUMBER", node.line, node.column)
    if not parts:
        raise BrokenList(path, f"the entry {number} has no name", node.line, node.column)
    tag = node.tag
    return Entry(
        number,
        kind,
        tuple(dict.fromkeys(_names(node, parts, kind))),
        born=tuple(
            born for one in node.all(f"{tag}_DATE_OF_BIRTH") if (born := _born(one)) is not None
        ),
        countries=facts.countries(one.says("COUNTRY") for one in node.all(f"{tag}_ADDRESS")),
        nationalities=facts.countries(one.text for one in node.all("NATIONALITY", "VALUE")),
        identifiers=tuple(dict.fromkeys(_identifiers(node))),
        programs=(node.says("UN_LIST_TYPE"),) if node.says("UN_LIST_TYPE") else (),
        listed_on=facts.iso_day(node.says("LISTED_ON")),
        title=", ".join(one.text.strip() for one in node.all("DESIGNATION", "VALUE")),
        remarks=node.says("COMMENTS1"),
    )


def _names(node: Node, parts: list[str], kind: Kind) -> Iterator[Name]:
    whole = " ".join(parts)
    if kind == "person" and len(parts) > 1:
        yield Name(whole, family=" ".join(parts[1:]), given=parts[0])
    else:
        yield Name(whole)
    for alias in node.all(f"{node.tag}_ALIAS"):
        rank = RANKS.get(alias.says("QUALITY").lower(), "alias")
        for text in alias.says("ALIAS_NAME").split(";"):
            if text.strip():
                yield Name(text.strip(), rank, script=script_of(text))  # type: ignore[arg-type]
    if original := node.says("NAME_ORIGINAL_SCRIPT"):
        yield Name(original, "alias", script=script_of(original))


def _born(node: Node) -> Born | None:
    circa = node.says("TYPE_OF_DATE").upper() == "APPROXIMATELY"
    first, last = node.says("FROM_YEAR"), node.says("TO_YEAR")
    if first.isdigit() and last.isdigit():
        return Born(int(first), int(last), circa=circa)
    exact = facts.day(node.says("DATE"))
    if exact is not None and not circa:
        return born_on(exact)
    return facts.born(f"{'circa ' if circa else ''}{node.says('DATE') or node.says('YEAR')}")


def _identifiers(node: Node) -> Iterator[Identifier]:
    for one in node.all(f"{node.tag}_DOCUMENT"):
        number, told = one.says("NUMBER"), one.says("TYPE_OF_DOCUMENT").lower()
        if any(character.isdigit() for character in number):
            passport = "passport" in told or "pasaporte" in told or "passeport" in told
            country = facts.country(one.says("ISSUING_COUNTRY") or one.says("COUNTRY_OF_ISSUE"))
            yield Identifier("passport" if passport else "national_id", number, country)
