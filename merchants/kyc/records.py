"""What the rows of `<CC>.toml` are. A typo in a file is refused when the product starts."""

from __future__ import annotations

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
    blanks are taken away. `never_kept` marks numbers the law forbids us to keep.
    """

    title: str
    of: Literal["company", "person", "tax"]
    check: str = ""
    pattern: str = ""
    example: str = ""
    hint: str = ""
    why: str = ""


class Field(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One piece of a bank account as the country writes it: `account_number`, `branch_code` …"""

    title: str
    pattern: str
    example: str = ""
    hint: str = ""


class Bank(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How an account is named where the money goes: an IBAN, or the fields of `local`.

    `check` names a check of `banks.CHECKS` over all fields together (`own:clabe`).
    """

    iban: bool = False
    local: dict[str, Field] = {}
    check: str = ""


class Document(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A paper: a key of `documents.toml`, or the country's own.

    `of` says whose it is: the business's, or each person's with a role of `roles`. `months` is how
    old it may be (0: any age), `expires` whether it bears a date on which it ends.
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
    keys of the market's documents or of `documents.toml`; `instead` are documents that one who was
    found in a register or whose identity was proved otherwise need not send. `people` are the roles
    that somebody must have; `owners` whether owners above the line are asked at all.
    """

    title: str
    identifiers: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    person_identifiers: tuple[str, ...] = ()  # any one of them serves
    documents: tuple[str, ...] = ()
    people: tuple[Role, ...] = ("representative",)
    owners: bool = True
    why: str = ""


class Line(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """From which share on somebody is a beneficial owner: basis points of the whole."""

    basis_points: int = 2500
    more_than: bool = False  # the share itself is not enough

    def reached(self, share: int) -> bool:
        """Whether a share (basis points) makes a beneficial owner."""
        return share > self.basis_points if self.more_than else share >= self.basis_points


class Market(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One country, as its file says. `basis` tells how far the file can be trusted."""

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
    documents: dict[str, Document] = {}
    modules: tuple[str, ...] = ()  # of `modules.toml`: sca, fincen_cdd, sama, rbi, mas …
    adult_years: int = 18
    notes: str = ""
