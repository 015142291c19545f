"""The sandbox's wallet: the sheet of Apple Pay or Google Pay, with cards that need no device.

    GET /_wallet/<apple_pay|google_pay>?gateway&amount&currency&shop&once&back&leave

The shopper chooses a card; the form takes the payload of that card to the checkout it came from.
"""

from __future__ import annotations

import json
from typing import Any

from django.conf import settings

from acquiring.sandbox.parts import wallets
from acquiring.sandbox.wire import Answer, Refuse, Request

NAMES = {wallets.APPLE: "Apple Pay", wallets.GOOGLE: "Google Pay"}


def sheet(wallet: str, request: Request) -> dict[str, Any]:
    """What the sheet's page is drawn from; raises Refuse for a way back that is not our own."""
    asked = request.query
    for name in ("back", "leave"):
        if not asked.get(name, "").startswith(f"{settings.BASE_URL}/"):
            raise Refuse(Answer(400, {"message": f"{name} must lead to this installation"}))
    gateway = asked.get("gateway", "")
    cards = [
        {
            "name": f"{card.name} ·· {card.last4}",
            "says": card.says,
            "payload": json.dumps(wallets.payload(wallet, gateway, code)),
        }
        for code, card in wallets.CARDS.items()
    ]
    shown = {name: asked.get(name, "") for name in ("amount", "currency", "shop", "once")}
    return {
        **shown,
        "wallet": wallet,
        "name": NAMES[wallet],
        "gateway": gateway,
        "cards": cards,
        "back": asked["back"],
        "leave": asked["leave"],
    }
