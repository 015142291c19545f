"""PayPal's members: what pays, the pages of the way back, and what is worth showing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from acquiring.catalogue.card_numbers import brand_of
from acquiring.connectors.driver import Address, Ask, Card
from acquiring.connectors.members import said
from acquiring.connectors.vocabulary import paypal as words


def pages(ask: Ask) -> dict[str, str]:
    """Where the shopper comes back to; the way of a no is marked."""
    mark = "&" if "?" in ask.return_url else "?"
    return said(
        return_url=ask.return_url,
        cancel_url=f"{ask.return_url}{mark}canceled=1" if ask.return_url else "",
    )


def source(ask: Ask) -> dict[str, Any]:
    """What pays, by its name in an order's `payment_source`."""
    if ask.card:
        return {"card": card(ask, ask.card)}
    if ask.code == "venmo":
        return {"venmo": {"experience_context": {"shipping_preference": "NO_SHIPPING"}}}
    if ask.code == "paypal":
        keep = {"store_in_vault": "ON_SUCCESS", "usage_type": "MERCHANT"}
        wallet = {
            "experience_context": {
                "user_action": "PAY_NOW",
                "shipping_preference": "NO_SHIPPING",
                **said(locale=ask.locale),
                **pages(ask),
            },
            "email_address": ask.customer.email,
            "attributes": {"vault": keep} if ask.agreement == "first" else {},
        }
        return {"paypal": said(**wallet)}
    bank = {
        "name": ask.details.get("account_holder") or ask.customer.name,
        "country_code": ask.country,
        "email": ask.customer.email if ask.extra.get("email") else "",
        "experience_context": {**said(locale=ask.locale), **pages(ask)},
    }
    return {ask.code: said(**bank)}


def card(ask: Ask, one: Card) -> dict[str, Any]:
    """A card as PayPal wants it; a merchant's own payment has neither code nor challenge."""
    method = "SCA_ALWAYS" if ask.three_ds == "required" else "SCA_WHEN_REQUIRED"
    secured = ask.initiator == "shopper" and ask.three_ds != "skip"
    return said(
        number=one.number,
        expiry=f"{one.exp_year:04d}-{one.exp_month:02d}",
        security_code=one.cvc if ask.initiator == "shopper" else "",
        name=one.holder or ask.customer.name,
        billing_address=address(ask.billing),
        attributes={"verification": {"method": method}} if secured else {},
        stored_credential=agreement(ask, one),
        experience_context=pages(ask),
    )


def agreement(ask: Ask, one: Card) -> dict[str, Any]:
    """How the payment stands to others with the same card; nothing where it is the only one."""
    if not ask.agreement:
        return {}
    brand = one.brand or getattr(brand_of(one.number), "code", "")
    previous = said(id=ask.network_reference, network=words.BRANDS.get(brand))
    return said(
        payment_initiator="MERCHANT" if ask.initiator == "merchant" else "CUSTOMER",
        payment_type="RECURRING" if ask.extra.get("schedule") else "UNSCHEDULED",
        usage="FIRST" if ask.agreement == "first" else "SUBSEQUENT",
        previous_network_transaction_reference=previous if ask.network_reference else {},
    )


def address(place: Address | None) -> dict[str, str]:
    """A billing address; nothing where its country is not known."""
    if place is None or not place.country:
        return {}
    return said(
        address_line_1=place.line1,
        address_line_2=place.line2,
        admin_area_2=place.city,
        admin_area_1=place.state,
        postal_code=place.postal_code,
        country_code=place.country,
    )


def facts(ask: Ask, body: Mapping[str, Any], made: Mapping[str, Any]) -> dict[str, Any]:
    """What is worth showing; the reference a later payment needs is the scheme's or the vault's."""
    paid: Mapping[str, Any] = next(iter((body.get("payment_source") or {}).values()), {})
    vault = paid.get("attributes", {}).get("vault", {}).get("id", "")
    scheme = made.get("network_transaction_reference", {}).get("id", "")
    checked = made.get("processor_response", {})
    return said(
        network_reference=vault or scheme,
        avs=checked.get("avs_code"),
        cvc=checked.get("cvv_code"),
        liability_shift=paid.get("authentication_result", {}).get("liability_shift"),
        arn=made.get("network_transaction_reference", {}).get("acquirer_reference_number"),
    )
