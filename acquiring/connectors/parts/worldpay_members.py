"""Our words in Access Worldpay's members: card, 3-D Secure, agreement, and local methods."""

from __future__ import annotations

import re
from typing import Any

from acquiring.connectors.driver import Address, Ask
from acquiring.connectors.members import given, said

CARDS = frozenset({"card", "applepay", "googlepay"})
PREFERENCES = {"required": "challengeMandated"}
DEPTHS = (48, 32, 24, 16, 15, 8, 4, 1)
LANGUAGES = ("de", "en", "es", "fr", "it", "nl")  # of a SEPA mandate
SHORT = 12  # a reference of Bizum's
NOT_PRINTED = re.compile(r"[^a-zA-Z0-9 ,./-]")


def is_local(ask: Ask) -> bool:
    """Whether it is a method of the other API, which knows nothing of cards."""
    return bool(ask.code) and ask.code not in CARDS


def reference_of(ask: Ask) -> str:
    """The name Worldpay knows the payment by; Bizum has room for twelve letters and digits."""
    if ask.code != "bizum":
        return ask.reference
    return re.sub("[^a-zA-Z0-9]", "", ask.reference)[-SHORT:]


def value(ask: Ask) -> dict[str, Any]:
    """The amount in minor units with its currency."""
    return {"currency": ask.money.currency, "amount": ask.money.amount}


def narrative(ask: Ask) -> dict[str, str]:
    """What the statement says: nothing but plain letters, and never nothing at all."""
    texts = (ask.descriptor, ask.description, ask.order_reference, ask.payment)
    plain = (NOT_PRINTED.sub("", text).strip()[:24].strip() for text in texts)
    return {"line1": next(text for text in plain if text)}


def payment(ask: Ask, instruction: dict[str, Any]) -> dict[str, Any]:
    """A payment of either API; whose it is is added when the call is signed."""
    order = re.sub(r"[^-A-Za-z0-9_!@#$%()*=.:;?\[\]{}~/+]", "", ask.order_reference)[:64]
    whole = {"method": ask.code, "value": value(ask), "narrative": narrative(ask), **instruction}
    return said(
        transactionReference=reference_of(ask), orderReference=order, instruction=given(whole)
    )


# Cards.


def card(ask: Ask) -> dict[str, Any]:
    """The instruction for a card, or for a wallet's encrypted one."""
    return {
        "paymentInstrument": instrument(ask),
        "settlement": {"auto": ask.capture == "automatic"},
        "customerAgreement": agreement(ask),
        "threeDS": three_ds(ask),
        "customer": customer(ask),
    }


def instrument(ask: Ask) -> dict[str, Any]:
    """The card as typed, or the wallet's payload, which is good for one payment."""
    if not ask.card:
        return {"type": "encrypted", "walletToken": ask.details["token"]}
    return said(
        type="plain",
        cardNumber=ask.card.number,
        cardHolderName=ask.card.holder or ask.customer.name,
        expiryDate={"month": ask.card.exp_month, "year": ask.card.exp_year},
        cvc=ask.card.cvc,
        billingAddress=address(ask.billing),
    )


def agreement(ask: Ask) -> dict[str, Any]:
    """How the card is kept, and what ties a merchant's own charge to the first one."""
    if not ask.card or not ask.agreement:
        return {}
    if ask.initiator == "merchant":
        return said(type="unscheduled", schemeReference=ask.network_reference)
    return {"type": "cardOnFile", "storedCardUsage": ask.agreement}


def three_ds(ask: Ask) -> dict[str, Any]:
    """3-D Secure by Worldpay, where there is a browser that can be told of and sent back."""
    if not ask.card or ask.initiator == "merchant" or ask.three_ds == "skip":
        return {}
    if ask.three_ds == "automatic" and not (ask.device.user_agent and ask.return_url):
        return {}
    challenge = said(
        returnUrl=ask.return_url,
        windowSize="fullPage",
        preference=PREFERENCES.get(ask.three_ds, ""),
    )
    return {
        "type": "integrated",
        "mode": "always",
        "challenge": challenge,
        "deviceData": device(ask),
    }


