"""What every list says about somebody, in one form. Pure: no database, no files.

Lists differ in what they know; an empty field means that the list is silent, never "none".
"""

from __future__ import annotations

import hashlib
from datetime import date
from typing import Literal

import msgspec

from acquiring.core import shapes

Kind = Literal["person", "entity", "vessel", "aircraft"]
KINDS: tuple[Kind, ...] = ("person", "entity", "vessel", "aircraft")


class Name(msgspec.Struct, frozen=True, omit_defaults=True):
    """One name. `weak` aliases are broad (nicknames, acronyms): their hits need more beside them.

    `family` and `given` are set where the list tells them apart; `text` is the whole name as a
    person would write it, in whatever script (ISO 15924 code; "Latn" when empty).
    """

    text: str
    kind: Literal["primary", "alias", "weak"] = "primary"
    family: str = ""
    given: str = ""
    script: str = ""


class Born(msgspec.Struct, frozen=True, omit_defaults=True):
    """When somebody was born: an exact date, or years from `first` to `last` (inclusive)."""

    first: int
    last: int
    on: str = ""  # ISO 8601, where the day is known
    circa: bool = False

    @property
    def shown(self) -> str:
        """As a person reads it: 1975-06-14, 1975, 1974-1976, about 1975."""
        years = str(self.first) if self.first == self.last else f"{self.first}-{self.last}"
        return f"{'about ' if self.circa else ''}{self.on or years}"


class Identifier(msgspec.Struct, frozen=True, omit_defaults=True):
    """A number that a state or register gave: `kind` is passport, national_id, tax_id, imo, …"""

    kind: str
    number: str
    country: str = ""


class Entry(msgspec.Struct, frozen=True, omit_defaults=True):
    """One listed person, entity, vessel or aircraft. Countries are ISO 3166-1 alpha-2 codes."""

    id: str
    kind: Kind
    names: tuple[Name, ...]
    born: tuple[Born, ...] = ()
    countries: tuple[str, ...] = ()
    nationalities: tuple[str, ...] = ()
    identifiers: tuple[Identifier, ...] = ()
    programs: tuple[str, ...] = ()
    listed_on: str = ""
    title: str = ""
    remarks: str = ""

    @property
    def name(self) -> str:
        """The name it is listed under."""
        return self.names[0].text


shapes.prepare(Entry)


def fingerprint(entry: Entry) -> str:
    """The same for the same facts, whatever file they came in (hex SHA-256)."""
    return hashlib.sha256(msgspec.json.encode(entry, order="sorted")).hexdigest()


def born_on(day: date) -> Born:
    """An exact date of birth."""
    return Born(day.year, day.year, day.isoformat())
