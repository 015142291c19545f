"""Answers about what comes before a payment: tokens, sessions, links, the methods on offer."""

from __future__ import annotations

from typing import Literal

from acquiring.api.v1.answers.shared import CardShown, Minor, Moment, Shown, Words, list_of


class Token(Shown):
    """A kept card, as far as anyone may see it."""

    id: str
    object: Literal["token"]
    type: Literal["card"]
    status: Literal["active", "erased"]
    card: CardShown
    customer: str | None
    reusable: bool
    used: bool
    expires_at: Moment | None
    created_at: Moment


class TokenMade(Token):
    """A new token. `token` is what a payment takes; a replayed answer has null."""

    token: str | None


class Item(Shown):
    """One line of what is bought."""

    name: str
    detail: str
    quantity: int
    amount: Minor


class CheckoutSession(Shown):
    """A wish for money that a shopper fulfils; its payments are its tries."""

    id: str
    object: Literal["checkout_session"]
    url: str
    status: Literal["open", "complete", "expired"]
    amount: Minor
    currency: str
    capture_method: Literal["automatic", "manual"]
    country: str
    locale: str
    payment_methods: list[str]
    customer: str | None
    store: str | None
    payment_link: str | None
    payment: str | None
    reference: str
    description: str
    return_url: str
    cancel_url: str
    items: list[Item]
    allowed_origins: list[str]
    metadata: Words
    expires_at: Moment
    created_at: Moment
    updated_at: Moment


class PaymentLink(Shown):
    """An address that opens a fresh checkout session each time it is visited."""

    id: str
    object: Literal["payment_link"]
    url: str
    active: bool
    reusable: bool
    amount: Minor | None
    amount_min: Minor | None
    amount_max: Minor | None
    currency: str
    title: str
    description: str
    payment_methods: list[str]
    store: str | None
    reference: str
    return_url: str
    metadata: Words
    expires_at: Moment | None
    created_at: Moment
    updated_at: Moment


TokenList = list_of(Token)
CheckoutSessionList = list_of(CheckoutSession)
PaymentLinkList = list_of(PaymentLink)
