"""One ask on its way to a provider: the calls it takes, each one logged, and what they come to.

A provider that lends access tokens is signed in to first. A call that was answered with silence or
a breakdown is repeated once, byte for byte, where the driver says that the contract allows it. A
driver that needs another call before it can tell says so (`More`).
"""

from __future__ import annotations

import logging
import traceback
from dataclasses import replace
from datetime import datetime
from time import monotonic_ns

import orjson

from acquiring.connectors import passes
from acquiring.connectors.breaker import Breaker
from acquiring.connectors.driver import (
    OPERATION_STATES,
    PAYMENT_STATES,
    Ask,
    Call,
    Driver,
    More,
    Outcome,
    Reply,
    Unsupported,
    Wire,
)
from acquiring.connectors.exchange import Account, Exchange, Sent, Timeouts
from acquiring.connectors.scrubbing import Scrubber
from acquiring.core import clock, http
from acquiring.core.certificates import Certificate

logger = logging.getLogger(__name__)

MOST_CALLS = 4  # that one ask may take, repetitions and signing in not counted

# Answers that say nothing about the payment: the caller was turned away before anybody looked.
TURNED_AWAY = {401: "credentials_refused", 403: "credentials_refused", 429: "rate_limited"}


class Stopped(Exception):  # noqa: N818 (an outcome on its way)
    """The conversation ends here with this outcome."""

    def __init__(self, outcome: Outcome) -> None:
        self.outcome = outcome
        super().__init__(outcome.state)


class Conversation:
    """One ask on its way."""

    def __init__(
        self,
        driver: Driver,
        ask: Ask,
        account: Account,
        base: str,
        timeouts: Timeouts,
        breaker: Breaker,
        again: bool,
    ) -> None:
        self.driver = driver
        self.ask = ask
        self.account = account
        self.base = base
        self.timeouts = timeouts
        self.breaker = breaker
        self.reached = again  # whether the provider may have seen this ask
        self.calls: list[Sent] = []

    def hold(self, call: Call) -> Exchange:
        """Send `call` and whatever the driver wants sent after it."""
        try:
            return Exchange(self._outcome(call), tuple(self.calls))
        except Stopped as stopped:
            return Exchange(stopped.outcome, tuple(self.calls))

    def fetch(self, call: Call) -> Reply | None:
        """The answer to a call that is about no payment; None when there is none."""
        try:
            return self._said(call)[1]
        except Stopped:
            return None

    def _outcome(self, call: Call) -> Outcome:
        for _ in range(MOST_CALLS):
            heard = self._answered(*self._said(call))
            if isinstance(heard, Outcome):
                return heard
            call = heard.call
            self.ask = replace(self.ask, step=heard.step, kept={**self.ask.kept, **heard.keep})
        complain(self.driver, self.ask, "never comes to an end")
        return Outcome("unknown", raw_code="too_many_calls")

    def _said(self, call: Call) -> tuple[Wire, Reply]:
        """A call and its answer; one turned away with an old token is made again with a new one."""
        token, is_new = self._token() if call.signed else ("", True)
        wire, reply = self._call(call, token)
        if reply.status == 401 and not is_new:
            passes.drop(self._place())
            wire, reply = self._call(call, self._token()[0])
        return wire, reply

    def _call(self, call: Call, token: str) -> tuple[Wire, Reply]:
        wire = self._wire(call, token)
        self._be_admitted()
        reply, silence = self._send(wire, token)
        broken = reply is not None and self.driver.broke_down(reply)
        if broken or silence == "no_answer":
            self.reached = True
            if self.driver.may_resend(self.ask, reply) and self.breaker.admit():
                reply, silence = self._send(wire, token)
        if reply is None:
            raise Stopped(unasked(self.ask, self.reached, silence, "provider_unavailable"))
        return wire, reply

    def _wire(self, call: Call, token: str) -> Wire:
        credentials = self.account.credentials
        try:
            known = {**credentials, "sent_at": clock.now().isoformat()}
            known |= {"access_token": token} if token else {}
            return self.driver.wire(call, self.base, known)
        except Exception as error:
            raise Stopped(not_built(self.driver, self.ask, error, self.reached)) from error

    # Signing in.

    def _place(self) -> str:
        return passes.key(self.base, self.account.id, self.account.credentials)

    def _token(self) -> tuple[str, bool]:
        """The access token, "" where there are none, and whether it was got just now."""
        call = self.driver.sign_in(self.account.credentials)
        if call is None:
            return "", True
        if known := passes.find(self._place()):
            return known, False
        wire = self._wire(call, "")
        self._be_admitted()
        reply, silence = self._send(wire, "")
        if reply is None or reply.status >= 500:
            raise Stopped(self._unasked(silence or "no_token", "provider_unavailable"))
        if reply.status >= 300:
            code = TURNED_AWAY.get(reply.status, "credentials_refused")
            raise Stopped(self._unasked(f"http_{reply.status}", code))
        try:
            lent = self.driver.admitted(reply)
        except Exception as error:
            complain(self.driver, self.ask, "could not read its token", error)
            raise Stopped(self._unasked("no_token", "provider_unavailable")) from error
        passes.keep(self._place(), lent)
        return lent.token, True

    def _unasked(self, raw_code: str, decline: str) -> Outcome:
        return unasked(self.ask, self.reached, raw_code, decline)

    # The network.

    def _be_admitted(self) -> None:
        if not self.breaker.admit():
            raise Stopped(self._unasked("circuit_open", "provider_unavailable"))

    def _send(self, wire: Wire, token: str) -> tuple[Reply | None, str]:
        """The reply, or None and the kind of silence: "not_sent" or "no_answer"."""
        started_at, started = clock.now(), monotonic_ns()
        try:
            response = http.send(
                wire.method,
                wire.url,
                wire.headers,
                wire.body,
                connect_timeout_seconds=self.timeouts.connect_seconds,
                read_timeout_seconds=self.timeouts.read_seconds,
                certificate=_certificate(self.driver, self.account),
            )
        except BaseException as error:
            self.breaker.failed()
            took = (monotonic_ns() - started) // 1_000_000
            self._log(wire, token, started_at, took, error=error)
            if isinstance(error, http.NotSent):
                return None, "not_sent"
            if not isinstance(error, Exception):
                raise
            if not isinstance(error, http.NoAnswer):
                complain(self.driver, self.ask, "made a request that broke on its way", error)
            return None, "no_answer"
        reply = _reply(response)
        self.breaker.failed() if self.driver.broke_down(reply) else self.breaker.succeeded()
        self._log(wire, token, started_at, response.milliseconds, response)
        return reply, ""

    def _answered(self, wire: Wire, reply: Reply) -> Outcome | More:
        if reply.status in self.driver.turned_away:
            return self._unasked(f"http_{reply.status}", TURNED_AWAY[reply.status])
        if self.driver.broke_down(reply):
            return Outcome("unknown", raw_code=f"http_{reply.status}")
        wants_json = self.driver.replies == "json"
        if wants_json and reply.text and not reply.body and not _is_json(reply.text):
            return Outcome("unknown", raw_code="unreadable")
        try:
            if not self.driver.authentic(self.account.credentials, wire, reply):
                return Outcome("unknown", raw_code="not_authentic")
            heard = self.driver.read(self.ask, reply)
        except Exception as error:
            complain(self.driver, self.ask, "could not read the reply", error)
            return Outcome("unknown", raw_code="unread")
        if isinstance(heard, Outcome) and heard.state not in _states(self.ask):
            complain(self.driver, self.ask, f"read the impossible state {heard.state!r}")
            return replace(heard, state="unknown")
        return heard

    def _log(
        self,
        wire: Wire,
        token: str,
        started_at: datetime,
        milliseconds: int,
        response: http.Response | None = None,
        error: BaseException | None = None,
    ) -> None:
        scrubber = scrubber_of(self.driver, self.ask, self.account, token)
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


