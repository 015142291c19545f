"""All that is kept about one customer, for that person: they may ask for it by law.

A ZIP with everything as JSON, and the same as tables for people: CSV, as lists are exported.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterable
from io import BytesIO
from typing import Any
from zoneinfo import ZoneInfo

import orjson
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from acquiring.core import audit, clock, ids
from acquiring.exports import faces, lists
from acquiring.exports.kinds import Column
from acquiring.payments import models, render
from acquiring.vault import services as vault
from acquiring.vault.models import Token
from merchants.models import Merchant, User
from merchants.services import user_actor

MOST = 10_000  # of their payments, the newest

CARDS = (
    Column("id", _("Saved card"), lambda row: ids.show("tok", row.id)),
    Column("brand", _("Card brand"), lambda row: row.brand),
    Column("last4", _("Last four digits"), lambda row: row.last4),
    Column("expires", _("Valid until"), lambda row: f"{row.exp_year}-{row.exp_month:02}"),
    lists.CREATED,
)


def data(merchant: Merchant, customer: models.Customer, user: User) -> bytes:
    """The ZIP. That it was handed out is written into the audit log."""
    mine = {"merchant_id": customer.merchant_id}
    payments = _newest(models.Payment.objects.filter(**mine, customer_id=customer.id))
    paid = [row.id for row in payments]
    refunds = _newest(models.Refund.objects.filter(**mine, payment_id__in=paid))
    cards = list(vault.kept(customer.merchant_id, customer.id)[:MOST])
    zone = ZoneInfo(merchant.time_zone)
    into = BytesIO()
    with zipfile.ZipFile(into, "w", zipfile.ZIP_DEFLATED) as box:
        box.writestr("customer.json", _json(customer, cards, payments, refunds))
        box.writestr("payments.csv", _csv(lists.PAYMENTS.columns, payments, zone))
        box.writestr("refunds.csv", _csv(lists.REFUNDS.columns, refunds, zone))
        box.writestr("cards.csv", _csv(CARDS, cards, zone))
    audit.record(user_actor(user), "customer.exported", str(customer), customer.merchant_id)
    return into.getvalue()


def _newest(found: QuerySet[Any]) -> list[Any]:
    return list(found.order_by("-id")[:MOST])


def _csv(columns: tuple[Column, ...], rows: Iterable[Any], zone: ZoneInfo) -> bytes:
    into = BytesIO()
    face = faces.face(faces.CSV, into, "", columns, zone)
    face.add(rows)
    face.close()
    return into.getvalue()


def _json(
    customer: models.Customer,
    cards: list[Token],
    payments: list[models.Payment],
    refunds: list[models.Refund],
) -> bytes:
    whole = {
        "made_at": clock.rfc3339(clock.now()),
        "customer": render.customer(customer),
        "saved_cards": [{"id": ids.show("tok", row.id), **vault.describe(row)} for row in cards],
        "payments": [_payment(row) for row in payments],
        "refunds": [_refund(row) for row in refunds],
    }
    return orjson.dumps(whole, option=orjson.OPT_INDENT_2)


def _payment(row: models.Payment) -> dict[str, Any]:
    """A payment with what it knows of the person."""
    return {
        "id": str(row),
        "created_at": clock.rfc3339(row.created_at),
        "status": row.status,
        "amount": row.amount,
        "amount_captured": row.amount_captured,
        "amount_refunded": row.amount_refunded,
        "currency": row.currency,
        "method": row.method,
        "method_details": row.method_details,
        "shopper": row.shopper,
        "country": row.country,
        "reference": row.reference,
        "description": row.description,
        "metadata": row.metadata,
    }


def _refund(row: models.Refund) -> dict[str, Any]:
    return {
        "id": str(row),
        "payment": ids.show("pay", row.payment_id),
        "created_at": clock.rfc3339(row.created_at),
        "status": row.status,
        "amount": row.amount,
        "currency": row.currency,
        "reason": row.reason,
    }
