"""How the simulator of Stripe reads a call, finds what it names, and shows it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from acquiring.sandbox.book import Book, Charge
from acquiring.sandbox.parts.stripe.errors import invalid
from acquiring.sandbox.parts.stripe.parameters import read
from acquiring.sandbox.wire import Answer, Refuse, Request

NEWEST = "2026-10-28.endive"
CLAUSE = re.compile(r"""(?:metadata\[['"](?P<key>[^'"]+)['"]\]|(?P<field>status|currency))"""
                    r""":\s*['"](?P<value>[^'"]*)['"]""")  # fmt: skip


def read_body(operation: str, request: Request) -> dict[str, Any]:
    """The form parameters of a call, with their types; raises Refuse."""
    return read(operation, request.form(), request.headers.get("stripe-version", NEWEST))


def read_query(operation: str, request: Request) -> dict[str, Any]:
    """The query parameters of a call, with their types; raises Refuse."""
    return read(operation, request.query, request.headers.get("stripe-version", NEWEST))


def intent_of(book: Book, intent: str, lock: bool = True, param: str = "intent") -> Charge:
    """An intent by its id; raises Refuse with Stripe's 404."""
    found = book.charge(intent, lock)
    if found is None:
        message = f"No such payment_intent: '{intent}'"
        raise Refuse(invalid(message, "resource_missing", param, status=404))
    return found


def charge_of(book: Book, charge: str, lock: bool = True) -> Charge:
    """The intent that a charge belongs to; raises Refuse with Stripe's 404."""
    found = book.charges_named(charge)
    locked = book.charge(found[0].id, lock) if found else None
    if locked is None or locked.data["charge"] is None:
        message = f"No such charge: '{charge}'"
        raise Refuse(invalid(message, "resource_missing", "charge", status=404))
    return locked


def thing_of(book: Book, kind: str, thing: str, word: str = "") -> dict[str, Any]:
    """Anything else by its kind and id; raises Refuse with Stripe's 404."""
    found = book.get(kind, thing)
    if found is None:
        message = f"No such {word or kind}: '{thing}'"
        raise Refuse(invalid(message, "resource_missing", kind, status=404))
    return found


def unexpected(charge: Charge, done: str) -> Answer:
    """The intent's status does not allow to have it confirmed, captured or canceled."""
    intent = charge.data["intent"]
    message = f"This PaymentIntent could not be {done} because it has a status of"
    code = "payment_intent_unexpected_state"
    return invalid(f"{message} {intent['status']}.", code, payment_intent=intent)


def fits(intent: Mapping[str, Any], clause: Mapping[str, Any]) -> bool:
    """Whether an intent meets a clause of a search."""
    if clause["key"]:
        return intent["metadata"].get(clause["key"]) == clause["value"]
    return intent[clause["field"]] == clause["value"]


def shown_intent(charge: Charge, asked: Mapping[str, Any]) -> dict[str, Any]:
    """The intent, with what the call wants expanded."""
    intent = dict(charge.data["intent"])
    wanted = asked.get("expand") or []
    if any(one.endswith("latest_charge") for one in wanted) and intent["latest_charge"]:
        intent["latest_charge"] = charge.data["charge"]
    if any(one.endswith("payment_method") for one in wanted) and intent["payment_method"]:
        intent["payment_method"] = charge.data["method"]
    return intent


def public(thing: Mapping[str, Any]) -> dict[str, Any]:
    """A thing without the notes the simulator keeps in it."""
    return {name: value for name, value in thing.items() if not name.startswith("_")}
