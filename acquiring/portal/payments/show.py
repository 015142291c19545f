"""One payment, and one refund: everything that is known, on one page."""

from __future__ import annotations

from typing import Any, NamedTuple
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import NoReverseMatch

from acquiring.core import ids
from acquiring.core.models import AuditEntry, Event
from acquiring.ledger import journals
from acquiring.ledger import queries as ledger
from acquiring.ledger.models import Transfer
from acquiring.payments import models, planning, queries, render
from acquiring.payments.records import Book, Operation, Refund
from acquiring.portal import tables
from acquiring.portal.balances import words as balances
from acquiring.portal.frame import draw, page, place, who_may
from acquiring.portal.payments import breakdown, story, timeline, wirelog, words
from acquiring.portal.payments.timeline import Moment
from acquiring.webhooks.models import Delivery, DeliveryAttempt
from merchants.accounts import provider_accounts
from merchants.models import Store, User
from merchants.queries import Desk

EVENTS_SHOWN = 200
EXCHANGES_SHOWN = 60
CANCELABLE = frozenset({"created", "requires_action", "pending", "authorized"})


class Told(NamedTuple):
    """What the merchant's server was told: the events, and each delivery as a moment."""

    events: list[Event]
    moments: list[Moment]


@page("payments.view")
def payment(request: HttpRequest, desk: Desk, shown: str) -> HttpResponse:
    """The payment's story, its timeline, why it was decided so, its money and its wire log."""
    book = queries.book(desk.tenant.id, ids.read("pay", shown))
    told = _told(desk, book)
    transfers = list(ledger.transfers(desk.tenant.id, subject=shown))
    types = frozenset(event.type for event in told.events)
    context = {
        "book": book,
        "payment": book.payment,
        "sum": words.sum_of(book.payment.amount, book.payment.currency),
        "shown": shown,
        "look": words.look_of(book.payment, _is_doubtful(book)),
        "story": story.of(book, types),
        "next": timeline.following(book),
        "moments": timeline.of(book, _actors(desk, book), told.moments, transfers),
        "events": [(ids.show("evt", one.id), one) for one in told.events],
        "every_step": request.GET.get("steps") == "every",
        "money": breakdown.of(desk.tenant.id, book.payment.currency, transfers),
        "exchanges": wirelog.exchanges(
            list(queries.wire_log(desk.tenant.id, book.payment.id)[:EXCHANGES_SHOWN])
        ),
        "attempts": _attempts(book),
        "decision": _decision(request, book),
        "raw": render.payment(book),
        **_people(desk, book),
        **acts(desk, book),
    }
    return draw(request, desk, "portal/payment.html", context)


@page("payments.view")
def refund(request: HttpRequest, desk: Desk, shown: str) -> HttpResponse:
    """One refund: how far it is, what it did to the money, and its payment."""
    row = queries.refund(desk.tenant.id, shown)
    book = queries.book(desk.tenant.id, row.payment_id)
    pay = ids.show("pay", row.payment_id)
    transfers = ledger.transfers(desk.tenant.id, subject=pay)
    context = {
        "refund": row,
        "sum": words.sum_of(row.amount, row.currency),
        "shown": shown,
        "look": "unknown" if row.unknown and row.status == "pending" else row.status,
        "payment": book.payment,
        "pay": pay,
        "provider": tables.provider(book.attempt(row.attempt_id).provider),
        "moments": [one for one in _refund_moments(desk, book) if one.anchor == shown],
        "transfers": [_said(desk, one) for one in transfers if one.journal in _journals(row)],
        "method": words.method_of(book.payment),
        "raw": render.refund(row),
    }
    return draw(request, desk, "portal/refund.html", context)


def _said(desk: Desk, row: Transfer) -> tuple[Transfer, str, str]:
    """A transfer with its two accounts in words."""
    known = provider_accounts(desk.tenant.id)
    titles = {ids.show("acc", one.id): tables.provider(one.provider) for one in known}
    return row, balances.account(row.source, titles), balances.account(row.target, titles)


def acts(desk: Desk, book: Book) -> dict[str, Any]:
    """What can be done to the payment now, and whether this person may."""
    return {
        "may_act": desk.may("payments.refund"),
        "able": who_may("payments.refund"),
        "can_capture": book.capturable > 0,
        "can_cancel": book.payment.status in CANCELABLE and not book.payment.amount_captured,
        "can_refund": book.refundable > 0,
    }


def _is_doubtful(book: Book) -> bool:
    return book.open_attempt is not None and book.open_attempt.status == "unknown"


