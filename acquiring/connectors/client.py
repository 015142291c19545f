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
from typing import NamedTuple

from acquiring.connectors.breaker import Breaker, Bulkhead
from acquiring.connectors.conversation import Conversation, not_built, unasked
from acquiring.connectors.driver import Ask, Driver
from acquiring.connectors.exchange import Account, Exchange, Sent, Timeouts
from acquiring.core import clock

__all__ = ["Account", "Exchange", "Sent", "Timeouts", "forget_failures", "perform"]

CALLS_AT_ONCE = 64  # per provider account and process


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
