"""Members of Mollie's calls, made of an ask.

Sources: docs.mollie.com (create payment: addresses, lines, locales; create capture and refund).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from acquiring.connectors.driver import Address, Ask
from acquiring.connectors.members import given
from acquiring.connectors.vocabulary import mollie as words
from acquiring.core.money import Money


def amount(value: Money) -> dict[str, str]:
    """An amount object: a decimal string and its currency."""
    return {"currency": value.currency, "value": value.major()}


def money(value: Mapping[str, str]) -> Money:
    """An amount object, read."""
    return Money.from_major(value["value"], value["currency"])


def operation(ask: Ask) -> dict[str, Any]:
    """The body of a capture or refund."""
    description = (ask.description or ask.payment)[:255]
    metadata = {"reference": ask.reference}
    return {"amount": amount(ask.money), "description": description, "metadata": metadata}


def told_at(ask: Ask) -> str:
    """Our address for this payment's webhooks, which names it."""
    mark = "&" if "?" in ask.webhook_url else "?"
    return f"{ask.webhook_url}{mark}reference={ask.reference}" if ask.webhook_url else ""


def holder(ask: Ask) -> str:
    """Whose bank account it is."""
    return ask.details.get("account_holder") or ask.customer.name


def parties(network_reference: str) -> tuple[str, str]:
    """Customer and mandate of an agreement."""
    customer, _, mandate = network_reference.partition("/")
    return customer, mandate


def locale(ask: Ask) -> str:
    """The nearest locale of Mollie's; "" leaves it to the browser."""
    wanted = ask.locale.replace("-", "_")
    exact = wanted if wanted in words.LOCALES else f"{wanted[:2]}_{ask.country}"
    return exact if exact in words.LOCALES else words.LANGUAGES.get(wanted[:2], "")


def address(ask: Ask, place: Address | None) -> dict[str, str]:
    """An address object: Mollie's has the person's name and addresses in it too."""
    name, _, family = ask.customer.name.partition(" ")
    place = place or Address()
    members = {
        "givenName": name,
        "familyName": family or name,
        "streetAndNumber": place.line1,
        "streetAdditional": place.line2,
        "postalCode": place.postal_code,
        "city": place.city,
        "region": place.state,
        "country": place.country,
        "email": ask.customer.email,
        "phone": ask.customer.phone,
    }
    return given(members)


def lines(ask: Ask) -> list[dict[str, Any]]:
    """The whole sum as one line, where the method wants to know what is bought."""
    if ask.code not in words.WANTS_LINES:
        return []
    whole = amount(ask.money)
    line = {"description": ask.description or ask.payment, "quantity": 1}
    category = ask.extra.get("category")
    kind = {"categories": [category]} if category else {}
    return [{**line, "unitPrice": whole, "totalAmount": whole, **kind}]
