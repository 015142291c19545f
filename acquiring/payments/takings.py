"""What was taken through a payment link, and from a customer.

Sums are over the newest MOST payments, so that a page costs the same whatever lies behind it;
`whole` says whether that was all of them.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet

from acquiring.core.money import Money
from acquiring.payments import models, states

MOST = 10_000
MOST_COUNTED = 100  # of one link of a list
LOOKED_AT = 500

_OF_LINK = """
    SELECT count(*), coalesce(sum(payment.amount_captured), 0)::bigint,
           coalesce(sum(payment.amount_refunded), 0)::bigint
    FROM (
        SELECT payment_id FROM payments_checkoutsession
        WHERE merchant_id = %s AND link_id = %s AND payment_id IS NOT NULL
        ORDER BY id DESC LIMIT %s
    ) AS session
    JOIN payments_payment AS payment
      ON payment.merchant_id = %s AND payment.id = session.payment_id
"""
_COUNTS = """
    SELECT wanted, (
        SELECT count(*) FROM (
            SELECT 1 FROM payments_checkoutsession
            WHERE merchant_id = %s AND link_id = wanted AND payment_id IS NOT NULL LIMIT %s
        ) AS paid
    ) FROM unnest(%s::uuid[]) AS wanted
"""
_OF_CUSTOMER = """
    SELECT currency, count(*), count(*) FILTER (WHERE amount_captured > 0),
           sum(amount_captured)::bigint, sum(amount_refunded)::bigint
    FROM (
        SELECT currency, amount_captured, amount_refunded FROM payments_payment
        WHERE merchant_id = %s AND customer_id = %s ORDER BY id DESC LIMIT %s
    ) AS payment
    GROUP BY currency ORDER BY count(*) DESC, currency
"""


class Taking(NamedTuple):
    """Sums of one currency, in its minor units; `paid` of the `payments` brought money."""

    currency: str
    payments: int
    paid: int
    captured: int
    refunded: int

    @property
    def kept(self) -> Money:
        """What stayed after refunds."""
        return Money(self.captured - self.refunded, self.currency)


class Takings(NamedTuple):
    """Sums by currency, the one with the most payments first."""

    sums: list[Taking]
    whole: bool


def of_link(link: models.PaymentLink) -> Takings:
    """What a link brought, in its one currency."""
    with connection.cursor() as cursor:
        cursor.execute(_OF_LINK, [link.merchant_id, link.id, MOST, link.merchant_id])
        count, captured, refunded = cursor.fetchone()
    return Takings([Taking(link.currency, count, count, captured, refunded)], count < MOST)


def counts_of_links(merchant_id: UUID, links: Iterable[UUID]) -> dict[UUID, int]:
    """How many times each of these links was paid, counted up to MOST_COUNTED."""
    with connection.cursor() as cursor:
        cursor.execute(_COUNTS, [merchant_id, MOST_COUNTED, list(links)])
        return dict(cursor.fetchall())


def payments_of_link(link: models.PaymentLink, limit: int) -> list[models.Payment]:
    """The newest payments of a link's latest visits, those that failed too."""
    visits = models.CheckoutSession.objects.filter(merchant_id=link.merchant_id, link_id=link.id)
    latest = visits.order_by("-id").values_list("id", flat=True)[:LOOKED_AT]
    found = models.Payment.objects.filter(merchant_id=link.merchant_id, session_id__in=list(latest))
    return list(found.order_by("-id")[:limit])


def of_customer(customer: models.Customer) -> Takings:
    """What a customer paid, by currency."""
    with connection.cursor() as cursor:
        cursor.execute(_OF_CUSTOMER, [customer.merchant_id, customer.id, MOST])
        sums = [Taking(*row) for row in cursor.fetchall()]
    return Takings(sums, sum(one.payments for one in sums) < MOST)


def payments_of_customer(customer: models.Customer, limit: int) -> list[models.Payment]:
    """Their newest payments."""
    return list(_payments(customer)[:limit])


def refunds_of_customer(customer: models.Customer, limit: int) -> list[models.Refund]:
    """The newest refunds of their latest payments."""
    latest = _payments(customer).values_list("id", flat=True)[:LOOKED_AT]
    found = models.Refund.objects.filter(
        merchant_id=customer.merchant_id, payment_id__in=list(latest)
    )
    return list(found.order_by("-id")[:limit])


def under_way(customer: models.Customer) -> int:
    """How many of their latest payments are not decided yet."""
    latest = _payments(customer).values_list("status", flat=True)[:LOOKED_AT]
    return sum(status not in states.FINAL_PAYMENT for status in latest)


def _payments(customer: models.Customer) -> QuerySet[models.Payment]:
    found = models.Payment.objects.filter(merchant_id=customer.merchant_id, customer_id=customer.id)
    return found.order_by("-id")
