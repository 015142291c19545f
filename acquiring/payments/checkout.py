"""Customers, checkout sessions and payment links: what a merchant prepares before a payment.

Each verb is one database transaction that also writes its event. Events outlive their objects and
are sealed, so those about customers carry no personal data: what was announced cannot be erased.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import QuerySet

from acquiring.core import audit, clock, ids, outbox
from acquiring.core.errors import Problem
from acquiring.payments import models, queries, render, states
from acquiring.payments.records import Book
from acquiring.payments.wishes import Wish
from acquiring.vault import services as vault
from merchants.services import now_for

SESSION_LIFE = timedelta(hours=24)
FORGETTING = timedelta(days=90)  # by then every payment that was under way is decided
EXPIRE_BATCH = 200
MOST_NAMED = 99_999_999  # minor units that a shopper may name where the merchant set no bound
PERSONAL = {"reference": "", "name": "", "email": "", "phone": "", "metadata": {}}
CUSTOMER_FIELDS = frozenset(PERSONAL)
LINK_FIELDS = frozenset({"active", "title", "metadata"})
SPENT = frozenset({"pending", "authorized", "captured"})


@transaction.atomic
def create_customer(merchant_id: UUID, **facts: Any) -> models.Customer:
    """A new customer; `facts` are CUSTOMER_FIELDS."""
    assert facts.keys() <= CUSTOMER_FIELDS, f"not a customer's: {set(facts)}"
    now = now_for(merchant_id)
    row = models.Customer(
        id=ids.new(), merchant_id=merchant_id, created_at=now, updated_at=now, **facts
    )
    row.save(force_insert=True)
    _announce("customer.created", row)
    return row


@transaction.atomic
def change_customer(merchant_id: UUID, shown: str, **changes: Any) -> models.Customer:
    """Change some of a customer's CUSTOMER_FIELDS. Raises Problem `not_found`."""
    assert changes.keys() <= CUSTOMER_FIELDS, f"not a customer's: {set(changes)}"
    row = queries.customer(merchant_id, shown)
    _change(row, changes)
    _announce("customer.updated", row)
    return row


@transaction.atomic
def erase_customer(merchant_id: UUID, shown: str, actor: str = "") -> models.Customer:
    """Forget a person: their data here, in their decided payments, and their cards.

    The row stays, empty: payments point at it. What payments that are under way need is forgotten
    once they are decided (`forget_erased`). An `actor` is written into the audit log. Raises
    Problem `not_found`.
    """
    row = queries.customer(merchant_id, shown)
    _record(actor, "customer.erased", row)
    _change(row, {**PERSONAL, "erased_at": clock.now()})
    models.Payment.objects.filter(
        merchant_id=merchant_id, customer_id=row.id, status__in=states.FINAL_PAYMENT
    ).update(shopper={})
    vault.erase_customer(merchant_id, row.id)
    _announce("customer.erased", row)
    return row


def forget_erased() -> int:
    """Forget erased people in payments that were decided since; returns how many payments."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE payments_payment AS payment SET shopper = '{}'
            FROM payments_customer AS customer
            WHERE customer.erased_at > %s AND payment.merchant_id = customer.merchant_id
              AND payment.customer_id = customer.id AND payment.status = ANY (%s)
              AND payment.shopper <> '{}'
            """,
            [clock.now() - FORGETTING, list(states.FINAL_PAYMENT)],
        )
        return cursor.rowcount


@transaction.atomic
def open_session(merchant_id: UUID, **facts: Any) -> models.CheckoutSession:
    """A new checkout session, open for SESSION_LIFE unless `expires_at` says otherwise.

    Raises Problem for an `expires_at` that is past.
    """
    now = now_for(merchant_id)
    expires_at = _ahead(facts.pop("expires_at", None), now) or now + SESSION_LIFE
    row = models.CheckoutSession(
        id=ids.new(),
        merchant_id=merchant_id,
        expires_at=expires_at,
        created_at=now,
        updated_at=now,
        **facts,
    )
    row.save(force_insert=True)
    _announce("checkout_session.created", row)
    return row


def expire_session(merchant_id: UUID, shown: str) -> models.CheckoutSession:
    """End an open session by hand. Raises Problem for one that is not open."""
    row = queries.session(merchant_id, shown)
    if not _end_session(row, "expired"):
        row.refresh_from_db()
        raise Problem("invalid_state", f"The session is {row.status}; only an open one can expire.")
    return row


