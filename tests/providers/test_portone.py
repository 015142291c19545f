"""PortOne: webhooks of the standard kind, whose no is heard, and what its simulator refuses."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from acquiring.connectors.driver import Ask, BadSignature, Card, Inbound, Reply
from acquiring.connectors.drivers.portone import check
from acquiring.connectors.registry import driver
from acquiring.core.money import Money
from acquiring.sandbox import book as books
from acquiring.sandbox.engine import simulators
from acquiring.sandbox.wire import Request
from tests.connectors.contract import shared

PORTONE = driver("portone")
CARD = {"credential": {"number": "4111111111111111", "expiryYear": "35", "expiryMonth": "06"}}


def vector() -> dict:
    rows = json.loads(shared("psp_specs", "webhook_vectors.json").read_text("utf-8"))
    rows = rows if isinstance(rows, list) else rows["vectors"]
    return next(one for one in rows if one["id"] == "standard_webhooks")


def test_the_published_signature_is_believed_and_no_other():
    row = vector()
    headers = {
        "webhook-id": row["webhook_id"],
        "webhook-timestamp": row["webhook_timestamp"],
        "webhook-signature": f"v1,AAAA {row['signature']}",
    }
    then = datetime.fromtimestamp(int(row["webhook_timestamp"]) + 60, UTC)
    body = row["body"].encode()

    check(Inbound("POST", "/", headers, body, now=then), row["webhook_id"], row["key"])
    with pytest.raises(BadSignature):
        check(Inbound("POST", "/", headers, body + b" "), row["webhook_id"], row["key"])
    late = datetime.fromtimestamp(int(row["webhook_timestamp"]) + 301, UTC)
    with pytest.raises(BadSignature):
        check(Inbound("POST", "/", headers, body, now=late), row["webhook_id"], row["key"])


def test_a_card_is_typed_in_as_korea_knows_it():
    card = Card("4111111111111111", 6, 2035, "737")
    wish = Ask(
        verb="authorize",
        reference="att_1",
        payment="pay_1",
        money=Money(1999, "KRW"),
        card=card,
        details={"birth_date": "1990-02-28"},
    )
    body = PORTONE.ask(wish).body

    assert body["amount"] == {"total": 1999}
    assert body["method"]["card"]["credential"] == {
        **CARD["credential"],
        "birthOrBusinessRegistrationNumber": "900228",
    }


def test_only_the_company_behind_is_heard_in_a_bad_gateway():
    assert not PORTONE.broke_down(Reply(502, {}, {"type": "PG_PROVIDER"}))
    assert PORTONE.broke_down(Reply(502, {}, {}))
    assert PORTONE.broke_down(Reply(500, {}, {"type": "PG_PROVIDER"}))


class Till:
    """The simulator, called by hand."""

    def __init__(self) -> None:
        self.there = simulators()["portone"]
        self.keys = self.there.credentials({})
        secret = self.keys["api_secret"]
        books.register(books.Account("portone", secret, secret, self.keys, {}, ""))

    def call(self, path: str, body: dict, secret: str = "", once: str = "") -> tuple:
        headers = {"authorization": f"PortOne {secret or self.keys['api_secret']}"}
        headers |= {"idempotency-key": once}
        answer = self.there.serve(Request("POST", path, headers, "", json.dumps(body).encode()))
        told = json.loads(answer.content())
        return answer.status, told.get("type") or told

    def pays(self, name: str, once: str = "", total: int = 5000, **members) -> tuple:
        body = {"method": {"card": CARD}, "orderName": "An order", "amount": {"total": total}}
        body |= {"channelKey": self.keys["channel_key"], "currency": "KRW", **members}
        return self.call(f"/payments/{name}/instant", body, once=once)


@pytest.mark.django_db
def test_strangers_other_channels_and_what_nobody_documents_are_refused():
    till = Till()

    assert till.call("/payments/one/instant", {}, "nobody") == (401, "UNAUTHORIZED")
    assert till.pays("one", channelKey="another") == (404, "CHANNEL_NOT_FOUND")
    assert till.pays("one", colour="blue") == (400, "INVALID_REQUEST")
    assert till.pays("one", amount={"total": "5000"}) == (400, "INVALID_REQUEST")
    assert till.pays("one", once="short") == (400, "INVALID_REQUEST")
    assert till.pays("one", total=6623) == (502, "PG_PROVIDER")


@pytest.mark.django_db
def test_a_payment_is_paid_once_and_a_key_repeats_the_first_answer():
    till = Till()
    first = till.pays("one", once="idempotency-att_1")

    assert first[0] == 200
    assert till.pays("one", once="idempotency-att_1") == first
    assert till.pays("one", once="idempotency-att_1", total=4000)[0] == 422
    assert till.pays("one") == (409, "ALREADY_PAID")


@pytest.mark.django_db
def test_no_more_is_given_back_than_there_is():
    till = Till()
    till.pays("one")
    more, rest = {"reason": "a", "amount": 4001}, {"reason": "b", "amount": 4000}
    place = "/payments/one/cancel"

    assert till.call(place, {"amount": 1}) == (400, "INVALID_REQUEST")
    assert till.call(place, {"reason": "c", "amount": 1000})[0] == 200
    assert till.call(place, more) == (409, "CANCEL_AMOUNT_EXCEEDS_CANCELLABLE_AMOUNT")
    assert till.call(place, rest)[0] == 200
    assert till.call(place, rest) == (409, "PAYMENT_ALREADY_CANCELLED")
    assert till.call("/payments/two/cancel", rest) == (404, "PAYMENT_NOT_FOUND")
