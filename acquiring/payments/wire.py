"""How this room meets the providers: one ask through the client, its log, and what it is worth."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

from acquiring import catalogue
from acquiring.connectors import client, registry
from acquiring.connectors.driver import Ask, Outcome
from acquiring.core import ids, metrics
from acquiring.ledger import fees
from acquiring.payments import asks
from acquiring.payments.attempts import Terms
from acquiring.payments.change import Change
from acquiring.payments.records import Attempt, Payment
from merchants.accounts import AccountFacts


class Heard(NamedTuple):
    """A webhook as the wire log keeps it, scrubbed."""

    url: str
    headers: dict[str, str]
    body: str
    at: datetime


class Exchange(NamedTuple):
    """What an ask came to, every request that was made for it, and the webhook that told it."""

    outcome: Outcome
    calls: tuple[client.Sent, ...] = ()
    heard: Heard | None = None

    @property
    def milliseconds(self) -> int:
        """How long the provider took, all requests together."""
        return sum(call.milliseconds for call in self.calls)


def perform(account: AccountFacts, ask: Ask, again: bool = False) -> Exchange:
    """Ask a provider; no exception of driver or network gets out. Never inside a transaction."""
    known = client.Account(
        provider=account.provider,
        id=str(account.id),
        credentials=account.credentials,
        mode=account.mode,  # type: ignore[arg-type]
        base_url=account.base_url,
    )
    driver = registry.driver(account.provider)
    ask = replace(ask, webhook_url=account.webhook_url)
    found = client.perform(driver, ask, known, timeouts=timeouts(account.provider), again=again)
    metrics.count(
        "provider_call", provider=account.provider, verb=ask.verb, result=found.outcome.state
    )
    return Exchange(found.outcome, found.calls)


@cache
def timeouts(provider: str) -> client.Timeouts:
    """How long this provider may take."""
    facts = catalogue.provider(provider)
    return client.Timeouts(facts.connect_timeout_seconds, facts.read_timeout_seconds)


def is_missing(provider: str, outcome: Outcome) -> bool:
    """Whether an inquiry found that the provider knows nothing of our reference."""
    return outcome.raw_code in registry.driver(provider).missing


def may_resend(provider: str, verb: str) -> bool:
    """Whether the provider's contract lets the same ask be sent again under its key."""
    return verb in registry.driver(provider).resendable


def terms(payment: Payment, provider: str) -> Terms:
    """What a decision about an attempt needs to know beyond the book."""
    connector = asks.connector_of(payment, provider)
    method = catalogue.method(payment.method)
    return Terms(
        price=fees.price(payment.merchant_id, method.kind, payment.currency),
        settle_days=connector.settle_days,
        confirmation=method.confirmation,
    )


def worth_another_route(outcome: Outcome) -> bool:
    """Whether the next provider may be asked: nobody was, or the refusal was not the holder's."""
    if outcome.state == "refused":
        return True
    if outcome.state != "declined":
        return False
    known = catalogue.declines().get(outcome.decline)
    return known is not None and known.another_route


def keep_log(change: Change, attempt: Attempt, ask: Ask | None, exchange: Exchange) -> None:
    """The scrubbed exchange, as rows of the same commit."""
    if exchange.heard:
        change.wire.append(_heard_row(attempt, exchange.heard))
    for call in exchange.calls:
        change.wire.append(_sent_row(attempt, ask.verb if ask else "webhook", call))


def _sent_row(attempt: Attempt, verb: str, call: client.Sent) -> dict[str, Any]:
    return {
        **_row(attempt, verb, "sent"),
        "request": {
            "method": call.method,
            "url": call.url,
            "headers": call.request_headers,
            "body": call.request_body,
        },
        "response": {
            "status": call.status,
            "headers": call.response_headers,
            "body": call.response_body,
            "error": call.error,
        },
        "milliseconds": call.milliseconds,
        "created_at": call.started_at,
    }


def _heard_row(attempt: Attempt, heard: Heard) -> dict[str, Any]:
    request = {"method": "POST", "url": heard.url, "headers": heard.headers, "body": heard.body}
    return {
        **_row(attempt, "webhook", "heard"),
        "request": request,
        "response": {},
        "milliseconds": 0,
        "created_at": heard.at,
    }


def _row(attempt: Attempt, verb: str, direction: str) -> dict[str, Any]:
    return {
        "merchant_id": attempt.merchant_id,
        "id": ids.new(),
        "payment_id": attempt.payment_id,
        "attempt_id": attempt.id,
        "verb": verb,
        "direction": direction,
    }
