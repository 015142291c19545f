"""The members of an Adyen payment request, out of an ask."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

from acquiring.connectors.driver import Address, Ask
from acquiring.connectors.members import given
from acquiring.connectors.vocabulary.adyen import CO_BADGED, SHOPPER_DETAILS, TYPED, WALLETS


def members(ask: Ask) -> dict[str, Any]:
    """What is paid with, by whom, and how it is to be captured and authenticated."""
    return {
        "paymentMethod": _method(ask),
        "shopperLocale": _locale(ask),
        **_capture(ask),
        **_shopper(ask),
        **_agreement(ask),
        **_authentication(ask),
    }


def _method(ask: Ask) -> dict:
    typed = {TYPED[name]: value for name, value in ask.details.items() if name in TYPED}
    if ask.code.startswith("directdebit_") and "ownerName" in typed:
        typed["holderName"] = typed.pop("ownerName")
    if ask.card:
        return given(
            {
                "type": "scheme",
                "brand": ask.code if ask.code in CO_BADGED else "",
                "number": ask.card.number,
                "expiryMonth": f"{ask.card.exp_month:02}",
                "expiryYear": str(ask.card.exp_year),
                "cvc": ask.card.cvc,
                "holderName": ask.card.holder,
                "networkPaymentReference": _earlier(ask),
                **typed,
                **ask.extra,
            }
        )
    known = {**_name(ask), "shopperEmail": ask.customer.email}
    known["telephoneNumber"] = ask.customer.phone
    wanted = " ".join(
        names for start, names in SHOPPER_DETAILS.items() if ask.code.startswith(start)
    )
    details = {name: known.get(name) for name in wanted.split()}
    details["storedPaymentMethodId"] = _earlier(ask)
    return given({"type": ask.code, **details, **typed, **_wallet(ask), **ask.extra})


def _wallet(ask: Ask) -> dict:
    """A wallet's payload: Google's as it came, Apple's `paymentData` in base64."""
    token, member = ask.details.get("token", ""), WALLETS.get(ask.code, "")
    if not (token and member):
        return {}
    encoded = b64encode(token.encode()).decode() if ask.code == "applepay" else token
    return {member: encoded}


def _earlier(ask: Ask) -> str:
    return ask.network_reference if ask.agreement == "subsequent" else ""


def _name(ask: Ask) -> dict:
    """First and last name; Adyen wants both, people may have one."""
    first, _, last = ask.customer.name.strip().rpartition(" ")
    return {"firstName": first or last, "lastName": last} if last else {}


def _locale(ask: Ask) -> str:
    locale = ask.locale.replace("_", "-")
    return locale if "-" in locale or not ask.country else f"{locale}-{ask.country}"


def _capture(ask: Ask) -> dict:
    """Said every time, since an account's own setting may be either."""
    if ask.capture == "manual":
        return {"additionalData": {"manualCapture": "true"}}
    return {"captureDelayHours": 0}


def _shopper(ask: Ask) -> dict:
    return {
        "shopperReference": ask.customer.id or (ask.payment if ask.agreement else ""),
        "shopperEmail": ask.customer.email,
        "shopperName": _name(ask),
        "telephoneNumber": ask.customer.phone,
        "socialSecurityNumber": ask.details.get("tax_id", ""),
        "shopperIP": ask.device.ip,
        "deviceFingerprint": ask.device.fingerprint,
        "billingAddress": _address(ask.billing),
        "deliveryAddress": _address(ask.shipping),
    }


def _address(address: Address | None) -> dict:
    """A complete address or none: Adyen refuses half of one."""
    if not (address and address.line1 and address.city and address.postal_code and address.country):
        return {}
    return given(
        {
            "street": address.line1,
            "houseNumberOrName": address.line2 or "N/A",
            "city": address.city,
            "postalCode": address.postal_code,
            "stateOrProvince": address.state[:3],
            "country": address.country,
        }
    )


def _agreement(ask: Ask) -> dict:
    """Who starts the payment, and which payment of an agreement it is."""
    if ask.agreement == "subsequent" or ask.initiator == "merchant":
        shopper_there = ask.initiator == "shopper"
        model = "CardOnFile" if shopper_there else "UnscheduledCardOnFile"
        return {"shopperInteraction": "ContAuth", "recurringProcessingModel": model}
    if ask.agreement == "first":
        return {
            "shopperInteraction": "Ecommerce",
            "recurringProcessingModel": "UnscheduledCardOnFile",
            "storePaymentMethod": ask.card is None,  # cards are kept in our own vault
        }
    return {"shopperInteraction": "Ecommerce"}


def _authentication(ask: Ask) -> dict:
    """3-D Secure by redirect, for cards whose holder is there; the browser's facts go with it."""
    if not ask.card or ask.initiator == "merchant":
        return {}
    wish = {"required": "always", "skip": "never"}.get(ask.three_ds)
    data: dict[str, Any] = {"threeDSRequestData": {"nativeThreeDS": "disabled"}}
    if wish:
        data["attemptAuthentication"] = wish
    found: dict[str, Any] = {"authenticationData": data, "channel": "Web"}
    device = ask.device
    if device.user_agent:
        found["browserInfo"] = {
            "userAgent": device.user_agent,
            "acceptHeader": device.accept or "*/*",
            "language": device.language or ask.locale,
            "colorDepth": device.color_depth,
            "screenHeight": device.screen_height,
            "screenWidth": device.screen_width,
            "timeZoneOffset": device.time_zone_offset_minutes,
            "javaEnabled": device.java_enabled,
        }
    return found
