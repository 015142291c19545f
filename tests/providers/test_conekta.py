"""What the general suites cannot know about Conekta."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from acquiring import catalogue
from acquiring.connectors.driver import Ask, Inbound
from acquiring.connectors.registry import driver
from acquiring.core.money import Money
from acquiring.sandbox import book as books
from acquiring.sandbox.wire import Request
from tests.connectors.shop import Shop, _wired  # noqa: F401 (the wire of the shop)

CONEKTA = driver("conekta")
ASK = Ask(verb="authorize", reference="att_1", payment="pay_1", money=Money(1, "MXN"), code="cash")
CARD = {
    "type": "card",
    "number": "4242424242424242",
    "exp_month": "12",
    "exp_year": "2030",
    "cvc": "123",
    "name": "Amber Ash",
}


def call(shop: Shop, method: str, path: str, body: dict | None = None) -> tuple:
    """A call past our driver: status and body."""
    headers = {"authorization": f"Bearer {shop.here.credentials['private_key']}"}
    headers |= {"accept": "application/vnd.conekta-v2.3.0+json"}
    content = json.dumps(body).encode() if body is not None else b""
    answer = shop.simulator.serve(Request(method, path, headers, "", content))
    return answer.status, json.loads(answer.content())


def opened(shop: Shop, card: dict = CARD, **members) -> tuple:
    """The status of an answer, and the end of its error's code or the order's status."""
    who = {"name": "Amber Ash", "email": "a@b.c", "phone": "+5215555555555"}
    lines = [{"name": "Tulips", "quantity": 1, "unit_price": 1999}]
    body = {"currency": "MXN", "customer_info": who, "line_items": lines}
    status, told = call(
        shop, "POST", "/orders", body | {"charges": [{"payment_method": card}]} | members
    )
    code = told.get("details", [{}])[0].get("code", "")
    return status, code.rpartition(".")[2] or told["payment_status"]


@pytest.mark.parametrize(("mode", "word"), [("automatic", "smart"), ("required", "strict")])
def test_an_amount_is_cents_and_an_issuer_may_ask(mode, word):
    shop = Shop.__new__(Shop)
    shop.driver = CONEKTA
    ask = shop.ask(catalogue.connector("conekta", "card"), 123_456, three_ds=mode)

    body = CONEKTA.ask(ask).body

    assert (body["line_items"][0]["unit_price"], body["charges"][0]["amount"]) == (123_456, 123_456)
    assert (body["three_ds_mode"], body["return_url"]) == (word, ask.return_url)
    assert "return_url" not in CONEKTA.ask(replace(ask, three_ds="skip")).body


@pytest.mark.django_db
def test_the_simulator_refuses_what_conekta_refuses():
    shop = Shop(CONEKTA)
    stranger = Request("GET", "/orders", {"authorization": "Bearer key_nobody"})

    assert shop.simulator.serve(stranger).status == 401
    assert opened(shop, colour="red") == (422, "unknown")
    assert opened(shop, currency="EUR") == (422, "invalid")
    assert opened(shop, CARD | {"cvc": ""}) == (422, "missing")
    assert opened(shop, CARD | {"name": "Amber"}) == (422, "name")
    assert opened(shop, CARD | {"exp_year": "30"}) == (422, "exp_year")
    assert opened(shop, CARD | {"exp_year": "2020"}) == (422, "expired")
    assert opened(shop, CARD | {"number": "4000000000000127"}) == (402, "insufficient_funds")
    assert opened(shop) == (200, "paid")
    assert call(shop, "GET", "/orders/ord_1")[0] == 404


@pytest.mark.django_db
def test_no_more_is_captured_refunded_or_let_go_than_there_is():
    shop = Shop(CONEKTA)
    ask = shop.card(capture="manual")
    held = shop.does(ask)

    assert shop.then(ask, held, "capture", money=Money(2000, "MXN"))[1].state == "refused"
    assert shop.then(ask, held, "refund")[1].state == "refused"
    assert shop.then(ask, held, "capture", money=Money(1500, "MXN"))[1].state == "succeeded"
    assert shop.then(ask, held, "void")[1].decline == "void_refused"
    assert shop.then(ask, held, "refund", money=Money(1501, "MXN"))[1].state == "refused"
    lost = shop.then(ask, held, "inquire", target="refund")[1]
    assert lost.raw_code in CONEKTA.missing
    refund, done = shop.then(ask, held, "refund", money=Money(500, "MXN"))
    assert done.state == "succeeded"
    asked = replace(refund, verb="inquire", target="refund")
    assert shop.does(replace(asked, operation_ref=done.operation_ref)).state == "succeeded"
    assert shop.does(asked).raw_code not in CONEKTA.missing  # it may be another one's


@pytest.mark.django_db
def test_news_of_a_charge_tell_its_refunds_and_its_chargeback():
    shop = Shop(CONEKTA)
    ask = shop.card()
    paid = shop.does(ask)
    shop.then(ask, paid, "refund", money=Money(500, "MXN"))
    book = books.Book(shop.there)
    (charge,) = books.charges("account = %s", [shop.there.ref])
    shop.simulator.advance(book, charge, "dispute")
    told = shop.news()

    assert {(one.about, one.outcome.state) for one in told} >= {
        ("payment", "captured"),
        ("refund", "succeeded"),
        ("dispute", "chargeback_open"),
    }
    assert {one.provider_ref for one in told} == {paid.provider_ref}


@pytest.mark.django_db
def test_webhooks_are_asked_for_and_checked_with_the_key_of_the_account():
    shop = Shop(CONEKTA)
    asked = CONEKTA.subscribe("https://caravel.example/in/conekta/1")
    assert call(shop, "POST", asked.path, asked.body)[0] == 200
    key = call(shop, "POST", "/webhook_keys", {"active": True})[1]["public_key"]
    shop.does(shop.card())
    (row,) = books.rows("SELECT message FROM sandbox_delivery WHERE account = %s", [shop.there.ref])
    post = shop.simulator.sign(shop.there, type("", (), {"message": json.loads(row[0])}), None)

    inbound = Inbound("POST", "https://caravel.example", dict(post.headers), post.body)
    (news,) = CONEKTA.news(inbound, {"webhook_public_key": key})

    assert news.outcome.state == "captured"
