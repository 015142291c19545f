"""Airwallex: signed events, what each method is told, and what its demo environment refuses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from django.conf import settings

from acquiring import catalogue
from acquiring.connectors import signing
from acquiring.connectors.driver import (
    Address,
    Ask,
    Device,
    Inbound,
    More,
    Party,
    Reply,
    Unsupported,
    encode,
)
from acquiring.connectors.drivers.airwallex import Airwallex
from acquiring.core.money import Money
from acquiring.sandbox import book as books
from acquiring.sandbox.engine import simulators
from acquiring.sandbox.structure import load
from acquiring.sandbox.wire import Request

AIRWALLEX = Airwallex()
SHOPPER = Party("cus_1", "Amber Ash", "amber@shop.example", "+6512345678")
TYPED = {
    "account_number": "000123456",
    "branch_number": "000312345",
    "bsb_number": "000000",
    "iban": "NL13TEST0123456789",
    "bank": "bank_1",
    "token": "{}",
}
INTENT = Reply(201, {}, {"id": "int_1", "status": "REQUIRES_PAYMENT_METHOD"})


def shared(*parts: str) -> dict:
    path = Path(settings.SHARED, "psp_specs", *parts)
    if not path.exists():
        pytest.skip(f"{parts[-1]} is not beside this checkout")
    return json.loads(path.read_text("utf-8"))


def wish(code: str, **members) -> Ask:
    known = {"customer": SHOPPER, "country": "SG", "details": TYPED, "money": Money(1999, "SGD")}
    return Ask(verb="authorize", reference="att_1", payment="pay_1", code=code, **known | members)


def confirmed(ask: Ask) -> dict:
    more = AIRWALLEX.read(ask, INTENT)
    assert isinstance(more, More)
    return json.loads(encode(more.call)[0])


def test_the_signature_is_that_of_the_vector():
    vectors = shared("webhook_vectors.json")["vectors"]
    (one,) = [vector for vector in vectors if vector["id"] == "airwallex_derived"]
    message = (one["x_timestamp"] + one["body"]).encode()

    assert signing.hmac_sha256_hex(one["key"], message) == one["signature"]


@pytest.mark.parametrize(
    ("money", "text"),
    [
        (Money(1999, "JPY"), b'"amount":1999,'),
        (Money(1999, "SGD"), b'"amount":19.99,'),
        (Money(1999, "KWD"), b'"amount":1.999,'),
    ],
)
def test_a_sum_is_a_json_number_digit_for_digit(money, text):
    assert text in encode(AIRWALLEX.ask(wish("card", money=money)))[0]


def test_every_method_is_told_only_what_it_knows():
    for row in catalogue.provider("airwallex").connectors:
        if row.flow == "card":
            continue
        home = Address("1 High Street", "", "Singapore", "", "018956", "SG")
        body = confirmed(wish(row.code, billing=home, extra=row.extra))

        assert not list(load("airwallex").faults("PaymentIntentConfirm", body)), row.code


def test_a_phone_opens_the_wallets_own_page():
    on_phone = Device(user_agent="Mozilla/5.0 (iPhone; Mobile)")

    body = confirmed(wish("gcash", device=on_phone))

    assert body["payment_method"]["gcash"] == {"flow": "mweb", "os_type": "ios"}


def test_a_canadian_branch_is_an_institution_and_its_branch():
    debit = confirmed(wish("eft_direct_debit"))["payment_method"]["eft_direct_debit"]

    assert (debit["institution_number"], debit["transit_number"]) == ("003", "12345")


def test_only_cards_are_held():
    with pytest.raises(Unsupported):
        AIRWALLEX.ask(wish("gcash", capture="manual"))


def test_a_failed_attempt_is_told_by_its_own_event():
    tried = {"status": "FAILED", "failure_code": "issuer_declined", "merchant_order_id": "att_1"}
    tried |= {"provider_original_response_code": "51", "payment_intent_id": "int_1"}
    event = {"name": "payment_attempt.authorization_failed", "data": {"object": tried}}
    body = json.dumps(event).encode()
    signature = signing.hmac_sha256_hex("whsec", b"1763717535000" + body)
    headers = {"x-timestamp": "1763717535000", "x-signature": signature}

    inbound = Inbound("POST", "https://shop.example/in", headers, body)
    (news,) = AIRWALLEX.news(inbound, {"webhook_secret": "whsec"})

    assert (news.reference, news.outcome.decline) == ("att_1", "insufficient_funds")


# The simulator.


def call(path: str, body: dict | None = None, **headers: str) -> tuple[int, dict]:
    simulator = simulators()["airwallex"]
    account = books.account_by_ref("airwallex", "shop")
    if account is None:
        made = simulator.credentials({})
        account = books.Account("airwallex", "shop", made["client_id"], made, {})
        books.register(account)
    keys = {"x-client-id": account.key, "x-api-key": account.credentials["api_key"]}
    if not headers:
        login = Request("POST", "/api/v1/authentication/login", keys)
        token = json.loads(simulator.serve(login).content())["token"]
        headers = {"authorization": f"Bearer {token}"}
    sent = json.dumps(body or {}).encode()
    answer = simulator.serve(Request("POST", f"/api/v1/pa/{path}", headers, "", sent))
    return answer.status, json.loads(answer.content())


def intent(key: str = "r1", **members) -> dict:
    body = {"request_id": key, "amount": 80.51, "currency": "SGD", "merchant_order_id": "o1"}
    return call("payment_intents/create", body | members)[1]


@pytest.mark.django_db
def test_a_stranger_is_turned_away():
    assert call("payment_intents/create", {}, authorization="Bearer x~1~y")[0] == 401


@pytest.mark.django_db
def test_a_request_id_is_good_for_one_call():
    assert intent()["status"] == "REQUIRES_PAYMENT_METHOD"
    assert intent()["code"] == "duplicate_request"
    assert intent("r2", colour="red")["code"] == "validation_error"


@pytest.mark.django_db
def test_the_cents_of_a_test_amount_are_the_issuers_code():
    card = {"number": "4012000300001003", "expiry_month": "03", "expiry_year": "2030"}
    body = {"request_id": "c1", "payment_method": {"type": "card", "card": card}}

    status, declined = call(f"payment_intents/{intent()['id']}/confirm", body)

    assert (status, declined["provider_original_response_code"]) == (400, "51")
