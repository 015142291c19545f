"""The console: a person finds a charge, pushes it on, and puts an account into a mood."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from urllib.parse import urlencode

import pytest

from acquiring.core import http
from acquiring.sandbox import listening
from tests.sandbox.stripe_shop import card, payment
from tests.sandbox.test_process import INTENTS, _eventually, names, post
from tests.sandbox_process import Inbox, Sandbox, Shop

pytestmark = pytest.mark.django_db
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.fixture
def shop(sandbox: Sandbox, inbox: Inbox) -> Shop:
    return sandbox.register("stripe", inbox.url, merchant="mer_console")


def page(shop: Shop, path: str) -> str:
    reply = http.send("GET", f"{shop.sandbox.url}{path}", {})
    assert reply.status == 200, path
    body = reply.body.decode()
    assert 'style="' not in body
    assert "<script>" not in body
    return body


def send(shop: Shop, path: str, headers: dict[str, str] | None = None, **form: str) -> int:
    url, body = f"{shop.sandbox.url}{path}", urlencode(form).encode()
    return http.send("POST", url, FORM | (headers or {}), body).status


def waiting(shop: Shop) -> str:
    """The id of a charge that waits for its shopper."""
    form = payment() | {"payment_method_data[type]": "ideal", "metadata[order]": "lamp-7"}
    return json.loads(post(shop, INTENTS, form).body)["id"]


def place(shop: Shop) -> str:
    return f"/accounts/stripe/{shop.ref}"


def test_a_charge_is_found_by_what_the_shop_calls_it(shop):
    intent = waiting(shop)
    link = f"/charges/stripe/{intent}"
    assert link in page(shop, "/?q=lamp-7")
    assert link in page(shop, f"/?q={intent}&state=action&provider=stripe")
    assert link not in page(shop, f"/?q={intent}&state=captured")
    assert "No charge fits" in page(shop, "/?q=nothing-of-the-kind")


def test_a_charge_is_declined_for_a_reason(shop):
    intent = waiting(shop)
    path = f"/charges/stripe/{intent}"
    assert "Decline because of" in page(shop, path)
    assert send(shop, f"{path}/decline", decline="made_up") == 400
    assert send(shop, f"{path}/decline", decline="insufficient_funds") == 303
    assert shop.charges()[0]["state"] == "declined"
    assert "This charge is finished" in page(shop, path)


def test_a_voucher_is_paid_and_what_was_paid_is_disputed(shop, inbox):
    form = payment(5000, "mxn") | {"payment_method_data[type]": "oxxo"}
    path = f"/charges/stripe/{json.loads(post(shop, INTENTS, form).body)['id']}"
    assert "Pay the voucher" in page(shop, path)
    send(shop, f"{path}/approve")
    assert "Raise a dispute" in page(shop, path)
    send(shop, f"{path}/dispute")
    _eventually(lambda: "charge.dispute.created" in names(inbox.got))


def test_an_account_goes_down_and_comes_back(shop):
    send(shop, f"{place(shop)}/switches", outage_percent="100")
    assert post(shop, INTENTS, payment() | card()).status == 503
    assert "down" in page(shop, place(shop))
    assert "down" in page(shop, "/")
    send(shop, f"{place(shop)}/switches", outage_percent="0", webhooks="twice")
    assert post(shop, INTENTS, payment() | card()).status == 200
    assert "webhooks twice" in page(shop, place(shop))


def test_an_accounts_webhooks_come_twice(shop, inbox):
    send(shop, f"{place(shop)}/switches", webhooks="twice")
    post(shop, INTENTS, payment() | card())
    first, second = inbox.wait(2)
    assert json.loads(first[1])["id"] == json.loads(second[1])["id"]


def test_a_wrong_mood_is_refused(shop):
    assert send(shop, f"{place(shop)}/switches", outage_percent="lots") == 400
    assert send(shop, f"{place(shop)}/switches", webhooks="sideways") == 400
    assert send(shop, f"{place(shop)}/clock", by="century") == 400
    assert send(shop, "/accounts/stripe/nobody/clock", by="day") == 404


def test_a_merchants_clock_moves_for_all_its_accounts(shop, sandbox):
    other = sandbox.register("adyen", merchant="mer_console")
    send(shop, f"{place(shop)}/clock", by="day")
    send(shop, f"{place(shop)}/clock", by="hour")
    assert "+1 d 1 h ahead" in page(shop, place(shop))
    assert "+1 d 1 h ahead" in page(shop, f"/accounts/adyen/{other.ref}")
    send(shop, f"{place(shop)}/clock", by="reset")
    assert "the real time" in page(shop, place(shop))


def test_another_site_changes_nothing(shop):
    elsewhere = {"Origin": "https://evil.example"}
    assert send(shop, f"{place(shop)}/switches", elsewhere, outage_percent="100") == 403
    assert send(shop, f"{place(shop)}/clock", elsewhere, by="day") == 403


def test_the_wire_is_shown_without_what_is_secret(shop, inbox):
    reply = post(shop, INTENTS, payment() | card())
    inbox.wait(1)
    intent = json.loads(reply.body)["id"]
    _eventually(lambda: "webhook → POST" in page(shop, f"/charges/stripe/{intent}"))
    for path in ("/wire?provider=stripe", place(shop), f"/charges/stripe/{intent}"):
        shown = page(shop, path)
        assert f"POST {INTENTS}" in shown
        assert "4242424242424242" not in shown
        assert shop.credentials["secret_key"] not in shown


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        (b'{"number":"4111111111111111","cvc":"737"}', ("•••1111", "737")),
        (b"card%5Bnumber%5D=4111111111111111&card%5Bcvc%5D=737", ("card[number]=•••1111", "737")),
        (b'{"reference":"123456789012"}', ("123456789012", "•••")),
        (b"", ("", "•••")),
    ],
)
def test_card_numbers_are_cut_and_references_are_not(body, shown):
    kept, gone = shown
    text = listening.readable(body)
    assert kept in text
    assert gone not in text


def test_a_days_statement_is_spoiled_and_downloaded(shop):
    post(shop, INTENTS, payment(1999, "eur") | card())
    today = f"{datetime.now(UTC):%Y-%m-%d}"
    assert "has ended" in page(shop, place(shop))
    assert send(shop, f"{place(shop)}/settlements", day=today, spoil="line_twice") == 303
    send(shop, f"{place(shop)}/clock", by="day")

    link = f"{place(shop)}/settlements/{today}/EUR"
    shown = page(shop, place(shop))
    assert link in shown
    assert "38.88 EUR" in shown  # twice 19.99 less 0.55
    file = http.send("GET", f"{shop.sandbox.url}{link}", {})
    assert file.headers["content-type"] == "text/csv; charset=utf-8"
    assert file.body.count(b",capture,") == 2
    assert send(shop, f"{place(shop)}/settlements", day=today, spoil="") == 409
    assert http.send("GET", f"{shop.sandbox.url}{place(shop)}/settlements/x/EUR", {}).status == 404
