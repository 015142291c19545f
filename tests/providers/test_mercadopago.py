"""What the general suites cannot know about Mercado Pago."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from acquiring import catalogue
from acquiring.connectors.driver import Ask, BadSignature, Inbound, encode
from acquiring.connectors.registry import driver
from acquiring.core.money import Money
from acquiring.sandbox import book as books
from acquiring.sandbox import pages
from acquiring.sandbox.wire import Request
from tests.connectors.contract import shared
from tests.connectors.shop import Shop, _wired  # noqa: F401 (the wire of the shop)

MERCADOPAGO = driver("mercadopago")
ASK = Ask(verb="authorize", reference="att_1", payment="pay_1", money=Money(1, "BRL"), code="pix")


def call(shop: Shop, method: str, path: str, body: dict | None = None, key: str = "") -> tuple:
    """A call past our driver: status and body."""
    known = shop.here.credentials
    headers = {"authorization": f"Bearer {known['access_token']}", "x-idempotency-key": key}
    content = json.dumps(body).encode() if body is not None else b""
    answer = shop.simulator.serve(Request(method, path, headers, "", content))
    return answer.status, json.loads(answer.content())


def opened(shop: Shop, key: str = "", **members) -> tuple:
    body = {"transaction_amount": 19.99, "payment_method_id": "pix"}
    return call(shop, "POST", "/v1/payments", body | {"payer": {"email": "a@b.c"}} | members, key)


@pytest.mark.parametrize(
    ("money", "text"), [(Money(10050, "BRL"), b":100.50,"), (Money(10000, "CLP"), b":10000,")]
)
def test_an_amount_is_a_bare_number_in_major_units(money, text):
    assert b'"transaction_amount"' + text in encode(MERCADOPAGO.ask(replace(ASK, money=money)))[0]


@pytest.mark.parametrize(
    ("country", "number", "name"),
    [("BR", "191.191.191-00", "CPF"), ("BR", "11222333000181", "CNPJ"), ("AR", "12345678", "DNI")],
)
def test_a_document_is_named_as_its_country_does(country, number, name):
    body = MERCADOPAGO.ask(replace(ASK, country=country, details={"tax_id": number})).body

    assert body["payer"]["identification"]["type"] == name


def test_a_webhook_is_signed_over_its_query_and_only_a_reason_to_ask():
    vectors = json.loads(shared("psp_specs", "webhook_vectors.json").read_text("utf-8"))
    (known,) = [one for one in vectors["vectors"] if one["id"] == "mercadopago_derived"]
    headers = {"x-signature": known["signature"], "x-request-id": known["x_request_id"]}
    url = f"https://caravel.example/in?data.id={known['data_id'].upper()}&type=payment"
    body = b'{"type": "payment", "id": 7, "data": {"id": "another"}}'
    account = {"webhook_secret": known["key"]}

    (news,) = MERCADOPAGO.news(Inbound("POST", url, headers, body), account)

    assert (news.outcome.state, news.provider_ref) == ("unknown", known["data_id"].upper())
    with pytest.raises(BadSignature):
        MERCADOPAGO.news(
            Inbound("POST", url + "0", headers, body), account | {"webhook_secret": "x"}
        )


@pytest.mark.django_db
def test_the_simulator_refuses_what_mercado_pago_refuses():
    shop = Shop(MERCADOPAGO)
    stranger = Request("GET", "/v1/payments/1", {"authorization": "Bearer nobody"})

    assert shop.simulator.serve(stranger).status == 401
    assert opened(shop, colour="red")[0] == 400
    assert opened(shop, transaction_amount="19.99")[0] == 400
    assert opened(shop, transaction_amount=19.999)[1]["cause"][0]["code"] == 4037
    assert opened(shop, payment_method_id="oca")[1]["cause"][0]["code"] == 10102
    assert opened(shop, payment_method_id="visa", token="gone")[1]["cause"][0]["code"] == 2006
    assert opened(shop, payment_method_id="rapipago")[1]["cause"][0]["code"] == 2067
    assert call(shop, "GET", "/v1/payments/1")[0] == 404


@pytest.mark.django_db
def test_a_key_gives_its_first_result_again():
    shop = Shop(MERCADOPAGO)

    first, again = opened(shop, "one"), opened(shop, "one", transaction_amount=5)

    assert first[1]["id"] == again[1]["id"]
    assert len(books.charges("account = %s", [shop.there.ref])) == 1


@pytest.mark.django_db
def test_no_more_is_captured_refunded_or_let_go_than_there_is():
    shop = Shop(MERCADOPAGO)
    ask = shop.card(capture="manual")
    held = shop.does(ask)
    sums = {"money": Money(2000, ask.money.currency)}

    assert shop.then(ask, held, "capture", **sums)[1].state == "refused"
    assert shop.then(ask, held, "refund")[1].state == "refused"
    assert shop.then(ask, held, "capture", money=Money(1500, "BRL"))[1].state == "succeeded"
    assert shop.then(ask, held, "capture")[1].state == "refused"
    assert shop.then(ask, held, "void")[1].decline == "void_refused"
    over = shop.then(ask, held, "refund", money=Money(1501, "BRL"))[1]
    assert over.decline == "refund_amount_exceeded"
    assert shop.then(ask, held, "refund", money=Money(1500, "BRL"))[1].state == "succeeded"


@pytest.mark.django_db
def test_a_wallets_page_is_a_payment_only_once_it_is_paid():
    shop = Shop(MERCADOPAGO)
    ask = shop.ask(catalogue.connector("mercadopago", "mercadopago_br"))
    page = shop.does(ask)
    lost = shop.then(ask, page, "inquire", reference=ask.reference)[1]

    assert (page.provider_ref, lost.raw_code) == ("", "not_paid_yet")
    assert lost.raw_code not in MERCADOPAGO.missing
    assert "captured" in shop.approved(ask, page)
    paid = shop.then(ask, page, "inquire", reference=ask.reference)[1]
    assert paid.provider_ref.isdigit()

    another, returned = shop.does(ask), {"payment_id": paid.provider_ref}
    theirs = shop.then(replace(ask, reference="att_x"), another, "resume", returned=returned)[1]
    assert theirs.state == "unknown"


@pytest.mark.django_db
def test_the_issuers_page_opens_for_what_the_shop_posts():
    shop = Shop(MERCADOPAGO)
    asked = shop.does(shop.card(6602))
    path = f"/_shopper/mercadopago/{asked.provider_ref}"

    page = pages.serve(Request("POST", path, {"origin": "https://shop.example"}, "", b"creq=e30"))

    assert (asked.action["type"], asked.action["method"]) == ("three_ds", "POST")
    assert (page.status, b"<form" in page.content()) == (200, True)
