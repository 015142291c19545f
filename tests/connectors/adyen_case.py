"""One shop's account at Adyen, one payment, and webhooks about it."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from acquiring.connectors.driver import Address, Ask, Card, Device, Inbound, News, Party
from acquiring.connectors.registry import driver
from acquiring.connectors.signing import hmac_sha256_base64
from acquiring.core.money import Money

ADYEN = driver("adyen")
KEY = "44782DEF547AAA06C910C43932B1EB0C71FC68D9D0C057550C48EC2ACF6BA056"
ACCOUNT = {"api_key": "AQE-test", "merchant_account": "AmberShop", "hmac_key": KEY}
CARD = Card("4111111111111111", 3, 2030, "737", "Amber Ash")
BROWSER = Device("203.0.113.9", "Mozilla/5.0", "text/html", "en-GB", "print", 24, 1440, 900, -60)
HOME = Address("Main Street", "12", "Amsterdam", "NH", "1011AB", "NL")
ASK = Ask(
    verb="authorize",
    reference="att_0192",
    payment="pay_0192",
    money=Money(1999, "EUR"),
    method="card",
    code="scheme",
    card=CARD,
    return_url="https://shop.example/done",
    customer=Party("cus_1", "Amber Ash", "amber@shop.example", "+31201234567"),
    billing=HOME,
    shipping=HOME,
    device=BROWSER,
    country="NL",
    locale="nl",
    descriptor="AMBER SHOP AMSTERDAM CENTRAAL",
)
LATER = replace(ASK, card=None, reference="cap_1", provider_ref="8535296650153317")


def document(*parts: str) -> Any:
    path = Path(settings.SHARED, "psp_specs", *parts)
    if not path.exists():
        pytest.skip(f"{path.name} is not beside this checkout")
    return json.loads(path.read_text("utf-8"))


def webhook(*items: dict) -> Inbound:
    wrapped = [{"NotificationRequestItem": item} for item in items]
    body = json.dumps({"live": "false", "notificationItems": wrapped}).encode()
    return Inbound("POST", "https://caravel.example/in/adyen", {}, body)


def signed(item: dict, key: str = KEY) -> dict:
    amount = item["amount"]
    members = [item["pspReference"], item.get("originalReference", ""), item["merchantAccountCode"]]
    members += [item["merchantReference"], amount["value"], amount["currency"]]
    message = ":".join(map(str, [*members, item["eventCode"], item["success"]]))
    signature = hmac_sha256_base64(bytes.fromhex(key), message.encode())
    data = {**item.get("additionalData", {}), "hmacSignature": signature}
    return {**item, "additionalData": data}


def item(event: str, success: str = "true", **members: Any) -> dict:
    return {
        "eventCode": event,
        "success": success,
        "pspReference": "QFQTPCQ8HXSKGK82",
        "merchantAccountCode": "AmberShop",
        "merchantReference": "att_0192",
        "amount": {"currency": "EUR", "value": 1999},
        "eventDate": "2026-11-01T01:00:00+01:00",
        "reason": "",
        **members,
    }


def told(*items: dict) -> list[News]:
    return ADYEN.news(webhook(*map(signed, items)), ACCOUNT)
