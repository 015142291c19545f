"""Our words in the members that Antom's requests are made of."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC
from typing import Any

from acquiring.connectors.driver import Address, Ask, Call, Device, Unsupported
from acquiring.connectors.vocabulary import antom as words
from acquiring.core.money import Money


def post(action: str, ask: Ask, body: Mapping[str, Any]) -> Call:
    """A call of the payments API; empty members are left out, since null is not spoken."""
    assert ask.now, "Antom signs the time of sending"
    headers = {
        "Content-Type": "application/json; charset=UTF-8",
        "Request-Time": ask.now.astimezone(UTC).isoformat(timespec="seconds"),
    }
    return Call("POST", f"/ams/api/v1/payments/{action}", given(body), headers)


def given(members: Mapping[str, Any]) -> dict[str, Any]:
    """The members that say something; False and 0 do."""
    nested = {name: given(one) if isinstance(one, dict) else one for name, one in members.items()}
    return {name: one for name, one in nested.items() if one not in ("", None, {})}


def amount(value: Money) -> dict[str, str]:
    """An Amount; raises Unsupported for sen, which Antom's IDR has only on paper."""
    if value.currency == "IDR" and value.amount % 100:
        raise Unsupported("Antom takes whole rupiah: an IDR amount must be a multiple of 100")
    return {"currency": value.currency, "value": str(value.amount)}


def method_type(ask: Ask) -> str:
    """Antom's word for the method; a card is one whatever its brand."""
    return "CARD" if ask.card else ask.code


def by_token(ask: Ask) -> bool:
    """Whether a bound wallet is debited without its owner."""
    return ask.initiator == "merchant" and method_type(ask) not in words.HOLDING


def payment_method(ask: Ask) -> dict[str, Any]:
    """The method with what it needs: card data, or the token of a bound wallet."""
    method: dict[str, Any] = {"paymentMethodType": method_type(ask)}
    if ask.card:
        method["paymentMethodMetaData"] = card_data(ask)
    elif by_token(ask):
        if "access_token" not in ask.extra:
            raise Unsupported("a wallet is debited by its access token, and there is none")
        method["paymentMethodId"] = ask.extra["access_token"]
    elif ask.agreement:
        raise Unsupported("wallets are bound by authorizations/consult, not by a payment")
    return method


def card_data(ask: Ask) -> dict[str, Any]:
    """Card, 3-D Secure wish and the place of this payment in an agreement."""
    assert ask.card is not None
    alone = ask.initiator == "merchant"
    return {
        "cardNo": ask.card.number,
        "expiryMonth": f"{ask.card.exp_month:02d}",
        "expiryYear": f"{ask.card.exp_year % 100:02d}",
        "cvv": ask.card.cvc,
        "cardholderName": person(ask.card.holder),
        "billingAddress": address(ask.billing),
        "is3DSAuthentication": ask.three_ds == "required" and not alone,
        "enableAuthenticationUpgrade": ask.three_ds == "automatic" and not alone,
        "isCardOnFile": ask.agreement == "subsequent",
        "recurringType": ask.extra.get("recurring_type", "UNSCHEDULED") if alone else "",
        "networkTransactionId": ask.network_reference,
    }


def order(ask: Ask) -> dict[str, Any]:
    """The order, with the buyer and the shipping address for the risk check."""
    reference, shopper = (ask.order_reference or ask.payment)[:64], ask.customer
    return {
        "referenceOrderId": reference,
        "orderDescription": (ask.descriptor or ask.description or reference)[:256],
        "orderAmount": amount(ask.money),
        "buyer": {
            "referenceBuyerId": shopper.id,
            "buyerName": person(shopper.name),
            "buyerEmail": shopper.email,
            "buyerPhoneNo": shopper.phone,
        },
        "shipping": {
            "shippingName": person(shopper.name) if ask.shipping else {},
            "shippingAddress": address(ask.shipping),
        },
    }


def person(name: str) -> dict[str, str]:
    """A name in the two halves Antom insists on; a single name serves as both."""
    first, _, last = name.strip().rpartition(" ")
    return {"firstName": (first or last)[:32], "lastName": last[:32]}


def address(place: Address | None) -> dict[str, str]:
    """An address; without its country it is none to Antom."""
    if place is None or not place.country:
        return {}
    return {
        "region": place.country,
        "state": place.state[:8],
        "city": place.city[:32],
        "address1": place.line1,
        "address2": place.line2,
        "zipCode": place.postal_code,
    }


def phone_system(device: Device) -> str:
    """The phone's system by Antom's name, "" for anything with a desk under it."""
    agent = device.user_agent.lower()
    if "iphone" in agent or "ipad" in agent:
        return "IOS"
    return "ANDROID" if "android" in agent else ""


def environment(device: Device) -> dict[str, Any]:
    """Where the shopper sits: kind of terminal, browser, screen."""
    browser = {
        "userAgent": device.user_agent,
        "acceptHeader": device.accept,
        "language": device.language,
        "javaEnabled": device.java_enabled,
        "javaScriptEnabled": True,
    }
    screen = {
        "colorDepth": str(device.color_depth),
        "screenWidth": str(device.screen_width),
        "screenHeight": str(device.screen_height),
        "timeZoneOffset": device.time_zone_offset_minutes,
    }
    system = phone_system(device)
    return {
        "terminalType": "WAP" if system else "WEB",
        "osType": system,
        "clientIp": device.ip,
        "deviceLanguage": device.language,
        "browserInfo": browser if device.user_agent else {},
        **(screen if device.screen_width else {}),
    }
