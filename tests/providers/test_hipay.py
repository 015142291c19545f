"""What the general suites cannot know about HiPay."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import replace
from urllib.parse import urlencode

import pytest

from acquiring import catalogue
from acquiring.connectors.driver import Ask, BadSignature, Call, Inbound
from acquiring.connectors.registry import driver
from acquiring.core.money import Money
from acquiring.sandbox.wire import Request
from tests.connectors.shop import Shop, _wired  # noqa: F401 (the shop's wire)

HIPAY = driver("hipay")
ACCOUNT = {"username": "user", "password": "word", "passphrase": "pass_sim"}
ASK = Ask(
    verb="authorize", reference="att_1", payment="pay_1", money=Money(1990, "EUR"), code="ideal"
)


@pytest.mark.parametrize(
    ("money", "text"),
    [(Money(1990, "EUR"), "19.90"), (Money(1999, "JPY"), "1999"), (Money(1234, "KWD"), "1.234")],
)
def test_an_amount_has_the_decimals_of_its_currency(money, text):
    assert HIPAY.ask(replace(ASK, money=money)).body["amount"] == text


@pytest.mark.parametrize("stage", ["", "stage-"])
def test_only_the_vault_sees_a_card_number(stage):
    gateway = f"https://{stage}secure-gateway.hipay-tpp.com/rest"
    token = HIPAY.wire(Call("POST", "/v2/token/create", {}, encoding="form"), gateway, ACCOUNT)
    order = HIPAY.wire(Call("POST", "/v1/order", {}, encoding="form"), gateway, ACCOUNT)

    assert token.url == f"https://{stage}secure2-vault.hipay-tpp.com/rest/v2/token/create"
    assert order.url == f"{gateway}/v1/order"
    assert order.headers["Authorization"] == "Basic " + base64.b64encode(b"user:word").decode()


def notified(signature: str, body: bytes) -> Inbound:
    url = "https://caravel.example/in/hipay/1"
    return Inbound("POST", url, {"x-allopass-signature": signature}, body)


@pytest.mark.parametrize(
    "signature",
    [
        "6b007f1fc7de39a74e72b3b93c45d3443f0e7d93",
        "7131edb0cdeb45861a613a15a8fbcc330f0cb4f911f8a99da78abafd02c73648",
    ],
)
def test_a_notification_is_signed_with_the_passphrase(signature):
    body = b"state=completed&status=118&order[id]=ORD-1001"

    (news,) = HIPAY.news(notified(signature, body), ACCOUNT)
    assert (news.reference, news.outcome.state) == ("ORD-1001", "captured")
    for bad in (signature[:-1] + "x", "", signature[:8]):
        with pytest.raises(BadSignature):
            HIPAY.news(notified(bad, body), ACCOUNT)


@pytest.mark.parametrize(
    ("status", "operation", "about", "state"),
    [
        ("116", "", "payment", "unknown"),  # held, or a sale's first half
        ("119", "cap_1", "capture", "succeeded"),
        ("173", "cap_1", "capture", "failed"),
        ("126", "ref_1", "refund", "succeeded"),
        ("126", "", "payment", "unknown"),
        ("113", "", "payment", "declined"),
        ("129", "", "dispute", "unknown"),
    ],
)
def test_a_notification_is_about_what_it_names(status, operation, about, state):
    told = {"status": status, "transaction_reference": "8001", "order[id]": "att_1"}
    body = urlencode(told | ({"operation[id]": operation} if operation else {})).encode()
    signature = hashlib.sha512(body + b"pass_sim").hexdigest()

    (news,) = HIPAY.news(notified(signature, body), ACCOUNT)
    assert (news.about, news.outcome.state) == (about, state)
    assert news.reference == (operation or "att_1")


def call(shop: Shop, path: str, **members: str) -> tuple:
    """A call past our driver: status and code."""
    pair = ":".join(shop.here.credentials[name] for name in ("username", "password"))
    headers = {"authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}
    request = Request("POST", path, headers, "", urlencode(members).encode())
    answer = shop.simulator.serve(request)
    return answer.status, answer.body.get("code", 0)


@pytest.mark.django_db
def test_the_simulator_refuses_what_hipay_refuses():
    shop = Shop(HIPAY)
    order = {"orderid": "o1", "payment_product": "ideal", "description": "Tulips"}
    order |= {"currency": "EUR", "amount": "19.99"}

    assert shop.simulator.serve(Request("POST", "/v1/order", {})).status == 401
    assert call(shop, "/v1/order", **order, colour="red") == (400, 1010201)
    assert call(shop, "/v1/order", **{**order, "currency": "COW"}) == (400, 3010001)
    assert call(shop, "/v1/order", **{**order, "amount": "19.999"}) == (400, 1010205)
    assert call(shop, "/v1/order", **{**order, "payment_product": "visa"}) == (400, 1010101)
    assert call(shop, "/v1/order", **order) == (200, 0)
    assert call(shop, "/v1/maintenance/transaction/8", operation="capture") == (404, 3000002)


@pytest.mark.django_db
def test_no_more_is_captured_or_refunded_than_there_is():
    shop = Shop(HIPAY)
    ask = shop.card(capture="manual")
    held = shop.does(ask)

    assert shop.then(ask, held, "refund", money=Money(1, "EUR"))[1].state == "refused"
    assert shop.then(ask, held, "capture", money=Money(2000, "EUR"))[1].state == "refused"
    assert shop.then(ask, held, "capture", money=Money(1500, "EUR"))[1].state == "succeeded"
    assert shop.then(ask, held, "refund", money=Money(1501, "EUR"))[1].state == "refused"
    assert shop.then(ask, held, "refund", money=Money(1500, "EUR"))[1].state == "pending"


@pytest.mark.django_db
def test_a_debit_is_repeated_by_its_agreement():
    shop = Shop(HIPAY)
    row = catalogue.connector("hipay", "sepa_direct_debit")
    first = shop.does(shop.ask(row, agreement="first"))
    agreed = first.facts["network_reference"]
    members = {"initiator": "merchant", "agreement": "subsequent", "details": {}}

    again = shop.does(shop.ask(row, network_reference=agreed, **members))
    assert (first.state, again.state) == ("captured", "captured")
    unknown = shop.does(shop.ask(row, network_reference="sdd/1", **members))
    assert unknown.state == "refused"
