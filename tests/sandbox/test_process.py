"""The simulators as a real process: over HTTP, with webhooks, pages, moods."""

from __future__ import annotations

import json
import threading
import time
from urllib.parse import urlencode

import pytest

from acquiring.core import http
from tests.sandbox.stripe_shop import card, payment
from tests.sandbox_process import Inbox, Sandbox, Shop

pytestmark = pytest.mark.django_db
INTENTS = "/v1/payment_intents"


def post(shop: Shop, path: str, form: dict, patience_seconds: int = 10, **headers: str):
    sent = {
        "Authorization": f"Bearer {shop.credentials['secret_key']}",
        "Content-Type": "application/x-www-form-urlencoded",
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    url = f"{shop.sandbox.url}/stripe{path}"
    body = urlencode(form).encode()
    return http.send("POST", url, sent, body, read_timeout_seconds=patience_seconds)


@pytest.fixture
def shop(sandbox: Sandbox, inbox: Inbox) -> Shop:
    return sandbox.register("stripe", inbox.url)


def names(messages: list) -> list[str]:
    return [json.loads(body)["type"] for _, body in messages]


def test_a_charge_is_answered_told_and_listed(shop, inbox):
    reply = post(shop, INTENTS, payment() | card() | {"metadata[order]": "7"})

    assert json.loads(reply.body)["status"] == "succeeded"
    assert names(inbox.wait(1)) == ["payment_intent.succeeded"]
    (charge,) = shop.charges()
    assert (charge["amount"], charge["captured"], charge["reference"]) == (1999, 1999, "7")


def test_registering_twice_gives_the_same_credentials(sandbox, shop):
    path = f"/accounts/stripe/{shop.ref}"
    again = sandbox.control("PUT", path, {"webhook_url": "", "facts": {}})

    assert again["credentials"] == shop.credentials


def test_the_control_interface_wants_its_token(sandbox):
    reply = http.send("GET", f"{sandbox.url}/_control/charges", {"Authorization": "Bearer no"})

    assert reply.status == 401


def test_a_refused_webhook_is_sent_again(shop, inbox):
    inbox.statuses = [500]
    post(shop, INTENTS, payment() | card())

    first, second = inbox.wait(2)
    assert json.loads(first[1]) == json.loads(second[1])
    _eventually(lambda: shop.webhooks()[0]["state"] == "sent")
    assert shop.webhooks()[0]["attempts"] == 2


def test_webhooks_can_come_twice(shop, inbox):
    post(shop, INTENTS, payment(6611) | card())

    first, second = inbox.wait(2)
    assert json.loads(first[1])["id"] == json.loads(second[1])["id"]


def test_webhooks_can_be_forged(shop, inbox):
    post(shop, INTENTS, payment(6614) | card())

    _eventually(lambda: len(inbox.got) == 2)
    (_, forged), (_, true) = inbox.got
    assert json.loads(forged) == json.loads(true)
    signatures = {headers["stripe-signature"].split("v1=")[1] for headers, _ in inbox.got}
    assert len(signatures) == 2


def test_webhooks_can_stay_away(shop, inbox):
    post(shop, INTENTS, payment(6615) | card())
    shop.switch(webhooks="lost")
    post(shop, INTENTS, payment() | card())

    assert shop.webhooks() == []


def test_time_settles_a_pending_charge(shop, inbox):
    reply = post(shop, INTENTS, payment(6604) | card())
    assert json.loads(reply.body)["status"] == "processing"

    assert names(inbox.wait(2)) == ["payment_intent.processing", "payment_intent.succeeded"]
    assert shop.charges()[0]["state"] == "captured"


def test_a_merchants_clock_can_be_moved(shop, sandbox):
    form = payment(currency="mxn", amount=5000) | {"payment_method_data[type]": "oxxo"}
    post(shop, INTENTS, form)

    sandbox.control("PUT", "/clock", {"account": shop.ref, "ahead_seconds": 4 * 86_400})
    _eventually(lambda: shop.charges()[0]["state"] == "expired")


def test_a_timeout_leaves_a_charge_behind(shop):
    shop.switch(hang_seconds=3)
    with pytest.raises(http.NoAnswer):
        post(shop, INTENTS, payment(6607) | card(), patience_seconds=1)

    assert [charge["state"] for charge in shop.charges()] == ["captured"]


def test_a_timeout_may_have_charged_nothing(shop):
    shop.switch(hang_seconds=3)
    with pytest.raises(http.NoAnswer):
        post(shop, INTENTS, payment(6608) | card(), patience_seconds=1)

    assert shop.charges() == []


def test_an_outage_answers_503_and_charges_nothing(shop):
    shop.switch(outage_percent=100)
    assert post(shop, INTENTS, payment() | card()).status == 503
    assert shop.charges() == []

    shop.switch(outage_percent=50)
    statuses = [post(shop, INTENTS, payment() | card()).status for _ in range(4)]
    assert sorted(statuses) == [200, 200, 503, 503]


def test_a_provider_can_be_slow(shop):
    shop.switch(slow_milliseconds=300)

    assert post(shop, INTENTS, payment() | card()).milliseconds >= 300


def test_the_shopper_pays_at_the_bank(shop, sandbox):
    form = payment() | {"payment_method_data[type]": "ideal"}
    intent = json.loads(post(shop, INTENTS, form).body)
    page = intent["next_action"]["redirect_to_url"]["url"]

    drawn = http.send("GET", page, {})
    assert b"Simulation" in drawn.body
    assert b"19.99" in drawn.body
    target = sandbox.choose(page, "approve")
    assert target.startswith("https://shop.example/done?order=7&payment_intent=")
    assert sandbox.choose(page, "decline") == target  # pressed again: the first answer stands
    assert shop.charges()[0]["state"] == "captured"
    assert b"This payment is captured" in http.send("GET", page, {}).body


def test_another_sites_form_is_refused(shop):
    form = payment() | {"payment_method_data[type]": "ideal"}
    page = json.loads(post(shop, INTENTS, form).body)["next_action"]["redirect_to_url"]["url"]
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "Origin": "https://evil.example",
    }

    assert http.send("POST", page, headers, b"choice=approve").status == 403
    assert shop.charges()[0]["state"] == "action"


