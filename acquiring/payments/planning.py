"""The decision before the first attempt: may it go on, and through whom.

Everything the decision saw is stored with it (`Payment.decision`), so it can be explained and made
again: `GET /v1/payments/{id}/decision`.
"""

from __future__ import annotations

import hashlib
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from acquiring import catalogue
from acquiring.core.errors import Problem
from acquiring.core.money import Money
from acquiring.payments import payers
from acquiring.payments.limits import Bars
from acquiring.payments.records import Payment
from acquiring.payments.wishes import Instrument
from acquiring.risk import facts as risk_facts
from acquiring.risk import rules
from copilot import routing
from merchants.offering import NOTHING, Offering

NO_BARS = Bars()


class Plan(NamedTuple):
    """What was decided. `risk.action` is allow, three_ds or block."""

    risk: rules.Decision
    routes: tuple[routing.Route, ...]


def plan(
    payment: Payment,
    instrument: Instrument,
    mode: str,
    accounts: tuple,
    offering: Offering = NOTHING,
    bars: Bars = NO_BARS,
) -> Plan:
    """Decide, and store the decision in the payment. Raises Problem when nobody can carry it."""
    if instrument.provider:
        accounts = tuple(one for one in accounts if one.provider == instrument.provider)
    facts = _facts(payment, instrument, mode) | payers.facts(payment, instrument, mode, bars)
    decision = rules.decide(facts)
    found = routing.routes(_wish(payment, instrument), accounts, offering.of(payment.store_id))
    payment.decision = {
        "facts": facts,
        "risk": msgspec.to_builtins(decision),
        **found.shown(),
        "snapshot": _snapshot(accounts, offering),
    }
    if decision.action != "block" and not found.chosen:
        raise _problem(instrument.method, found, accounts)
    return Plan(decision, found.chosen)


def explain(payment: Payment) -> dict[str, Any]:
    """The stored decision, made again from its facts, and whether it comes out the same."""
    stored = payment.decision
    again = msgspec.to_builtins(rules.decide(stored["facts"]))
    return {**stored, "repeated": {"risk": again, "same": again == stored["risk"]}}


def check_method(code: str, param: str = "payment_method.type") -> None:
    """Raise Problem for a method that is not in the catalogue."""
    if code not in catalogue.methods():
        raise Problem("invalid_field", f"{code[:60]!r} is not a payment method.", param=param)


def _wish(payment: Payment, instrument: Instrument) -> routing.Wish:
    recurring = payment.initiator == "merchant" or bool(payment.method_details.get("saved"))
    return routing.Wish(
        method=instrument.method,
        money=Money(payment.amount, payment.currency),
        country=payment.country,
        capture=payment.capture_method,
        recurring=recurring and instrument.method != "card",
        given=_given(payment.shopper, instrument.details),
    )


def _given(shopper: dict[str, Any], details: dict[str, str]) -> frozenset[str]:
    """The members of a payment that a connector's `needs` may name."""
    named = {f"details.{name}" for name, value in details.items() if value}
    for part in ("customer", "billing", "shipping"):
        members = shopper.get(part) or {}
        named |= {f"{part}.{name}" for name, value in members.items() if value}
        named |= {part} if members else set()
    return frozenset(named)


def _facts(payment: Payment, instrument: Instrument, mode: str) -> dict[str, Any]:
    """What rules may ask for; nothing personal beyond what fraud rules need, no card number."""
    card = instrument.card
    device = payment.shopper.get("device") or {}
    return {
        "mode": mode,
        "amount": payment.amount,
        "currency": payment.currency,
        "country": payment.country or None,
        "method": instrument.method,
        "initiator": payment.initiator,
        "card_brand": card.brand if card else None,
        "card_bin": card.bin if card else None,
        "card_fingerprint": card.fingerprint if card else None,
        "card_test_number": risk_facts.is_test_number(card.number) if card else None,
        "ip": device.get("ip") or None,
    }


def _snapshot(accounts: tuple, offering: Offering) -> str:
    """The version of the configuration the decision used: rules, offering, accounts in order."""
    shown: list[UUID | str] = [rules.snapshot(), offering.snapshot]
    shown += [account.id for account in accounts]
    return hashlib.sha256("|".join(str(one) for one in shown).encode()).hexdigest()[:16]


def _problem(method: str, found: routing.Routes, accounts: tuple) -> Problem:
    """Why nobody can carry it: a member that is missing is named, since that can be mended."""
    needs = next((one.needs for one in found.excluded if one.needs), "")
    if needs:
        param = needs.replace("details.", f"payment_method.{method}.")
        return Problem("missing_field", f"{method} needs the field {param}.", param)
    if not accounts:
        return Problem("no_route", "The merchant has no provider account.")
    if not found.excluded:
        rule = f"None of the merchant's provider accounts carries {method}."
        return Problem("no_route", rule, "payment_method.type")
    reasons = [f"{one.account.provider}: {one.reason}" for one in found.excluded[:5]]
    why = "No provider account can take this payment. " + "; ".join(reasons) + "."
    return Problem("no_route", why, "payment_method.type")
