"""Refunds: at once, later, or failing later. A failing one moves no money."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from acquiring.sandbox.book import Book, Charge
from acquiring.sandbox.parts.stripe import facts, objects
from acquiring.sandbox.parts.stripe.errors import invalid
from acquiring.sandbox.parts.stripe.lookup import (
    charge_of,
    intent_of,
    public,
    read_body,
    read_query,
    thing_of,
)
from acquiring.sandbox.parts.stripe.telling import Teller
from acquiring.sandbox.wire import Answer, Refuse, Request

SETTLES = timedelta(seconds=3)


class Refunds(Teller):
    """The refund calls."""

    def create_refund(self, request: Request, book: Book) -> Answer:
        asked = read_body("Refund.create", request)
        charge = _refundable(book, asked)
        left = facts.from_iso(charge.captured - charge.refunded, charge.currency)
        amount = asked.get("amount", left)
        if charge.data.get("dispute"):
            raise Refuse(invalid("This charge has been charged back.", "charge_disputed"))
        if left == 0:
            message = f"Charge {charge.data['charge']['id']} has already been refunded."
            raise Refuse(invalid(message, "charge_already_refunded"))
        if not 0 < amount <= left:
            message = f"Refund amount ({amount}) is greater than unrefunded amount ({left})"
            raise Refuse(invalid(message, "amount_too_large", "amount"))
        refund = objects.refund(charge, asked, amount, book.now)
        self._play_refund(book, charge, refund)
        book.put("refund", refund["id"], refund, charge.id)
        book.save(charge, {"id": refund["id"], "reference": reference_of(refund)})
        return Answer(200, public(refund))

    def _play_refund(self, book: Book, charge: Charge, refund: dict[str, Any]) -> None:
        """Let a refund succeed, or arrange what it becomes; a failing one moves no money."""
        mood = charge.plan.refund
        later = objects.seconds(book.now + SETTLES)
        if mood == "pending":
            refund["status"] = "pending"
            refund["_becomes"] = {"at": later, "status": "succeeded"}
        if mood == "fail":
            reason = {"failure_reason": "expired_or_canceled_card"}
            refund["_becomes"] = {"at": later, "status": "failed", **reason}
        else:
            charge.refunded += facts.to_iso(refund["amount"], charge.currency)
            shown = charge.data["charge"]
            shown["amount_refunded"] += refund["amount"]
            shown["refunded"] = charge.refunded == charge.captured
        self.tell(book, charge, "refund.created", public(refund))
        if mood in ("", "pending"):
            self.tell(book, charge, "charge.refunded", charge.data["charge"])
        if mood:
            name = "refund.failed" if mood == "fail" else "refund.updated"
            become = public(refund) | _becomes(refund)
            self.tell(book, charge, name, become, delay=SETTLES)

    def show_refund(self, request: Request, book: Book, refund: str) -> Answer:
        read_query("Refund.retrieve", request)
        return Answer(200, _at(thing_of(book, "refund", refund), book.now))

    def list_refunds(self, request: Request, book: Book) -> Answer:
        asked = read_query("Refund.list", request)
        charge = asked.get("payment_intent", "")
        if asked.get("charge"):
            charge = charge_of(book, asked["charge"], lock=False).id
        found = [_at(one, book.now) for one in book.find("refund", charge)]
        limit = min(asked.get("limit", 10), 100)
        newest = found[::-1][:limit]
        return Answer(200, objects.listed(newest, "/v1/refunds", len(found) > limit))


def _refundable(book: Book, asked: Mapping[str, Any]) -> Charge:
    if not asked.get("payment_intent") and not asked.get("charge"):
        message = "One of the following params should be provided for this request:"
        raise Refuse(invalid(f"{message} payment_intent or charge.", "parameter_missing"))
    if asked.get("charge"):
        charge = charge_of(book, asked["charge"])
    else:
        charge = intent_of(book, asked["payment_intent"], param="payment_intent")
    if not charge.captured:
        message = f"This PaymentIntent ({charge.id}) does not have a successful charge to refund."
        raise Refuse(invalid(message, "payment_intent_unexpected_state", "payment_intent"))
    return charge


def reference_of(refund: Mapping[str, Any]) -> str:
    """What the merchant calls a refund: the first of its metadata."""
    return next((str(one) for one in refund["metadata"].values()), "")


def _becomes(refund: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in refund["_becomes"].items() if name != "at"}


def _at(refund: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """A refund as it is at a moment: some become something else after a while."""
    later = refund.get("_becomes")
    if later and later["at"] <= objects.seconds(now):
        return public(refund) | _becomes(refund)
    return public(refund)