def try_session(merchant_id: UUID, shown: str, wish: Wish, method: str = "") -> Wish:
    """The wish as a try of a session, by this method. Raises Problem where the two do not fit."""
    row = queries.session(merchant_id, shown, "checkout_session")
    if row.status != "open" or row.expires_at <= now_for(merchant_id):
        raise Problem("invalid_state", f"The session {shown} is not open.", "checkout_session")
    if (wish.amount, wish.currency) != (row.amount, row.currency):
        rule = f"The session is about {row.amount} {row.currency}."
        raise Problem("invalid_field", rule, "amount")
    if method and row.methods and method not in row.methods:
        rule = f"The session is for: {', '.join(row.methods)}."
        raise Problem("method_unavailable", rule, "payment_method.type")
    return wish._replace(
        session_id=row.id,
        customer_id=wish.customer_id or row.customer_id,
        store_id=wish.store_id or row.store_id,
        capture_method=row.capture_method,  # type: ignore[arg-type]
        reference=wish.reference or row.reference,
        description=wish.description or row.description,
        return_url=wish.return_url or row.return_url,
    )


def complete_session(book: Book) -> bool:
    """End the session of a payment that succeeded; doing it again changes nothing.

    A session that had expired is completed too: its payment was under way. False when another
    payment fulfilled the session before, so that this one's money is not wanted.
    """
    payment = book.payment
    if payment.session_id is None or not _fulfils(book):
        return True
    row = models.CheckoutSession.objects.filter(
        merchant_id=payment.merchant_id, id=payment.session_id
    ).first()
    if row is None:
        return True
    if row.status != "complete" and _end_session(row, "complete", payment_id=payment.id):
        return True
    row.refresh_from_db()
    return row.payment_id == payment.id or payment.status not in states.MONEY


def _fulfils(book: Book) -> bool:
    """Whether the shopper has done their part; an unknown outcome may ask for another try."""
    attempt = book.open_attempt
    return book.payment.status in SPENT and not (attempt and attempt.status == "unknown")


def expire_sessions(limit: int = EXPIRE_BATCH) -> int:
    """End open sessions whose time is over, as paid where a payment of theirs was; how many."""
    rows = models.CheckoutSession.objects.raw(
        "SELECT s.* FROM payments_checkoutsession s JOIN merchants_merchant m"
        " ON m.id = s.merchant_id WHERE s.status = 'open'"
        " AND s.expires_at <= %s + make_interval(secs => m.clock_ahead_seconds) LIMIT %s",
        [clock.now(), limit],
    )
    return sum(_end_session(row, "expired") for row in rows)


@transaction.atomic
def create_link(merchant_id: UUID, actor: str = "", **facts: Any) -> models.PaymentLink:
    """A new payment link, of a fixed `amount` or of one between `amount_min` and `amount_max`.

    An `actor` is written into the audit log. Raises Problem for bounds that leave no choice and
    for an `expires_at` that is past.
    """
    now = now_for(merchant_id)
    _check_bounds(facts.get("amount"), facts.get("amount_min"), facts.get("amount_max"))
    _ahead(facts.get("expires_at"), now)
    row = models.PaymentLink(
        id=ids.new(), merchant_id=merchant_id, created_at=now, updated_at=now, **facts
    )
    row.save(force_insert=True)
    _announce("payment_link.created", row)
    _record(actor, "payment_link.created", row)
    return row


@transaction.atomic
def open_link(
    merchant_id: UUID, link_id: UUID, amount: int | None = None, locale: str = ""
) -> models.CheckoutSession:
    """The session of a visit to a payment link; `amount` where the shopper names it.

    A link for one payment gives the same session until that is paid. Raises Problem `not_found`,
    `invalid_state` for a link that is closed, and for an amount that does not fit.
    """
    now = now_for(merchant_id)
    rows = models.PaymentLink.objects.select_for_update().filter(merchant_id=merchant_id)
    link = rows.filter(id=link_id).first()
    if link is None:
        raise Problem("not_found", "There is no such payment link.")
    state = link_state(link)
    if state != "open":
        raise Problem("invalid_state", f"The payment link is {state}.")
    wanted = _link_amount(link, amount)
    former = None if link.reusable else _sessions(link).filter(status="open").first()
    if former is not None:
        if (former.amount == wanted and former.expires_at > now) or _tried(former):
            return former
        _end_session(former, "expired")
    ends = now + SESSION_LIFE
    return open_session(
        merchant_id,
        link_id=link.id,
        amount=wanted,
        currency=link.currency,
        methods=link.methods,
        store_id=link.store_id,
        reference=link.reference,
        description=link.title,
        return_url=link.return_url,
        metadata=link.metadata,
        locale=locale,
        expires_at=min(link.expires_at, ends) if link.expires_at else ends,
    )


