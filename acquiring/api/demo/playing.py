"""The month, played: real services, real HTTP to the simulators, no inserted row.

Each payment is made under a shifted clock, so that it says it was made then. Only what is named by
ids is of today: an id keeps the moment it was really made, and with it its place in partitions.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta
from urllib.parse import parse_qsl, urlencode, urlsplit
from uuid import UUID

import structlog
from django.conf import settings
from django.db import connection

from acquiring.api.demo.month import CARD, VOUCHERS, Planned, plan
from acquiring.core import clock, http
from acquiring.core.errors import Problem
from acquiring.payments import checkout, hearing, models, money, queries, services
from acquiring.payments.records import Book
from acquiring.payments.services import Merchant
from acquiring.payments.wishes import Instrument, Manner, Wish
from acquiring.vault import services as vault
from merchants.models import Merchant as MerchantRow

THREADS = 6
REGULARS = 24  # the first of the shoppers: the store knows them as customers
AMEX = "37"
DETAILS = {"boleto": {"tax_id": "000.000.000-00"}}

log = structlog.get_logger(__name__)


def play(merchant: MerchantRow, count: int, patience_seconds: int) -> tuple[int, int]:
    """Make the payments of the month that are not there yet; how many were made, and are left.

    Stops beginning new ones once the patience is over. The month ends when the merchant began.
    """
    known = set(
        models.Payment.objects.filter(
            merchant_id=merchant.id, reference__startswith="demo-"
        ).values_list("reference", flat=True)
    )
    missing = [one for one in plan(count, merchant.created_at) if one.reference not in known]
    deadline = time.monotonic() + patience_seconds
    regulars = _regulars(merchant.id, missing)
    with ThreadPoolExecutor(THREADS, thread_name_prefix="demo") as pool:
        step = _in_time(Merchant(merchant.id, merchant.mode), deadline, regulars)
        made = sum(pool.map(step, missing))
    return made, len(missing) - made


def _regulars(merchant_id: UUID, missing: list[Planned]) -> dict[int, UUID]:
    """Customers by the number of the shopper; one is made shortly before its first payment."""
    known = models.Customer.objects.filter(
        merchant_id=merchant_id, reference__startswith="shopper-"
    )
    found = {int(row.reference.removeprefix("shopper-")): row.id for row in known}
    for planned in missing:
        number = planned.shopper
        if number <= REGULARS and number not in found:
            with _at(planned.at - timedelta(minutes=1)):
                made = checkout.create_customer(
                    merchant_id,
                    reference=f"shopper-{number:02}",
                    name=f"Shopper {number}",
                    email=f"shopper-{number:02}@example.com",
                )
            found[number] = made.id
    return found


def _in_time(
    merchant: Merchant, deadline: float, regulars: dict[int, UUID]
) -> Callable[[Planned], bool]:
    def one(planned: Planned) -> bool:
        if time.monotonic() > deadline:
            return False
        try:
            _live_through(merchant, planned, regulars.get(planned.shopper))
        except Problem as problem:
            # Time is real for the worker: it may have ended an old payment before its shopper did.
            log.info("demo_payment", reference=planned.reference, problem=str(problem))
        finally:
            connection.close()
        return True

    return one


def _live_through(merchant: Merchant, planned: Planned, customer_id: UUID | None) -> None:
    """One payment from the order to its last refund, each step at its own moment."""
    with _at(planned.at):
        wish = _wish(planned)._replace(customer_id=customer_id)
        book = services.create(merchant, wish, _instrument(merchant, planned), Manner())
    if book.book is None:
        return
    current = book.book
    with _at(planned.at + timedelta(seconds=40)):
        current = _shopper_answers(current, planned)
    if planned.capture != "automatic" and current.payment.status == "authorized":
        with _at(planned.at + timedelta(hours=20)):
            current = _capture(current, planned)
    back_at = planned.at + timedelta(days=planned.refund_days)
    if planned.refund and current.refundable and back_at < clock.now():
        with _at(back_at):
            _refund(current, planned)


def _wish(planned: Planned) -> Wish:
    shopper = f"shopper-{planned.shopper:02}"
    address = {
        "country": planned.country, "line1": f"Harbour Street {planned.shopper}",
        "city": "Port", "postal_code": "10115", "state": "",
    }  # fmt: skip
    return Wish(
        amount=planned.amount,
        currency=planned.currency,
        capture_method="automatic" if planned.capture == "automatic" else "manual",
        reference=planned.reference,
        description=f"Order {planned.reference.removeprefix('demo-')}",
        return_url=settings.BASE_URL,
        country=planned.country,
        shopper={
            "customer": {"name": f"Shopper {planned.shopper}", "email": f"{shopper}@example.com"},
            "billing": address,
            "shipping": address,
            "device": {"ip": f"203.0.113.{planned.shopper}", "user_agent": "Mozilla/5.0"},
        },
        metadata={"channel": "web"},
    )


def _instrument(merchant: Merchant, planned: Planned) -> Instrument:
    if planned.method != CARD:
        return Instrument(planned.method, details=DETAILS.get(planned.method, {}))
    code = "1234" if planned.card.startswith(AMEX) else "123"
    year, holder = planned.at.year + 3, f"Shopper {planned.shopper}"
    secret = vault.card(merchant.id, planned.card, 12, year, code, holder)
    return Instrument(CARD, secret)


def _shopper_answers(book: Book, planned: Planned) -> Book:
    """Press a button on the page the shopper was sent to, and come back with what it gave."""
    action = book.payment.next_action
    if action is None or planned.page == "wander":
        return book
    attempt = book.attempts[-1]
    target = _press(_page_of(action, attempt.provider, attempt.provider_ref), planned.page)
    if planned.method in VOUCHERS or "/return/" not in target:
        return hearing.inquire_attempt(book, attempt)
    returned = dict(parse_qsl(urlsplit(target).query))
    return services.returned(book.payment.merchant_id, attempt.id, returned)


def _page_of(action: dict, provider: str, provider_ref: str) -> str:
    """The simulators' page for an action; those without an address have one by their charge."""
    url = action.get("url") or action.get("app_url") or ""
    if url.startswith(f"{settings.SANDBOX_URL}/_shopper/"):
        return url
    return f"{settings.SANDBOX_URL}/_shopper/{provider}/{provider_ref}"


def _press(page: str, choice: str) -> str:
    """Answer the page as a browser's form does; where the browser is sent next."""
    body = urlencode({"choice": choice}).encode()
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    return http.send("POST", page, kind, body).headers.get("location", "")


def _capture(book: Book, planned: Planned) -> Book:
    merchant_id, payment_id = book.payment.merchant_id, book.payment.id
    if planned.capture == "canceled":
        services.cancel(Merchant(merchant_id, "test"), payment_id)
    else:
        amount = planned.amount // 2 if planned.capture == "partly" else None
        money.capture(merchant_id, payment_id, amount)
    return queries.book(merchant_id, payment_id)


def _refund(book: Book, planned: Planned) -> None:
    amount = book.refundable // 2 if planned.refund == "partly" else None
    reason = "requested_by_customer"
    money.refund(book.payment.merchant_id, book.payment.id, amount, reason)


@contextmanager
def _at(moment: datetime) -> Iterator[None]:
    with clock.shifted(moment - clock.now()):
        yield
