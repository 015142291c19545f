"""PayPal: its signatures and certificates, its amounts, and what its simulator refuses."""

from __future__ import annotations

import base64
import json
import zlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from acquiring.connectors import signing
from acquiring.connectors.driver import Ask, BadSignature, Card, Inbound
from acquiring.connectors.registry import driver
from acquiring.core.money import Money
from acquiring.sandbox import book as books
from acquiring.sandbox.engine import simulators
from acquiring.sandbox.wire import Request
from tests.connectors.contract import keys, shared

PAYPAL = driver("paypal")
ORDERS = "/v2/checkout/orders"
EVENT = b'{"id":"WH-1","event_type":"CATALOG.PRODUCT.CREATED","resource":{}}'


def ask(amount: int = 1999, currency: str = "EUR", **members) -> Ask:
    money = Money(amount, currency)
    members = {"code": "card", "card": Card("4032037064388131", 12, 2035, "123"), **members}
    return Ask(verb="authorize", reference="att_1", payment="pay_1", money=money, **members)


def inbound(private: str, body: bytes = EVENT, webhook: str = "1JE4291016473214C") -> Inbound:
    content = f"tx-1|2026-11-21T10:00:00Z|{webhook}|{zlib.crc32(body)}"
    headers = {
        "paypal-transmission-id": "tx-1",
        "paypal-transmission-time": "2026-11-21T10:00:00Z",
        "paypal-transmission-sig": signing.rsa_sha256_sign(private, content.encode()),
    }
    return Inbound("POST", "/", headers, body)


def test_an_event_is_signed_over_its_transmission_and_the_sum_of_its_bytes():
    private, public = keys()
    account = {"webhook_id": "1JE4291016473214C", "webhook_public_key": public}

    assert PAYPAL.news(inbound(private), account) == []
    with pytest.raises(BadSignature):
        PAYPAL.news(replace(inbound(private), body=EVENT + b" "), account)
    with pytest.raises(BadSignature):
        PAYPAL.news(inbound(private, webhook="OF-ANOTHER"), account)


def test_the_certificate_does_as_well_as_its_key():
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "messageverificationcerts")])
    now = datetime.now(UTC)
    made = x509.CertificateBuilder(name, name, key.public_key(), 1, now, now + timedelta(days=1))
    pem = made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()
    account = {"webhook_id": "1JE4291016473214C", "webhook_public_key": pem}

    assert PAYPAL.news(inbound(private), account) == []


@pytest.mark.parametrize(
    ("amount", "currency", "sent"),
    [(1999, "EUR", "19.99"), (1999, "JPY", "1999"), (199900, "HUF", "1999"), (500, "TWD", "5")],
)
def test_amounts_are_decimal_strings_and_some_currencies_have_no_decimals(amount, currency, sent):
    (unit,) = PAYPAL.ask(ask(amount, currency)).body["purchase_units"]

    assert unit["amount"] == {"currency_code": currency, "value": sent}


def test_a_forint_cannot_be_broken():
    with pytest.raises(ValueError):
        PAYPAL.ask(ask(1999, "HUF"))


def test_a_capture_is_written_as_others_write_it():
    path = shared("psp_specs", "wire_samples", "paypal.json")
    sample = json.loads(path.read_text("utf-8"))["flows"]["capture"]["default"]["sample"]
    kept = {"authorization": "probe_auth_001"}
    wish = replace(ask(1000, "USD"), verb="capture", reference="cap_1", kept=kept)
    wire = PAYPAL.wire(PAYPAL.ask(wish), "https://api-m.sandbox.paypal.com", {"access_token": "t"})

    assert (wire.method, wire.url) == (sample["method"].upper(), sample["url"])
    body = json.loads(wire.body)
    assert body.pop("invoice_id") == "cap_1"
    assert body == json.loads(sample["body"])
    assert {"Authorization", "PayPal-Request-Id", "Prefer"} <= set(wire.headers)


