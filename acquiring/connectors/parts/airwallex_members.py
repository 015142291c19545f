"""What Airwallex is told: the shopper, the payment method, the device, in its members.

Source: @airwallex/node-sdk 2.0.0-beta.4 (MIT), request models.
"""

from __future__ import annotations

from typing import Any

from acquiring.connectors.driver import Ask
from acquiring.connectors.members import given
from acquiring.connectors.vocabulary import airwallex as words


def customer(ask: Ask) -> dict[str, str]:
    """The shopper, as far as the payment knows."""
    first, _, last = ask.customer.name.partition(" ")
    known = {"email": ask.customer.email, "phone_number": ask.customer.phone}
    known |= {"first_name": first, "last_name": last}
    return given({"merchant_customer_id": ask.customer.id, **known})


def method(ask: Ask) -> dict[str, Any]:
    """What the type of payment method is told."""
    if ask.card:
        card = ask.card
        known = {"number": card.number, "cvc": card.cvc, "name": card.holder}
        until = {"expiry_month": f"{card.exp_month:02d}", "expiry_year": str(card.exp_year)}
        return given({**known, **until, "billing": billing(ask)})
    if ask.code in ("applepay", "googlepay"):
        token = ask.details.get("token", "")
        kind = {"payment_data_type": "encrypted_payment_token", "encrypted_payment_token": token}
        return given({**kind, "billing": billing(ask)})
    if ask.code == "payto":
        account = {name: ask.details.get(name, "") for name in ("account_number", "bsb_number")}
        return {"bsb": {"account_name": ask.customer.name, **account}}
    values = fillings(ask)
    return given({name: values[name] for name in words.MEMBERS.get(ask.code, words.COMMON)})


def fillings(ask: Ask) -> dict[str, Any]:
    """Every member of a payment method by its name, as far as the payment knows."""
    typed, shopper = ask.details, ask.customer
    branch = typed.get("branch_number", "")
    on_phone = any(word in ask.device.user_agent for word in ("Android", "iPhone", "Mobile"))
    ios = "iPhone" in ask.device.user_agent
    return {
        "shopper_name": shopper.name,
        "shopper_email": shopper.email,
        "shopper_phone": shopper.phone,
        "owner_name": typed.get("account_holder") or shopper.name,
        "owner_email": shopper.email,
        "country_code": ask.country or (ask.billing.country if ask.billing else ""),
        "bank_name": ask.extra.get("bank_name") or typed.get("bank", ""),
        "business_account": False,
        "iban": typed.get("iban", ""),
        "account_number": typed.get("account_number", ""),
        "bsb_number": typed.get("bsb_number", ""),
        "sort_code": branch,
        "aba_routing_number": branch,
        "institution_number": branch[1:4],
        "transit_number": branch[4:],
        "flow": "mweb" if on_phone else "webqr",
        "os_type": ("ios" if ios else "android") if on_phone else "",
        "language": ask.locale[:2],
        "billing": billing(ask),
        "address": {},
    }


def billing(ask: Ask) -> dict[str, Any]:
    """The shopper's address; nothing where there is none."""
    if ask.billing is None:
        return {}
    first, _, last = ask.customer.name.partition(" ")
    home = given(
        {
            "country_code": ask.billing.country,
            "state": ask.billing.state,
            "city": ask.billing.city,
            "street": " ".join(filter(None, (ask.billing.line1, ask.billing.line2))),
            "postcode": ask.billing.postal_code,
        }
    )
    known = {"phone_number": ask.customer.phone, "first_name": first, "last_name": last}
    if ask.code != "afterpay":
        known["email"] = ask.customer.email
    return given({**known, "address": home})


def options(ask: Ask) -> dict[str, Any]:
    """How a card is to be captured and authenticated."""
    if not ask.card:
        return {}
    wishes = {"required": "FORCE_3DS", "skip": "SKIP_3DS"}
    wish = "SKIP_3DS" if ask.initiator == "merchant" else wishes.get(ask.three_ds, "")
    return {"card": given({"auto_capture": ask.capture == "automatic", "three_ds_action": wish})}


def recurring(ask: Ask) -> dict[str, Any]:
    """The place of a card payment in a row of them."""
    if not ask.card or not ask.agreement:
        return {}
    members = {
        "initial_payment": ask.agreement == "first",
        "triggered_by": "merchant" if ask.initiator == "merchant" else "customer",
        "merchant_trigger_reason": "unscheduled",
        "original_transaction_id": ask.network_reference,
    }
    return given(members)


def device(ask: Ask) -> dict[str, Any]:
    """The shopper's browser; nothing where it was not seen."""
    seen = ask.device
    if not seen.user_agent:
        return {}
    browser = {"user_agent": seen.user_agent, "java_enabled": seen.java_enabled}
    members = {
        "accept_header": seen.accept,
        "browser": {**browser, "javascript_enabled": True},
        "ip_address": seen.ip,
        "language": seen.language,
        "screen_color_depth": seen.color_depth,
        "screen_height": seen.screen_height,
        "screen_width": seen.screen_width,
        "timezone": str(seen.time_zone_offset_minutes),
    }
    return given(members)
