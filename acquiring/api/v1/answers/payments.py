"""Answers about payments and what belongs to them: the shapes of `payments/render.py`."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from acquiring.api.v1.answers.shared import CardShown, Minor, Moment, Shown, Words, list_of


class Redirect(Shown, tag_field="type", tag="redirect"):
    """Send the shopper's browser there; a POST carries `fields` as a form."""

    url: str
    method: Literal["GET", "POST"]
    fields: Words


class ThreeDs(Shown, tag_field="type", tag="three_ds"):
    """The same, to the issuer's challenge."""

    url: str
    method: Literal["GET", "POST"]
    fields: Words


class App(Shown, tag_field="type", tag="app"):
    """Open an app by this link; a device without it takes the fallback."""

    url: str
    fallback_url: str


class Qr(Shown, tag_field="type", tag="qr"):
    """Show `data` as a QR code."""

    data: str
    expires_at: str = ""
    image_url: str = ""
    app_url: str = ""


class StoreCode(Shown):
    """What is typed at one chain's machine."""

    store: str
    code: str
    confirmation: str = ""


class Voucher(Shown, tag_field="type", tag="voucher"):
    """A code that is paid at a counter; `entity` is typed before it, chains may have their own."""

    reference: str
    expires_at: str = ""
    barcode: str = ""
    url: str = ""
    entity: str = ""
    stores: list[StoreCode] = []


class BankDetails(Shown, tag_field="type", tag="bank_details"):
    """An account to transfer to; the reference must be quoted."""

    fields: Words
    reference: str
    expires_at: str = ""


class Wait(Shown, tag_field="type", tag="wait"):
    """The shopper confirms elsewhere; the payment changes by itself."""

    channel: str
    hint: str = ""
    expires_at: str = ""


NextAction = Redirect | ThreeDs | App | Qr | Voucher | BankDetails | Wait


class WalletShown(Shown):
    """The card behind a wallet, as far as the wallet names it; empty where it does not."""

    network: str
    last4: str


class PaymentMethodShown(Shown):
    """What was paid with."""

    type: str
    card: CardShown | msgspec.UnsetType = msgspec.UNSET
    wallet: WalletShown | msgspec.UnsetType = msgspec.UNSET
    saved: bool | msgspec.UnsetType = msgspec.UNSET


class Decline(Shown):
    """Why the payment was declined, in one vocabulary for all providers (see /docs/declines)."""

    code: str
    who: str
    category: str
    retry: Literal["never", "now", "later", "after_change"]
    advice: str
    shopper_message: str
    raw_code: str | None
    raw_message: str | None


class Attempt(Shown):
    """One try on one route."""

    id: str
    object: Literal["attempt"]
    status: Literal[
        "new",
        "sent",
        "action",
        "pending",
        "authorized",
        "captured",
        "declined",
        "refused",
        "unknown",
        "voided",
        "expired",
    ]
    provider: str
    account: str
    amount: Minor
    amount_authorized: Minor
    provider_reference: str | None
    decline_code: str | None
    raw_code: str | None
    raw_message: str | None
    facts: dict[str, Any]
    surplus: bool
    milliseconds: int
    sent_at: Moment | None
    finished_at: Moment | None


class Operation(Shown):
    """What captures and refunds have in common."""

    id: str
    payment: str
    attempt: str
    status: Literal["pending", "succeeded", "failed"]
    amount: Minor
    currency: str
    origin: str
    outcome_unknown: bool
    failure_code: str | None
    failure_advice: str | None
    raw_code: str | None
    raw_message: str | None
    created_at: Moment
    finished_at: Moment | None


class Capture(Operation):
    """Taking (part of) an authorized sum."""

    object: Literal["capture"]
    final: bool
    fee: Minor
    available_at: Moment | None


class Refund(Operation):
    """Giving captured money back."""

    object: Literal["refund"]
    reason: str
    reference: str
    metadata: Words


class Route(Shown):
    """A provider account that was to be tried."""

    account: str
    provider: str


class Routing(Shown):
    """The decision in short; /decision has the whole."""

    risk: Literal["allow", "three_ds", "block"]
    routes: list[Route]
    snapshot: str


class Customer(Shown):
    """A shopper the merchant wants to recognise."""

    id: str
    object: Literal["customer"]
    reference: str
    name: str
    email: str
    phone: str
    metadata: Words
    erased: bool
    created_at: Moment
    updated_at: Moment


class Payment(Shown):
    """One wish for money: where it stands is `status`, how much is in the sums."""

    id: str
    object: Literal["payment"]
    status: Literal[
        "created",
        "requires_action",
        "pending",
        "authorized",
        "captured",
        "declined",
        "canceled",
        "expired",
    ]
    amount: Minor
    currency: str
    amount_authorized: Minor
    amount_capturable: Minor
    amount_captured: Minor
    amount_refunded: Minor
    amount_disputed: Minor
    capture_method: Literal["automatic", "manual"]
    payment_method: PaymentMethodShown | None
    token: str | None
    customer: str | Customer | None
    checkout_session: str | None
    initiator: Literal["shopper", "merchant"]
    reference: str
    description: str
    statement_descriptor: str
    return_url: str
    country: str
    metadata: Words
    next_action: NextAction | None
    decline_code: str | None
    decline: Decline | None
    attempts: list[Attempt]
    captures: list[Capture]
    refunds: list[Refund]
    routing: Routing | None
    attention: str | None
    expires_at: Moment | None
    created_at: Moment
    updated_at: Moment


class DecidedRoute(Shown):
    """A route in the order it was to be tried; `code` is the provider's word for the method."""

    account: str
    provider: str
    code: str


class ExcludedAccount(Shown):
    """An account that could not take the payment, and why."""

    account: str
    provider: str
    reason: str


class Repeated(Shown):
    """The risk decision, made again from the stored facts."""

    risk: dict[str, Any]
    same: bool


class Decision(Shown):
    """What risk and routing saw and decided for a payment."""

    object: Literal["decision"]
    payment: str
    facts: dict[str, Any]
    risk: dict[str, Any]
    routes: list[DecidedRoute]
    excluded: list[ExcludedAccount]
    snapshot: str
    repeated: Repeated


PaymentList = list_of(Payment)
RefundList = list_of(Refund)
CustomerList = list_of(Customer)
