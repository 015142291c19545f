"""The card form: what was typed becomes a token of our vault, or a mistake in words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from django.utils.translation import gettext as _

from acquiring import catalogue
from acquiring.checkout.visits import Visit
from acquiring.core import ids
from acquiring.core.errors import Problem
from acquiring.payments.records import Payment
from acquiring.payments.wishes import Instrument
from acquiring.vault import cards as checks
from acquiring.vault import services as vault
from merchants.services import now_for

NUMBER, EXPIRY, CODE, HOLDER, SAVE = "number", "expiry", "code", "holder", "save"
NAMES = (NUMBER, EXPIRY, CODE, HOLDER)
LONGEST = {NUMBER: 32, EXPIRY: 12, CODE: 8, HOLDER: 100}


class Typed(NamedTuple):
    """A card that can be paid with, or the mistakes by the field's name."""

    instrument: Instrument | None
    mistakes: dict[str, str]


def typed(visit: Visit, posted: Mapping[str, str], brands: Iterable[str]) -> Typed:
    """The card of the form. It is kept for an hour, so that after a decline only its code is asked
    again; for good only once it has paid and the shopper agreed."""
    given = {name: posted.get(name, "")[: LONGEST[name]].strip() for name in NAMES}
    now = now_for(visit.merchant_id)
    month, year = expiry(given[EXPIRY])
    mistakes = _mistakes(given, now, frozenset(brands))
    if mistakes:
        return Typed(None, mistakes)
    made = vault.tokenize(
        visit.merchant_id, given[NUMBER], month, year, given[CODE], given[HOLDER], now=now
    )
    return Typed(_revealed(visit, made.handle), {})


def saved(visit: Visit, shown: str) -> Instrument:
    """A card that the session's customer saved. Raises Problem `not_found` for any other."""
    customer = visit.session.customer_id
    token = vault.find(visit.merchant_id, shown)
    if customer is None or token.customer_id != customer or not token.reusable:
        raise Problem("not_found", f"There is no token {shown}.")
    return _revealed(visit, shown)


def again(visit: Visit, posted: Mapping[str, str]) -> Typed:
    """The card of the try before this one, with the code typed anew. Raises Problem."""
    payment: Payment | None = visit.book.payment if visit.book else None
    if payment is None or payment.token_id is None:
        raise Problem("not_found", "No card was typed here before.")
    instrument = _revealed(visit, ids.show("tok", payment.token_id))
    assert instrument.card is not None
    mistake = code_mistake(posted.get(f"again.{CODE}", ""), instrument.card.number)
    if mistake:
        return Typed(None, {f"again.{CODE}": mistake})
    card = replace(instrument.card, cvc=posted[f"again.{CODE}"].strip())
    return Typed(instrument._replace(card=card), {})


def expiry(text: str) -> tuple[str, str]:
    """Month and year of "08 / 29", "0829", "8/2029"; empty where there are none."""
    found = re.fullmatch(r"(0?[1-9]|1[0-2])\s*[/.-]?\s*((?:20)?\d{2})", text.strip())
    return (found[1], found[2]) if found else ("", "")


def code_mistake(text: str, number: str) -> str:
    """What is wrong with a security code, "" if nothing."""
    brand = catalogue.brand_of(number)
    digits = brand.security_code_digits if brand else 3
    if not re.fullmatch(rf"\d{{{digits}}}", text.strip()):
        if digits == 4:
            return _("The security code has 4 digits. It is on the front of your card.")
        return _("The security code has 3 digits. It is on the back of your card, on the right.")
    return ""


def _mistakes(given: Mapping[str, str], now: datetime, brands: frozenset[str]) -> dict[str, str]:
    number = given[NUMBER].translate(checks.SPACING)
    found = {
        NUMBER: _number_mistake(number, brands),
        EXPIRY: _expiry_mistake(given[EXPIRY], now),
        CODE: code_mistake(given[CODE], number),
        HOLDER: _holder_mistake(given[HOLDER]),
    }
    return {name: mistake for name, mistake in found.items() if mistake}


def _number_mistake(number: str, brands: frozenset[str]) -> str:
    if not number:
        return _("Type the card number")
    try:
        _number, code = checks.check_number(number, NUMBER)
    except Problem:
        return _("One of the digits is wrong. Compare the number with your card.")
    if brands and code not in brands:
        known = catalogue.brands().get(code)
        return _("This shop does not take %(brand)s cards.") % {
            "brand": known.name if known else ""
        }
    return ""


def _expiry_mistake(text: str, now: datetime) -> str:
    month, year = expiry(text)
    if not month:
        return _("Type the date as on your card, such as 08 / 29")
    try:
        checks.check_expiry(month, year, EXPIRY, now)
    except Problem:
        return _("This date has passed. Use a card that is still valid.")
    return ""


def _holder_mistake(text: str) -> str:
    try:
        checks.check_holder(text, HOLDER)
    except Problem:
        return _("Type the name as it is on the card")
    return ""


def _revealed(visit: Visit, handle: str) -> Instrument:
    """The card behind a token, for this session and no other."""
    secret = vault.reveal(visit.merchant_id, handle, used_for=str(visit.session))
    return Instrument("card", card=secret, token_id=secret.token_id, reusable_token=secret.reusable)
