"""What an intent is paid with: cards and how far Stripe checks them, tokens, stored methods."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from acquiring.core.money import is_currency
from acquiring.sandbox.book import Book, Charge
from acquiring.sandbox.parts.stripe import facts, objects
from acquiring.sandbox.parts.stripe.errors import error, invalid
from acquiring.sandbox.parts.stripe.lookup import thing_of
from acquiring.sandbox.wire import Refuse


class Method(NamedTuple):
    """What an intent is to be paid with. The card number lives only as long as the call."""

    shown: dict[str, Any]
    scenario: str


def iso_amount(amount: int, currency: str) -> int:
    """The amount in ISO minor units; raises Refuse for a currency or sum Stripe would not take."""
    if not is_currency(currency):
        raise Refuse(invalid(f"Invalid currency: {currency.lower()}", param="currency"))
    smallest = facts.facts()["minimum"].get(currency, 1)
    if amount < smallest:
        message = f"Amount must be at least {smallest} {currency.lower()} in its smallest unit."
        raise Refuse(invalid(message, "amount_too_small", "amount"))
    if amount > facts.LARGEST:
        message = f"Amount must be no more than {facts.LARGEST}."
        raise Refuse(invalid(message, "amount_too_large", "amount"))
    try:
        return facts.to_iso(amount, currency)
    except ValueError as fraction:
        raise Refuse(invalid(str(fraction), "invalid_amount", "amount")) from fraction


def method_of(book: Book, charge: Charge, asked: Mapping[str, Any]) -> Method:
    """What the intent is paid with: data in the call, a stored method, or a test token."""
    data = asked.get("payment_method_data")
    named = asked.get("payment_method") or charge.data["intent"]["payment_method"]
    if data:
        method = method_from(book, data)
    elif named and facts.number_behind(named):
        method = method_from(book, {"type": "card", "card": {"token": named}})
    elif named:
        stored = thing_of(book, "payment_method", named, "PaymentMethod")
        method = Method(stored["shown"], stored["scenario"])
    else:
        message = "You cannot confirm this PaymentIntent because it's missing a payment method."
        raise Refuse(invalid(message, "payment_intent_unexpected_state"))
    kind, known = method.shown["type"], facts.method(method.shown["type"])
    if known is None:
        message = f"The payment method type `{kind}` is not activated on this account."
        raise Refuse(invalid(message, "payment_intent_invalid_parameter", "payment_method"))
    currencies = known.get("currencies")
    if currencies and charge.currency not in currencies:
        allowed = ", ".join(one.lower() for one in currencies)
        message = f"{kind} can be used with the following currencies: {allowed}."
        raise Refuse(invalid(message, "payment_intent_invalid_currency", "currency"))
    return method


def method_from(book: Book, data: Mapping[str, Any]) -> Method:
    """A new method; a card is checked as far as Stripe checks it before asking a bank."""
    card = data.get("card") or {}
    if data["type"] != "card":
        return Method(objects.payment_method(data, "", book.now), "")
    token = card.get("token", "")
    number = facts.number_behind(token) or card.get("number", "")
    if token and not number:
        shown = f"No such token: '{token[:100]}'"
        raise Refuse(invalid(shown, "resource_missing", "payment_method_data[card][token]"))
    wrong = _card_fault(card, number, book.now)
    if wrong:
        code, message, param = wrong
        where = f"payment_method_data[card][{param}]"
        raise Refuse(error(402, "card_error", message, code, where))
    return Method(objects.payment_method(data, number, book.now), facts.card_scenario(number))


def _card_fault(card: Mapping[str, Any], number: str, now: datetime) -> tuple[str, str, str] | None:
    if not number.isdigit() or not 12 <= len(number) <= 19:
        return "invalid_number", "The card number is not a valid credit card number.", "number"
    if not facts.passes_luhn(number):
        return "incorrect_number", "Your card number is incorrect.", "number"
    if not 1 <= card.get("exp_month", 12) <= 12:
        return "invalid_expiry_month", "Your card's expiration month is invalid.", "exp_month"
    year = card.get("exp_year", now.year)
    if (year, card.get("exp_month", 12)) < (now.year, now.month) or year > now.year + 50:
        return "invalid_expiry_year", "Your card's expiration year is invalid.", "exp_year"
    if card.get("cvc") and not (card["cvc"].isdigit() and len(card["cvc"]) in (3, 4)):
        return "invalid_cvc", "Your card's security code is invalid.", "cvc"
    return None


def keep_method(book: Book, method: Method, intent: Mapping[str, Any]) -> None:
    """Keep a method that is to be used again."""
    if intent["setup_future_usage"] and not book.get("payment_method", method.shown["id"]):
        kept = method._asdict()
        if method.scenario == "three_ds_challenge":  # later payments with it need no challenge
            kept["scenario"] = ""
        book.put("payment_method", method.shown["id"], kept)


def options_of(
    charge: Charge, asked: Mapping[str, Any]
) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """What is known about the method, and the options given for it."""
    known = facts.method(charge.method)
    assert known is not None
    options = (asked.get("payment_method_options") or {}).get(charge.method) or {}
    manual = options.get("capture_method") or charge.data["intent"]["capture_method"]
    if manual == "manual" and not known.get("manual"):
        message = f"{charge.method} does not support manual capture."
        raise Refuse(invalid(message, "payment_intent_invalid_parameter", "capture_method"))
    return known, options


def authentication_of(charge: Charge, options: Mapping[str, Any]) -> dict[str, Any] | None:
    """The three_d_secure member of a card charge; None where no authentication took place."""
    flow = charge.plan.authentication
    if flow == "" and options.get("request_three_d_secure") in ("any", "challenge"):
        flow = "frictionless"
    if charge.method != "card" or not flow:
        return None
    failed = flow == "failed"
    return {
        "authentication_flow": "challenge" if flow == "challenge" else "frictionless",
        "electronic_commerce_indicator": None if failed else "05",
        "exemption_indicator": None,
        "result": "failed" if failed else "authenticated",
        "result_reason": "rejected" if failed else None,
        "transaction_id": None,
        "version": "2.2.0",
    }
