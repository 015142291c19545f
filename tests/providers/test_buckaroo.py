"""What the general suites cannot know about Buckaroo."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from acquiring import catalogue
from acquiring.connectors.driver import Ask, BadSignature, Inbound, Reply, encode
from acquiring.connectors.drivers import buckaroo
from acquiring.connectors.registry import driver
from acquiring.core import clock
from acquiring.core.money import Money
from acquiring.sandbox import book as books
from acquiring.sandbox.wire import Request
from tests.connectors.shop import Shop, _wired  # noqa: F401 (the shop's wire)

BUCKAROO = driver("buckaroo")
ACCOUNT = {"website_key": "wk_sim", "secret_key": "sk_sim"}
ASK = Ask(
    verb="authorize", reference="att_1", payment="pay_1", money=Money(1990, "EUR"), code="ideal"
)


def test_the_signature_is_that_of_the_sdk():
    address, body = "testcheckout.buckaroo.nl/json/Transaction", b'{"Currency":"EUR"}'

    made = buckaroo.signature(ACCOUNT, "POST", address, "1763717535", "n1", body)

    assert made == "dV0OhlnE4D1wYaY1QkdAa4kdQLDd8KHW/Lg01gEJmys="


@pytest.mark.parametrize(
    ("money", "digits"),
    [(Money(1990, "EUR"), "19.90"), (Money(1999, "JPY"), "1999"), (Money(1234, "KWD"), "1.234")],
)
def test_an_amount_is_a_number_of_exactly_its_digits(money, digits):
    body, _ = encode(BUCKAROO.ask(replace(ASK, money=money)))

    assert f'"AmountDebit":{digits},'.encode() in body
    assert buckaroo.money(json.loads(body), "AmountDebit") == money


def test_without_its_key_a_payment_is_found_by_our_reference():
    asked = BUCKAROO.ask(replace(ASK, verb="inquire"))

    assert asked.path == "/json/Transaction/Statuses"
    assert asked.body == {"Transactions": [{"Invoice": "att_1"}]}


def test_of_several_transactions_of_one_reference_the_paid_one_counts():
    def told(key: str, code: int, amount: float) -> dict:
        status = {"Code": {"Code": code}}
        known = {"Key": key, "Invoice": "att_1", "Status": status, "Currency": "EUR"}
        return known | {"AmountDebit": amount}

    body = {"Transactions": [told("K1", 190, 19.9), told("K2", 792, 20.0)]}
    outcome = BUCKAROO.read(replace(ASK, verb="inquire"), Reply(200, {}, body))

    assert (outcome.state, outcome.provider_ref) == ("captured", "K1")


def push(url: str, header: str, body: bytes) -> Inbound:
    return Inbound("POST", url, {"authorization": header}, body)


def test_a_push_is_believed_at_our_own_address_only():
    status = {"Code": {"Code": 190}}
    told = {"Key": "K1", "Invoice": "att_1", "Status": status, "AmountDebit": 10.1}
    body = json.dumps({"Transaction": told | {"Currency": "EUR"}}).encode()
    here = "caravel.example/in/buckaroo/1"
    made = buckaroo.signature(ACCOUNT, "POST", here, "1763717535", "n1", body)
    header = f"hmac wk_sim:{made}:n1:1763717535"

    (news,) = BUCKAROO.news(push(f"https://{here}", header, body), ACCOUNT)
    assert (news.reference, news.provider_ref, news.outcome.state) == ("att_1", "K1", "captured")
    assert news.outcome.money == Money(1010, "EUR")
    for url, signed in ((f"https://{here}2", header), (f"https://{here}", header + "1"), ("", "")):
        with pytest.raises(BadSignature):
            BUCKAROO.news(push(url, signed, body), ACCOUNT)


def call(shop: Shop, body: dict, secret: str = "") -> tuple:
    """A call past our driver, signed: status and the first fault."""
    content, path = json.dumps(body).encode(), "/json/Transaction"
    account = {**shop.here.credentials, **({"secret_key": secret} if secret else {})}
    time = str(int(clock.now().timestamp()))
    made = buckaroo.signature(account, "POST", f"sandbox.example{path}", time, "n", content)
    headers = {"authorization": f"hmac {account['website_key']}:{made}:n:{time}"}
    request = Request("POST", path, headers, "", content, "sandbox.example")
    answer = shop.simulator.serve(request)
    return answer.status, buckaroo.message(answer.body)


@pytest.mark.django_db
def test_the_simulator_refuses_what_buckaroo_refuses():
    shop = Shop(BUCKAROO)
    listed = {"ServiceList": [{"Name": "ideal", "Action": "Pay"}]}
    body = {"Currency": "EUR", "AmountDebit": 10.1, "Invoice": "i1", "Services": listed}

    assert call(shop, body, secret="another")[0] == 401
    assert call(shop, body | {"Colour": "red"}) == (400, "The member Colour is unknown")
    assert call(shop, body | {"AmountDebit": "10.10"})[0] == 400
    assert call(shop, body | {"AmountDebit": 10.123})[0] == 400
    assert call(shop, body | {"Services": None}) == (400, "No service was specified")
    assert call(shop, body)[0] == 200


@pytest.mark.django_db
def test_a_card_is_refunded_by_its_brand_and_charged_again():
    shop = Shop(BUCKAROO)
    ask = shop.card(agreement="first")
    begun = shop.does(ask)
    shop.approved(ask, begun)

    refund = shop.then(ask, begun, "refund", money=Money(500, "EUR"))[1]
    assert refund.state == "succeeded"
    assert shop.then(ask, begun, "refund", money=Money(1500, "EUR"))[1].state == "refused"
    paid = shop.then(ask, begun, "inquire", reference=ask.reference)[1]
    agreed = paid.facts["network_reference"]
    members = {"initiator": "merchant", "agreement": "subsequent", "network_reference": agreed}
    again = shop.then(ask, begun, "authorize", provider_ref="", **members)[1]
    assert (agreed, again.state) == (f"visa/{begun.provider_ref}", "captured")


@pytest.mark.django_db
def test_a_transfer_names_the_account_and_is_paid_later():
    shop = Shop(BUCKAROO)
    asked = shop.does(shop.ask(catalogue.connector("buckaroo", "sepa_credit_transfer")))

    assert (asked.state, asked.action["type"]) == ("action", "bank_details")
    assert books.charges("id = %s", [asked.provider_ref])[0].state == "pending"