def _refund_moments(desk: Desk, book: Book) -> list[Moment]:
    return timeline.of(book, _actors(desk, book), [], [])


def _journals(row: Refund) -> set[UUID]:
    return {row.id, journals.derive(row.id, "returned")}


def _subjects(book: Book) -> list[str]:
    """The outside ids of everything that belongs to the payment."""
    rows: list[Operation] = [*book.captures, *book.voids, *book.refunds]
    return [ids.show("pay", book.payment.id), *(render.outside_id(row) for row in rows)]


def _told(desk: Desk, book: Book) -> Told:
    """The payment's events, and what became of their deliveries: three queries."""
    merchant_id = desk.tenant.id
    events = Event.objects.filter(merchant_id=merchant_id, subject__in=_subjects(book))
    found = list(events.order_by("-id")[:EVENTS_SHOWN])
    deliveries = list(
        Delivery.objects.filter(
            merchant_id=merchant_id, event_id__in=[one.id for one in found]
        ).order_by("-id")[:EVENTS_SHOWN]
    )
    tries = DeliveryAttempt.objects.filter(
        merchant_id=merchant_id, delivery_id__in=[one.id for one in deliveries]
    ).order_by("id")
    last = {one.delivery_id: one for one in tries}
    moments = []
    for delivery in deliveries:
        shown = ids.show("del", delivery.id)
        address = _at(desk, "delivery", shown) if desk.may("webhooks.view") else ""
        moments.append(timeline.delivered(delivery, last.get(delivery.id), shown, address))
    return Told(found, moments)


def _actors(desk: Desk, book: Book) -> dict[str, str]:
    """Who did what to this payment in the portal: names by the outside id of what they did."""
    entries = AuditEntry.objects.filter(
        merchant_id=desk.tenant.id, subject__in=_subjects(book)
    ).order_by("id")[:EVENTS_SHOWN]
    actors = {entry.subject: entry.actor.removeprefix("user:") for entry in entries}
    wanted = {ids.read("usr", one) for one in actors.values() if one.startswith("usr_")}
    names = {ids.show("usr", one.id): str(one) for one in User.objects.filter(id__in=wanted)}
    return {subject: names.get(actor, "") for subject, actor in actors.items()}


def _attempts(book: Book) -> list[dict[str, Any]]:
    return [
        {
            "row": one,
            "shown": render.outside_id(one),
            "provider": tables.provider(one.provider),
            "reason": tables.plain(one.decline_code),
        }
        for one in book.attempts
    ]


def _decision(request: HttpRequest, book: Book) -> dict[str, Any] | None:
    """The decision as it was made; run again when asked."""
    if not book.payment.decision:
        return None
    stored = book.payment.decision
    outcomes = {render.outside_id(one): one for one in book.attempts}
    routes = []
    for number, route in enumerate(stored["routes"], start=1):
        tried = [
            one for one in outcomes.values() if ids.show("acc", one.account_id) == route["account"]
        ]
        routes.append(
            {
                **route,
                "number": number,
                "title": tables.provider(route["provider"]),
                "attempt": tried[-1] if tried else None,
            }
        )
    excluded = [
        {**one, "title": tables.provider(one["provider"])} for one in stored.get("excluded", [])
    ]
    facts = {
        tables.plain(name): value for name, value in stored["facts"].items() if value is not None
    }
    again = planning.explain(book.payment)["repeated"] if "again" in request.GET else None
    return {**stored, "routes": routes, "excluded": excluded, "facts": facts, "again": again}


def _people(desk: Desk, book: Book) -> dict[str, Any]:
    """The customer, the shopper, the store and the method."""
    row = book.payment
    merchant_id = desk.tenant.id
    customers = models.Customer.objects.filter(merchant_id=merchant_id)
    customer = customers.filter(id=row.customer_id).first() if row.customer_id else None
    name, email = words.person_of(row)
    stores = Store.objects.filter(merchant_id=merchant_id)
    store = stores.filter(id=row.store_id).first() if row.store_id else None
    method, logo = words.method_of(row)
    return {
        "customer": customer,
        "customer_shown": ids.show("cus", row.customer_id) if row.customer_id else "",
        "person": {"name": name, "email": email},
        "store": store,
        "method": method,
        "logo": logo,
        "card": row.method_details.get("card"),
        "session": ids.show("cs", row.session_id) if row.session_id else "",
    }


def _at(desk: Desk, name: str, *parts: str) -> str:
    """The address of a page, nothing where there is none."""
    try:
        return place(desk, name, *parts)
    except NoReverseMatch:
        return ""
