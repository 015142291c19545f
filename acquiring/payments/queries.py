"""Reading payments and what belongs to them. Every function takes the merchant first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import reduce
from operator import or_
from typing import Any
from uuid import UUID

import msgspec
from django.db import connection
from django.db.models import F, Func, Q, QuerySet, TextField, Value
from django.db.models.functions import Cast, Lower, Right

from acquiring.core import ids
from acquiring.core.errors import Problem
from acquiring.payments import models, records, store
from acquiring.payments.records import Book

# All the books of a page with one query.
_BOOKS = "SELECT payments_read(%s, wanted)::text FROM unnest(%s::uuid[]) AS wanted"
SEARCH_LONGEST = 255
MOST_NAMESAKES = 500  # customers that a search finds by each of the things it may mean
ID_LONG, ID_TAIL = 32, 6
HEXADECIMAL = frozenset("0123456789abcdef")
_book = msgspec.json.Decoder(Book)


def book(merchant_id: UUID, payment_id: UUID) -> Book:
    """A payment's book; raises Problem `not_found`."""
    try:
        return store.read(merchant_id, payment_id)
    except LookupError:
        shown = ids.show("pay", payment_id)
        raise Problem("not_found", f"There is no payment {shown}.") from None


def books(merchant_id: UUID, rows: Sequence[models.Payment]) -> list[Book]:
    """The books of these payments, in their order."""
    if not rows:
        return []
    with connection.cursor() as cursor:
        cursor.execute(_BOOKS, [merchant_id, [row.id for row in rows]])
        return [_book.decode(text) for (text,) in cursor.fetchall()]


def payments(
    merchant_id: UUID,
    *,
    status: str = "",
    customer: str = "",
    session: str = "",
    method: str = "",
    reference: str = "",
) -> QuerySet[models.Payment]:
    """A merchant's payments, newest first; ids are outside ids. Raises Problem for a wrong one."""
    wanted: dict[str, Any] = {"status": status, "method": method, "reference": reference}
    if customer:
        wanted["customer_id"] = ids.read("cus", customer, "customer")
    if session:
        wanted["session_id"] = ids.read("cs", session, "checkout_session")
    return _of(models.Payment, merchant_id, wanted)


def refunds(merchant_id: UUID, *, payment: str = "", status: str = "") -> QuerySet[models.Refund]:
    """A merchant's refunds, newest first. Raises Problem for a wrong payment id."""
    wanted: dict[str, Any] = {"status": status}
    if payment:
        wanted["payment_id"] = ids.read("pay", payment, "payment")
    return _of(models.Refund, merchant_id, wanted)


def refund(merchant_id: UUID, shown: str) -> records.Refund:
    """One refund by its outside id; raises Problem `not_found`."""
    return as_refund(_one(models.Refund, merchant_id, "ref", shown))


def as_refund(row: models.Refund) -> records.Refund:
    """A row as the plain value that `render.refund` shows."""
    return msgspec.convert(row, records.Refund, from_attributes=True)


def customers(
    merchant_id: UUID, *, email: str = "", reference: str = ""
) -> QuerySet[models.Customer]:
    """A merchant's customers, newest first, without those that were erased."""
    found = _of(models.Customer, merchant_id, {"email": email, "reference": reference})
    return found.filter(erased_at=None)


