"""How a driver meets the network: build, send, read, and never mistake silence for a no.

The rules, in one place. Nothing left this machine, or the provider turned the caller away (401,
403, 429): "refused", since nobody was asked. Silence, 5xx, an unreadable answer, an answer that is
not authentic, a driver that stumbles: "unknown". One repetition, of identical bytes, where the
driver says that the provider's contract allows it. Once a byte of an ask may have reached the
provider, only the provider's own word ends it: a later "not sent" cannot make it refused, and an
inquiry or a return from the issuer never can.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache
from time import monotonic_ns
from typing import Literal, NamedTuple

import orjson

from acquiring.connectors.breaker import Breaker, Bulkhead
from acquiring.connectors.driver import (
    OPERATION_STATES,
    PAYMENT_STATES,
    Ask,
    Driver,
    Outcome,
    Reply,
    Unsupported,
    Wire,
)
from acquiring.connectors.scrubbing import Scrubber
from acquiring.core import clock, http

logger = logging.getLogger(__name__)

CALLS_AT_ONCE = 64  # per provider account and process

# Answers that say nothing about the payment: the caller was turned away before anybody looked.
TURNED_AWAY = {401: "credentials_refused", 403: "credentials_refused", 429: "rate_limited"}


@dataclass(frozen=True, slots=True)
class Account:
    """Whose account at which provider: its credentials, and where it lives if not in production."""

    provider: str
    id: str
    credentials: Mapping[str, str] = field(repr=False)
    mode: Literal["test", "live"] = "test"
    base_url: str = ""


class Timeouts(NamedTuple):
    """How long a provider may take to let us in, and to answer."""

    connect_seconds: int = 5
    read_seconds: int = 30


class Sent(NamedTuple):
    """One request as the wire log keeps it, scrubbed. `status` is None when no answer came."""

    started_at: datetime
    method: str
    url: str
    request_headers: dict[str, str]
    request_body: str
    status: int | None
    response_headers: dict[str, str]
    response_body: str
    milliseconds: int
    error: str


class Exchange(NamedTuple):
    """What an ask came to, and every request that was made for it."""

    outcome: Outcome
    calls: tuple[Sent, ...]


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
        wire = driver.wire(driver.ask(ask), base, account.credentials)
    except Exception as error:
        return Exchange(_not_built(driver, ask, error, again), ())
    gate = _gate(account.provider, account.id)
    if not gate.bulkhead.enter():
        return Exchange(_unasked(ask, again, "bulkhead_full", "provider_unavailable"), ())
    try:
        conversation = _Conversation(driver, ask, account, wire, timeouts, gate.breaker, again)
        if not gate.breaker.admit():
            return Exchange(_unasked(ask, again, "circuit_open", "provider_unavailable"), ())
        return conversation.hold()
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


class _Conversation:
    """One ask on its way: at most two requests of identical bytes, each one logged."""

    def __init__(
        self,
        driver: Driver,
        ask: Ask,
        account: Account,
        wire: Wire,
        timeouts: Timeouts,
        breaker: Breaker,
        again: bool,
    ) -> None:
        self.driver = driver
        self.ask = ask
        self.account = account
        self.wire = wire
        self.timeouts = timeouts
        self.breaker = breaker
        self.reached = again  # whether the provider may have seen this ask
        self.scrubber = _scrubber(driver, ask, account)
        self.calls: list[Sent] = []

    def hold(self) -> Exchange:
        reply, silence = self._send()
        broken = reply is not None and reply.status >= 500
        if broken or silence == "no_answer":
            self.reached = True
            if self.driver.may_resend(self.ask, reply) and self.breaker.admit():
                reply, silence = self._send()
        outcome = self._unanswered(silence) if reply is None else self._answered(reply)
        return Exchange(outcome, tuple(self.calls))

    def _send(self) -> tuple[Reply | None, str]:
        """The reply, or None and the kind of silence: "not_sent" or "no_answer"."""
        wire, started_at, started = self.wire, clock.now(), monotonic_ns()
        try:
            response = http.send(
                wire.method,
                wire.url,
                wire.headers,
                wire.body,
                connect_timeout_seconds=self.timeouts.connect_seconds,
                read_timeout_seconds=self.timeouts.read_seconds,
            )
        except BaseException as error:
            self.breaker.failed()
            self._log(started_at, (monotonic_ns() - started) // 1_000_000, error=error)
            if isinstance(error, http.NotSent):
                return None, "not_sent"
            if not isinstance(error, Exception):
                raise
            if not isinstance(error, http.NoAnswer):
                _complain(self.driver, self.ask, "made a request that broke on its way", error)
            return None, "no_answer"
        self.breaker.failed() if response.status >= 500 else self.breaker.succeeded()
        self._log(started_at, response.milliseconds, response)
        return _reply(response), ""

    def _unanswered(self, silence: str) -> Outcome:
        return _unasked(self.ask, self.reached, silence, "provider_unavailable")

    def _answered(self, reply: Reply) -> Outcome:
        if reply.status in TURNED_AWAY:
            decline = TURNED_AWAY[reply.status]
            return _unasked(self.ask, self.reached, f"http_{reply.status}", decline)
        if reply.status >= 500:
            return Outcome("unknown", raw_code=f"http_{reply.status}")
        if reply.text and not reply.body and not _is_json(reply.text):
            return Outcome("unknown", raw_code="unreadable")
        try:
            if not self.driver.authentic(self.account.credentials, self.wire, reply):
                return Outcome("unknown", raw_code="not_authentic")
            outcome = self.driver.read(self.ask, reply)
        except Exception as error:
            _complain(self.driver, self.ask, "could not read the reply", error)
            return Outcome("unknown", raw_code="unread")
        if outcome.state not in _states(self.ask):
            _complain(self.driver, self.ask, f"read the impossible state {outcome.state!r}")
            return replace(outcome, state="unknown")
        return outcome

    def _log(
        self,
        started_at: datetime,
        milliseconds: int,
        response: http.Response | None = None,
        error: BaseException | None = None,
    ) -> None:
        wire, scrubber = self.wire, self.scrubber
        headers = response.headers if response else {}
        body = response.body if response else b""
        sent = Sent(
            started_at=started_at,
            method=wire.method,
            url=scrubber.url(wire.url),
            request_headers=scrubber.headers(wire.headers),
            request_body=scrubber.body(wire.body, wire.headers.get("Content-Type", "")),
            status=response.status if response else None,
            response_headers=scrubber.headers(headers),
            response_body=scrubber.body(body, headers.get("content-type", "")),
            milliseconds=milliseconds,
            error=scrubber.text(f"{type(error).__name__}: {error}") if error else "",
        )
        self.calls.append(sent)


def _reply(response: http.Response) -> Reply:
    text = response.body.decode("utf-8", "replace")
    try:
        body = orjson.loads(response.body)
    except orjson.JSONDecodeError:
        body = {}
    return Reply(response.status, response.headers, body if isinstance(body, dict) else {}, text)


def _is_json(text: str) -> bool:
    try:
        orjson.loads(text)
    except orjson.JSONDecodeError:
        return False
    return True


def _states(ask: Ask) -> frozenset[str]:
    """The states an ask can come to: a payment's, or an operation's."""
    about_payment = ask.verb in ("authorize", "resume")
    if about_payment or (ask.verb == "inquire" and ask.target == "payment"):
        return PAYMENT_STATES
    return OPERATION_STATES


def _unasked(ask: Ask, reached: bool, raw_code: str, decline: str) -> Outcome:
    """Nobody looked at this call. What that says depends on whether somebody may have before."""
    if reached or ask.verb in ("inquire", "resume"):
        return Outcome("unknown", raw_code=raw_code)
    return Outcome("refused", decline=decline, raw_code=raw_code)


def _not_built(driver: Driver, ask: Ask, error: Exception, again: bool) -> Outcome:
    """No call could be made of the ask, so nothing was sent."""
    if isinstance(error, Unsupported):
        return _unasked(ask, again, "unsupported", "method_unavailable")
    _complain(driver, ask, "could not build the call", error)
    return _unasked(ask, again, "not_built", "invalid_request")


def _scrubber(driver: Driver, ask: Ask, account: Account) -> Scrubber:
    """The nets for this exchange: the driver's names, and every value that must not survive."""
    secret_names = driver.secret_credentials or driver.credentials
    secrets = [account.credentials.get(name, "") for name in secret_names]
    secrets += ask.details.values()
    secrets += (ask.customer.name, ask.customer.email, ask.customer.phone, ask.device.ip)
    for address in (ask.billing, ask.shipping):
        if address:
            secrets += (address.line1, address.line2)
    words = []
    if ask.card:
        secrets += (ask.card.number, ask.card.holder)
        words.append(ask.card.cvc)
    return Scrubber(driver.scrub, secrets, words)


def _complain(driver: Driver, ask: Ask, what: str, error: Exception | None = None) -> None:
    """Log a driver's fault by type and place only: a message may quote what must not be logged."""
    place = ""
    if error is not None:
        frame = traceback.extract_tb(error.__traceback__)[-1]
        place = f": {type(error).__name__} at {frame.filename}:{frame.lineno}"
    logger.error("driver %s %s, asked to %s%s", driver.name, what, ask.verb, place)