def device(ask: Ask) -> dict[str, Any]:
    """What Worldpay wants to be told where no script of its own looked at the browser."""
    told = ask.device
    depth = next((one for one in DEPTHS if one <= told.color_depth), 24)
    seen = {
        "browserLanguage": (told.language or ask.locale)[:8],
        "browserScreenHeight": told.screen_height,
        "browserScreenWidth": told.screen_width,
        "browserJavaEnabled": told.java_enabled,
        "browserColorDepth": str(depth),
        "timeZone": str(told.time_zone_offset_minutes),
        "browserJavascriptEnabled": True,
    }
    return said(
        acceptHeader=(told.accept or "*/*")[:2048],
        userAgentHeader=told.user_agent[:2048],
        channel="browser",
        **(seen if told.screen_width else {}),
    )


def customer(ask: Ask) -> dict[str, Any]:
    """Whom the payment is from, as far as it is known."""
    return said(**names(ask), email=ask.customer.email, phone=phone(ask), ipAddress=ask.device.ip)


def names(ask: Ask) -> dict[str, str]:
    """First and last name, each as long as Worldpay takes it."""
    first, _, last = ask.customer.name.rpartition(" ")
    return {"firstName": (first or last)[:22], "lastName": last[:22]}


def phone(ask: Ask) -> str:
    """The number, digits alone."""
    return re.sub(r"\D", "", ask.customer.phone)


def address(place: Address | None) -> dict[str, Any]:
    """An address; none where what Worldpay insists on is not known."""
    if place is None or not (place.line1 and place.city and place.country):
        return {}
    return said(
        address1=place.line1[:80],
        address2=place.line2[:80],
        city=place.city[:50],
        state=place.state[:30],
        postalCode=place.postal_code[:15],
        countryCode=place.country,
    )


# Local methods.


def local(ask: Ask) -> dict[str, Any]:
    """The instruction for a local method: a catalogue row names the members its method takes."""
    wanted = ask.extra.get("instrument", ())
    written = {name: text for name, text in places(ask).items() if name in wanted}
    account = {"sepa": sepa, "ach": ach}.get(ask.code)
    paid_from = {"type": "direct", **written, **(account(ask) if account else {})}
    instruction: dict[str, Any] = {
        "paymentInstrument": given(paid_from),
        "resultUrls": dict.fromkeys(ask.extra.get("urls", ()), ask.return_url),
        "customer": given({name: person(ask)[name] for name in ask.extra.get("customer", ())}),
    }
    if ask.code == "blik":
        instruction["termsAccepted"] = True
    elif ask.code == "paypal":
        instruction["settlement"] = {"auto": True}
    elif ask.code == "sepa":
        mandate = {"type": "oneTime", "mandateId": ask.reference.replace("_", "")[:35]}
        instruction["customerAgreement"] = {"type": "oneTime", "mandate": mandate}
    return instruction


def places(ask: Ask) -> dict[str, str]:
    """Where the shopper is, and what they read."""
    return {"country": ask.country or billing_country(ask), "language": ask.locale[:2]}


def billing_country(ask: Ask) -> str:
    """The country of the bill, where there is one."""
    return ask.billing.country if ask.billing else ""


def person(ask: Ask) -> dict[str, Any]:
    """Who pays; konbini takes shorter names and national telephone numbers."""
    told: dict[str, Any] = {**names(ask), "phone": phone(ask)}
    if ask.code == "konbini":
        number = re.sub("^81", "0", told["phone"])
        told |= {"lastName": told["lastName"][:10], "phone": number[-11:]}
    return {
        **told,
        "email": ask.customer.email,
        "identityDocuments": tax_document(ask.details.get("tax_id", "")),
    }


def tax_document(number: str) -> dict[str, str]:
    """A Brazilian's or a Brazilian firm's number."""
    digits = re.sub(r"\D", "", number)
    return {"type": "CPF" if len(digits) == 11 else "CNPJ", "reference": digits} if digits else {}


def sepa(ask: Ask) -> dict[str, Any]:
    """A mandate of SEPA's with its holder and account."""
    language = ask.locale[:2]
    holder = ask.details.get("account_holder") or ask.customer.name
    place = address(ask.billing)
    state = {"state": place.get("state") or place.get("city")} if place else {}
    return {
        "language": language if language in LANGUAGES else "en",
        "iban": ask.details.get("iban", ""),
        "accountHolderName": holder,
        "billingAddress": {**place, **state},
    }


def ach(ask: Ask) -> dict[str, Any]:
    """An account in the United States, taken as a checking account."""
    return {
        "accountType": "checking",
        "accountNumber": ask.details.get("account_number", ""),
        "routingNumber": ask.details.get("branch_number", ""),
        "billingAddress": address(ask.billing),
    }
