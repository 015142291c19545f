"""Refunds: captured money on its way back."""

from __future__ import annotations

from typing import Any, Literal

import orjson

from acquiring.api import lists
from acquiring.api.endpoint import Asked, Endpoint, Nothing, operation
from acquiring.api.v1.answers import payments as answers
from acquiring.api.v1.bodies import RefundCreation
from acquiring.api.v1.fields import Word
from acquiring.core import ids
from acquiring.core.idempotency import Answer
from acquiring.payments import money, queries, render
from acquiring.payments.records import Refund as Row

REFUNDING = ("amount_too_large", "conflict", "invalid_state", "unsupported")


class RefundPage(lists.DatedPage, kw_only=True):
    """Which refunds."""

    payment: Word = ""
    status: Literal["pending", "succeeded", "failed"] | None = None


class Refunds(Endpoint):
    """`/v1/refunds`"""

    tag = "Refunds"

    @operation(
        "Refund a payment",
        "refunds:write",
        answers.Refund,
        status=201,
        body=RefundCreation,
        problems=REFUNDING,
        example={"payment": "pay_…", "amount": 500},
    )
    def post(self, asked: Asked[RefundCreation, Nothing]) -> Any:
        """All that is left, or a part of it where the provider can. A refund may be `pending`
        for days; its outcome is an event."""
        body = asked.body
        done = money.refund(
            asked.merchant_id,
            ids.read("pay", body.payment, "payment"),
            body.amount,
            body.reason,
            body.metadata,
            asked.claim,
        )
        if done.replay is not None:
            return done.replay
        assert isinstance(done.row, Row)
        return Answer(201, orjson.dumps(render.refund(done.row)))

    @operation("List refunds", "refunds:read", answers.RefundList, query=RefundPage)
    def get(self, asked: Asked[None, RefundPage]) -> Any:
        """The newest first."""
        page = asked.query
        rows = queries.refunds(asked.merchant_id, payment=page.payment, status=page.status or "")

        def show(row: Any) -> Any:
            return render.refund(queries.as_refund(row))

        return lists.listed(rows, page, "ref", show, asked.caller.mode)


class Refund(Endpoint):
    """`/v1/refunds/{refund}`"""

    tag = "Refunds"

    @operation("Retrieve a refund", "refunds:read", answers.Refund)
    def get(self, asked: Asked[None, Nothing], refund: str) -> Any:
        """One refund."""
        return render.refund(queries.refund(asked.merchant_id, refund))
