"""What the general suites cannot know about Rapyd."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from acquiring.connectors import signing
from acquiring.connectors.driver import Address, Ask, BadSignature, Card, Inbound
from acquiring.connectors.registry import driver
from acquiring.core import clock
from acquiring.core.money import Money
from acquiring.sandbox.wire import Request
from tests.connectors.contract import shared
from tests.connectors.shop import Shop, _wired  # noqa: F401 (the wire of the shop)

RAPYD = driver("rapyd")
ACCOUNT = {"access_key": "rak_sim", "secret_key": "rsk_sim"}
ASK = Ask(
    verb="authorize",
    reference="att_1",
    payment="pay_1",
    money=Money(1000, "USD"),
    code="card",
    card=Card("4111111111111111", 3, 2030, "123", "Amber Ash"),
    country="GB",
)


def test_a_call_is_signed_as_the_guide_says():
    signed = b'post/v1/paymentsabcd1234efgh1763717535rak_simrsk_sim{"amount":10,"currency":"USD"}'

    assert signing.hmac_sha256_hex_base64("rsk_sim", signed) == (
        "MTE5NjQwMGI1OThjMzRjNTk2NzlhNWExZmFjMTA1NGVhNmM0MjFjNjFmM2JlMjc2ZDlhOTA3NmNhOWFmOTlmYg=="
    )


@pytest.mark.parametrize("form", ["signature_hex", "signature_raw"])
def test_a_webhook_is_signed_for_its_address(form):
    path = shared("psp_specs", "webhook_vectors.json")
    vectors = json.loads(path.read_text("utf-8"))["vectors"]
    (vector,) = (one for one in vectors if one["id"] == "rapyd_derived")
    headers = {name: vector[name] for name in ("salt", "timestamp")}
    inbound = Inbound(
        "POST", vector["url"], {**headers, "signature": vector[form]}, vector["body"].encode()
    )
    account = {name: vector[name] for name in ("access_key", "secret_key")}

    assert RAPYD.news(inbound, account) == []
    with pytest.raises(BadSignature):
        RAPYD.news(replace(inbound, url="https://m.example/other"), account)
    with pytest.raises(BadSignature):
        RAPYD.news(inbound, ACCOUNT)


@pytest.mark.parametrize(
    ("money", "text"),
    [(Money(1000, "USD"), "10.00"), (Money(1999, "JPY"), "1999"), (Money(1234, "KWD"), "1.234")],
)
def test_an_amount_is_text_with_the_decimals_of_its_currency(money, text):
    assert RAPYD.ask(replace(ASK, money=money)).body["amount"] == text


def test_a_cards_type_is_of_its_country_and_brand():
    amex = replace(
        ASK, card=Card("378282246310005", 3, 2030, "1234"), billing=Address(country="IN")
    )

    assert RAPYD.ask(ASK).body["payment_method"]["type"] == "gb_visa_card"
    assert RAPYD.ask(amex).body["payment_method"]["type"] == "in_amex_card"


def test_a_card_payment_has_the_members_others_send():
    sample = json.loads(shared("psp_specs", "wire_samples", "rapyd.json").read_text("utf-8"))
    theirs = json.loads(sample["flows"]["proxy_authorize"]["default"]["sample"]["body"])

    ours = RAPYD.ask(replace(ASK, return_url="https://example.com/return", three_ds="skip")).body

    assert set(ours) <= set(theirs)
    assert set(ours["payment_method"]["fields"]) == set(theirs["payment_method"]["fields"])
    same = ("amount", "currency", "capture", "payment_method_options", "complete_payment_url")
    assert {name: ours[name] for name in same} == {name: theirs[name] for name in same}


def test_a_dispute_tells_its_sum_and_until_when():
    data = {
        "token": "dispute_1",
        "amount": 10,
        "status": "ACT",
        "currency": "USD",
        "due_date": 1651726898,
        "dispute_reason_description": "Authorization Errors",
        "original_transaction_id": "payment_1",
    }
    raw = json.dumps({"id": "wh_1", "type": "PAYMENT_DISPUTE_CREATED", "data": data}).encode()
    signed = b"https://shop.example/insalt1700000000rak_simrsk_sim" + raw
    proof = signing.hmac_sha256_hex_base64("rsk_sim", signed)
    headers = {"salt": "salt", "timestamp": "1700000000", "signature": proof}

    (news,) = RAPYD.news(Inbound("POST", "https://shop.example/in", headers, raw), ACCOUNT)

    assert (news.about, news.provider_ref, news.operation_ref) == (
        "dispute", "payment_1", "dispute_1",
    )  # fmt: skip
    assert (news.outcome.state, news.outcome.money) == ("chargeback_open", Money(1000, "USD"))
    assert news.outcome.facts["respond_by"] == "2022-05-05T05:01:38+00:00"


# The simulator.


def refused(shop: Shop, age: timedelta = timedelta(), **members) -> str:
    """The error code of a payment that is not as it should be."""
    call = RAPYD.ask(ASK)
    known = shop.here.credentials | {"sent_at": (clock.now() - age).isoformat()}
    wire = RAPYD.wire(replace(call, body=call.body | members), "", known)
    lowered = {name.lower(): value for name, value in wire.headers.items()}
    answer = shop.simulator.serve(Request(wire.method, wire.path, lowered, "", wire.body))
    return json.loads(answer.content())["status"]["error_code"]


@pytest.mark.django_db
def test_the_simulator_refuses_what_rapyd_does_not_take():
    shop = Shop(RAPYD)

    assert refused(shop, colour="red") == "ERROR_INVALID_REQUEST"
    assert refused(shop, amount="10.001") == "ERROR_INVALID_REQUEST"
    assert refused(shop, payment_method={"type": "xx_visa"}) == "ERROR_CREATE_PAYMENT"
    assert refused(shop, timedelta(minutes=2)) == "UNAUTHENTICATED_API_CALL"
    assert refused(shop) == ""
    assert refused(shop, amount="11.00") == "INVALID_IDEMPOTENCY_KEY"


@pytest.mark.django_db
def test_a_published_card_is_declined():
    stolen = replace(ASK, card=Card("4111111111111143", 3, 2030, "123", "Amber Ash"))

    assert Shop(RAPYD).does(stolen).decline == "stolen_card"


@pytest.mark.django_db
def test_no_more_is_captured_or_refunded_than_there_is():
    shop = Shop(RAPYD)
    ask = shop.card(capture="manual")
    held = shop.does(ask)
    assert shop.then(ask, held, "refund", money=Money(100, "EUR"))[1].state == "refused"
    assert shop.then(ask, held, "capture", money=Money(2000, "EUR"))[1].state == "refused"
    assert shop.then(ask, held, "inquire", target="capture")[1].raw_code == "still_held"
    assert shop.then(ask, held, "capture", money=Money(1500, "EUR"))[1].state == "succeeded"
    assert shop.then(ask, held, "void")[1].state == "refused"
    assert shop.then(ask, held, "refund", money=Money(1501, "EUR"))[1].state == "refused"

    asked, refunded = shop.then(ask, held, "refund", money=Money(500, "EUR"))

    lost = replace(asked, verb="inquire", target="refund")
    assert shop.does(lost).operation_ref == refunded.operation_ref
