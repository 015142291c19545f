"""TrueLayer: the vendor's signature vectors, accounts by currency, what its simulator refuses."""

from __future__ import annotations

import base64
import json

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from acquiring.connectors.driver import Ask, BadSignature, Inbound, Party, Wire
from acquiring.connectors.parts import truelayer_signatures as signatures
from acquiring.connectors.registry import driver
from acquiring.core.money import Money
from acquiring.sandbox import book as books
from acquiring.sandbox.engine import simulators
from acquiring.sandbox.wire import Request
from tests.connectors.contract import shared

TRUELAYER = driver("truelayer")


def vector(name: str) -> str:
    return shared("psp_specs", "truelayer", "signing", name).read_text("utf-8").strip()


def ask(verb: str = "authorize", **members) -> Ask:
    wanted = {"code": "bank_transfer", "money": Money(1999, "GBP"), "reference": "att_1"}
    wanted |= {"customer": Party("", "Amber Ash", "amber@shop.example"), **members}
    return Ask(verb=verb, payment="pay_1", return_url="https://shop.example/done", **wanted)


def test_the_vendors_signed_call_is_read_as_signed():
    path = "/merchant_accounts/a61acaef-ee05-4077-92f3-25543a11bd8d/sweeping"
    headers = {"idempotency-key": "idemp-2076717c-9005-4811-a321-9e0787fa0382"}
    body = b'{"currency":"GBP","max_amount_in_minor":5000000,"name":"Foo???"}'
    key, value = vector("ec512-public.pem"), vector("tl-signature.txt")

    assert signatures.is_signed(key, "POST", path, headers, body, value)
    assert signatures.is_signed(key, "post", path, headers, body, value)
    assert not signatures.is_signed(key, "POST", path, headers, body + b" ", value)
    assert not signatures.is_signed(key, "POST", path + "/", headers, body, value)


def test_the_vendors_webhook_is_believed_and_nobody_elses():
    headers = {
        "x-tl-webhook-timestamp": "2021-11-29T11:42:55Z",
        "content-type": "application/json",
        "tl-signature": vector("webhook-signature.txt"),
    }
    body = b'{"event_type":"example","event_id":"18b2842b-a57b-4887-a0a6-d3c7c36f1020"}'
    key = vector("ec512-public.pem")
    value = headers["tl-signature"]

    assert signatures.of_truelayer(value)
    assert signatures.is_signed(key, "POST", "/tl-webhook", headers, body, value)
    late = {**headers, "x-tl-webhook-timestamp": "2021-11-29T11:42:56Z"}
    assert not signatures.is_signed(key, "POST", "/tl-webhook", late, body, value)
    assert not signatures.of_truelayer(vector("tl-signature.txt"))  # a caller's, not TrueLayer's


def test_a_key_whose_coordinates_are_short_verifies_as_well():
    keys = json.loads(vector("missing-zero-padding-test-jwks.json"))["keys"]
    told = next(one for one in keys if one["kty"] == "EC")
    numbers = (
        int.from_bytes(base64.urlsafe_b64decode(told[name] + "=" * (-len(told[name]) % 4)))
        for name in ("x", "y")
    )
    public = ec.EllipticCurvePublicNumbers(*numbers, ec.SECP521R1()).public_key()
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    key = public.public_bytes(serialization.Encoding.PEM, form).decode()
    event = json.loads(vector("missing-zero-padding-test-payload.json"))
    headers = {
        "x-tl-webhook-timestamp": "2023-06-09T15:40:30Z",
        "tl-signature": vector("missing-zero-padding-test-signature.txt"),
    }
    url = "https://pay.example/a147f26a-f07e-47e3-9526-d52f1f1fdd55"
    body = json.dumps(event, separators=(",", ":")).encode()

    (told_us,) = TRUELAYER.news(Inbound("POST", url, headers, body), {"webhook_public_key": key})
    assert (told_us.provider_ref, told_us.outcome.state) == (event["payment_id"], "pending")
    with pytest.raises(BadSignature):
        TRUELAYER.news(Inbound("POST", url + "1", headers, body), {"webhook_public_key": key})


@pytest.mark.parametrize(("amount", "currency"), [(1999, "GBP"), (1, "EUR")])
def test_money_goes_to_the_account_of_its_currency(amount, currency):
    account = {**simulators()["truelayer"].credentials({}), "access_token": "token"}
    known = dict(one.split("=") for one in account["merchant_accounts"].split(", "))
    call = TRUELAYER.ask(ask(money=Money(amount, currency)))
    body = json.loads(TRUELAYER.wire(call, TRUELAYER.live, account).body)

    assert body["amount_in_minor"] == amount
    assert body["payment_method"]["beneficiary"]["merchant_account_id"] == known[currency]
    with pytest.raises(ValueError, match="names no account for PLN"):
        TRUELAYER.wire(TRUELAYER.ask(ask(money=Money(1, "PLN"))), TRUELAYER.live, account)


def test_tokens_come_from_a_host_of_their_own():
    account = simulators()["truelayer"].credentials({})
    wire = TRUELAYER.wire(TRUELAYER.sign_in(account), TRUELAYER.live, account)

    assert wire.url == "https://auth.truelayer.com/connect/token"


class Till:
    """The simulator, called with what the driver writes."""

    def __init__(self) -> None:
        self.there = simulators()["truelayer"]
        self.keys = self.there.credentials({})
        self.ref = self.keys["client_id"]
        books.register(books.Account("truelayer", self.ref, self.ref, self.keys, {}, ""))
        wire = TRUELAYER.wire(TRUELAYER.sign_in(self.keys), "https://x", self.keys)
        self.keys["access_token"] = self.send(wire)[1]["access_token"]

    def send(self, wire: Wire, body: bytes = b""):
        headers = {name.lower(): value for name, value in wire.headers.items()}
        content = body or wire.body
        answer = self.there.serve(Request(wire.method, wire.path, headers, "", content))
        return answer.status, json.loads(answer.content() or b"{}")

    def does(self, wish: Ask, **changed):
        wire = TRUELAYER.wire(TRUELAYER.ask(wish), "https://x", {**self.keys, **changed})
        return self.send(wire)


@pytest.mark.django_db
def test_strangers_and_unsigned_calls_are_refused():
    till = Till()
    wire = TRUELAYER.wire(TRUELAYER.ask(ask()), "https://x", till.keys)
    other = simulators()["truelayer"].credentials({})["signing_private_key"]

    assert till.send(wire, wire.body + b" ")[0] == 401
    assert till.does(ask(), signing_private_key=other)[0] == 401
    assert till.does(ask(), access_token="of-nobody")[0] == 401
    assert till.does(ask(customer=Party()))[0] == 400
    assert till.does(ask())[0] == 201
    assert till.does(ask(money=Money(5, "GBP")))[1]["title"] == "Idempotency Key Reuse"


@pytest.mark.django_db
def test_no_more_is_given_back_than_there_is():
    till = Till()
    known = till.does(ask())[1]["id"]

    def refund(number: int, amount: int) -> int:
        money = Money(amount, "GBP")
        wish = ask("refund", reference=f"ref_{number}", money=money, provider_ref=known)
        return till.does(wish)[0]

    assert refund(1, 1) == 400
    book = books.Book(books.account_by_ref("truelayer", till.ref))
    charge = book.charge(known)
    till.there.shopper(book, charge, "approve")
    book.save(charge)
    assert till.does(ask("void", reference="voi_1", provider_ref=known))[0] == 409
    assert [refund(2, 1500), refund(3, 500), refund(4, 499)] == [202, 400, 202]
