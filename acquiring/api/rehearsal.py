"""What a provider would be sent for a payment, and how its answer would be understood.

Nothing is sent and nothing is kept: the body of `POST /v1/payments` becomes the ask that the
payments room would make of it, the driver makes its call, the client's scrubber hides the secrets.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any
from uuid import UUID

from acquiring import catalogue
from acquiring.api import reading
from acquiring.api.v1 import instruments
from acquiring.api.v1.bodies import Card, PaymentCreation
from acquiring.api.v1.fields import plain
from acquiring.catalogue import Connector
from acquiring.connectors import conversation, registry
from acquiring.connectors.driver import Ask, Call, Driver, More, Reply, Unsupported, Wire
from acquiring.connectors.exchange import Account
from acquiring.core import clock
from acquiring.core.errors import Problem
from acquiring.core.money import Money
from acquiring.payments import asks
from acquiring.payments.records import Attempt, Book, Payment
from acquiring.payments.wishes import Instrument
from acquiring.vault import cards
from acquiring.vault.cards import CardSecret

MERCHANT, PAYMENT, ATTEMPT = (UUID(int=number) for number in (1, 2, 3))
BORROWED = "an-access-token"  # where the provider lends them, what stands for one
# Members of the facts that are not a payment's own, and what an ask of a later verb knows besides.
BESIDES = ("credentials", "reference", "provider_ref", "operation_ref", "returned", "kept", "step")


@dataclass(frozen=True)
class Rehearsal:
    """One ask and the call it becomes."""

    driver: Driver
    connector: Connector
    ask: Ask
    call: Call
    wire: Wire
    account: Account

    def shown(self, raw: bool = False) -> dict[str, Any]:
        """The request: method, URL, headers and body, secrets masked unless `raw`."""
        wire = self.wire
        body, headers, url = wire.body.decode(), wire.headers, wire.url
        if not raw:
            scrubber = conversation.scrubber_of(self.driver, self.ask, self.account, BORROWED)
            headers, url = scrubber.headers(headers), scrubber.url(url)
            body = scrubber.body(wire.body, wire.headers.get("Content-Type", ""))
        return {"method": wire.method, "url": url, "headers": dict(headers), "body": body}

    def understood(self, reply: Reply) -> dict[str, Any]:
        """What the reply would be taken for: an outcome, or the call that goes next."""
        read = self.driver.read(self.ask, reply)
        if isinstance(read, More):
            known = {**_lent(), **self.account.credentials}
            again = self.driver.wire(read.call, self.account.base_url, known)
            following = replace(self, wire=again, call=read.call)
            return {"step": read.step, "keep": dict(read.keep), "next": following.shown()}
        members = asdict(read)
        return {name: one for name, one in members.items() if one not in ("", None, {})}


@dataclass
class Facts:
    """A payment in the API's own words, and what the provider already knows of it."""

    body: dict[str, Any]
    credentials: Mapping[str, str] = field(default_factory=dict)
    besides: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, members: Mapping[str, Any]) -> Facts:
        """Facts out of one JSON object."""
        besides = {name: members[name] for name in BESIDES[1:] if name in members}
        # `reference` is the merchant's own too; only what looks like ours stands for ours.
        if not str(besides.get("reference", "")).startswith(("att_", "cap_", "voi_", "ref_")):
            besides.pop("reference", None)
        body = {
            name: one
            for name, one in members.items()
            if name not in BESIDES or (name == "reference" and name not in besides)
        }
        return cls(body, dict(members.get("credentials", {})), besides)


def rehearse(
    provider: str, method: str, verb: str = "authorize", facts: Facts | None = None, base: str = ""
) -> Rehearsal:
    """The call for a verb of a method at a provider.

    Without facts a sample payment is made up from what the connector needs. Raises Problem for a
    provider, method or verb that does not exist, and for facts that are no payment.
    """
    driver, connector = _found(provider, method)
    facts = facts or Facts(sample(connector))
    account = _account(driver, facts, base)
    ask = _ask(facts, connector, verb)
    try:
        call = driver.ask(ask)
    except Unsupported as error:
        raise Problem("invalid_field", f"{driver.title}: {error}.", "verb") from error
    known = {**_lent(), **account.credentials}
    wire = driver.wire(call, account.base_url, known)
    return Rehearsal(driver, connector, ask, call, wire, account)


def sample(connector: Connector) -> dict[str, Any]:
    """A payment the connector could take, as a body of `POST /v1/payments`."""
    currency = _one(connector.currencies, "EUR")
    country = _one(connector.countries, "NL")
    least, step = connector.minimum.get(currency, 1), connector.multiple_of.get(currency, 1)
    amount = max(least, min(10_000, connector.maximum.get(currency, 10_000))) // step * step
    typed = {
        need.removeprefix("details."): SAMPLES.get(need, "sample")
        for need in connector.needs
        if need.startswith("details.")
    }
    paid_with: dict[str, Any] = {"type": connector.method}
    if connector.flow == "card":
        card = {"number": "4111111111111111", "exp_month": 3, "exp_year": 2030, "cvc": "737"}
        own = typed if connector.method == "card" else {}
        paid_with["card"] = {**card, "holder": "Amber Ash", **own}
    if typed and connector.method != "card":
        paid_with[connector.method] = typed
    street = {"line1": "1 High Street", "city": "Springfield", "postal_code": "1011AB"}
    return {
        "amount": amount,
        "currency": currency,
        "country": country,
        "payment_method": paid_with,
        "customer": {
            "name": "Amber Ash",
            "email": "amber@shop.example",
            "phone": "+31612345678",
        },
        "billing": {**street, "country": country},
        "shipping": {**street, "country": country},
        "device": {"ip": "203.0.113.9", "user_agent": "Mozilla/5.0", "language": "en"},
        "return_url": "https://shop.example/done",
        "reference": "order-1001",
        "description": "Two cups of tea",
    }


