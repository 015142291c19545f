"""What the API answers, as structs: the document is made of them, and tests hold every answer
against them. The values themselves are made where the objects live (`payments/render.py`)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

Minor = Annotated[int, Meta(description="Minor units of the currency.")]
Moment = Annotated[datetime, Meta(tz=True)]
Words = dict[str, str]


class Shown(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Every member is always there; null says that there is nothing to say."""


class Error(Shown):
    """What went wrong: `code` is for programs, `message` for people, `param` names the field."""

    type: str
    code: str
    message: str
    param: str | None
    doc_url: str
    request_id: str


class Failure(Shown):
    """The one error form."""

    error: Error


class Deleted(Shown):
    """Something that is gone."""

    id: str
    object: str
    deleted: bool


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


class Voucher(Shown, tag_field="type", tag="voucher"):
    """A code that is paid at a counter."""

    reference: str
    expires_at: str = ""
    barcode: str = ""
    url: str = ""


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


class CardShown(Shown):
    """What anyone may see of a card."""

    brand: str
    bin: str
    last4: str
    exp_month: int
    exp_year: int
    fingerprint: str


class PaymentMethodShown(Shown):
    """What was paid with."""

    type: str
    card: CardShown | msgspec.UnsetType = msgspec.UNSET
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


def _list(shape: type[Shown]) -> Any:
    """A page of objects. `has_more` says whether rows lie beyond it."""
    fields = [("object", Literal["list"]), ("data", list[shape]), ("has_more", bool)]  # type: ignore[valid-type]
    return msgspec.defstruct(f"{shape.__name__}List", fields, bases=(Shown,), kw_only=True)


PaymentList = _list(Payment)
RefundList = _list(Refund)
CustomerList = _list(Customer)


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


class CheckoutSession(Shown):
    """A wish for money that a shopper fulfils; its payments are its tries."""

    id: str
    object: Literal["checkout_session"]
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
    metadata: Words
    expires_at: Moment
    created_at: Moment
    updated_at: Moment


class PaymentLink(Shown):
    """An address that opens a fresh checkout session each time it is visited."""

    id: str
    object: Literal["payment_link"]
    active: bool
    reusable: bool
    amount: Minor | None
    currency: str
    title: str
    reference: str
    return_url: str
    metadata: Words
    expires_at: Moment | None
    created_at: Moment
    updated_at: Moment


class Carrier(Shown):
    """A provider that would take the payment, and what it can do afterwards."""

    provider: str
    capture: Literal["automatic", "manual", "both"]
    partial_capture: bool
    multiple_capture: bool
    void: bool
    refund: Literal["none", "full", "partial"]


class OfferedMethod(Shown):
    """A method the shopper could use. `needs` names the members that a payment must carry."""

    type: str
    name: str
    kind: str
    flow: str
    confirmation: Literal["instant", "minutes", "days"]
    needs: list[str]
    recurring: bool
    providers: list[Carrier]


class Reason(Shown):
    """Why a provider account cannot take it."""

    provider: str
    reason: str


class LeftOut(Shown):
    """A method nobody can carry for this payment."""

    type: str
    name: str
    reasons: list[Reason]


class OfferedMethods(Shown):
    """Every method we know, usable or left out."""

    object: Literal["payment_methods"]
    data: list[OfferedMethod]
    left_out: list[LeftOut]


class Balance(Shown):
    """One currency's money."""

    object: Literal["balance"]
    currency: str
    pending: Minor
    available: Minor
    reserve: Minor


class Transfer(Shown):
    """Money that went from one account to another."""

    id: str
    object: Literal["transfer"]
    journal: str
    source: str
    target: str
    amount: Minor
    currency: str
    reason: str
    subject: str
    sequence: int | None
    hash: str | None
    created_at: Moment


class Event(Shown):
    """What happened; the body of its webhook is exactly this."""

    id: str
    type: str
    created_at: Moment
    sequence: int | None
    data: dict[str, Any]
    merchant: str
    mode: Literal["test", "live"]


class WebhookEndpoint(Shown):
    """Where a merchant is told, and about what."""

    id: str
    object: Literal["webhook_endpoint"]
    url: str
    description: str
    types: list[str]
    status: Literal["enabled", "disabled"]
    disabled_reason: Literal["asked", "gone", "failing"] | None
    failing_since: Moment | None
    api_version: str
    created_at: Moment


class WebhookEndpointMade(WebhookEndpoint):
    """With its secret, shown this once; a replayed answer has null."""

    secret: str | None


class TestSent(Shown):
    """A test event on its way."""

    object: Literal["webhook_test"]
    endpoint: str
    event: str


class Replayed(Shown):
    """How many events are on their way again."""

    object: Literal["webhook_replay"]
    endpoint: str
    events: int


class Delivery(Shown):
    """One event for one endpoint."""

    id: str
    object: Literal["webhook_delivery"]
    endpoint: str
    event: str
    event_type: str
    event_sequence: int
    status: Literal["pending", "succeeded", "failed", "abandoned"]
    tries: int
    next_try_at: Moment | None
    created_at: Moment


class DeliveryAttempt(Shown):
    """One try; `status` is what the endpoint answered, null when it did not."""

    at: Moment
    status: int | None
    response: str
    error: str | None
    milliseconds: int


class DeliveryWhole(Delivery):
    """With its tries."""

    attempts: list[DeliveryAttempt]


class ApiKey(Shown):
    """A key, without its secret."""

    id: str
    object: Literal["api_key"]
    kind: Literal["secret", "publishable", "restricted", "management"]
    name: str
    prefix: str
    last4: str
    scopes: list[str]
    created_at: Moment
    expires_at: Moment | None
    revoked_at: Moment | None
    last_used_at: Moment | None


class ApiKeyMade(ApiKey):
    """With the whole key, shown this once; a replayed answer has null."""

    key: str | None


class Clock(Shown):
    """The merchant's present."""

    object: Literal["clock"]
    mode: Literal["test", "live"]
    now: Moment


TokenList = _list(Token)
CheckoutSessionList = _list(CheckoutSession)
PaymentLinkList = _list(PaymentLink)
BalanceList = _list(Balance)
TransferList = _list(Transfer)
EventList = _list(Event)
WebhookEndpointList = _list(WebhookEndpoint)
DeliveryList = _list(Delivery)
ApiKeyList = _list(ApiKey)
