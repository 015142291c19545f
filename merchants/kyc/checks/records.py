"""What a check reads and yields, and what a row of `data/checks.toml` says of it."""

from __future__ import annotations

import datetime
from typing import Any, Literal, NamedTuple

import msgspec

Result = Literal["pass", "ask", "review", "fail", "error"]
State = Literal["answered", "away", "off"]  # away: it could not answer now; off: there is none
GROUPS = (
    "company", "activity", "website", "accounts", "people", "ownership", "documents", "alike",
    "screening", "complete",
)  # fmt: skip


class Register(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the register of companies said."""

    state: State = "off"
    found: bool = False
    name: str = ""
    status: Literal["", "active", "inactive"] = ""
    formed_on: datetime.date | None = None


class Website(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What was seen on the website: its words, and which of the pages a shopper needs it links."""

    state: State = "off"
    reachable: bool = False
    status: int = 0
    text: str = ""
    pages: tuple[Literal["terms", "refunds", "contact", "privacy"], ...] = ()


class Holder(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the bank said of an account's holder."""

    state: State = "off"
    answer: Literal["match", "close", "differs", "unknown"] = "unknown"


class Identity(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a service that proves identities said of a person."""

    state: State = "off"
    proved: bool = False
    reason: str = ""


class Alike(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Something another application has too. `others` are outside ids; `refused` one was."""

    kind: Literal["identifier", "bank_account", "person", "website", "phone"]
    subject: str
    others: tuple[str, ...]
    refused: bool = False


class Screened(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the watch lists said of a name."""

    result: Literal["clear", "possible", "confirmed", "stale", "away", "off"] = "off"
    lists: tuple[str, ...] = ()  # the versions that were read


class Known(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Everything that is not the merchant's own word. Accounts and people go by their ids,
    screened names by their path (`company`, `people.per_…`).
    """

    today: datetime.date
    register: Register = Register()
    website: Website = Website()
    holders: dict[str, Holder] = {}
    identities: dict[str, Identity] = {}
    alike: tuple[Alike, ...] = ()
    screened: dict[str, Screened] = {}

    @property
    def tomorrow(self) -> datetime.date:
        """The day that has begun already in the east."""
        return self.today + datetime.timedelta(days=1)


class Seen(NamedTuple):
    """What one check saw at one place: a word of its own row, and sentences for a reviewer."""

    subject: str
    saw: str
    words: str
    evidence: dict[str, Any] = {}


class Says(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What follows from something seen, and what the merchant is told. `{names}` in `told` are
    those of the evidence.
    """

    result: Result
    told: str = ""


class Row(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One check of the table. `months`: how long what it saw is good; 0 = until something changes.
    Without `entities` or `countries` it is for all.
    """

    title: str
    group: str
    source: str
    saw: dict[str, Says]
    months: int = 0
    entities: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()


class Found(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The trace of one check at one place."""

    check: str
    subject: str
    saw: str
    result: Result
    words: str
    told: str = ""
    evidence: dict[str, Any] = {}
    source: str = ""
    expires: datetime.date | None = None
