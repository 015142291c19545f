"""Payments: create, read, confirm, capture, cancel, and why it was routed as it was."""

from __future__ import annotations

from typing import Any, Literal

from acquiring.api import lists
from acquiring.api.endpoint import Asked, Endpoint, Nothing, operation
from acquiring.api.v1 import instruments
from acquiring.api.v1.answers import payments as answers
from acquiring.api.v1.bodies import (
    EXAMPLE_PAYMENT,
    CaptureCreation,
    Confirmation,
    PaymentCreation,
)
from acquiring.api.v1.fields import Line, Word, check_country, check_taken
from acquiring.core import ids
from acquiring.core.errors import Problem
from acquiring.core.idempotency import Answer
from acquiring.payments import checkout, money, planning, queries, render, services
from acquiring.payments.replays import Done, known_answer
from acquiring.payments.services import Merchant
from acquiring.payments.wishes import Manner, Wish
from merchants import queries as merchant_queries

PAYING = (
    "terms_exceeded",
    "amount_too_large",
    "conflict",
    "invalid_state",
    "method_unavailable",
    "no_route",
    "operation_in_progress",
    "unsupported",
)
Status = Literal[
    "created",
    "requires_action",
    "pending",
    "authorized",
    "captured",
    "declined",
    "canceled",
    "expired",
]


class PaymentPage(lists.DatedPage, kw_only=True):
    """Which payments."""

    status: Status | None = None
    customer: Word = ""
    checkout_session: Word = ""
    payment_method: Word = ""
    reference: Line = ""
    expand: list[Literal["customer"]] = lists.expandable()


class Expansion(Nothing, kw_only=True):
    """What to show whole instead of by its id."""

    expand: list[Literal["customer"]] = lists.expandable()


class Payments(Endpoint):
    """`/v1/payments`"""

    tag = "Payments"

    @operation(
        "Create a payment",
        "payments:write",
        answers.Payment,
        status=201,
        body=PaymentCreation,
        problems=PAYING,
        serving=True,
        example=EXAMPLE_PAYMENT,
    )
    def post(self, asked: Asked[PaymentCreation, Nothing]) -> Any:
        """With a payment method the payment is confirmed at once. A decline is not an error: the
        payment is answered with `status: declined` and a `decline` that says what helps."""
        if asked.body.checkout_session and (known := known_answer(asked.claim, 201)):
            return _shown(known, 201)  # the first request may have ended the session
        wish = _wish(asked)
        used = None
        if asked.body.payment_method is not None:
            if not asked.body.confirm:
                rule = "What is not confirmed now takes its payment method at /confirm."
                raise Problem("invalid_field", rule, "payment_method")
            used = instruments.of(asked, asked.body)
        done = services.create(
            Merchant(asked.merchant_id, asked.caller.mode),
            wish,
            used,
            Manner(three_ds=asked.body.three_ds, save=asked.body.save_payment_method),
            asked.claim,
        )
        return _shown(done, 201)

    @operation("List payments", "payments:read", answers.PaymentList, query=PaymentPage)
    def get(self, asked: Asked[None, PaymentPage]) -> Any:
        """The newest first."""
        page = asked.query
        rows = queries.payments(
            asked.merchant_id,
            status=page.status or "",
            customer=page.customer,
            session=page.checkout_session,
            method=page.payment_method,
            reference=page.reference,
        )
        found, has_more = lists.cut(rows, page, "pay", asked.caller.mode)
        data = [render.payment(book) for book in queries.books(asked.merchant_id, found)]
        return lists.shown(_expanded(asked, data), has_more)


class Payment(Endpoint):
    """`/v1/payments/{payment}`"""

    tag = "Payments"

    @operation("Retrieve a payment", "payments:read", answers.Payment, query=Expansion)
    def get(self, asked: Asked[None, Expansion], payment: str) -> Any:
        """The payment with its attempts, captures and refunds."""
        book = queries.book(asked.merchant_id, ids.read("pay", payment))
        return _expanded(asked, [render.payment(book)])[0]


