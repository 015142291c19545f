"""What a driver is: the pure half of a connector.

A driver takes plain values and says what to send (`Call`), takes what came back (`Reply`) and says
what it means (`Outcome`), or what has to be sent before that can be said (`More`). It opens no
socket, reads no clock, touches no row: the client (`connectors/client.py`) meets the network, the
payments room keeps the state.

One file per provider in `connectors/drivers/`, found by its name. The base class below owns what
every provider shares: encoding, state and decline maps, scrubbing. What a file adds is the
provider's own words.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any, ClassVar, Literal
from urllib.parse import parse_qsl, quote_plus, urlencode

from acquiring.connectors.numbers import written
from acquiring.core.money import Money

Verb = Literal["authorize", "resume", "capture", "void", "refund", "inquire"]
Target = Literal["payment", "capture", "refund", "void"]

# What a try at getting the money can come to (authorize, resume, inquire about a payment) ...
PAYMENT_STATES = frozenset(
    "action pending authorized captured declined refused unknown voided expired".split()
)
# ... and what a later operation on it can come to (capture, void, refund).
OPERATION_STATES = frozenset("succeeded pending failed refused unknown".split())


@dataclass(frozen=True, slots=True)
class Card:
    """A card as the vault reveals it for one call. Never stored, never logged, never printed."""

    number: str
    exp_month: int
    exp_year: int
    cvc: str = ""
    holder: str = ""
    brand: str = ""

    def __repr__(self) -> str:
        return f"Card(…{self.number[-4:]})"


@dataclass(frozen=True, slots=True)
class Address:
    """A postal address; `country` is ISO 3166-1 alpha-2."""

    line1: str = ""
    line2: str = ""
    city: str = ""
    state: str = ""
    postal_code: str = ""
    country: str = ""


@dataclass(frozen=True, slots=True)
class Party:
    """The shopper, as far as the merchant told us."""

    id: str = ""
    name: str = ""
    email: str = ""
    phone: str = ""


@dataclass(frozen=True, slots=True)
class Device:
    """The shopper's device; browser facts are what 3-D Secure 2 asks for."""

    ip: str = ""
    user_agent: str = ""
    accept: str = ""
    language: str = ""
    fingerprint: str = ""
    color_depth: int = 24
    screen_width: int = 0
    screen_height: int = 0
    time_zone_offset_minutes: int = 0
    java_enabled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One wish, in our words, complete: a driver needs nothing else to build its call.

    `reference` is our id of the thing being asked for (`att_…`, `cap_…`, `voi_…`, `ref_…`); it is
    the provider's idempotency key and the merchant reference on its side, so that a repeated call
    is the same call. `provider_ref` is the provider's id of the payment, `operation_ref` its id of
    the capture, void or refund an inquiry is about. `kept` is what the driver itself asked to keep
    (`Outcome.keep`) the last time it spoke about this attempt. `details` is what the shopper typed
    for a method other than a card. `network_reference` is what ties a later payment of an agreement
    to its first: the scheme's transaction id, or the provider's own mandate or token.
    `step` names the answer that is awaited, where one wish takes several calls (`More.step`).
    """

    verb: Verb
    reference: str
    payment: str
    attempt: str = ""  # our reference of the attempt that a capture, void or refund is about
    money: Money
    target: Target = "payment"
    method: str = ""
    code: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict)
    capture: Literal["automatic", "manual"] = "automatic"
    final: bool = True  # a capture after which nothing more will be captured
    card: Card | None = None
    details: Mapping[str, str] = field(default_factory=dict)  # iban, code, tax_id, bank, phone …
    initiator: Literal["shopper", "merchant"] = "shopper"
    agreement: Literal["", "first", "subsequent"] = ""  # credential-on-file sequence
    network_reference: str = ""  # scheme transaction id of the first payment of an agreement
    three_ds: Literal["automatic", "required", "skip"] = "automatic"
    return_url: str = ""
    webhook_url: str = ""
    order_reference: str = ""
    description: str = ""
    descriptor: str = ""
    customer: Party = Party()
    billing: Address | None = None
    shipping: Address | None = None
    device: Device = Device()
    country: str = ""
    locale: str = "en"
    metadata: Mapping[str, str] = field(default_factory=dict)
    provider_ref: str = ""
    operation_ref: str = ""
    total: Money | None = None  # the authorized sum, where a follow-up must repeat it
    returned: Mapping[str, str] = field(default_factory=dict)  # what the shopper came back with
    kept: Mapping[str, Any] = field(default_factory=dict)
    now: datetime | None = None
    step: str = ""


@dataclass(frozen=True, slots=True)
class Call:
    """What to send. `path` is joined to the account's base URL unless it is absolute.

    `signed` is False for a call that already carries all that it needs to be let in.
    """

    method: str
    path: str
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    encoding: Literal["json", "form"] = "json"
    signed: bool = True


@dataclass(frozen=True, slots=True)
class Wire:
    """A call as bytes, ready to be authenticated and sent."""

    method: str
    url: str
    path: str  # as the provider sees and signs it: behind the base URL, with the query
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back, read as far as it could be: `body` is {} when it was not a JSON object."""

    status: int
    headers: Mapping[str, str]  # names in lower case
    body: Mapping[str, Any]
    text: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a reply, an inquiry or a webhook means, in our words.

    `state` is one of PAYMENT_STATES or OPERATION_STATES. `decline` is a code of
    `catalogue/declines.toml`; `raw_code` and `raw_message` are the provider's own. `action` is the
    shopper's next step (see `connectors/actions.py`). `money` is set where the provider's sum may
    differ from what we asked (partial approval, partial capture). `facts` are plain values worth
    showing (avs, cvc, eci, network_reference, liability_shift …).
    """

    state: str
    provider_ref: str = ""
    operation_ref: str = ""
    decline: str = ""
    raw_code: str = ""
    raw_message: str = ""
    action: Mapping[str, Any] | None = None
    money: Money | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    keep: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class More:
    """Only half of what was wished is said: `call` goes next, and its answer is read as `step`.

    `keep` is added to what the driver is handed as `Ask.kept`. No call but the last moves money,
    and all of them may be made again from the first.
    """

    step: str
    call: Call
    keep: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Pass:
    """An access token and for how many seconds it is good."""

    token: str
    seconds: int


@dataclass(frozen=True, slots=True)
class News:
    """One fact a provider's webhook tells: what it is about and what it means.

    At least one of `reference` (ours), `operation_ref` or `provider_ref` names the subject.
    A poll-only webhook (unsigned by contract) is news with state "unknown": the room inquires.
    """

    about: Literal["payment", "capture", "refund", "void", "dispute"]
    outcome: Outcome
    reference: str = ""
    provider_ref: str = ""
    operation_ref: str = ""
    event_id: str = ""


class BadSignature(Exception):  # noqa: N818 (a fact, not a fault)
    """A webhook that is not signed by whom it claims to be from. It changes nothing."""


class Unsupported(Exception):  # noqa: N818 (a fact, not a fault)
    """The driver was asked for a verb its provider does not have; the catalogue should say so."""


@dataclass(frozen=True, slots=True)
class Inbound:
    """A webhook as it arrived. Header names are in lower case."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes
    query: Mapping[str, str] = field(default_factory=dict)
    now: datetime | None = None

    def json(self) -> Any:
        """The body as JSON; raises BadSignature when it is none, since no provider sends that."""
        try:
            return json.loads(self.body)
        except ValueError as error:
            raise BadSignature("the body is not JSON") from error

    def form(self) -> dict[str, str]:
        """The body as URL-encoded pairs; the last of equal names wins."""
        return dict(parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True))


