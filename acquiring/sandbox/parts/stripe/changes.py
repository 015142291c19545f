"""How money moves on an intent: approved, captured."""

from __future__ import annotations

from datetime import datetime

from acquiring.sandbox.book import Charge
from acquiring.sandbox.parts.stripe import facts, objects


def approve(charge: Charge, now: datetime) -> None:
    """The bank said yes: authorize the intent, and capture it unless that is to come later."""
    intent = charge.data["intent"]
    made = charge.data["charge"] = objects.charge(charge, "succeeded", now)
    charge.names.append(made["id"])
    intent |= {"latest_charge": made["id"], "last_payment_error": None, "next_action": None}
    if charge.data["manual"]:
        charge.state = "authorized"
        intent |= {"status": "requires_capture", "amount_capturable": intent["amount"]}
        return
    intent["amount_capturable"] = intent["amount"]
    capture(charge, intent["amount"], final=True)


def capture(charge: Charge, amount: int, final: bool) -> None:
    """Take an amount in Stripe's units; a final capture releases what is left."""
    intent, shown = charge.data["intent"], charge.data["charge"]
    charge.captured += facts.to_iso(amount, charge.currency)
    intent["amount_received"] += amount
    intent["amount_capturable"] = 0 if final else intent["amount_capturable"] - amount
    shown["amount_captured"] += amount
    if intent["amount_capturable"] == 0:
        charge.state, intent["status"], shown["captured"] = "captured", "succeeded", True
