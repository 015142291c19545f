"""What a business may take by the terms of its onboarding: kinds of methods, and how much.

It is read at every payment, so it lies in the process's memory: terms and sums are at most ten
seconds old, and a business may pass its daily or monthly limit by what it takes in ten seconds. A
limit per payment and the kinds hold at once.

Amounts of other currencies than the terms' count at a rough rate: a limit is a line of risk, not a
sum of money.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Sum

from acquiring import catalogue
from acquiring.core import clock, ids
from acquiring.core.errors import Problem
from acquiring.core.memory import Memory
from acquiring.core.money import Money
from acquiring.payments import models
from merchants.kyc.checks.activity import minor_units_of_dollars
from merchants.models import Merchant
from merchants.onboarding import queries
from merchants.onboarding.models import Terms
from merchants.services import now_for

SECONDS = 10
RATE_DOLLARS = 1_000
TAKEN = ("authorized", "captured", "pending")


class Bars(NamedTuple):
    """What stands against a payment. Sums are minor units of the terms' currency."""

    terms: Terms | None = None
    today: int = 0
    month: int = 0
    business_id: UUID | None = None
    mcc: str = ""  # the line of business, where an application says it

    def why_not(self, method: str, money: Money) -> str | None:
        """Why the terms do not allow it, in words for the merchant."""
        terms = self.terms
        if terms is None:
            return None
        known = catalogue.methods().get(method)
        if terms.kinds and known is not None and known.kind not in terms.kinds:
            return f"the merchant's terms do not include {known.kind.replace('_', ' ')}"
        amount = _as(money, terms.currency)
        for name, limit, taken in (
            ("per payment", terms.per_payment, 0),
            ("per day", terms.daily, self.today),
            ("per month", terms.monthly, self.month),
        ):
            if limit is not None and taken + amount > limit:
                shown = Money(limit, terms.currency)
                return f"the merchant's limit {name} is {shown.major()} {shown.currency}"
        return None

    def check(self, method: str, money: Money) -> None:
        """Raise Problem `terms_exceeded` where the terms do not allow it."""
        reason = self.why_not(method, money)
        if reason:
            raise Problem("terms_exceeded", f"{reason[0].upper()}{reason[1:]}.", "amount")


_bars: Memory[UUID, Bars] = Memory(seconds=SECONDS, limit=20_000)
_owners: Memory[UUID, tuple[UUID, str, str]] = Memory(seconds=300, limit=20_000)
_mccs: Memory[UUID, str] = Memory(seconds=300, limit=20_000)


def of(merchant_id: UUID) -> Bars:
    """What stands against a merchant's payments now."""
    known = _bars.get(merchant_id)
    if known is None:
        known = _read(merchant_id)
        _bars.put(merchant_id, known)
    return known


def _read(merchant_id: UUID) -> Bars:
    owner = _owners.get(merchant_id)
    if owner is None:
        rows = Merchant.objects.values_list("business_id", "mode", "time_zone")
        owner = rows.get(pk=merchant_id)
        _owners.put(merchant_id, owner)
    business_id, mode, zone = owner
    terms = queries.terms(business_id, mode)
    if terms is None:
        return Bars(business_id=business_id)
    mcc = _mcc(merchant_id, business_id, mode)
    if terms.daily is None and terms.monthly is None:
        return Bars(terms, 0, 0, business_id, mcc)
    now = now_for(merchant_id).astimezone(ZoneInfo(zone))
    today = _today(merchant_id, now, terms.currency)
    month = today + _before(merchant_id, now, terms.currency)
    return Bars(terms, today, month, business_id, mcc)


def _mcc(merchant_id: UUID, business_id: UUID, mode: str) -> str:
    known = _mccs.get(merchant_id)
    if known is None:
        known = queries.line_of_business(business_id, mode)
        _mccs.put(merchant_id, known)
    return known


def _today(merchant_id: UUID, now: datetime, currency: str) -> int:
    """What was taken since midnight, counted itself."""
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    rows = models.Payment.objects.filter(
        merchant_id=merchant_id,
        # The primary key finds them. Ids are of the real time, which a test merchant's clock may be
        # ahead of, but a day is no longer there either.
        id__gte=ids.first_at(clock.now() - timedelta(days=1)),
        created_at__gte=midnight,
        status__in=TAKEN,
    )
    sums = rows.values_list("currency").annotate(Sum("amount"))
    return sum(_as(Money(amount, one), currency) for one, amount in sums)


def _before(merchant_id: UUID, now: datetime, currency: str) -> int:
    """What was captured on the month's days before today, by the statistics."""
    if now.day == 1:
        return 0
    rows = models.Statistic.objects.filter(
        merchant_id=merchant_id, facet="day", day__gte=now.date().replace(day=1), day__lt=now.date()
    )
    sums = rows.values_list("currency").annotate(Sum("captured"))
    return sum(_as(Money(amount, one), currency) for one, amount in sums)


def dollars(money: Money) -> int:
    """An amount in whole US dollars, at the rough rate."""
    return money.amount * RATE_DOLLARS // minor_units_of_dollars(RATE_DOLLARS, money.currency)


def _as(money: Money, currency: str) -> int:
    if money.currency == currency:
        return money.amount
    rates = (minor_units_of_dollars(RATE_DOLLARS, one) for one in (currency, money.currency))
    return money.amount * next(rates) // next(rates)
