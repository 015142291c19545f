"""What the general suites cannot know about Mollie."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from acquiring import catalogue
from acquiring.connectors.driver import Ask, BadSignature, Inbound, Reply
from acquiring.connectors.registry import driver
from acquiring.core.money import Money
from acquiring.sandbox import book as books
from acquiring.sandbox.wire import Request
from tests.connectors.contract import shared
from tests.connectors.shop import Shop, _wired  # noqa: F401 (the wire of the shop)

MOLLIE = driver("mollie")
ASK = Ask(
    verb="authorize",
    reference="att_1",
    payment="pay_1",
    money=Money(1000, "USD"),
    code="creditcard",
)


def call(shop: Shop, method: str, path: str, body: dict | None = None, key: str = "") -> tuple:
    """A call past our driver: status and body."""
    headers = {"authorization": f"Bearer {shop.here.credentials['api_key']}"}
    headers |= {"idempotency-key": key} if key else {}
    content = json.dumps(body).encode() if body is not None else b""
    answer = shop.simulator.serve(Request(method, path, headers, "", content))
    return answer.status, answer.body


def opened(shop: Shop, key: str = "", **members) -> tuple:
    amount = {"currency": "EUR", "value": "19.99"}
    body = {"amount": amount, "description": "Tulips", "redirectUrl": "https://shop.example/done"}
    return call(shop, "POST", "/v2/payments", body | members, key)


@pytest.mark.parametrize(
    ("money", "text"),
    [(Money(1000, "USD"), "10.00"), (Money(1999, "JPY"), "1999"), (Money(1234, "KWD"), "1.234")],
)
def test_an_amount_has_the_decimals_of_its_currency(money, text):
    assert MOLLIE.ask(replace(ASK, money=money)).body["amount"]["value"] == text


def test_a_card_payment_has_the_members_others_send():
    sample = json.loads(shared("psp_specs", "wire_samples", "mollie.json").read_text("utf-8"))
    sent = sample["flows"]["authorize"]["Card"]["sample"]
    ours = MOLLIE.ask(replace(ASK, return_url="https://example.com/return", capture="manual"))

    theirs = json.loads(sent["body"])
    assert sent["url"].endswith(ours.path)
    assert set(ours.body) <= set(theirs)
    assert {name: ours.body[name] for name in ("amount", "redirectUrl", "method")} == {
        name: theirs[name] for name in ("amount", "redirectUrl", "method")
    }


def test_a_webhook_is_only_a_reason_to_ask():
    url = "https://caravel.example/in/mollie/1?reference=att_1"
    (news,) = MOLLIE.news(Inbound("POST", url, {}, b"id=tr_1"), {})

    assert (news.outcome.state, news.reference, news.provider_ref) == ("unknown", "att_1", "tr_1")
    with pytest.raises(BadSignature):
        MOLLIE.news(Inbound("POST", url, {}, b"id=ord_1"), {})


@pytest.mark.parametrize("status", [400, 409])
def test_a_key_that_was_used_settles_nothing(status):
    reply = Reply(status, {}, {"status": status, "title": "Conflict", "detail": "In use."})

    assert MOLLIE.read(ASK, reply).state == "unknown"


@pytest.mark.django_db
def test_the_simulator_refuses_what_mollie_refuses():
    shop = Shop(MOLLIE)
    stranger = Request("GET", "/v2/payments", {"authorization": "Bearer test_nobody"})

    assert shop.simulator.serve(stranger).status == 401
    assert opened(shop, colour="red")[1]["field"] == "colour"
    assert opened(shop, amount={"currency": "EUR", "value": 19.99})[1]["field"] == "amount.value"
    assert opened(shop, method="ideal", captureMode="manual")[1]["field"] == "captureMode"
    assert opened(shop, method="klarna")[1]["field"] == "billingAddress"
    assert opened(shop, key="one")[0] == 201
    assert opened(shop, key="one", description="Roses")[0] == 400


@pytest.mark.django_db
def test_no_more_is_captured_refunded_or_let_go_than_there_is():
    shop = Shop(MOLLIE)
    ask = shop.card(capture="manual")
    held = shop.does(ask)
    too_much = shop.then(ask, held, "capture")[1]
    assert (too_much.state, too_much.decline) == ("refused", "capture_refused")  # not held yet

    assert "authorized" in shop.approved(ask, held)
    for verb, sum_of in (("capture", 2000), ("refund", 100)):
        refused = shop.then(ask, held, verb, money=Money(sum_of, "EUR"))[1]
        assert (refused.state, refused.money) == ("refused", None)
    assert shop.then(ask, held, "capture", money=Money(1500, "EUR"))[1].state == "succeeded"
    asked, released = shop.then(ask, held, "void")
    assert released.state == "pending"
    assert shop.does(replace(asked, verb="inquire", target="void")).state == "succeeded"
    assert shop.then(ask, held, "void")[1].state == "succeeded"  # nothing is held any more
    asked, refunded = shop.then(ask, held, "refund", money=Money(1500, "EUR"))
    assert refunded.state == "pending"
    assert shop.does(replace(asked, verb="inquire", target="refund")).state == "succeeded"
    assert shop.then(ask, held, "refund", money=Money(1, "EUR"))[1].state == "refused"


@pytest.mark.django_db
def test_a_first_payment_leaves_a_mandate_for_the_next():
    shop = Shop(MOLLIE)
    ask = shop.ask(catalogue.connector("mollie", "ideal"), agreement="first")
    first = shop.does(ask)
    shop.approved(ask, first)
    paid = shop.then(ask, first, "inquire", reference=ask.reference)[1]

    agreed = paid.facts["network_reference"]
    members = {"initiator": "merchant", "agreement": "subsequent", "network_reference": agreed}
    again = shop.then(ask, first, "authorize", provider_ref="", **members)[1]

    assert again.state == "pending"  # iDEAL leaves a SEPA mandate
    assert books.charges("id = %s", [again.provider_ref])[0].method == "directdebit"