def search_customers(
    merchant_id: UUID, words: str, whole: bool = False
) -> QuerySet[models.Customer]:
    """A merchant's customers by how an e-mail address, a name or a surname begins, by a whole
    reference or id, or by the last six of an id; newest first, every one for no words.

    Of each kind MOST_NAMESAKES are found; `whole` finds all, for exports.
    """
    found = customers(merchant_id)
    words = " ".join(words.split())[:SEARCH_LONGEST]
    if not words:
        return found
    low = words.lower()
    surname = Func(F("name"), Value("[^ ]+$"), function="substring")
    meanings = [
        Q(low_email__startswith=low),
        Q(low_name__startswith=low),
        Q(low_surname__startswith=low),
        Q(reference=words),
    ]
    tail = low.removeprefix("cus_")
    if len(tail) == ID_TAIL:
        meanings.append(Q(id_ends=tail))
    elif len(tail) == ID_LONG and set(tail) <= HEXADECIMAL:
        meanings.append(Q(id=UUID(hex=tail)))
    known = found.alias(
        low_email=Lower("email"),
        low_name=Lower("name"),
        low_surname=Lower(surname),
        id_ends=Right(Cast("id", TextField()), ID_TAIL),
    )
    if whole:
        return known.filter(reduce(or_, meanings))
    # Each by its own index: with all at once, every row is read until enough of them fit.
    ways = [known.filter(one).order_by().values("id")[:MOST_NAMESAKES] for one in meanings]
    return found.filter(id__in=[row["id"] for row in ways[0].union(*ways[1:])])


def customer(merchant_id: UUID, shown: str, param: str | None = None) -> models.Customer:
    """One customer by their outside id; raises Problem `not_found`, for an erased one too."""
    row = _one(models.Customer, merchant_id, "cus", shown, param)
    if row.erased_at is not None:
        raise Problem("not_found", f"The customer {shown} was erased.", param)
    return row


def customers_by_id(merchant_id: UUID, shown: Iterable[str]) -> dict[str, models.Customer]:
    """Customers by their outside ids, erased ones too (nothing of them is left to see)."""
    wanted = [ids.read("cus", one) for one in shown]
    rows = models.Customer.objects.filter(merchant_id=merchant_id, id__in=wanted)
    return {ids.show("cus", row.id): row for row in rows}


def sessions(
    merchant_id: UUID, *, status: str = "", reference: str = "", link: str = ""
) -> QuerySet[models.CheckoutSession]:
    """A merchant's checkout sessions, newest first. Raises Problem for a wrong link id."""
    wanted: dict[str, Any] = {"status": status, "reference": reference}
    if link:
        wanted["link_id"] = ids.read("pl", link, "payment_link")
    return _of(models.CheckoutSession, merchant_id, wanted)


def session(merchant_id: UUID, shown: str, param: str | None = None) -> models.CheckoutSession:
    """One checkout session by its outside id; raises Problem `not_found`."""
    return _one(models.CheckoutSession, merchant_id, "cs", shown, param)


def links(
    merchant_id: UUID, *, active: bool | None = None, store_id: UUID | None = None
) -> QuerySet[models.PaymentLink]:
    """A merchant's payment links, newest first."""
    found = _of(models.PaymentLink, merchant_id, {"store_id": store_id} if store_id else {})
    return found if active is None else found.filter(active=active)


def link(merchant_id: UUID, shown: str) -> models.PaymentLink:
    """One payment link by its outside id; raises Problem `not_found`."""
    return _one(models.PaymentLink, merchant_id, "pl", shown)


def wire_log(merchant_id: UUID, payment_id: UUID) -> QuerySet[models.WireLog]:
    """A payment's exchanges with providers, oldest first. Months before it are not looked at."""
    rows = models.WireLog.objects.filter(
        merchant_id=merchant_id, payment_id=payment_id, id__gte=payment_id
    )
    return rows.order_by("created_at", "id")


def _of(kind: Any, merchant_id: UUID, wanted: dict[str, Any]) -> QuerySet[Any]:
    """A merchant's rows by the members that are given."""
    members = {name: value for name, value in wanted.items() if value}
    return kind.objects.filter(merchant_id=merchant_id, **members).order_by("-id")


def _one(kind: Any, merchant_id: UUID, prefix: str, shown: str, param: str | None = None) -> Any:
    row = kind.objects.filter(merchant_id=merchant_id, id=ids.read(prefix, shown, param)).first()
    if row is None:
        raise Problem("not_found", f"There is no {ids.PREFIXES[prefix]} {shown}.", param)
    return row
