"""What is sent to create and change payments, and with what: the request bodies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from acquiring import catalogue
from acquiring.api.v1.fields import (
    MAX_AMOUNT,
    Amount,
    Country,
    Currency,
    Email,
    Id,
    Line,
    Locale,
    Metadata,
    Moment,
    Origin,
    Patterns,
    Phone,
    Text,
    Url,
    Word,
)

CaptureMethod = Literal["automatic", "manual"]
ThreeDs = Literal["automatic", "required", "skip"]
MAX_TOKEN = 10_000  # characters of a wallet's payload; the longest that a provider takes


class Body(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Members that an endpoint does not know are refused by name."""


class Card(Body):
    """A card as the shopper typed it. Raw card data needs a secret key, or goes to /v1/tokens."""

    number: Annotated[str, Meta(min_length=1, max_length=32, examples=["4242424242424242"])]
    exp_month: Annotated[int, Meta(ge=1, le=12)]
    exp_year: Annotated[int, Meta(ge=2000, le=2100)]
    cvc: Annotated[str, Meta(max_length=4)] = ""
    holder: Annotated[str, Meta(max_length=100, description="The name on the card.")] = ""


class AnyMethod(Body):
    """What is paid with: a method by its type, a card, or a token.

    A method that asks the shopper for something carries it under its own name, such as
    `{"type": "sepa_debit", "sepa_debit": {"iban": "…"}}`.
    """

    type: Annotated[str, Meta(max_length=64, examples=["card", "ideal"])] = ""
    card: Card | None = None
    token: Annotated[str, Meta(max_length=300, description="tok_…, as /v1/tokens gave it.")] = ""


def _details() -> list[tuple[str, Any, Any]]:
    """A member per method that some provider wants typed details for, out of the catalogue."""
    wanted: dict[str, set[str]] = {}
    for connector in catalogue.connectors():
        for need in connector.needs:
            if need.startswith("details."):
                wanted.setdefault(connector.method, set()).add(need.removeprefix("details."))
    return [
        (method, _details_of(method, sorted(names)) | None, None)
        for method, names in sorted(wanted.items())
    ]


def _details_of(method: str, names: list[str]) -> Any:
    """What a method is told besides; a card carries it among its own members."""
    fields = [
        (name, Annotated[str, Meta(max_length=MAX_TOKEN if name == "token" else 64)], "")
        for name in names
    ]
    if method == "card":
        return msgspec.defstruct(
            "PaymentCard", fields, bases=(Card,), namespace={"__doc__": Card.__doc__}
        )
    title = "".join(word.capitalize() for word in method.split("_")) + "Details"
    return msgspec.defstruct(title, fields, bases=(Body,))


if TYPE_CHECKING:
    PaymentMethod = AnyMethod
else:
    PaymentMethod = msgspec.defstruct(
        "PaymentMethod",
        _details(),
        bases=(AnyMethod,),
        namespace={"__doc__": AnyMethod.__doc__},
    )


class CustomerFacts(Body):
    """The shopper of one payment. With `id` it is the customer of that id."""

    id: Annotated[str, Meta(max_length=64, description="cus_…")] = ""
    name: Line = ""
    email: Email = ""
    phone: Phone = ""


class Address(Body):
    """A postal address."""

    line1: Line = ""
    line2: Line = ""
    city: Line = ""
    state: Line = ""
    postal_code: Annotated[str, Meta(max_length=20)] = ""
    country: Country = ""


class Device(Body):
    """The shopper's device. Browser facts are what 3-D Secure asks for."""

    ip: Annotated[str, Meta(max_length=45, description="IPv4 or IPv6.")] = ""
    user_agent: Annotated[str, Meta(max_length=1000)] = ""
    accept: Annotated[str, Meta(max_length=1000)] = ""
    language: Annotated[str, Meta(max_length=35)] = ""
    fingerprint: Annotated[str, Meta(max_length=255)] = ""
    color_depth: Annotated[int, Meta(ge=1, le=64)] = 24
    screen_width: Annotated[int, Meta(ge=0, le=100_000)] = 0
    screen_height: Annotated[int, Meta(ge=0, le=100_000)] = 0
    time_zone_offset_minutes: Annotated[int, Meta(ge=-840, le=840)] = 0
    java_enabled: bool = False


class Confirmation(Body):
    """How a payment is to be confirmed."""

    payment_method: PaymentMethod
    billing: Address | None = None
    shipping: Address | None = None
    device: Device | None = None
    country: Country = ""
    locale: Locale = ""
    return_url: Url = ""
    save_payment_method: bool = False
    three_ds: ThreeDs = "automatic"


class PaymentCreation(Body):
    """A payment to be. With a payment method it is confirmed at once, unless `confirm` is false."""

    amount: Amount
    currency: Currency
    payment_method: PaymentMethod | None = None
    confirm: bool = True
    capture_method: CaptureMethod = "automatic"
    customer: Id | CustomerFacts | None = None
    billing: Address | None = None
    shipping: Address | None = None
    device: Device | None = None
    country: Annotated[
        Country, Meta(description="The shopper's; else that of the billing address.")
    ] = ""
    locale: Locale = ""
    return_url: Url = ""
    reference: Line = ""
    description: Text = ""
    statement_descriptor: Annotated[str, Meta(max_length=22)] = ""
    metadata: Metadata = {}
    store: Word = ""
    checkout_session: Word = ""
    initiator: Annotated[
        Literal["shopper", "merchant"],
        Meta(description="`merchant`: a saved token is charged without the shopper."),
    ] = "shopper"
    save_payment_method: bool = False
    three_ds: ThreeDs = "automatic"


