"""Where a path leads in the facts, how its value is typed, and what is typed as a value."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from typing import Any, Literal

from django.utils.translation import gettext

from acquiring.core.money import Money, exponent, is_currency
from acquiring.portal.links import amounts
from merchants.kyc.facts import Facts

Looks = Literal[
    "text", "area", "date", "select", "radios", "ticks", "money", "percent", "days", "combo",
    "consent", "same", "phone", "email", "url", "yes_no",
]  # fmt: skip
BY_LEAF: dict[str, Looks] = {
    "description": "area",
    "mcc": "combo",
    "channels": "ticks",
    "markets": "ticks",
    "roles": "ticks",
    "customers": "radios",
    "currency": "select",
    "through": "select",
    "share": "percent",
    "delivery_days": "days",
    "phone": "phone",
    "email": "email",
    "website": "url",
    "politically_exposed": "yes_no",
    "country": "select",
    "nationality": "select",
    "registration_country": "select",
}
BY_KIND: dict[str, Looks] = {
    "date": "date",
    "money": "money",
    "country": "select",
    "consent": "consent",
}
# A tick of the form: the business works where it is registered. No fact of its own.
SAME = "company.same_address"
OPERATING = "company.operating_address"
LARGEST = 10**15  # minor units; what is larger is a slip


class NotThat(Exception):  # noqa: N818 (it reads as a sentence)
    """What was typed is no such value; says what to do instead."""


def look(path: str, kind: str) -> Looks:
    """How the value of a path is typed."""
    leaf = path.rpartition(".")[2]
    if path == SAME:
        return "same"
    if ".identifiers." in path or ".fields." in path or ".licences." in path:
        return "text"
    return BY_LEAF.get(leaf) or BY_KIND.get(kind, "text")


def read(facts: Facts, path: str) -> Any:
    """The value at a path; None where there is none yet."""
    if path == SAME:
        return facts.company.operating_address is None
    at: Any = facts
    for name in path.split("."):
        if isinstance(at, tuple):
            at = next((one for one in at if one.id == name), None)
        elif isinstance(at, dict):
            at = at.get(name)
        else:
            at = getattr(at, name, None)
    return at


def typed(value: Any, look: Looks, currency: str) -> Any:
    """A value as it stands in its field."""
    if value in (None, ""):
        return ""
    if isinstance(value, datetime.date):
        return value.isoformat()
    if look == "money" and is_currency(currency):
        return Money(value, currency).major()
    if look == "percent":
        return f"{Decimal(value) / 100:f}".rstrip("0").rstrip(".") if value % 100 else value // 100
    if look == "yes_no":
        return "yes" if value else "no"
    return value


def value(look: Looks, given: Sequence[str], currency: str) -> Any:
    """What was typed as the facts keep it; raises NotThat."""
    if look == "ticks":
        return [one for one in given if one]
    if look in {"consent", "same"}:
        return any(given)
    text = given[-1].strip() if given else ""
    if not text:
        return None
    if look == "yes_no":
        return text == "yes"
    if look == "money":
        return _money(text, currency)
    if look == "percent":
        return _percent(text)
    if look == "days":
        return _days(text)
    if look == "date":
        return _date(text)
    return text


def _money(text: str, currency: str) -> int:
    if not is_currency(currency):
        raise NotThat(gettext("Choose the currency first."))
    try:
        amount = amounts.read(text, currency)
    except ValueError:
        amount = -1
    if not 0 <= amount <= LARGEST:
        example = Money(10 ** exponent(currency) * 12500, currency).major()
        raise NotThat(
            gettext("Write the amount in figures, such as %(example)s") % {"example": example}
        )
    return amount


def _percent(text: str) -> int:
    plain = text.replace("%", "").replace(",", ".").strip()
    try:
        share = Decimal(plain) * 100
    except InvalidOperation:
        share = Decimal(-1)
    if not share.is_finite() or not 0 <= share <= 10_000 or share != share.to_integral_value():
        raise NotThat(gettext("Write the share in figures, such as 25 or 33.33"))
    return int(share)


def _days(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or int(text) > 10_000:
        raise NotThat(gettext("Write the number of days in figures, such as 5"))
    return int(text)


def _date(text: str) -> str:
    try:
        return datetime.date.fromisoformat(text).isoformat()
    except ValueError as error:
        raise NotThat(gettext("Write the date as year-month-day, such as 1987-09-04")) from error
