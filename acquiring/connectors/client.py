"""How a driver meets the network: build, send, read, and never mistake silence for a no.

The rules, in one place. Nothing left this machine, or the provider turned the caller away (401,
403, 429): "refused", since nobody was asked. Silence, 5xx, an unreadable answer, an answer that is
not authentic, a driver that stumbles: "unknown". One repetition, of identical bytes, where the
driver says that the provider's contract allows it. Once a byte of an ask may have reached the
provider, only the provider's own word ends it: a later "not sent" cannot make it refused, and an
inquiry or a return from the issuer never can.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from time import monotonic_ns
from typing import Literal, NamedTuple

from acquiring.connectors.breaker import Breaker, Bulkhead
from acquiring.connectors.conversation import Conversation, complain, not_built, unasked
from acquiring.connectors.driver import Ask, Driver, Outcome, Verb
from acquiring.connectors.exchange import Account, Exchange, Sent, Timeouts
from acquiring.core import clock, ids
from acquiring.core.money import Money

__all__ = [
    "Account",
    "Exchange",
    "Sent",
    "Timeouts",
    "Verdict",
    "check",
    "forget_failures",
    "perform",
    "subscribe",
]

# What an answer comes to that says nothing, or that nobody can be sure of.
UNSAID = ("not_authentic", "unreadable", "unread")
CALLS_AT_ONCE = 64  # per provider account and process
PATIENCE = Timeouts(5, 10)  # while a person waits
Verdict = Literal["good", "refused", "unknown"]


def perform(
    driver: Driver,
    ask: Ask,
    account: Account,
    *,
    base_url: str = "",
    timeouts: Timeouts = Timeouts(),  # noqa: B008 (immutable)
    again: bool = False,
) -> Exchange:
    """Ask the provider and say what it came to; no exception of driver or network gets out.

    The account's own base URL goes before `base_url`, and that before the driver's live one.
    `again` says that the same ask may have reached the provider before: then nothing but the
    provider's word ends it.
    """
    ask = ask if ask.now else replace(ask, now=clock.now())
    base = account.base_url or base_url or driver.live
    try:
        if known := driver.answer(ask, account.credentials):
            return Exchange(known, ())
        call = driver.ask(ask)
    except Exception as error:
        return Exchange(not_built(driver, ask, error, again), ())
    gate = _gate(account.provider, account.id)
    if not gate.bulkhead.enter():
        return Exchange(unasked(ask, again, "bulkhead_full", "provider_unavailable"), ())
    try:
        conversation = Conversation(driver, ask, account, base, timeouts, gate.breaker, again)
        return conversation.hold(call)
    finally:
        gate.bulkhead.leave()


def check(
    driver: Driver, account: Account, *, base_url: str = "", timeouts: Timeouts = PATIENCE
) -> Verdict:
    """Whether the provider lets these credentials in, asked without changing anything.

    The question is about a payment that nobody knows; where the provider cannot be asked, such a
    payment is given up. 401, 403 and the driver's `strangers`, to that or to signing in, mean
    "refused", and so do credentials of which no call can be made (a key that is none). Any other
    word of the provider's is "good": it knew whom it spoke to. Silence, 5xx and an answer that
    cannot be trusted are "unknown".
    """
    if driver.asks_nobody:
        return "good"
    exchange = perform(driver, _probe(driver), account, base_url=base_url, timeouts=timeouts)
    outcome, statuses = exchange.outcome, [call.status for call in exchange.calls]
    if _is_refused(driver, account, outcome, statuses):
        return "refused"
    if not statuses or statuses[-1] is None or statuses[-1] >= 500 or statuses[-1] == 429:
        return "unknown"
    return "good" if outcome.raw_code not in UNSAID else "unknown"


def _is_refused(
    driver: Driver, account: Account, outcome: Outcome, statuses: list[int | None]
) -> bool:
    """Whether the provider does not know whose credentials these are, however it says so."""
    code = outcome.raw_code
    if code in driver.strangers or code == "not_built" or {401, 403} & set(statuses):
        return True
    signing_in = driver.sign_in(account.credentials) is not None
    return signing_in and len(statuses) == 1 and code == "http_400"


def subscribe(
    driver: Driver, account: Account, webhook_url: str, *, base_url: str = ""
) -> dict[str, str] | None:
    """Tell the provider where to send webhooks; the credentials that were learned by it.

    None where nothing was registered: the provider has no such call, or said no, or nothing.
    """
    try:
        call = driver.subscribe(webhook_url)
        if call is None:
            return None
        base = account.base_url or base_url or driver.live
        breaker = _gate(account.provider, account.id).breaker
        ask = _probe(driver)
        conversation = Conversation(driver, ask, account, base, PATIENCE, breaker, False)
        reply = conversation.fetch(call)
        return driver.subscribed(reply) if reply and reply.status < 300 else None
    except Exception as error:  # a driver on an answer nobody foresaw: not registered, and told
        complain(driver, _probe(driver), "could not register a webhook", error)
        return None


def _probe(driver: Driver) -> Ask:
    """A question about a payment that nobody knows, by an id of the provider's: where one is asked
    for by our own reference, some providers answer by making what they do not find."""
    verb: Verb = "inquire" if "inquire" in driver.verbs else "void"
    reference = ids.show("att", ids.new())
    return Ask(
        verb=verb,
        reference=reference,
        payment=reference,
        attempt=reference,
        money=Money(100, "EUR"),
        method="card",
        provider_ref=reference,
        now=clock.now(),
    )


def forget_failures() -> None:
    """Close every circuit breaker of this process; for tests and for a person who knows better."""
    _gate.cache_clear()


class _Gate(NamedTuple):
    breaker: Breaker
    bulkhead: Bulkhead


@lru_cache(maxsize=4096)
def _gate(provider: str, account: str) -> _Gate:
    """The guards of one provider account, the same for every thread."""
    return _Gate(Breaker(monotonic_ns), Bulkhead(CALLS_AT_ONCE))