class Driver:
    """The shared half of every driver. A subclass states facts first, then asks, then reads."""

    name: ClassVar[str]
    title: ClassVar[str]
    live: ClassVar[str]  # base URL of the live service
    credentials: ClassVar[tuple[str, ...]]  # names of the secrets an account carries
    secret_credentials: ClassVar[tuple[str, ...]] = ()  # () = all of them are secret
    # Credentials that prove who calls in the TLS handshake (mutual TLS): our certificate, its key,
    # and the root by which the provider is known. An account without the first calls without it.
    client_certificate: ClassVar[tuple[str, str, str] | None] = None
    verbs: ClassVar[frozenset[str]] = frozenset(
        {"authorize", "resume", "capture", "void", "refund", "inquire"}
    )
    # Verbs whose call may be sent again under the same key by the provider's own contract.
    resendable: ClassVar[frozenset[str]] = frozenset()
    # Raw codes of an inquiry that say: nothing of that reference ever arrived here.
    missing: ClassVar[frozenset[str]] = frozenset()
    # Raw codes that say: I do not know whose credentials these are, where it is no 401 and no 403.
    strangers: ClassVar[frozenset[str]] = frozenset()
    states: ClassVar[Mapping[str, str]] = {}
    declines: ClassVar[Mapping[str, str]] = {}
    # Minor-unit exponents where the provider differs from ISO 4217.
    exponents: ClassVar[Mapping[str, int]] = {}
    # Names of members and headers (lower case) whose values never reach the wire log.
    scrub: ClassVar[frozenset[str]] = frozenset()
    # Answers that turn a caller away before anybody looked. A driver whose provider says with 403
    # what a payment's state forbids leaves it out, and reads it.
    turned_away: ClassVar[frozenset[int]] = frozenset({401, 403, 429})
    # Whether a cardholder can be asked (3-D Secure) without a script of the provider's own.
    challenges: ClassVar[bool] = True
    # `authorize` does no more than to open a page, and has no key: again, and there is another. The
    # shopper is sent to the last one only, so that nothing is paid twice.
    opens_anew: ClassVar[bool] = False
    # A provider that sends shoppers back to no address but those it was told beforehand: the member
    # of their return's query that holds `provider_ref`. Then all payments of an account share one.
    returns_named: ClassVar[str] = ""
    # A provider that nobody asks: `answer` makes what the shopper needs, webhooks tell the rest.
    asks_nobody: ClassVar[bool] = False
    # False where webhooks carry a fixed token: it proves who sent them, not what was sent.
    signs_bodies: ClassVar[bool] = True
    # Whether webhooks prove who sent them. Those that do not are news of the state "unknown", which
    # makes us inquire, and nothing else.
    signs_webhooks: ClassVar[bool] = True
    # What replies are written in; of "text" `Reply.body` is {} and the driver reads `Reply.text`.
    replies: ClassVar[Literal["json", "text"]] = "json"

    # Asking: one small method per verb, our words in, their words out.

    def ask(self, ask: Ask) -> Call:
        """The call for an ask; raises Unsupported where the provider has no such verb."""
        if ask.verb not in self.verbs:
            raise Unsupported(f"{self.name} has no {ask.verb}")
        call: Call = getattr(self, ask.verb)(ask)
        return call

    def answer(self, ask: Ask, account: Mapping[str, str]) -> Outcome | None:
        """What the ask comes to where nobody has to be asked (a code we make ourselves)."""
        return None

    def headers(self, account: Mapping[str, str], wire: Wire) -> dict[str, str]:
        """Authentication and signatures for a call that is ready to leave.

        Where the provider lends access tokens, `account` has one as `access_token`. `sent_at` is
        this very moment, RFC 3339, for providers whose signatures grow old.
        """
        raise NotImplementedError

    def sign_in(self, account: Mapping[str, str]) -> Call | None:
        """The call that gets an access token (not `signed`); None where there are none."""
        return None

    def admitted(self, reply: Reply) -> Pass:
        """The access token of a 2xx answer to `sign_in`; what it raises means there is none."""
        raise NotImplementedError

    def subscribe(self, webhook_url: str) -> Call | None:
        """The call that tells the provider where to send webhooks; None where a person must."""
        return None

    def subscribed(self, reply: Reply) -> dict[str, str]:
        """Credentials learned from a 2xx answer to `subscribe` (the key webhooks are signed by)."""
        return {}

    # Reading: replies and webhooks end in the same Outcome. The client has already dealt with
    # silence, 401, 403, 429 and 5xx: what arrives here is about the payment.

    def authentic(self, account: Mapping[str, str], wire: Wire, reply: Reply) -> bool:
        """Whether the reply comes from the provider, where it signs its replies.

        The client asks before `read`; a reply that is not authentic means "unknown".
        """
        return True

    def read(self, ask: Ask, reply: Reply) -> Outcome | More:
        """What a reply to `ask` means, or what has to be sent next."""
        raise NotImplementedError

    def news(self, inbound: Inbound, account: Mapping[str, str]) -> list[News]:
        """The facts in a webhook; raises BadSignature before believing any of it."""
        raise NotImplementedError

    def acknowledge(self, inbound: Inbound, account: Mapping[str, str]) -> tuple[bytes, dict]:
        """The body and headers that tell the provider its webhook was received (HTTP 200)."""
        return b"", {}

    def broke_down(self, reply: Reply) -> bool:
        """Whether the provider is in trouble of its own, so that the reply tells nothing.

        A driver whose provider answers questions with HTTP 500 says which of them are answers.
        """
        return reply.status >= 500

    def may_resend(self, ask: Ask, reply: Reply | None) -> bool:
        """Whether the same call may be sent once more: after silence (`None`) or this reply."""
        return ask.verb in self.resendable and (reply is None or reply.status >= 500)

    # The shared half.

    def state(self, word: str) -> str:
        """Our state for the provider's word; a word we do not know is "unknown", never a guess."""
        return self.states.get(word, "unknown")

    def decline(self, code: str) -> str:
        """The unified decline code for the provider's; "declined" is all we know otherwise."""
        return self.declines.get(code, "generic_decline")

    def wire(self, call: Call, base: str, account: Mapping[str, str]) -> Wire:
        """A call as authenticated bytes."""
        body, content_type = encode(call)
        path = call.path + ("?" + urlencode(call.query) if call.query else "")
        absolute = path.startswith(("https://", "http://"))
        url = path if absolute else base.rstrip("/") + path
        headers = {"Accept": "application/json"}
        if body or call.method in {"POST", "PUT", "PATCH"}:
            headers["Content-Type"] = content_type
        headers.update(call.headers)
        if absolute:
            path = "/" + path.split("://", 1)[1].partition("/")[2]
        bare = Wire(call.method, url, path, headers, body)
        if call.signed:
            headers.update(self.headers(account, bare))
        return bare


