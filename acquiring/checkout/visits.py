"""A shopper's visit: whose checkout it is, what is to be paid, and how far they have come."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest
from django.urls import reverse

from acquiring.checkout import languages, pace, policy, shops
from acquiring.core import addresses, ids
from acquiring.core.errors import Problem
from acquiring.core.money import Money
from acquiring.payments import models, queries
from acquiring.payments.records import Book
from acquiring.payments.services import Merchant
from merchants import models as merchants
from merchants import queries as merchant_queries
from merchants import sites
from merchants.branding import Look
from merchants.services import now_for

CARRIED = (languages.PARAMETER, policy.EMBEDDED)
MONEY = frozenset({"authorized", "captured"})


@dataclass
class Visit:
    """What a page of a checkout session is drawn from."""

    real: ClassVar[bool] = True  # False: a look is tried on, and nothing leads anywhere

    token: str
    merchant: Merchant
    active: bool
    look: Look
    session: models.CheckoutSession
    book: Book | None  # the session's newest try
    language: str
    country: str  # the shopper's, as the shop says, else a guess that only orders things
    frames: tuple[str, ...] = ()  # origins of the sites that may show the page
    carried: str = ""  # the part of the query that follows the shopper from page to page

    @property
    def merchant_id(self) -> UUID:
        return self.merchant.id

    @property
    def money(self) -> Money:
        return Money(self.session.amount, self.session.currency)

    @property
    def is_test(self) -> bool:
        return self.merchant.mode == "test"

    @property
    def address(self) -> str:
        """The address of the page."""
        return self.place("checkout")

    @property
    def going(self) -> str:
        """The address of the page right after a try: a hand-over goes on by itself."""
        return f"{self.address}{'&' if self.carried else '?'}go"

    @property
    def sheet(self) -> str:
        """The address of the shop's stylesheet."""
        return f"{reverse('checkout_look', args=[self.token])}?{shops.version(self.look)}"

    def place(self, name: str) -> str:
        """The address of one of the session's views; the shopper's language goes along."""
        return f"{reverse(name, args=[self.token])}{self.carried}"

    @cached_property
    def state(self) -> str:
        """What the shopper is to see: choose, action, asking, pending, paid, expired or closed.

        `asking` is a try whose outcome nobody knows yet; `closed` a session that was fulfilled by
        a try that later came to nothing.
        """
        payment = self.book.payment if self.book else None
        if payment and payment.status in MONEY:
            return "paid"
        if payment and self.book and self.book.open_attempt:
            attempt = self.book.open_attempt
            if attempt.status in {"new", "sent", "unknown"}:
                return "asking"
        if payment and payment.status == "requires_action":
            return "action"
        if payment and payment.status == "pending":
            return "pending"
        if self.session.status == "complete":
            return "closed"
        if self.session.status == "expired" or self.session.expires_at <= now_for(self.merchant_id):
            return "expired"
        return "choose"


def of_session(token: str, request: HttpRequest) -> Visit:
    """The visit of a session's page. Raises Problem `not_found` or `rate_limited`."""
    merchant_id, session_id = addresses.read_token(token)
    row = merchant_row(merchant_id)
    session = queries.session(merchant_id, ids.show("cs", session_id))
    pace.take(f"session {session_id.hex}")
    book = newest(merchant_id, session)
    return Visit(
        token=token,
        merchant=Merchant(merchant_id, row.mode),
        active=row.status == merchants.Merchant.Status.ACTIVE,
        look=merchant_queries.branding(merchant_id, session.store_id),
        session=session,
        book=book,
        language=languages.of(request, *([book.payment.locale] if book else []), session.locale),
        country=session.country or languages.country_of(request),
        frames=tuple(sites.allowed(row, session.allowed_origins)),
        carried=carried(request),
    )


def newest(merchant_id: UUID, session: models.CheckoutSession) -> Book | None:
    """The book of the payment that fulfilled the session, else of its newest try."""
    if session.payment_id:
        return queries.book(merchant_id, session.payment_id)
    rows = queries.payments(merchant_id, session=ids.show("cs", session.id))
    tried = [row for row in rows[:5] if row.method]  # not one that waits for its method
    found = queries.books(merchant_id, tried[:1])
    return found[0] if found else None


def merchant_row(merchant_id: UUID) -> merchants.Merchant:
    """The merchant of a token. Raises Problem `not_found`."""
    row = merchants.Merchant.objects.filter(pk=merchant_id).first()
    if row is None:
        raise Problem("not_found", "This address leads to no checkout.")
    return row


def carried(request: HttpRequest) -> str:
    """The part of the query that follows the shopper from page to page."""
    kept = {name: request.GET[name] for name in CARRIED if name in request.GET}
    return f"?{urlencode(kept)}" if kept else ""
