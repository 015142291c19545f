"""Checkout.com: its event signature, its amounts, and what its simulator refuses."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from acquiring.connectors.driver import Ask, BadSignature, Card, Inbound
from acquiring.connectors.registry import driver
from acquiring.core.money import Money
from acquiring.sandbox import book as books
from acquiring.sandbox.engine import simulators
from acquiring.sandbox.wire import Request

CHECKOUT = driver("checkout")
EVENT = b'{"id":"evt_1","type":"payment_captured"}'
SIGNED = "f60fdb584feba13b28e8a782b24140c01c8defa444d8183fbd28f9b59e49fef6"
ACCOUNT = {
    "secret_key": "sk_sbox_1",
    "processing_channel_id": "pc_1",
    "webhook_key": "whk_sim_9f2c",
}


def ask(amount: int = 1999, currency: str = "EUR", **members) -> Ask:
    card = Card("4242424242424242", 6, 2035, "100")
    money = Money(amount, currency)
    return Ask(
        verb="authorize", reference="att_1", payment="pay_1", money=money, card=card, **members
    )


def test_an_event_is_signed_over_its_bytes():
    assert CHECKOUT.news(Inbound("POST", "/", {"cko-signature": SIGNED}, EVENT), ACCOUNT)
    with pytest.raises(BadSignature):
        CHECKOUT.news(Inbound("POST", "/", {"cko-signature": SIGNED}, EVENT + b" "), ACCOUNT)


@pytest.mark.parametrize(
    ("amount", "currency", "sent"),
    [(1999, "EUR", 1999), (1999, "JPY", 1999), (1990, "KWD", 1990), (1999, "CLP", 199900)],
)
def test_amounts_are_minor_units_but_for_the_peso(amount, currency, sent):
    assert CHECKOUT.ask(ask(amount, currency)).body["amount"] == sent


def test_three_d_secure_is_forced_upgraded_or_left_out_as_wished():
    def sent(wish: str) -> dict:
        return CHECKOUT.ask(ask(three_ds=wish)).body["3ds"]

    assert sent("required")["enabled"] is True
    assert sent("automatic") == {"enabled": False, "allow_upgrade": True}
    assert sent("skip") == {"enabled": False}


def test_the_channel_of_the_account_is_named_and_a_key_sent():
    wire = CHECKOUT.wire(CHECKOUT.ask(ask()), CHECKOUT.live, ACCOUNT)

    assert json.loads(wire.body)["processing_channel_id"] == "pc_1"
    assert wire.headers["Cko-Idempotency-Key"] == "att_1"
    assert wire.headers["Authorization"] == "Bearer sk_sbox_1"


def test_an_answer_lost_in_a_breakdown_is_asked_after_and_never_sent_again():
    assert "authorize" not in CHECKOUT.resendable


class Till:
    """The simulator, called by hand."""

    def __init__(self) -> None:
        self.there = simulators()["checkout"]
        self.keys = self.there.credentials({})
        key = self.keys["secret_key"]
        books.register(books.Account("checkout", key, key, self.keys, {}, ""))

    def call(self, path: str, body: dict, key: str = "", secret: str = "") -> tuple[int, dict]:
        headers = {"authorization": f"Bearer {secret or self.keys['secret_key']}"}
        headers |= {"cko-idempotency-key": key} if key else {}
        request = Request("POST", path, headers, "", json.dumps(body).encode())
        answer = self.there.serve(request)
        return answer.status, answer.body if isinstance(answer.body, dict) else {}

    def pays(self, **members) -> dict:
        sent = CHECKOUT.ask(replace(ask(), capture="manual")).body
        channel = self.keys["processing_channel_id"]
        return {**sent, "processing_channel_id": channel, **members}


@pytest.mark.django_db
def test_strangers_and_what_nobody_documents_are_refused():
    till = Till()

    assert till.call("/payments", till.pays(), secret="sk_sbox_of_nobody")[0] == 401
    status, said = till.call("/payments", till.pays(colour="blue"))
    assert (status, said["error_codes"]) == (422, ["colour_not_supported"])
    status, said = till.call("/payments", till.pays(amount="1999"))
    assert (status, said["error_codes"]) == (422, ["amount_invalid"])
    assert till.call("/payments", till.pays(currency="KWD", amount=1001))[0] == 422


@pytest.mark.django_db
def test_no_more_is_captured_or_given_back_than_there_is():
    till = Till()
    _, paid = till.call("/payments", till.pays())
    path = f"/payments/{paid['id']}"

    assert till.call(f"{path}/refunds", {"amount": 1})[0] == 403
    assert till.call(f"{path}/captures", {"amount": 2000})[0] == 422
    assert till.call(f"{path}/captures", {"amount": 1000, "capture_type": "NonFinal"})[0] == 202
    assert till.call(f"{path}/captures", {"amount": 1000})[0] == 422
    assert till.call(f"{path}/refunds", {"amount": 1001})[0] == 422
    assert till.call(f"{path}/voids", {})[0] == 403


@pytest.mark.django_db
def test_a_key_repeats_its_answer_and_is_not_for_another_body():
    till = Till()
    first = till.call("/payments", till.pays(), "key_1")

    assert till.call("/payments", till.pays(), "key_1")[0] == first[0]
    assert till.call("/payments", till.pays(amount=5), "key_1")[0] == 422
