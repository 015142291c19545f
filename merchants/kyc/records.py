"""What the rows of `<CC>.toml` are. A typo in a file is refused when the product starts."""

from __future__ import annotations

from fractions import Fraction
from typing import Literal

import msgspec

Entity = Literal["company", "partnership", "sole_trader", "non_profit", "public_body"]
Role = Literal["owner", "director", "representative", "controller"]
ENTITIES: tuple[Entity, ...] = (
    "company", "partnership", "sole_trader", "non_profit", "public_body",
)  # fmt: skip
ROLES: tuple[Role, ...] = ("owner", "director", "representative", "controller")


class Identifier(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A number that a state gave to a company or a person.

    `check` names modules of python-stdnum (`sg.uen`, any of several joined by `|`) or a check of
    `identifiers.CHECKS` (`own:hkid`); `pattern` is what it looks like, for the whole text, after
    the `separators` people write into it are taken away and letters are made capital. `example` is
    fictitious and passes the check. `never_kept` names the law that forbids us to keep the number:
    it is never asked, and refused where somebody gives it all the same.
    """

    title: str
    of: Literal["company", "person", "tax"]
    check: str = ""
    pattern: str = ""
    example: str = ""
    hint: str = ""
    why: str = ""
    separators: str = " -./"
    never_kept: str = ""


class Field(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One piece of a bank account as the country writes it: `account_number`, `branch_code` …"""

    title: str
    pattern: str
    example: str = ""
    hint: str = ""


class Bank(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How an account is named where the money goes: an IBAN, or the fields of `local`; where there
    are both, either serves.

    `check` names a check of `banks.CHECKS` over all local fields together (`own:clabe`). `iban` is
    an example of one, from the registry or fictitious; empty where there are none.
    """

    iban: str = ""
    local: dict[str, Field] = {}
    check: str = ""


class Document(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A paper: a key of `documents.toml`, or the country's own.

    `of` says whose it is: the business's, or each person's with a role of `roles`. `months` is how
    old it may be when it is handed in (0: any age), `expires` whether it bears a date on which it
    ends.
    """

    title: str
    of: Literal["business", "person"] = "business"
    roles: tuple[Role, ...] = ()
    sides: int = 1
    months: int = 0
    expires: bool = False
    hint: str = ""
    why: str = ""


class Asked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is asked of one kind of legal entity.

    `identifiers` are the keys that must be given, `optional` those that may be. `documents` are
    keys of the market's documents or of `documents.toml`; `on_request` are those that are asked
    only when a check could not be passed without. `people` are the roles that somebody must have;
    `owners` whether owners above the line are asked at all.
    """

    title: str
    identifiers: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    person_identifiers: tuple[str, ...] = ()  # any one of them serves
    documents: tuple[str, ...] = ()
    on_request: tuple[str, ...] = ()
    people: tuple[Role, ...] = ("representative",)
    owners: bool = True
    why: str = ""


class Line(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """From which share on somebody is a beneficial owner: basis points of the whole."""

    basis_points: int = 2500
    more_than: bool = False  # the share itself is not enough

    def reached(self, share: int | Fraction) -> bool:
        """Whether a share (basis points) makes a beneficial owner."""
        return share > self.basis_points if self.more_than else share >= self.basis_points


class Market(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One country, as its file says. `basis` tells how far the file can be trusted: read in what
    `sources` name, general knowledge to be confirmed by a compliance officer, or some of each.
    `absent` says of a kind of entity why it is not to be chosen here.
    """

    country: str
    currency: str
    regulator: str
    laws: tuple[str, ...]
    sources: tuple[str, ...]
    basis: Literal["documented", "general", "mixed"]
    owner_line: Line
    identifiers: dict[str, Identifier]
    bank: Bank
    entities: dict[Entity, Asked]
    absent: dict[Entity, str] = {}
    documents: dict[str, Document] = {}
    modules: tuple[str, ...] = ()  # of `modules.toml`: sca, fincen_cdd, sama, rbi, mas …
    adult_years: int = 18
    notes: str = ""
