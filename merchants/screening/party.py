"""Who is screened, as plain values, and what of it makes somebody the same as before."""

from __future__ import annotations

import hashlib
from typing import Literal
from uuid import UUID

import msgspec

from acquiring.core import shapes
from merchants.screening.entries import Entry
from merchants.screening.matching.asking import Asked
from merchants.screening.matching.evidence import Facts

Role = Literal["merchant", "owner", "director", "beneficiary", "shopper"]
Kind = Literal["person", "entity", "unknown"]


class Party(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """A person or entity to compare with the lists.

    `names` are as written, the usual one first, others (trading name, own script) after it;
    `family` and `given` are of the first, where they are known apart. `birth_date` is ISO 8601 or
    a year, `countries` (nationality, residence, registration) are alpha-2 codes, `identifiers`
    pairs of number and country ("" = unknown), `currencies` what the party deals in. A `ref` that
    is the caller's own name for the party ("person:per_…") makes it remembered and screened again.
    """

    kind: Kind
    names: tuple[str, ...]
    role: Role
    mode: Literal["live", "test"] = "live"
    ref: str = ""
    business_id: UUID | None = None
    family: str = ""
    given: str = ""
    birth_date: str = ""
    countries: tuple[str, ...] = ()
    currencies: tuple[str, ...] = ()
    identifiers: tuple[tuple[str, str], ...] = ()

    @property
    def asked(self) -> Asked:
        """The question to an index."""
        person = None if self.kind == "unknown" else self.kind == "person"
        facts = Facts(self.birth_date, self.countries, self.identifiers)
        return Asked(self.names, person, facts, self.family, self.given)


shapes.prepare(Party)


def digest(party: Party) -> str:
    """The same as long as what is compared is the same: a cleared hit stays cleared so long."""
    told = (party.kind, party.names, party.family, party.given, party.birth_date,
            party.countries, party.identifiers)  # fmt: skip
    return hashlib.sha256(msgspec.json.encode(told)).hexdigest()


def slim(entry: Entry) -> Entry:
    """An entry with only what is compared: what an index keeps, and what a decision rests on."""
    return msgspec.structs.replace(entry, programs=(), listed_on="", title="", remarks="")