class Till:
    """The simulator, called by hand."""

    def __init__(self) -> None:
        self.there = simulators()["paypal"]
        self.keys = self.there.credentials({})
        ref = self.keys["client_id"]
        books.register(books.Account("paypal", ref, ref, self.keys, {}, ""))
        self.token = self.signs_in()["access_token"]

    def signs_in(self, secret: str = "") -> dict:
        pair = f"{self.keys['client_id']}:{secret or self.keys['client_secret']}"
        headers = {"authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}
        body = b"grant_type=client_credentials"
        return self.there.serve(Request("POST", "/v1/oauth2/token", headers, "", body)).body

    def call(self, path: str, body: dict | None = None, key: str = "", token: str = ""):
        headers = {"authorization": f"Bearer {token or self.token}"}
        headers |= {"paypal-request-id": key} if key else {}
        sent = json.dumps(body).encode() if body is not None else b""
        answer = self.there.serve(Request("POST", path, headers, "", sent))
        told = json.loads(answer.content() or b"{}")
        return answer.status, told.get("details", [{}])[0].get("issue") or told

    def order(self, **members) -> dict:
        return {**PAYPAL.ask(ask(capture="manual")).body, **members}

    def held(self) -> str:
        _, made = self.call(ORDERS, self.order())
        card = {"number": "4032037064388131", "expiry": "2035-12"}
        confirmed = f"{ORDERS}/{made['id']}/confirm-payment-source"
        self.call(confirmed, {"payment_source": {"card": card}})
        _, done = self.call(f"{ORDERS}/{made['id']}/authorize")
        (one,) = done["purchase_units"][0]["payments"]["authorizations"]
        return f"/v2/payments/authorizations/{one['id']}"


def money(value: str) -> dict:
    return {"amount": {"currency_code": "EUR", "value": value}}


@pytest.mark.django_db
def test_strangers_and_what_nobody_documents_are_refused():
    till = Till()

    assert till.signs_in("of-nobody")["error"] == "invalid_client"
    assert till.call(ORDERS, till.order(), token="of-nobody")[0] == 401
    assert till.call(ORDERS, till.order(colour="blue"))[0] == 400
    assert till.call(ORDERS, till.order(intent="GIFT")) == (400, "INVALID_PARAMETER_VALUE")
    whole = {"purchase_units": [{"amount": {"currency_code": "HUF", "value": "19.99"}}]}
    assert till.call(ORDERS, till.order(**whole)) == (422, "DECIMALS_NOT_SUPPORTED")


@pytest.mark.django_db
def test_nothing_is_taken_of_an_order_nobody_agreed_to():
    till = Till()
    _, made = till.call(ORDERS, till.order(intent="CAPTURE"))

    assert till.call(f"{ORDERS}/{made['id']}/capture") == (422, "ORDER_NOT_APPROVED")
    assert till.call(f"{ORDERS}/{made['id']}/authorize") == (422, "ACTION_DOES_NOT_MATCH_INTENT")


@pytest.mark.django_db
def test_no_more_is_captured_or_given_back_than_there_is():
    till = Till()
    held = till.held()

    assert till.call(f"{held}/capture", money("20.00")) == (422, "MAX_CAPTURE_AMOUNT_EXCEEDED")
    status, taken = till.call(f"{held}/capture", money("15.00") | {"final_capture": True})
    assert status == 201
    assert till.call(f"{held}/capture", money("1.00")) == (422, "AUTHORIZATION_ALREADY_CAPTURED")
    assert till.call(f"{held}/void") == (422, "PREVIOUSLY_CAPTURED")
    refund = f"/v2/payments/captures/{taken['id']}/refund"
    assert till.call(refund, money("15.01")) == (422, "REFUND_AMOUNT_EXCEEDED")
    assert till.call(refund, money("15.00"))[0] == 201
    assert till.call(refund, money("0.01")) == (422, "CAPTURE_FULLY_REFUNDED")


@pytest.mark.django_db
def test_a_key_repeats_its_answer_and_is_not_for_another_body():
    till = Till()
    _, first = till.call(ORDERS, till.order(), "key_1")

    assert till.call(ORDERS, till.order(), "key_1") == (200, first)
    assert till.call(ORDERS, till.order(intent="CAPTURE"), "key_1")[0] == 422
