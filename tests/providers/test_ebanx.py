"""What the general suites cannot know about EBANX."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID

from acquiring.connectors.driver import Ask, BadSignature, Inbound
from acquiring.connectors.registry import driver
from acquiring.core.money import Money
from acquiring.sandbox.wire import Request
from tests.connectors.shop import Shop, _wired  # noqa: F401 (the wire of the shop)

EBANX = driver("ebanx")
ASK = Ask(verb="authorize", reference="att_1", payment="pay_1", money=Money(1, "BRL"), code="pix")
CARD = {"card_number": "4111111111111111", "card_due_date": "12/2030", "card_cvv": "123"}
PAYMENT = {
    "name": "Jose Silva",
    "email": "jose@example.com",
    "document": "85351346893",
    "country": "br",
    "payment_type_code": "creditcard",
    "merchant_payment_code": "order-1",
    "currency_code": "BRL",
    "amount_total": "19.99",
    "creditcard": CARD | {"card_name": "JOSE SILVA"},
}


def call(shop: Shop, path: str, body: dict) -> dict:
    """A call past our driver: the answer, HTTP 200 whatever it says."""
    content = json.dumps({"integration_key": shop.here.credentials["integration_key"], **body})
    answer = shop.simulator.serve(Request("POST", path, {}, "", content.encode()))
    assert answer.status == 200
    return json.loads(answer.content())


def opened(shop: Shop, **members) -> str:
    """The code of a refusal, or the status of a payment."""
    body = {"operation": "request", "payment": PAYMENT | members}
    answer = call(shop, "/ws/direct", body)
    return answer.get("status_code") or answer["payment"]["status"]


@pytest.mark.parametrize(
    ("money", "text"), [(Money(10050, "BRL"), "100.50"), (Money(10000, "CLP"), "10000")]
)
def test_an_amount_has_the_decimals_of_its_currency(money, text):
    assert EBANX.ask(replace(ASK, money=money)).body["payment"]["amount_total"] == text


def test_the_key_travels_in_every_body():
    account = {"integration_key": "ik"}
    for verb in ("authorize", "capture", "void", "refund", "inquire"):
        wire = EBANX.wire(EBANX.ask(replace(ASK, verb=verb)), EBANX.live, account)

        assert b"integration_key" in wire.body
        assert "ik" not in wire.url


def test_a_notification_is_checked_with_a_key_or_a_certificate():
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "notifications")])
    now = datetime.now(UTC)
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).serial_number(1)
    made = made.not_valid_before(now).not_valid_after(now + timedelta(days=1))
    certificate = made.public_key(key.public_key()).sign(key, hashes.SHA256())
    pem = certificate.public_bytes(serialization.Encoding.PEM).decode()
    body = urlencode({"operation": "payment_status_change", "hash_codes": "one,two"}).encode()
    signature = key.sign(body, padding.PKCS1v15(), hashes.SHA1())
    headers = {"x-signature-content": base64.b64encode(signature).decode()}

    account = {"notification_public_key": pem}
    news = EBANX.news(Inbound("POST", "https://caravel.example", headers, body), account)

    assert [(one.outcome.state, one.provider_ref) for one in news] == [
        ("unknown", "one"),
        ("unknown", "two"),
    ]
    with pytest.raises(BadSignature):
        EBANX.news(Inbound("POST", "https://caravel.example", headers, body + b"3"), account)


@pytest.mark.django_db
def test_the_simulator_refuses_what_ebanx_refuses():
    shop = Shop(EBANX)

    assert call(shop, "/ws/query", {"integration_key": "nobody"})["status_code"] == "DA-1"
    assert opened(shop, colour="red") == "BP-SA-1"
    assert opened(shop, amount_total=19.99) == "BP-SA-1"
    assert opened(shop, amount_total="0.00") == "BP-DR-6"
    assert opened(shop, currency_code="") == "BP-DR-3"
    assert opened(shop, payment_type_code="oxxo") == "BP-DR-35"
    assert opened(shop, document="") == "BP-DR-22"
    assert opened(shop, creditcard=CARD | {"card_due_date": "01/2020"}) == "BP-DR-52"
    assert opened(shop) == "CO"
    assert opened(shop) == "BP-DR-0"


@pytest.mark.django_db
def test_no_more_is_captured_refunded_or_let_go_than_there_is():
    shop = Shop(EBANX)
    ask = shop.card(capture="manual")
    held = shop.does(ask)

    assert shop.then(ask, held, "capture", money=Money(2000, "ARS"))[1].state == "refused"
    assert shop.then(ask, held, "refund")[1].state == "refused"
    assert shop.then(ask, held, "capture", money=Money(1500, "ARS"))[1].state == "succeeded"
    assert shop.then(ask, held, "void")[1].decline == "void_refused"
    assert shop.then(ask, held, "refund", money=Money(1501, "ARS"))[1].state == "refused"
    refund, pending = shop.then(ask, held, "refund", money=Money(1500, "ARS"))
    assert pending.state == "pending"
    found = shop.does(replace(refund, verb="inquire", target="refund"))
    assert (found.state, found.operation_ref) == ("succeeded", pending.operation_ref)


@pytest.mark.django_db
def test_a_code_that_was_used_leads_to_its_payment():
    shop = Shop(EBANX)
    ask = shop.card()

    assert shop.does(ask).provider_ref == shop.does(ask, again=True).provider_ref