def _certificate(driver: Driver, account: Account) -> Certificate | None:
    """What the account shows in the TLS handshake, where the provider asks for it."""
    names = driver.client_certificate
    if names is None or not account.credentials.get(names[0]):
        return None
    chain, key, authority = (account.credentials.get(name, "") for name in names)
    return Certificate(chain, key, authority)


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


def unasked(ask: Ask, reached: bool, raw_code: str, decline: str) -> Outcome:
    """Nobody looked at this call. What that says depends on whether somebody may have before."""
    if reached or ask.verb in ("inquire", "resume"):
        return Outcome("unknown", raw_code=raw_code)
    return Outcome("refused", decline=decline, raw_code=raw_code)


def not_built(driver: Driver, ask: Ask, error: Exception, again: bool) -> Outcome:
    """No call could be made of the ask, so nothing was sent."""
    if isinstance(error, Unsupported):
        return unasked(ask, again, "unsupported", "method_unavailable")
    complain(driver, ask, "could not build the call", error)
    return unasked(ask, again, "not_built", "invalid_request")


def scrubber_of(driver: Driver, ask: Ask, account: Account, token: str) -> Scrubber:
    """The nets for this exchange: the driver's names, and every value that must not survive."""
    secret_names = driver.secret_credentials or driver.credentials
    secrets = [account.credentials.get(name, "") for name in secret_names]
    secrets += [token, *ask.details.values()]
    secrets += (ask.customer.name, ask.customer.email, ask.customer.phone, ask.device.ip)
    for address in (ask.billing, ask.shipping):
        if address:
            secrets += (address.line1, address.line2)
    words = []
    if ask.card:
        secrets += (ask.card.number, ask.card.holder)
        words.append(ask.card.cvc)
    return Scrubber(driver.scrub, secrets, words)


def complain(driver: Driver, ask: Ask, what: str, error: Exception | None = None) -> None:
    """Log a driver's fault by type and place only: a message may quote what must not be logged."""
    place = ""
    if error is not None:
        frame = traceback.extract_tb(error.__traceback__)[-1]
        place = f": {type(error).__name__} at {frame.filename}:{frame.lineno}"
    logger.error("driver %s %s, asked to %s%s", driver.name, what, ask.verb, place)
