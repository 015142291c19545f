"""From a book to what a driver is asked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from acquiring import catalogue
from acquiring.catalogue import Connector
from acquiring.connectors import registry
from acquiring.connectors.driver import Address, Ask, Card, Device, Party
from acquiring.core import addresses, ids, shapes
from acquiring.core.money import Money
from acquiring.payments import render
from acquiring.payments.records import Attempt, Book, Capture, Operation, Payment, Refund, Void
from acquiring.payments.wishes import Instrument

shapes.prepare(Party, Address, Device)
VERBS: dict[type, Any] = {Capture: "capture", Void: "void", Refund: "refund"}


def connector_of(payment: Payment, provider: str) -> Connector:
    """The connector an attempt went through; raises LookupError when the catalogue lost it."""
    rows = [row for row in catalogue.connectors(payment.method) if row.provider == provider]
    for row in rows:
        if catalogue.covers(row.currencies, payment.currency) and (
            not payment.country or catalogue.covers(row.countries, payment.country)
        ):
            return row
    if not rows:
        raise LookupError(f"{provider} no longer carries {payment.method}")
    return rows[0]


def authorize(
    book: Book, attempt: Attempt, instrument: Instrument, connector: Connector, three_ds: str
) -> Ask:
    """The ask that opens an attempt."""
    payment = book.payment
    agreement = ""
    if instrument.reusable_token and payment.initiator == "merchant":
        agreement = "subsequent"
    elif payment.method_details.get("saved"):
        agreement = "first"
    return _base(book, attempt, connector)(
        verb="authorize",
        reference=ids.show("att", attempt.id),
        money=Money(attempt.amount, attempt.currency),
        card=_card(instrument),
        details=instrument.details,
        agreement=agreement,
        network_reference=instrument.network_reference,
        three_ds=three_ds,
    )


def resume(book: Book, attempt: Attempt, connector: Connector, returned: Mapping[str, str]) -> Ask:
    """The ask after the shopper came back from the provider or the issuer."""
    return _base(book, attempt, connector)(
        verb="resume",
        reference=ids.show("att", attempt.id),
        money=Money(attempt.amount, attempt.currency),
        returned=dict(returned),
    )


def inquire(book: Book, attempt: Attempt, connector: Connector) -> Ask:
    """The ask for what became of an attempt."""
    return _base(book, attempt, connector)(
        verb="inquire",
        reference=ids.show("att", attempt.id),
        money=Money(attempt.amount, attempt.currency),
    )


def operate(book: Book, operation: Operation, connector: Connector) -> Ask:
    """The ask that sends a capture, void or refund."""
    attempt = book.attempt(operation.attempt_id)
    return _base(book, attempt, connector)(
        verb=VERBS[type(operation)],
        reference=render.outside_id(operation),
        money=Money(operation.amount, operation.currency),
        operation_ref=operation.operation_ref,
        final=operation.final if isinstance(operation, Capture) else True,
    )


def inquire_operation(book: Book, operation: Operation, connector: Connector) -> Ask:
    """The ask for what became of a capture, void or refund."""
    attempt = book.attempt(operation.attempt_id)
    return _base(book, attempt, connector)(
        verb="inquire",
        target=VERBS[type(operation)],
        reference=render.outside_id(operation),
        money=Money(operation.amount, operation.currency),
        operation_ref=operation.operation_ref,
    )


def _return_url(attempt: Attempt) -> str:
    if registry.driver(attempt.provider).returns_named:
        return addresses.shared_return_url(attempt.merchant_id, attempt.account_id)
    return addresses.return_url(attempt.merchant_id, attempt.id)


def _base(book: Book, attempt: Attempt, connector: Connector):
    """An Ask with everything that does not depend on the verb."""
    payment = book.payment
    shopper = payment.shopper

    def ask(**members: Any) -> Ask:
        return Ask(
            payment=ids.show("pay", payment.id),
            attempt=ids.show("att", attempt.id),
            method=payment.method,
            code=connector.code,
            extra=connector.extra,
            capture=payment.capture_method,  # type: ignore[arg-type]
            initiator=payment.initiator,  # type: ignore[arg-type]
            return_url=_return_url(attempt),
            order_reference=payment.reference,
            description=payment.description,
            descriptor=payment.descriptor,
            customer=_shape(Party, shopper.get("customer")) or Party(),
            billing=_shape(Address, shopper.get("billing")),
            shipping=_shape(Address, shopper.get("shipping")),
            device=_shape(Device, shopper.get("device")) or Device(),
            country=payment.country,
            locale=payment.locale or "en",
            metadata=payment.metadata,
            provider_ref=attempt.provider_ref,
            total=Money(attempt.amount_authorized or attempt.amount, attempt.currency),
            kept=attempt.kept,
            # The moment of the attempt, not of the call: the same ask is the same bytes.
            now=attempt.sent_at,
            **members,
        )

    return ask


def _shape(kind: type, members: dict[str, Any] | None) -> Any:
    return msgspec.convert(members, kind, strict=False) if members else None


def _card(instrument: Instrument) -> Card | None:
    secret = instrument.card
    if secret is None:
        return None
    return Card(
        number=secret.number,
        exp_month=secret.exp_month,
        exp_year=secret.exp_year,
        cvc=secret.cvc,
        holder=secret.holder,
        brand=secret.brand,
    )