EXAMPLE_CARD = {"number": "4242424242424242", "exp_month": 12, "exp_year": 2031, "cvc": "123"}
EXAMPLE_PAYMENT = {
    "amount": 1999,
    "currency": "EUR",
    "reference": "order-1001",
    "payment_method": {"type": "card", "card": EXAMPLE_CARD},
    "return_url": "https://shop.example/done",
}


class CaptureCreation(Body):
    """How much to take; all that is left when no amount is named."""

    amount: Amount | None = None
    final: Annotated[bool, Meta(description="false: more captures will follow.")] = True


class RefundCreation(Body):
    """How much to give back; all that is left when no amount is named."""

    payment: Id
    amount: Amount | None = None
    reason: Line = ""
    metadata: Metadata = {}


class CustomerChange(Body):
    """Only what is sent is changed."""

    reference: Line | UnsetType = UNSET
    name: Line | UnsetType = UNSET
    email: Email | UnsetType = UNSET
    phone: Phone | UnsetType = UNSET
    metadata: Metadata | UnsetType = UNSET


class TokenCreation(Body):
    """A card to keep: for one payment within the hour, or, `reusable`, until it is erased."""

    card: Card
    customer: Word = ""
    reusable: Annotated[
        bool, Meta(description="The shopper agreed that it is kept. Needs a secret key.")
    ] = False


class Item(Body, kw_only=True):
    """One line of what is bought, as the shopper is shown it."""

    name: Annotated[str, Meta(min_length=1, max_length=255)]
    detail: Line = ""
    quantity: Annotated[int, Meta(ge=1, le=100_000)] = 1
    amount: Annotated[
        int,
        Meta(
            ge=-MAX_AMOUNT, le=MAX_AMOUNT, description="Of the whole line; a discount is below 0."
        ),
    ]


class SessionCreation(Body):
    """A wish for money that a shopper fulfils on a page."""

    amount: Amount
    currency: Currency
    capture_method: CaptureMethod = "automatic"
    country: Country = ""
    locale: Locale = ""
    payment_methods: Annotated[
        list[Word], Meta(max_length=100, description="Only these; all that fit when empty.")
    ] = []
    customer: Word = ""
    store: Word = ""
    reference: Line = ""
    description: Text = ""
    return_url: Url = ""
    cancel_url: Url = ""
    items: Annotated[
        list[Item],
        Meta(max_length=100, description="Shown to the shopper; they add up to `amount`."),
    ] = []
    allowed_origins: Annotated[
        list[Origin],
        Meta(
            max_length=10,
            description="Of the sites in the settings, those whose pages may show it in a frame;"
            " all of them when empty.",
        ),
    ] = []
    metadata: Metadata = {}
    expires_at: Moment | None = None


class LinkCreation(Body):
    """An address that opens a checkout each time it is visited."""

    currency: Currency
    title: Annotated[str, Meta(min_length=1, max_length=255)]
    amount: Annotated[
        Amount | None, Meta(description="Left out: the shopper names the amount.")
    ] = None
    amount_min: Annotated[
        Amount | None, Meta(description="The least the shopper may name; only without `amount`.")
    ] = None
    amount_max: Annotated[
        Amount | None, Meta(description="The most the shopper may name; only without `amount`.")
    ] = None
    description: Text = ""
    payment_methods: Annotated[
        list[Word], Meta(max_length=100, description="Only these; all that fit when empty.")
    ] = []
    store: Word = ""
    reusable: bool = True
    reference: Line = ""
    return_url: Url = ""
    metadata: Metadata = {}
    expires_at: Moment | None = None


class LinkChange(Body):
    """Only what is sent is changed."""

    active: bool | UnsetType = UNSET
    title: Annotated[str, Meta(min_length=1, max_length=255)] | UnsetType = UNSET
    metadata: Metadata | UnsetType = UNSET


class WebhookEndpointCreation(Body):
    """Where to tell, and about what."""

    url: Annotated[str, Meta(min_length=1, max_length=500)]
    types: Patterns = msgspec.field(default_factory=lambda: ["*"])
    description: Annotated[str, Meta(max_length=200)] = ""


class WebhookEndpointChange(Body):
    """Only what is sent is changed."""

    url: Annotated[str, Meta(min_length=1, max_length=500)] | UnsetType = UNSET
    types: Patterns | UnsetType = UNSET
    description: Annotated[str, Meta(max_length=200)] | UnsetType = UNSET


class SecretRotation(Body):
    """How long the former secret still signs, or the former key still opens."""

    overlap_seconds: Annotated[int, Meta(ge=0, le=604_800)] = 86_400


class BulkReplay(Body):
    """Deliver to an endpoint what it missed since a moment; with `everything`, all of it."""

    endpoint: Id
    since: Moment
    everything: bool = False


class ApiKeyCreation(Body):
    """A key to be; only restricted ones are given scopes."""

    kind: Literal["secret", "publishable", "restricted"]
    name: Annotated[str, Meta(max_length=100)] = ""
    scopes: Annotated[list[Word], Meta(max_length=50)] = []


class ClockAdvance(Body):
    """How far to move a test merchant's clock, forward."""

    advance_seconds: Annotated[int, Meta(ge=1, le=34_560_000)]
