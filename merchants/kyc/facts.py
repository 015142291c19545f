"""An application as plain values: what was said so far about a business and its people.

Everything may be missing, since it is saved as it is typed; what must be there is said by
`requirements`. A path names a value: `company.identifiers.uen`, `people.per_….birth_date`,
`accounts.ban_….fields.iban`, `declarations.terms`.
"""

from __future__ import annotations

import datetime
from typing import Any, Literal

import msgspec

from merchants.kyc.records import Entity, Role


class Address(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A place, as its country writes it. `region` is a state or province where there are any."""

    line1: str = ""
    line2: str = ""
    city: str = ""
    region: str = ""
    postal_code: str = ""
    country: str = ""


class Company(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The legal entity. A sole trader's legal name is the person's own."""

    legal_name: str = ""
    trading_name: str = ""
    identifiers: dict[str, str] = {}
    formed_on: datetime.date | None = None
    registered_address: Address = Address()
    operating_address: Address | None = None  # None: the registered one
    phone: str = ""  # E.164


class Activity(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What is sold, to whom, how and how much. Volumes are minor units of `currency`."""

    description: str = ""
    website: str = ""
    mcc: str = ""
    channels: tuple[Literal["online", "app", "in_store", "phone", "marketplace"], ...] = ()
    markets: tuple[str, ...] = ()  # countries of the shoppers
    customers: Literal["", "consumers", "businesses", "both"] = ""
    delivery_days: int | None = None  # from the payment to the goods
    currency: str = ""
    monthly_volume: int | None = None
    average_payment: int | None = None
    largest_payment: int | None = None
    licences: dict[str, str] = {}  # by the kind of `prohibited.toml`: the licence's number


class Party(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A person or a company behind the business. `share` is basis points of what is held
    directly, of the business or of the party named by `through`.
    """

    id: str = ""
    kind: Literal["person", "company"] = "person"
    roles: tuple[Role, ...] = ()
    name: str = ""
    native_name: str = ""  # as its own script writes it
    birth_date: datetime.date | None = None
    nationality: str = ""
    address: Address = Address()
    identifiers: dict[str, str] = {}
    registration_country: str = ""  # of a company
    share: int | None = None
    through: str = ""
    title: str = ""
    email: str = ""
    phone: str = ""
    politically_exposed: bool | None = None


class Account(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A bank account that money is paid out to, in its currency."""

    id: str = ""
    currency: str = ""
    country: str = ""
    holder: str = ""
    fields: dict[str, str] = {}


class Paper(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A document that was handed in. `owner` is a party's id, or empty for the business's own."""

    id: str = ""
    kind: str = ""
    owner: str = ""
    side: int = 1
    status: Literal["received", "accepted", "refused"] = "received"
    reason: str = ""
    received_on: datetime.date | None = None
    issued_on: datetime.date | None = None
    expires_on: datetime.date | None = None


class Facts(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A whole application. `declarations` holds when each was agreed to, RFC 3339."""

    country: str = ""
    entity: Entity | Literal[""] = ""
    company: Company = Company()
    activity: Activity = Activity()
    people: tuple[Party, ...] = ()
    accounts: tuple[Account, ...] = ()
    papers: tuple[Paper, ...] = ()
    declarations: dict[str, str] = {}


def read(value: dict[str, Any]) -> Facts:
    """Facts of plain JSON values; raises msgspec.ValidationError naming the path."""
    return msgspec.convert(value, Facts)


def plain(facts: Facts) -> dict[str, Any]:
    """The same as plain JSON values, defaults left out."""
    return msgspec.to_builtins(facts)