def encode(call: Call) -> tuple[bytes, str]:
    """The body as bytes and its content type: compact JSON, or a form with bracket nesting."""
    if call.encoding == "form":
        pairs = [f"{_quoted(name)}={quote_plus(one)}" for name, one in flatten(call.body or {})]
        return "&".join(pairs).encode(), "application/x-www-form-urlencoded"
    if call.body is None:
        return b"", "application/json"
    text = json.dumps(call.body, separators=(",", ":"), ensure_ascii=False)
    return written(text).encode(), "application/json"


@lru_cache(maxsize=4096)
def _quoted(name: str) -> str:
    """Names repeat from call to call; values, which may be secret, are never cached."""
    return quote_plus(name)


def flatten(value: Any, name: str = "") -> list[tuple[str, str]]:
    """Nested members as bracketed form pairs: {"a": {"b": [1]}} is ("a[b][0]", "1")."""
    if isinstance(value, Mapping):
        members = [(f"{name}[{key}]" if name else str(key), one) for key, one in value.items()]
    elif isinstance(value, list | tuple):
        members = [(f"{name}[{index}]", one) for index, one in enumerate(value)]
    elif isinstance(value, bool):
        return [(name, "true" if value else "false")]
    else:
        return [] if value is None else [(name, str(value))]
    return [pair for key, one in members for pair in flatten(one, key)]