class Confirm(Endpoint):
    """`/v1/payments/{payment}/confirm`"""

    tag = "Payments"

    @operation(
        "Confirm a payment",
        "payments:write",
        answers.Payment,
        body=Confirmation,
        problems=PAYING,
        serving=True,
        example={"payment_method": EXAMPLE_PAYMENT["payment_method"]},
    )
    def post(self, asked: Asked[Confirmation, Nothing], payment: str) -> Any:
        """For a payment that was created without a payment method."""
        body = asked.body
        manner = Manner(
            three_ds=body.three_ds,
            save=body.save_payment_method,
            country=instruments.country(body),
            locale=body.locale,
            return_url=body.return_url,
            shopper=instruments.shopper(body),
        )
        payment_id = ids.read("pay", payment)
        used = instruments.of(asked, body)
        merchant = Merchant(asked.merchant_id, asked.caller.mode)
        return _shown(services.confirm(merchant, payment_id, used, manner, asked.claim), 200)


class Capture(Endpoint):
    """`/v1/payments/{payment}/capture`"""

    tag = "Payments"

    @operation(
        "Capture a payment",
        "payments:write",
        answers.Payment,
        body=CaptureCreation,
        problems=PAYING,
        serving=True,
        example={"amount": 1500},
    )
    def post(self, asked: Asked[CaptureCreation, Nothing], payment: str) -> Any:
        """Take an authorized sum, or a part of it where the provider can."""
        done = money.capture(
            asked.merchant_id,
            ids.read("pay", payment),
            asked.body.amount,
            asked.body.final,
            asked.claim,
        )
        return _shown(done, 200)


class Cancel(Endpoint):
    """`/v1/payments/{payment}/cancel`"""

    tag = "Payments"

    @operation("Cancel a payment", "payments:write", answers.Payment, body=Nothing, problems=PAYING)
    def post(self, asked: Asked[Nothing, Nothing], payment: str) -> Any:
        """Give an authorization back, or stop waiting for the shopper."""
        merchant = Merchant(asked.merchant_id, asked.caller.mode)
        return _shown(services.cancel(merchant, ids.read("pay", payment), asked.claim), 200)


class Decision(Endpoint):
    """`/v1/payments/{payment}/decision`"""

    tag = "Payments"

    @operation("Explain a payment's decision", "payments:read", answers.Decision)
    def get(self, asked: Asked[None, Nothing], payment: str) -> Any:
        """What risk and routing saw and decided, and the decision made again from its facts."""
        book = queries.book(asked.merchant_id, ids.read("pay", payment))
        if not book.payment.decision:
            raise Problem("not_found", "The payment was not confirmed: nothing was decided yet.")
        return {"object": "decision", "payment": payment, **planning.explain(book.payment)}


def _wish(asked: Asked[PaymentCreation, Nothing]) -> Wish:
    body = asked.body
    check_taken(body.currency, asked.caller)
    shopper = instruments.shopper(body)
    customer_id = instruments.customer(asked.merchant_id, body.customer, shopper)
    wish = Wish(
        amount=body.amount,
        currency=body.currency,
        capture_method=body.capture_method,
        customer_id=customer_id,
        store_id=merchant_queries.store_id(asked.merchant_id, body.store),
        initiator=body.initiator,
        reference=body.reference,
        description=body.description,
        descriptor=body.statement_descriptor,
        return_url=body.return_url,
        country=check_country(instruments.country(body)),
        locale=body.locale,
        shopper=shopper,
        metadata=body.metadata,
    )
    if body.checkout_session:
        method = (body.payment_method.type or "card") if body.payment_method else ""
        return checkout.try_session(asked.merchant_id, body.checkout_session, wish, method)
    return wish


def _shown(done: Done, status: int) -> Answer:
    if done.replay is not None:
        return done.replay
    assert done.book is not None
    return Answer(status, render.payment_json(done.book))


def _expanded(asked: Asked[None, Any], data: list[dict[str, Any]]) -> list[dict[str, Any]]:
    if "customer" in asked.query.expand:
        wanted = {shown["customer"] for shown in data if shown["customer"]}
        found = queries.customers_by_id(asked.merchant_id, wanted)
        for shown in data:
            if shown["customer"]:
                shown["customer"] = render.customer(found[shown["customer"]])
    return data
