"""From a body to what a payment is paid with and by whom."""

from __future__ import annotations

import ipaddress
from typing import Any
from uuid import UUID

from acquiring import catalogue
from acquiring.api.endpoint import Asked
from acquiring.api.v1.bodies import (
    Address,
    AnyMethod,
    Card,
    Confirmation,
    CustomerFacts,
    Device,
    PaymentCreation,
)
from acquiring.api.v1.fields import check_country, plain
from acquiring.core import ids
from acquiring.core.errors import Problem
from acquiring.payments import planning, queries
from acquiring.payments.wishes import Instrument
from acquiring.vault import services as vault
from acquiring.vault.cards import CardSecret
from merchants.services import now_for

PARAM = "payment_method"
SHARED = frozenset(AnyMethod.__struct_fields__)
# Methods that are paid with a card's number: the card itself, and instalments on one.
CARD_MEMBERS = frozenset(Card.__struct_fields__)
WITH_CARD = frozenset(row.method for row in catalogue.connectors() if row.flow == "card")


def of(asked: Asked[Any, Any], body: PaymentCreation | Confirmation) -> Instrument:
    """What the body pays with. Raises Problem naming what does not fit."""
    given = body.payment_method
    if given is None:
        raise Problem("missing_field", f"The field {PARAM} is missing.", PARAM)
    typed = details(given)
    _one_of(given, typed)
    merchant_initiated = isinstance(body, PaymentCreation) and body.initiator == "merchant"
    if given.token:
        return _token(asked, given.token, merchant_initiated)
    if merchant_initiated:
        rule = "A payment without the shopper needs the token of a saved card."
        raise Problem("invalid_field", rule, "initiator")
    if given.card is not None:
        return _card(asked, given, body.save_payment_method)
    planning.check_method(given.type)
    return Instrument(given.type, details=typed.get(given.type, {}))


def shopper(body: PaymentCreation | Confirmation) -> dict[str, Any]:
    """The shopper's facts, as the payment keeps them."""
    shown: dict[str, Any] = {}
    for name in ("billing", "shipping"):
        address: Address | None = getattr(body, name)
        if address is not None:
            check_country(address.country, f"{name}.country")
            shown[name] = plain(address)
    if body.device is not None:
        _check_address(body.device)
        shown["device"] = plain(body.device)
    return shown


def country(body: PaymentCreation | Confirmation) -> str:
    """Where the shopper is: as the merchant says, else by the billing address."""
    known = body.country or (body.billing.country if body.billing else "")
    return check_country(known)


def customer(
    merchant_id: UUID, given: str | CustomerFacts | None, shopper: dict[str, Any]
) -> UUID | None:
    """The id of the customer a body names, with their facts put into `shopper`."""
    if given is None:
        return None
    facts = CustomerFacts(id=given) if isinstance(given, str) else given
    stored: dict[str, str] = {}
    customer_id = None
    if facts.id:
        param = "customer" if isinstance(given, str) else "customer.id"
        row = queries.customer(merchant_id, facts.id, param)
        customer_id = row.id
        stored = {"id": facts.id, "name": row.name, "email": row.email, "phone": row.phone}
    shopper["customer"] = {name: one for name, one in stored.items() if one} | plain(facts)
    return customer_id


def details(given: AnyMethod) -> dict[str, dict[str, str]]:
    """What the shopper typed, by method; only the method that is used may carry any."""
    found = {
        name: plain(getattr(given, name))
        for name in given.__struct_fields__
        if name not in SHARED and getattr(given, name) is not None
    }
    for name in found:
        if name != given.type:
            rule = f"{PARAM}.{name} belongs to the type {name}."
            raise Problem("invalid_field", rule, f"{PARAM}.{name}")
    return found


def besides(card: Card) -> dict[str, str]:
    """What a card is told beyond what is on it (a tax id)."""
    return {name: one for name, one in plain(card).items() if name not in CARD_MEMBERS}


def _one_of(given: AnyMethod, typed: dict[str, Any]) -> None:
    if given.token and (given.card is not None or typed):
        raise Problem("invalid_field", "A token stands alone.", f"{PARAM}.token")
    if given.token or given.card is not None:
        if given.type not in ("", *WITH_CARD) or (given.token and given.type not in ("", "card")):
            rule = f"A card or its token has the type card, not {given.type}."
            raise Problem("invalid_field", rule, f"{PARAM}.type")
    elif given.type in WITH_CARD:
        raise Problem("missing_field", f"The field {PARAM}.card is missing.", f"{PARAM}.card")
    elif not given.type:
        raise Problem("missing_field", f"The field {PARAM}.type is missing.", f"{PARAM}.type")


def _card(asked: Asked[Any, Any], given: AnyMethod, save: bool) -> Instrument:
    card = given.card
    assert card is not None
    typed = (card.number, card.exp_month, card.exp_year, card.cvc, card.holder)
    method, told = given.type or "card", details(given)
    more = told.get(method, {}) | besides(card)
    now = now_for(asked.merchant_id)
    param = f"{PARAM}.card"
    if not save:
        secret = vault.card(asked.merchant_id, *typed, param=param, now=now)
        return Instrument(method, card=secret, details=more)
    # Kept for an hour; for good once the payment has succeeded.
    kept = vault.tokenize(asked.merchant_id, *typed, param=param, now=now)
    secret = vault.reveal(asked.merchant_id, kept.handle, used_for=_user(asked))
    return Instrument(method, card=secret, details=more, token_id=secret.token_id)


def _token(asked: Asked[Any, Any], handle: str, merchant_initiated: bool) -> Instrument:
    secret: CardSecret = vault.reveal(asked.merchant_id, handle, used_for=_user(asked))
    if merchant_initiated and not secret.reusable:
        rule = "A payment without the shopper needs the token of a saved card."
        raise Problem("invalid_field", rule, "initiator")
    return Instrument(
        "card",
        card=secret,
        token_id=secret.token_id,
        reusable_token=secret.reusable,
        network_reference=secret.network_reference if merchant_initiated else "",
    )


def _user(asked: Asked[Any, Any]) -> str:
    """Who takes a single-use card: the same idempotency key may take it again, nobody else."""
    return f"key:{asked.claim.id.hex}" if asked.claim else f"once:{ids.new().hex}"


def _check_address(device: Device) -> None:
    if not device.ip:
        return
    try:
        ipaddress.ip_address(device.ip)
    except ValueError:
        rule = "The address is neither IPv4 nor IPv6."
        raise Problem("invalid_field", rule, "device.ip") from None
