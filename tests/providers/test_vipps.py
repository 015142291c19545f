"""Vipps: names, keys, the vendor's signature sample, and what its simulator refuses."""

from __future__ import annotations

import json

import pytest

from acquiring.connectors import signing
from acquiring.connectors.driver import Ask, BadSignature, Inbound
from acquiring.connectors.registry import driver
from acquiring.core.money import Money
from acquiring.sandbox import book as books
from acquiring.sandbox.engine import simulators
from acquiring.sandbox.wire import Request

VIPPS = driver("vipps")
REFERENCE = "att_018f2c6b7a8d7c3e9f0011223344556677"
URL = "https://pay.example/hooks/vipps/token?way=1"
DATE = "Thu, 30 Mar 2023 08:38:32 GMT"


def ask(verb: str = "authorize", **members) -> Ask:
    wanted = {"code": "WALLET", "money": Money(1999, "NOK"), "reference": REFERENCE, **members}
    return Ask(verb=verb, payment="pay_1", return_url="https://shop.example/done", **wanted)


def event(**members) -> bytes:
    told = {
        "msn": "123456",
        "reference": REFERENCE.replace("_", "-"),
        "pspReference": "1234567891",
        "name": "CAPTURED",
        "amount": {"currency": "NOK", "value": 1999},
        "timestamp": "2023-08-14T12:48:46.260Z",
        "idempotencyKey": "cap_1",
        "success": True,
    }
    return json.dumps({**told, **members}).encode()


def heard(body: bytes, secret: str = "secret"):
    headers = {
        "x-ms-date": DATE,
        "authorization": signing.vipps_authorization("secret", URL, DATE, body),
    }
    return VIPPS.news(Inbound("POST", URL, headers, body), {"webhook_secret": secret})


def test_the_vendors_own_sample_is_signed_as_we_sign():
    secret = (
        "A0+AeKBRG2KRGvnNwJpQlb6IJFk48CKXCIcrLoHncVJKDILsQSxS6NWCccwWm6r6FhGKhiHTBsG2wo/xU6FY/A=="
    )
    url = "https://webhook.site/e2cee29b-012e-4f1d-8ef4-e95fd74a7a63"
    body = b'{"some-unique-content":"ee6e441b-cc4a-46f8-895d-a5af79bcc233/hello-world"}'

    assert signing.vipps_authorization(secret, url, DATE, body).endswith(
        "&Signature=agAiSyogQbDHpeucoNwYz+yAr5nJ+v+zasdkSbqzv+U="
    )


def test_a_reference_is_spelled_as_vipps_allows_and_found_again():
    assert VIPPS.ask(ask()).body["reference"] == REFERENCE.replace("_", "-")
    (told,) = heard(event(name="ABORTED", idempotencyKey=None))

    assert (told.reference, told.outcome.decline) == (REFERENCE, "shopper_canceled")


@pytest.mark.parametrize(
    ("name", "key", "about", "state"),
    [
        ("CAPTURED", "cap_1", "capture", "succeeded"),
        ("CAPTURED", f"{REFERENCE}-capture", "payment", "captured"),
        ("CAPTURED", None, "payment", "unknown"),
        ("REFUNDED", "ref_1", "refund", "succeeded"),
        ("CANCELLED", "voi_1", "void", "succeeded"),
        ("AUTHORIZED", None, "payment", "unknown"),
        ("TERMINATED", None, "payment", "voided"),
        ("EXPIRED", None, "payment", "expired"),
    ],
)
def test_an_event_belongs_to_the_call_whose_key_it_has(name, key, about, state):
    (told,) = heard(event(name=name, idempotencyKey=key))

    assert (told.about, told.outcome.state) == (about, state)


def test_an_event_that_did_not_succeed_settles_no_payment():
    (told,) = heard(event(name="ABORTED", success=False, idempotencyKey=None))

    assert told.outcome.state == "unknown"


def test_another_secret_is_not_believed():
    with pytest.raises(BadSignature):
        heard(event(), secret="another")


class Till:
    """The simulator, called by hand."""

    def __init__(self) -> None:
        self.there = simulators()["vipps"]
        self.keys = self.there.credentials({})
        self.ref = self.keys["client_id"]
        books.register(books.Account("vipps", self.ref, self.ref, self.keys, {}, URL))
        signing_in = VIPPS.sign_in(self.keys)
        lent = self.send(
            "POST", signing_in.path, {k.lower(): v for k, v in signing_in.headers.items()}
        )
        self.token = lent[1]["access_token"]

    def send(self, method: str, path: str, headers: dict, body=None):
        sent = json.dumps(body).encode() if body is not None else b""
        answer = self.there.serve(Request(method, path, headers, "", sent))
        return answer.status, json.loads(answer.content() or b"{}")

    def call(self, path: str, body=None, key: str = "", method: str = "POST", **headers):
        known = {
            "authorization": f"Bearer {self.token}",
            "ocp-apim-subscription-key": self.keys["subscription_key"],
            "merchant-serial-number": self.keys["merchant_serial_number"],
            "idempotency-key": key,
        }
        status, told = self.send(method, f"/epayment/v1/payments{path}", known | headers, body)
        return status, told.get("title") or told

    def agreed(self) -> str:
        """A payment that the shopper said yes to."""
        self.call("", VIPPS.ask(ask()).body, "one")
        book = books.Book(books.account_by_ref("vipps", self.ref))
        (charge,) = book.charges_named(REFERENCE.replace("_", "-"))
        self.there.shopper(book, charge, "approve")
        book.save(charge)
        return f"/{charge.reference}"


def sum_of(value: int) -> dict:
    return {"modificationAmount": {"currency": "NOK", "value": value}}


@pytest.mark.django_db
def test_strangers_and_what_nobody_documents_are_refused():
    till, body = Till(), VIPPS.ask(ask()).body

    assert till.call("", body, "one", **{"merchant-serial-number": "0"})[0] == 401
    assert till.call("", {**body, "colour": "blue"}, "one") == (400, "Bad Request")
    assert till.call("", {**body, "reference": "no_such_name"}, "one") == (400, "Bad Request")
    assert till.call("", body) == (400, "Missing required parameter")
    assert till.call("", body, "one")[0] == 201
    assert till.call("", body, "one")[0] == 201
    assert till.call("", {**body, "paymentDescription": "Another"}, "one")[0] == 409
    assert till.call("", body, "two") == (409, "Idempotency error")
    assert till.call("/nobody-knows-it", method="GET")[0] == 404


@pytest.mark.django_db
def test_no_more_is_captured_or_given_back_than_there_is():
    till = Till()
    payment = till.agreed()

    assert till.call(f"{payment}/refund", sum_of(1), "a")[0] == 400
    assert till.call(f"{payment}/capture", sum_of(2000), "b") == (400, "Capture amount too high")
    assert till.call(f"{payment}/capture", sum_of(1500), "c")[0] == 200
    assert (
        till.call(f"{payment}/cancel", None, "d")[1]["aggregate"]["cancelledAmount"]["value"] == 499
    )
    assert till.call(f"{payment}/capture", sum_of(1), "e")[0] == 400
    assert till.call(f"{payment}/refund", sum_of(1501), "f") == (400, "Not enough refundable")
    assert till.call(f"{payment}/refund", sum_of(1500), "g")[0] == 200
    assert till.call(payment, method="GET")[1]["state"] == "AUTHORIZED"
