"""What the tests of Antom's driver ask with: wishes, answers and two pairs of keys."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from acquiring.connectors.driver import Ask, Card, Outcome, Reply
from acquiring.connectors.drivers.antom import Antom
from acquiring.core.money import Money

ANTOM = Antom()
NOW = datetime(2026, 11, 21, 8, 0, 0, tzinfo=UTC)
PHONE = "Mozilla/5.0 (Linux; Android 16; Pixel 9) AppleWebKit/537.36 Mobile"


def wish(verb: str = "authorize", **more: object) -> Ask:
    plain: dict = {
        "verb": verb,
        "reference": "att_1",
        "payment": "pay_1",
        "money": Money(10000, "PHP"),
        "method": "gcash",
        "code": "GCASH",
        "return_url": "https://shop.example/done",
        "webhook_url": "https://caravel.example/in/antom/1",
        "now": NOW,
    }
    return Ask(**(plain | more))


def card(**more: object) -> Ask:
    pan = Card("4054695723100768", 3, 2031, "123", "Ana Maria Cruz")
    return wish(**({"card": pan, "method": "card", "code": "CARD"} | more))


def said(status: str, code: str, **members: object) -> Reply:
    result = {"resultStatus": status, "resultCode": code, "resultMessage": f"{code}."}
    return Reply(200, {}, {"result": result, **members})


def read(ask: Ask, status: str, code: str, **members: object) -> Outcome:
    return ANTOM.read(ask, said(status, code, **members))


@cache
def keys(owner: str) -> tuple[str, str]:
    """The private and the public key of "merchant" or "gateway", as PEM."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return private.decode(), public.decode()


def account() -> dict[str, str]:
    return {
        "client_id": "SANDBOX_5Y00",
        "private_key": keys("merchant")[0],
        "gateway_public_key": keys("gateway")[1],
    }
