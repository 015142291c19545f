"""The Stripe driver's whole life cycle over real HTTP, against a Stripe somebody else wrote.

`localstripe` (PyPI, GPL) runs as a separate process; nothing of it is imported. It knows less than
Stripe: it takes a saved card only, and refuses `return_url`, `description`, statement texts,
`payment_method_data`, and metadata of captures. `Minimal` leaves these out; it keeps no idempotency
keys and no sums, and answers a partial capture as a refund of the rest. All that is checked
elsewhere; here it is the states, the paths, the errors and the webhooks of a real peer.
"""

from __future__ import annotations

import http.server
import json
import os
import queue
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlencode

import pytest

from acquiring.connectors.client import Account, Timeouts, perform
from acquiring.connectors.driver import Ask, Call, Inbound, Outcome
from acquiring.connectors.drivers.stripe import Stripe
from acquiring.core import clock
from acquiring.core import http as wire
from acquiring.core.money import Money

KEY = "sk_test_amber"
START_SECONDS = 15


class Minimal(Stripe):
    """Stripe's driver without the members localstripe refuses; `details` name the saved card."""

    def authorize(self, ask: Ask) -> Call:
        call = super().authorize(ask)
        known = ("amount", "currency", "confirm", "capture_method", "payment_method_types")
        body = {name: call.body[name] for name in (*known, "metadata", "expand")}
        return replace(call, body={**body, "payment_method": ask.details["saved"]})

    def capture(self, ask: Ask) -> Call:
        call = super().capture(ask)
        return replace(call, body={**call.body, "metadata": None})