SAMPLES = {
    "details.account_holder": "Amber Ash",
    "details.account_number": "000123456789",
    "details.bank": "bank",
    "details.birth_date": "1990-02-28",
    "details.branch_number": "110000000",
    "details.bsb_number": "000000",
    "details.code": "777124",
    "details.iban": "NL13TEST0123456789",
    "details.plan": "3",
    "details.tax_id": "00000000191",
    "details.vpa": "amber@bank",
}


def _lent() -> dict[str, str]:
    """What the client would hand to the driver besides the account's own credentials."""
    return {"access_token": BORROWED, "sent_at": clock.now().isoformat()}


def _one(places: Any, favourite: str) -> str:
    if places == "*" or favourite in places:
        return favourite
    return str(min(places))


def _found(provider: str, method: str) -> tuple[Driver, Connector]:
    if provider not in registry.names():
        known = ", ".join(sorted(registry.names()))
        raise Problem("invalid_field", f"There is no driver {provider!r}: {known}.", "provider")
    rows = [row for row in catalogue.connectors(method) if row.provider == provider]
    if not rows:
        raise Problem("invalid_field", f"{provider} does not carry {method!r}.", "method")
    return registry.driver(provider), rows[0]


def _account(driver: Driver, facts: Facts, base: str) -> Account:
    unknown = sorted(set(facts.credentials) - set(driver.credentials))
    if unknown:
        rule = f"{driver.title} has no such credential; it has {', '.join(driver.credentials)}."
        raise Problem("unknown_field", rule, f"credentials.{unknown[0]}")
    made = {name: f"test-{name.replace('_', '-')}" for name in driver.credentials}
    if any(name.endswith("private_key") for name in made.keys() - facts.credentials.keys()):
        rule = "The provider's calls are signed: give the private key among the credentials."
        raise Problem("missing_field", rule, "credentials")
    known = {**made, **facts.credentials}
    return Account(driver.name, "rehearsal", known, base_url=base or driver.live)


def _ask(facts: Facts, connector: Connector, verb: str) -> Ask:
    body = reading.decode(json.dumps(facts.body).encode(), PaymentCreation)
    now = clock.now()
    shopper = instruments.shopper(body)
    if body.customer is not None and not isinstance(body.customer, str):
        shopper["customer"] = plain(body.customer)
    payment = Payment(
        merchant_id=MERCHANT,
        id=PAYMENT,
        amount=body.amount,
        currency=body.currency,
        capture_method=body.capture_method,
        method=connector.method,
        method_details={"saved": True} if body.save_payment_method else {},
        initiator=body.initiator,
        reference=body.reference,
        description=body.description,
        descriptor=body.statement_descriptor,
        country=instruments.country(body),
        locale=body.locale,
        shopper=shopper,
        metadata=body.metadata,
        created_at=now,
        updated_at=now,
    )
    attempt = Attempt(
        merchant_id=MERCHANT,
        id=ATTEMPT,
        payment_id=PAYMENT,
        ordinal=1,
        account_id=MERCHANT,
        provider=connector.provider,
        amount=body.amount,
        currency=body.currency,
        sent_at=now,
        created_at=now,
        updated_at=now,
    )
    book = Book(payment=payment)
    book.attempts.append(attempt)
    ask = asks.authorize(book, attempt, _instrument(body, connector), connector, body.three_ds)
    return _later(ask, verb, facts) if verb != "authorize" else replace(ask, **facts.besides)


def _later(ask: Ask, verb: str, facts: Facts) -> Ask:
    """The same payment, asked about afterwards."""
    own = {"capture": "cap_1", "void": "voi_1", "refund": "ref_1"}
    known = {"provider_ref": "provider-ref", **facts.besides}
    known.setdefault("reference", own.get(verb, ask.reference))
    total = Money(ask.money.amount, ask.money.currency)
    return replace(ask, verb=verb, card=None, details={}, total=total, **known)  # type: ignore[arg-type]


def _instrument(body: PaymentCreation, connector: Connector) -> Instrument:
    given = body.payment_method
    if given is None or not given.type:
        rule = f"The field payment_method.type is missing: it is {connector.method}."
        raise Problem("missing_field", rule, "payment_method.type")
    if given.type != connector.method:
        rule = f"The payment is paid with {given.type}, not with {connector.method}."
        raise Problem("invalid_field", rule, "payment_method.type")
    told = instruments.details(given).get(given.type, {})
    if given.card is None:
        return Instrument(connector.method, details=told)
    told |= instruments.besides(given.card)
    return Instrument(connector.method, card=_card(given.card), details=told)


def _card(card: Card) -> CardSecret:
    param = "payment_method.card"
    digits, brand = cards.check_number(card.number, f"{param}.number")
    return CardSecret(
        number=digits,
        exp_month=card.exp_month,
        exp_year=card.exp_year,
        cvc=cards.check_cvc(card.cvc, digits, f"{param}.cvc"),
        holder=card.holder,
        brand=brand,
        last4=digits[-4:],
        bin=digits[:6],
        fingerprint="",
    )
