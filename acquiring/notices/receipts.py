"""Letters to shoppers, in the merchant's name: what was paid, and what goes back.

Only for merchants who want them. Payments of a sandbox are played with invented addresses, so those
letters are written only where letters stay on this machine.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.conf import settings

from acquiring import catalogue
from acquiring.core import clock, ids
from acquiring.notices import services
from acquiring.payments import models
from merchants import queries as merchants
from merchants.models import Mode
from merchants.queries import mode_of


def write(merchant_id: UUID, captured: Sequence[str], refunded: Sequence[str]) -> None:
    """Write to the shoppers of these payments (`pay_…`) and refunds (`ref_…`)."""
    if not (captured or refunded) or not _wanted(merchant_id):
        return
    refunds = list(
        models.Refund.objects.filter(
            merchant_id=merchant_id,
            pk__in=[ids.read("ref", shown) for shown in refunded],
            status="succeeded",
        ).exclude(origin="surplus")
    )
    wanted = {ids.read("pay", shown) for shown in captured}
    payments = {
        one.pk: one
        for one in models.Payment.objects.filter(
            merchant_id=merchant_id, pk__in=wanted | {one.payment_id for one in refunds}
        )
    }
    addresses = _addresses(merchant_id, list(payments.values()))
    for payment_id in wanted & payments.keys():
        one = payments[payment_id]
        _receipt(one, addresses.get(payment_id, ""))
    for refund in refunds:
        payment = payments[refund.payment_id]
        _refund(refund, payment, addresses.get(refund.payment_id, ""))


def paid_with(details: dict[str, Any]) -> str:
    """What was paid with, as a shopper knows it: `Visa ·· 4242`, `iDEAL`."""
    card = details.get("card")
    if card:
        brand = catalogue.brands().get(card["brand"])
        return f"{brand.name if brand else card['brand']} ·· {card['last4']}"
    method = catalogue.methods().get(details.get("type", ""))
    return method.name if method else ""


def _wanted(merchant_id: UUID) -> bool:
    stays_here = bool(settings.EMAIL_DIR)
    if mode_of(merchant_id) == Mode.TEST and not stays_here:
        return False
    return merchants.branding(merchant_id).receipts


def _addresses(merchant_id: UUID, payments: list[models.Payment]) -> dict[UUID, str]:
    """Where each payment's shopper reads mail: as told with the payment, else as its customer."""
    found = models.Customer.objects.filter(
        merchant_id=merchant_id, pk__in={one.customer_id for one in payments if one.customer_id}
    )
    known = dict(found.values_list("pk", "email"))
    return {
        one.pk: (one.shopper.get("customer") or {}).get("email")
        or (known.get(one.customer_id, "") if one.customer_id else "")
        for one in payments
    }


def _receipt(payment: models.Payment, address: str) -> None:
    if not address or not payment.amount_captured:
        return
    shown = ids.show("pay", payment.pk)
    facts = _facts(payment) | {
        "amount": payment.amount_captured,
        "at": clock.rfc3339(payment.updated_at),
        "number": shown,
    }
    # A later capture of more makes another receipt; the same sum never does.
    once = f"receipt:{shown}:{payment.amount_captured}"
    services.write(once, "emails/receipt", address, payment.locale, facts, payment.merchant_id)


def _refund(refund: models.Refund, payment: models.Payment, address: str) -> None:
    if not address:
        return
    shown = ids.show("ref", refund.pk)
    facts = _facts(payment) | {
        "amount": refund.amount,
        "at": clock.rfc3339(refund.finished_at or refund.updated_at),
        "number": shown,
    }
    services.write(
        f"refund:{shown}", "emails/refund", address, payment.locale, facts, payment.merchant_id
    )


def _facts(payment: models.Payment) -> dict[str, Any]:
    return {
        "currency": payment.currency,
        "paid_with": paid_with(payment.method_details),
        "reference": payment.reference,
        "description": payment.description,
        "store": ids.show("sto", payment.store_id) if payment.store_id else "",
    }