@pytest.fixture(scope="module")
def address(tmp_path_factory) -> Iterator[str]:
    """Where localstripe listens; skips where it cannot run."""
    program = Path(sys.executable).with_name("localstripe")
    if not program.exists() and not shutil.which("localstripe"):
        pytest.skip("localstripe is not installed")
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
            port = probe.getsockname()[1]
    except OSError:
        pytest.skip("localstripe needs IPv6")
    folder = tmp_path_factory.mktemp("localstripe")
    process = subprocess.Popen(
        [str(program), "--port", str(port), "--from-scratch"],
        env={**os.environ, "TMPDIR": str(folder)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        if not _answers(port, process):
            pytest.skip("localstripe did not start")
        yield f"http://[::1]:{port}"
    finally:
        process.kill()
        process.wait()


def _answers(port: int, process: subprocess.Popen) -> bool:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        try:
            socket.create_connection(("::1", port), 1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return True
    return False


class Shop:
    """A merchant with an account at localstripe, asking through the client."""

    def __init__(self, address: str) -> None:
        credentials = {"secret_key": KEY, "webhook_secret": "whsec_amber"}
        self.account = Account("stripe", f"acc-{address}", credentials, base_url=address)
        self.address = address
        self.asked = 0

    def call(self, method: str, path: str, form: dict[str, str] | None = None) -> dict:
        """Straight to the peer, for what shoppers and their issuers do."""
        headers = {
            "Authorization": f"Bearer {KEY}",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        body = urlencode(form or {}).encode()
        return json.loads(wire.send(method, self.address + path, headers, body).body)

    def save(self, number: str) -> str:
        card = {"number": number, "exp_month": "12", "exp_year": "2031", "cvc": "123"}
        form = {"type": "card"} | {f"card[{name}]": value for name, value in card.items()}
        return self.call("POST", "/v1/payment_methods", form)["id"]

    def ask(self, verb: str, amount: int = 1999, **members) -> Outcome:
        self.asked += 1
        ask = Ask(
            verb=verb,
            reference=members.pop("reference", f"{verb}_{self.asked}"),
            payment="pay_1",
            money=Money(amount, "EUR"),
            method="card",
            code="card",
            **members,
        )
        return perform(Minimal(), ask, self.account, timeouts=Timeouts(2, 10)).outcome

    def pay(self, number: str = "4242424242424242", **members) -> Outcome:
        return self.ask("authorize", details={"saved": self.save(number)}, **members)


@pytest.fixture
def shop(address):
    return Shop(address)


def test_a_card_is_charged_and_refunded_in_parts(shop):
    paid = shop.pay()
    refunded = shop.ask("refund", 500, provider_ref=paid.provider_ref, reference="ref_1")
    found = {"provider_ref": paid.provider_ref, "target": "refund", "reference": "ref_1"}
    by_reference = shop.ask("inquire", 500, **found)
    by_id = shop.ask("inquire", 500, **found, operation_ref=refunded.operation_ref)

    assert paid.state == "captured"
    assert refunded.state == "succeeded"
    assert refunded.operation_ref.startswith("re_")
    assert by_reference == by_id == refunded


def test_a_card_is_held_then_captured(shop):
    held = shop.pay(capture="manual")
    captured = shop.ask("capture", 500, provider_ref=held.provider_ref)

    assert (held.state, captured.state) == ("authorized", "succeeded")
    assert shop.ask("inquire", provider_ref=held.provider_ref).state == "captured"


def test_a_card_is_held_then_let_go(shop):
    held = shop.pay(capture="manual")
    voided = shop.ask("void", provider_ref=held.provider_ref)
    follow = {"provider_ref": held.provider_ref}

    assert voided.state == "succeeded"
    assert shop.ask("inquire", **follow).state == "voided"
    assert shop.ask("inquire", target="void", **follow).state == "succeeded"
    assert shop.ask("inquire", target="capture", **follow).state == "failed"


def test_more_than_was_held_is_not_captured(shop):
    held = shop.pay(capture="manual")

    refused = shop.ask("capture", 5000, provider_ref=held.provider_ref)

    assert (refused.state, refused.decline) == ("failed", "capture_refused")


def test_a_captured_payment_is_not_let_go(shop):
    paid = shop.pay()

    assert shop.ask("void", provider_ref=paid.provider_ref).decline == "void_refused"


def test_a_declined_card_is_declined(shop):
    declined = shop.pay("4000000000000341")

    assert (declined.state, declined.raw_code) == ("declined", "card_declined")
    assert declined.decline == "generic_decline"


@pytest.mark.parametrize(("passed", "state"), [("true", "captured"), ("false", "declined")])
def test_the_issuer_is_asked_first(shop, passed, state):
    asked = shop.pay("4000002500003155")
    path = f"/v1/payment_intents/{asked.provider_ref}"
    secret = shop.call("GET", path)["client_secret"]
    shop.call("POST", f"{path}/_authenticate", {"success": passed, "client_secret": secret})

    back = shop.ask("resume", provider_ref=asked.provider_ref)

    assert asked.state == "action"
    assert back.state == state
    assert back.decline == ("" if passed == "true" else "authentication_failed")


def test_an_unknown_payment_is_not_found(shop):
    nowhere = shop.ask("inquire", provider_ref="pi_nobody")

    assert (nowhere.state, nowhere.raw_code) == ("unknown", "not_found")


def test_a_wrong_key_asks_nobody(shop):
    shop.account = replace(shop.account, credentials={"secret_key": ""})

    assert shop.pay("4242424242424242").raw_code == "http_401"


@pytest.fixture
def mailbox() -> Iterator[tuple[str, queue.Queue]]:
    """A web server that keeps what is posted to it."""
    received: queue.Queue = queue.Queue()

    class Receiver(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            received.put(Inbound("POST", self.path, headers, body, now=clock.now()))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/", received
    server.shutdown()
    server.server_close()


def test_signed_webhooks_arrive_and_are_believed(shop, mailbox):
    url, received = mailbox
    hook = {"url": url, "secret": "whsec_amber", "events": ["payment_intent.succeeded"]}
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {KEY}"}
    wire.send("POST", f"{shop.address}/_config/webhooks/shop", headers, json.dumps(hook).encode())

    paid = shop.pay(reference="att_hook")
    told = {}
    while "att_hook" not in told:  # news of earlier payments may still be on their way
        for news in Minimal().news(received.get(timeout=10), shop.account.credentials):
            told[news.reference] = news

    news = told["att_hook"]
    assert (news.about, news.outcome.state) == ("payment", "captured")
    assert news.provider_ref == paid.provider_ref
