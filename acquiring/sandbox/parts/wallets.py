"""A device's wallet: the payloads of Apple Pay and Google Pay, made here and opened here.

They have the shape of the real ones. Where those are encrypted for a processor, ours carry the
name of a test card under a signature of the sandbox's own, so that only what our sheet made is
taken: a changed or invented payload opens to nothing.

Sources: developers.google.com/pay/api/web/reference/response-objects (PaymentData) and
payment-data-cryptography; developer.apple.com documentation/PassKit payment-token-format-reference
and ApplePayPaymentToken; docs.stripe.com/testing (tokens).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from typing import Any, NamedTuple

from django.conf import settings

APPLE, GOOGLE = "apple_pay", "google_pay"
# Where Adyen takes a payload.
MEMBERS = {"applepay": "applePayToken", "googlepay": "googlePayToken"}


class Card(NamedTuple):
    """A card in the wallet; `token` is what stands for it at Stripe."""

    name: str
    network: str
    number: str
    token: str
    says: str = ""

    @property
    def last4(self) -> str:
        return self.number[-4:]


CARDS = {
    "visa": Card("Visa", "VISA", "4242424242424242", "tok_visa"),
    "mastercard": Card("Mastercard", "MASTERCARD", "5555555555554444", "tok_mastercard"),
    "declined": Card(
        "Visa", "VISA", "4000300011112220", "tok_chargeDeclined", "The bank says no to this one"
    ),
}


def payload(wallet: str, gateway: str, card: str) -> dict[str, Any]:
    """What the wallet's sheet hands to the page. Raises KeyError for a card it does not hold."""
    return _google(gateway, card) if wallet == GOOGLE else _apple(card)


def number_in(kind: str, method: Mapping[str, str]) -> str:
    """The card number behind a payload as Adyen takes it; "" for one no wallet of ours made."""
    text = method.get(MEMBERS.get(kind, ""), "")
    try:
        read = _card_of_google(text) if kind == "googlepay" else _card_of_apple(text)
    except (ValueError, KeyError, TypeError, AttributeError):
        return ""
    return CARDS[read].number if read in CARDS else ""


def _google(gateway: str, card: str) -> dict[str, Any]:
    held = CARDS[card]
    if gateway == "stripe":
        shown = {"brand": held.name, "last4": held.last4, "tokenization_method": "android_pay"}
        token: dict[str, Any] = {
            "id": held.token,
            "object": "token",
            "type": "card",
            "card": shown,
        }
    else:
        sealed = _sealed(card)
        message = {
            "encryptedMessage": sealed,
            "ephemeralPublicKey": _noise(65),
            "tag": _noise(32),
        }
        token = {
            "signature": _signature(sealed),
            "protocolVersion": "ECv1",
            "signedMessage": json.dumps(message),
        }
    return {
        "apiVersion": 2,
        "apiVersionMinor": 0,
        "paymentMethodData": {
            "type": "CARD",
            "description": f"{held.name} •••• {held.last4}",
            "info": {"cardNetwork": held.network, "cardDetails": held.last4},
            "tokenizationData": {"type": "PAYMENT_GATEWAY", "token": json.dumps(token)},
        },
    }


def _apple(card: str) -> dict[str, Any]:
    held, sealed = CARDS[card], _sealed(card)
    return {
        "paymentData": {
            "version": "EC_v1",
            "data": sealed,
            "signature": _signature(sealed),
            "header": {
                "ephemeralPublicKey": _noise(91),
                "publicKeyHash": _noise(32),
                "transactionId": secrets.token_hex(32),
            },
        },
        "paymentMethod": {
            "displayName": f"{held.name} {held.last4}",
            "network": held.name,
            "type": "credit",
        },
        "transactionIdentifier": secrets.token_hex(32).upper(),
    }


def _card_of_google(text: str) -> str:
    token = json.loads(text)
    message = json.loads(token["signedMessage"])
    _must_have(message, "ephemeralPublicKey", "tag")
    if token["protocolVersion"] not in ("ECv1", "ECv2"):
        raise ValueError("protocolVersion")
    return _opened(message["encryptedMessage"], token["signature"])


def _card_of_apple(text: str) -> str:
    data = json.loads(base64.b64decode(text, validate=True))
    _must_have(data["header"], "publicKeyHash", "transactionId", "ephemeralPublicKey")
    if data["version"] != "EC_v1":
        raise ValueError("version")
    return _opened(data["data"], data["signature"])


def _must_have(of: Mapping[str, str], *names: str) -> None:
    """Raises KeyError for a member that is missing or empty."""
    for name in names:
        if not of[name]:
            raise KeyError(name)


def _sealed(card: str) -> str:
    salted = json.dumps({"card": card, "nonce": secrets.token_hex(16)})
    return base64.b64encode(salted.encode()).decode()


def _opened(sealed: str, signature: str) -> str:
    if not hmac.compare_digest(_signature(sealed), signature):
        raise ValueError("signature")
    return str(json.loads(base64.b64decode(sealed, validate=True))["card"])


def _signature(sealed: str) -> str:
    key = f"wallet {settings.SANDBOX_CONTROL_TOKEN}".encode()
    return base64.b64encode(hmac.digest(key, sealed.encode(), hashlib.sha256)).decode()


def _noise(size: int) -> str:
    """What a key or a tag would be."""
    return base64.b64encode(secrets.token_bytes(size)).decode()
