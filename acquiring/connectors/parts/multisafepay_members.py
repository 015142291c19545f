"""Members of an order at MultiSafepay, made of an ask.

Source: MultiSafepay's OpenAPI document (create order).
"""

from __future__ import annotations

import re
from typing import Any

from acquiring.connectors.driver import Address, Ask
from acquiring.connectors.members import given
from acquiring.connectors.numbers import number
from acquiring.connectors.vocabulary import multisafepay as words

# A house number at the end of a street line, or at its beginning.
_HOUSE = re.compile(r"(?P<a>.*\D)\s+(?P<n>\d\S*)|(?P<m>\d\S*),?\s+(?P<b>.+)")


def order(ask: Ask) -> dict[str, Any]:
    """The body that creates an order: direct where we have what is charged, else a page."""
    later = bool(ask.network_reference and ask.initiator == "merchant")
    named, _, token = ask.network_reference.partition("/")
    body = {
        "type": "direct" if later or ask.card or debited(ask) else "redirect",
        "gateway": ask.code,
        "order_id": ask.reference,
        "currency": ask.money.currency,
        "amount": ask.money.amount,
        "description": (ask.descriptor or ask.description or ask.payment)[:200],
        "payment_options": {
            "notification_url": ask.webhook_url,
            "notification_method": "POST",
            "redirect_url": ask.return_url,
            "cancel_url": ask.return_url,
        },
        "customer": customer(ask, named or reference(ask) if ask.agreement else ""),
        "gateway_info": {} if later else instrument(ask),
        "recurring_model": "unscheduled" if ask.agreement else "",
        "recurring_id": token if later else "",
        "capture": "manual" if ask.capture == "manual" and ask.code == "CREDITCARD" else "",
        "var1": reference(ask) if ask.agreement else "",
    }
    if ask.code in words.WANTS_CART:
        body |= cart(ask)
    return given(body)


def reference(ask: Ask) -> str:
    """Whom the token belongs to: our shopper, or whoever made this payment."""
    return ask.customer.id or ask.payment


def debited(ask: Ask) -> bool:
    """Whether the shopper's bank account was typed at our side."""
    return ask.code == "DIRDEB" and "iban" in ask.details


def instrument(ask: Ask) -> dict[str, Any]:
    """The card or account to be charged."""
    if ask.card:
        card = {
            "card_number": ask.card.number,
            "card_holder_name": ask.card.holder or ask.customer.name,
            "card_expiry_date": f"{ask.card.exp_year % 100:02d}{ask.card.exp_month:02d}",
            "card_cvc": ask.card.cvc,
        }
        required = ask.three_ds == "required"
        return given({**card, "flexible_3d": True} if required else card)
    if debited(ask):
        iban, name = ask.details["iban"], ask.details.get("account_holder") or ask.customer.name
        account = {"account_id": iban, "account_holder_iban": iban, "account_holder_name": name}
        return {**account, "emandate": ask.payment}
    return {}


def customer(ask: Ask, known_as: str) -> dict[str, Any]:
    """The shopper, their address and device."""
    device = ask.device
    seen = {
        "javascript_enabled": True,
        "java_enabled": device.java_enabled,
        "cookies_enabled": True,
        "language": device.language or ask.locale,
        "screen_color_depth": device.color_depth,
        "screen_height": device.screen_height,
        "screen_width": device.screen_width,
        "time_zone": device.time_zone_offset_minutes,
        "user_agent": device.user_agent,
    }
    members = {
        "locale": locale(ask),
        "ip_address": device.ip,
        "user_agent": device.user_agent,
        "reference": known_as,
        "browser": seen if ask.card and device.user_agent else {},
        **person(ask, ask.billing),
    }
    return given(members)


def person(ask: Ask, place: Address | None) -> dict[str, str]:
    """A name and address; streets have their house number apart."""
    place = place or Address(country=ask.country)
    first, _, last = ask.customer.name.partition(" ")
    street, house = split_street(place.line1)
    members = {
        "first_name": first[:25],
        "last_name": (last or first)[:25],
        "address1": street[:64],
        "house_number": house[:9],
        "zip_code": place.postal_code[:10],
        "city": place.city[:50],
        "country": place.country,
        "phone": ask.customer.phone[:25],
        "email": ask.customer.email,
    }
    return given(members)


def cart(ask: Ask) -> dict[str, Any]:
    """The whole sum as one line without tax, and where it goes."""
    line = {
        "name": ask.description or ask.payment,
        "unit_price": number(ask.money),
        "quantity": 1,
        "merchant_item_id": ask.payment,
        "tax_table_selector": "none",
    }
    tax_free = {"name": "none", "standalone": False, "rules": [{"rate": 0}]}
    return {
        "delivery": person(ask, ask.shipping or ask.billing),
        "shopping_cart": {"items": [line]},
        "checkout_options": {"tax_tables": {"alternate": [tax_free]}},
    }


def split_street(line: str) -> tuple[str, str]:
    """Street and house number; the number is "" where there is none to be seen."""
    found = _HOUSE.fullmatch(line.strip())
    if not found:
        return line, ""
    return (found["a"] or found["b"]).rstrip(" ,"), found["n"] or found["m"]


def locale(ask: Ask) -> str:
    """The nearest locale of MultiSafepay's pages."""
    wanted = ask.locale.replace("-", "_")
    exact = wanted if wanted in words.LOCALES else f"{wanted[:2]}_{ask.country}"
    return exact if exact in words.LOCALES else words.LANGUAGES.get(wanted[:2], "en_US")