def link_state(link: models.PaymentLink) -> str:
    """What a visit finds: open, inactive, expired, or paid where it was for one payment."""
    if not link.reusable and _sessions(link).filter(status="complete").exists():
        return "paid"
    if not link.active:
        return "inactive"
    if link.expires_at and link.expires_at <= now_for(link.merchant_id):
        return "expired"
    return "open"


@transaction.atomic
def change_link(
    merchant_id: UUID, shown: str, actor: str = "", **changes: Any
) -> models.PaymentLink:
    """Change some of a link's LINK_FIELDS. An `actor` is written into the audit log. Raises
    Problem `not_found`."""
    assert changes.keys() <= LINK_FIELDS, f"not to be changed: {set(changes)}"
    row = queries.link(merchant_id, shown)
    former = {name: getattr(row, name) for name in changes}
    _change(row, changes)
    _announce("payment_link.updated", row)
    changed = {name: [former[name], value] for name, value in changes.items()}
    _record(actor, "payment_link.updated", row, changed)
    return row


@transaction.atomic
def _end_session(row: models.CheckoutSession, status: str, payment_id: UUID | None = None) -> bool:
    """Move a session on, once; returns whether it moved."""
    if status == "expired" and payment_id is None:
        payment_id = _spent_by(row)
        status = "complete" if payment_id else status
    now = now_for(row.merchant_id)
    left = ["open", "expired"] if status == "complete" else ["open"]
    changed = models.CheckoutSession.objects.filter(
        merchant_id=row.merchant_id, id=row.id, status__in=left
    ).update(status=status, payment_id=payment_id, updated_at=now)
    if changed:
        row.status, row.payment_id, row.updated_at = status, payment_id, now
        name = "completed" if status == "complete" else status
        _announce(f"checkout_session.{name}", row)
    return bool(changed)


def _spent_by(row: models.CheckoutSession) -> UUID | None:
    """The payment that fulfilled a session whose end was never noted (its process died)."""
    found = models.Payment.objects.filter(
        merchant_id=row.merchant_id, session_id=row.id, status__in=SPENT
    )
    return found.values_list("id", flat=True).first()


def _change(row: Any, changes: dict[str, Any]) -> None:
    for name, value in changes.items():
        setattr(row, name, value)
    row.updated_at = now_for(row.merchant_id)
    type(row).objects.filter(merchant_id=row.merchant_id, id=row.id).update(
        updated_at=row.updated_at, **changes
    )


def _sessions(link: models.PaymentLink) -> QuerySet[models.CheckoutSession]:
    found = models.CheckoutSession.objects.filter(merchant_id=link.merchant_id, link_id=link.id)
    return found.order_by("-id")


def _tried(session: models.CheckoutSession) -> bool:
    """Whether a payment of the session is under way or was made."""
    return models.Payment.objects.filter(
        merchant_id=session.merchant_id,
        session_id=session.id,
        status__in=[*SPENT, "requires_action"],
    ).exists()


def _link_amount(link: models.PaymentLink, named: int | None) -> int:
    if link.amount is not None:
        return link.amount
    least, most = link.amount_min or 1, link.amount_max or MOST_NAMED
    if named is None or not least <= named <= most:
        raise Problem("invalid_field", f"The amount is between {least} and {most}.", "amount")
    return named


def _check_bounds(amount: int | None, least: int | None, most: int | None) -> None:
    if amount is not None and (least or most):
        rule = "A link of a fixed amount has no smallest or largest one."
        raise Problem("invalid_field", rule, "amount_min" if least else "amount_max")
    if least and most and least > most:
        raise Problem("invalid_field", "amount_max is smaller than amount_min.", "amount_max")


def _ahead(moment: datetime | None, now: datetime) -> datetime | None:
    if moment is not None and moment <= now:
        raise Problem("invalid_field", "expires_at is not ahead of now.", "expires_at")
    return moment


def _record(
    actor: str, action: str, row: models.Tenant, changes: dict[str, Any] | None = None
) -> None:
    """Who did it, where a person did."""
    if actor:
        audit.record(actor, action, str(row), row.merchant_id, changes)


def _announce(event: str, row: Any) -> None:
    payload = render.announced(row)
    outbox.announce(row.merchant_id, event, payload["id"], payload)
