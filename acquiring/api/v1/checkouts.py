"""Checkout sessions and payment links."""

from __future__ import annotations

from typing import Any, Literal
from uuid import UUID

import msgspec

from acquiring.api import lists
from acquiring.api.endpoint import Asked, Endpoint, Nothing, once, operation
from acquiring.api.v1.answers import checkout as answers
from acquiring.api.v1.bodies import LinkChange, LinkCreation, SessionCreation
from acquiring.api.v1.fields import Line, Word, check_country, check_taken, given
from acquiring.core.errors import Problem
from acquiring.payments import checkout, planning, queries, render
from merchants import queries as merchant_queries
from merchants import sites


class SessionPage(lists.DatedPage, kw_only=True):
    """Which checkout sessions."""

    status: Literal["open", "complete", "expired"] | None = None
    reference: Line = ""
    payment_link: Word = ""


class LinkPage(lists.DatedPage, kw_only=True):
    """Which payment links."""

    active: bool | None = None


class CheckoutSessions(Endpoint):
    """`/v1/checkout_sessions`"""

    tag = "Checkout"

    @operation(
        "Create a checkout session",
        "checkout:write",
        answers.CheckoutSession,
        status=201,
        body=SessionCreation,
        example={"amount": 1999, "currency": "EUR", "reference": "basket-7"},
        serving=True,
    )
    def post(self, asked: Asked[SessionCreation, Nothing]) -> Any:
        """Payments name it as `checkout_session`; the first that succeeds completes it."""

        def deed() -> tuple[int, Any]:
            row = checkout.open_session(asked.merchant_id, **_session(asked))
            return 201, render.session(row)

        return once(asked, deed)

    @operation(
        "List checkout sessions", "checkout:read", answers.CheckoutSessionList, query=SessionPage
    )
    def get(self, asked: Asked[None, SessionPage]) -> Any:
        """The newest first."""
        page = asked.query
        rows = queries.sessions(
            asked.merchant_id,
            status=page.status or "",
            reference=page.reference,
            link=page.payment_link,
        )
        return lists.listed(rows, page, "cs", render.session, asked.caller.mode)


class CheckoutSession(Endpoint):
    """`/v1/checkout_sessions/{session}`"""

    tag = "Checkout"

    @operation("Retrieve a checkout session", "checkout:read", answers.CheckoutSession)
    def get(self, asked: Asked[None, Nothing], session: str) -> Any:
        """One checkout session."""
        return render.session(queries.session(asked.merchant_id, session))


class ExpireSession(Endpoint):
    """`/v1/checkout_sessions/{session}/expire`"""

    tag = "Checkout"

    @operation(
        "Expire a checkout session",
        "checkout:write",
        answers.CheckoutSession,
        body=Nothing,
        problems=("invalid_state",),
    )
    def post(self, asked: Asked[Nothing, Nothing], session: str) -> Any:
        """No new payment can be made for it; one that is under way goes on."""

        def deed() -> tuple[int, Any]:
            return 200, render.session(checkout.expire_session(asked.merchant_id, session))

        return once(asked, deed)


class PaymentLinks(Endpoint):
    """`/v1/payment_links`"""

    tag = "Checkout"

    @operation(
        "Create a payment link",
        "checkout:write",
        answers.PaymentLink,
        status=201,
        body=LinkCreation,
        example={"title": "Desk lamp", "currency": "EUR", "amount": 4900},
        serving=True,
    )
    def post(self, asked: Asked[LinkCreation, Nothing]) -> Any:
        """Of a fixed amount, or one that the shopper names."""

        def deed() -> tuple[int, Any]:
            row = checkout.create_link(asked.merchant_id, **_link(asked))
            return 201, render.link(row)

        return once(asked, deed)

    @operation("List payment links", "checkout:read", answers.PaymentLinkList, query=LinkPage)
    def get(self, asked: Asked[None, LinkPage]) -> Any:
        """The newest first."""
        rows = queries.links(asked.merchant_id, active=asked.query.active)
        return lists.listed(rows, asked.query, "pl", render.link, asked.caller.mode)


class PaymentLink(Endpoint):
    """`/v1/payment_links/{link}`"""

    tag = "Checkout"

    @operation("Retrieve a payment link", "checkout:read", answers.PaymentLink)
    def get(self, asked: Asked[None, Nothing], link: str) -> Any:
        """One payment link."""
        return render.link(queries.link(asked.merchant_id, link))

    @operation("Update a payment link", "checkout:write", answers.PaymentLink, body=LinkChange)
    def post(self, asked: Asked[LinkChange, Nothing], link: str) -> Any:
        """`{"active": false}` closes it."""

        def deed() -> tuple[int, Any]:
            row = checkout.change_link(asked.merchant_id, link, **given(asked.body))
            return 200, render.link(row)

        return once(asked, deed)


def _session(asked: Asked[SessionCreation, Nothing]) -> dict[str, Any]:
    """The body as the columns of a session."""
    facts = _dated(given(asked.body))
    check_taken(asked.body.currency, asked.caller)
    check_country(asked.body.country)
    sites.check_named(asked.merchant_id, asked.body.allowed_origins, "allowed_origins")
    facts["items"] = _items(asked.body)
    customer = facts.pop("customer")
    if customer:
        facts["customer_id"] = queries.customer(asked.merchant_id, customer, "customer").id
    return facts | _chosen(asked.merchant_id, facts.pop("payment_methods"), facts.pop("store"))


def _items(body: SessionCreation) -> list[dict[str, Any]]:
    """What is bought, if the merchant says; the page shows it, so it must come out right."""
    total = sum(one.amount for one in body.items)
    if body.items and total != body.amount:
        rule = f"The items add up to {total}, the amount is {body.amount}."
        raise Problem("invalid_field", rule, "items")
    return [msgspec.structs.asdict(one) for one in body.items]


def _link(asked: Asked[LinkCreation, Nothing]) -> dict[str, Any]:
    """The body as the columns of a link."""
    facts = _dated(given(asked.body))
    check_taken(asked.body.currency, asked.caller)
    return facts | _chosen(asked.merchant_id, facts.pop("payment_methods"), facts.pop("store"))


def _chosen(merchant_id: UUID, methods: list[str], store: str) -> dict[str, Any]:
    """The methods, each a known one, and the store as columns."""
    for index, method in enumerate(methods):
        planning.check_method(method, f"payment_methods[{index}]")
    return {
        "methods": list(dict.fromkeys(methods)),
        "store_id": merchant_queries.store_id(merchant_id, store),
    }


def _dated(facts: dict[str, Any]) -> dict[str, Any]:
    if facts["expires_at"] is not None:
        facts["expires_at"] = lists.utc(facts["expires_at"], "expires_at")
    return facts
