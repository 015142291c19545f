"""What moving a merchant's clock forward would make happen: counted before it is done."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.db.models import QuerySet

from acquiring.payments.models import Capture, CheckoutSession, Payment, PaymentLink

MOST = 1_000  # counted; more is "more than"


class Ahead(NamedTuple):
    """How many of each come due, counted to MOST."""

    payments_expiring: int
    captures_released: int
    sessions_expiring: int
    links_expiring: int


def until(merchant_id: UUID, moments: Sequence[datetime]) -> list[Ahead]:
    """What comes due by each of some moments of the merchant's time. Four bounded reads."""
    last = max(moments)
    open_ones = ["created", "requires_action", "pending", "authorized"]
    due = {"merchant_id": merchant_id, "expires_at__lte": last}
    times = [
        _times(Payment.objects.filter(**due, status__in=open_ones), "expires_at"),
        _times(
            Capture.objects.filter(
                merchant_id=merchant_id,
                available_at__lte=last,
                released_at__isnull=True,
                status="succeeded",
            ),
            "available_at",
        ),
        _times(CheckoutSession.objects.filter(**due, status="open"), "expires_at"),
        _times(PaymentLink.objects.filter(**due, active=True), "expires_at"),
    ]
    return [
        Ahead(*(sum(one <= moment for one in column) for column in times)) for moment in moments
    ]


def _times(rows: QuerySet, name: str) -> list[datetime]:
    return list(rows.order_by(name).values_list(name, flat=True)[:MOST])