def test_a_code_can_be_scanned(shop):
    form = payment(currency="sgd") | {"payment_method_data[type]": "paynow"}
    action = json.loads(post(shop, INTENTS, form).body)["next_action"]["paynow_display_qr_code"]

    assert http.send("GET", action["image_url_svg"], {}).body.startswith(b"<?xml")
    assert http.send("GET", action["image_url_png"], {}).body.startswith(b"\x89PNG")


def test_the_console_shows_and_pushes(shop, sandbox):
    form = payment() | {"payment_method_data[type]": "ideal"}
    intent = json.loads(post(shop, INTENTS, form).body)["id"]

    console = http.send("GET", f"{sandbox.url}/?provider=stripe", {}).body.decode()
    assert f"/charges/stripe/{intent}" in console
    detail = f"{sandbox.url}/charges/stripe/{intent}"
    assert b"Open the shopper" in http.send("GET", detail, {}).body
    assert http.send("POST", f"{detail}/approve", {}).status == 303
    assert shop.charges()[0]["state"] == "captured"
    assert http.send("POST", f"{detail}/explode", {}).status == 400
    assert http.send("GET", f"{sandbox.url}/charges/stripe/nothing", {}).status == 404


def test_pages_are_drawn_from_our_own_sheets(sandbox):
    reply = http.send("GET", f"{sandbox.url}/static/sandbox.css", {})
    assert reply.headers["content-type"].startswith("text/css")

    for path in ("/static/../settings.py", "/static/%2e%2e/%2e%2e/manage.py", "/static/NOTICE.md"):
        assert http.send("GET", f"{sandbox.url}{path}", {}).status == 404


def test_concurrent_calls_with_one_key_charge_once(shop):
    statuses: list[int] = []

    def call() -> None:
        reply = post(shop, INTENTS, payment() | card(), idempotency_key="one")
        statuses.append(reply.status)

    threads = [threading.Thread(target=call) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(shop.charges()) == 1
    assert set(statuses) <= {200, 409}
    assert 200 in statuses


def test_wrong_switches_are_named(sandbox, shop):
    headers = {"Authorization": f"Bearer {sandbox.token}"}
    url = f"{sandbox.url}/_control/accounts/stripe/{shop.ref}/switches"

    reply = http.send("PUT", url, headers, b'{"outage_percent": 101}')
    assert (reply.status, b"outage_percent" in reply.body) == (400, True)


def _eventually(holds, seconds: float = 8) -> None:
    until = time.monotonic() + seconds
    while not holds() and time.monotonic() < until:
        time.sleep(0.05)
    assert holds()
