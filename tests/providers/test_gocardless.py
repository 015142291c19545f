"""GoCardless: its signature sample, events, debits by mandate, and what its simulator refuses."""

from __future__ import annotations

import json

import pytest

from acquiring.connectors import signing
from acquiring.connectors.driver import Address, Ask, BadSignature, Inbound, Party, Reply
from acquiring.connectors.registry import driver
from acquiring.core.money import Money
from acquiring.sandbox import book as books
from acquiring.sandbox.engine import simulators
from acquiring.sandbox.wire import Request
from tests.connectors.contract import shared

GOCARDLESS = driver("gocardless")
HOME = Address("1 High Street", "", "London", "", "NW1 6XE", "GB")


def ask(verb: str = "authorize", **members) -> Ask:
    wanted = {"code": "bacs", "money": Money(1999, "GBP"), "reference": "att_1", **members}
    return Ask(verb=verb, payment="pay_1", return_url="https://shop.example/done", **wanted)


def heard(event: dict, secret: str = "secret"):
    told = {"id": "EV1", "details": {}, "resource_metadata": {"reference": "att_1"}, **event}
    body = json.dumps({"events": [told]}).encode()
    headers = {"webhook-signature": signing.hmac_sha256_hex("secret", body)}
    inbound = Inbound("POST", "https://pay.example/hooks", headers, body)
    return GOCARDLESS.news(inbound, {"webhook_secret": secret})


def test_the_vendors_own_sample_is_believed():
    vectors = json.loads(shared("psp_specs", "webhook_vectors.json").read_text("utf-8"))["vectors"]
    (one,) = (row for row in vectors if row["id"] == "gocardless")
    headers = {"webhook-signature": one["signature"]}
    inbound = Inbound("POST", "https://pay.example/hooks", headers, one["body"].encode())

    assert GOCARDLESS.news(inbound, {"webhook_secret": one["key"]}) == []
    with pytest.raises(BadSignature):
        GOCARDLESS.news(inbound, {"webhook_secret": "another"})


@pytest.mark.parametrize(
    ("kind", "action", "links", "about", "state"),
    [
        ("payments", "confirmed", {"payment": "PM1"}, "payment", "captured"),
        ("payments", "failed", {"payment": "PM1"}, "payment", "declined"),
        ("payments", "charged_back", {"payment": "PM1"}, "dispute", "chargeback_open"),
        ("refunds", "paid", {"refund": "RF1"}, "refund", "succeeded"),
        ("refunds", "funds_returned", {"refund": "RF1"}, "refund", "failed"),
        ("billing_requests", "fulfilled", {"billing_request": "BRQ1"}, "payment", "unknown"),
    ],
)
def test_events_are_told_by_what_they_are_about(kind, action, links, about, state):
    (told,) = heard({"resource_type": kind, "action": action, "links": links})

    assert (told.about, told.outcome.state, told.reference) == (about, state, "att_1")


def test_a_failure_that_is_tried_again_settles_nothing():
    details = {"cause": "insufficient_funds", "will_attempt_retry": True}
    event = {"resource_type": "payments", "action": "failed", "links": {"payment": "PM1"}}
    (told,) = heard({**event, "details": details})

    assert told.outcome.state == "pending"


def test_the_page_is_prefilled_and_tells_who_left():
    wish = ask(customer=Party("", "Amber Ash", "amber@shop.example"), billing=HOME)
    made = {"billing_requests": {"id": "BRQ1", "status": "pending", "links": {}}}
    more = GOCARDLESS.read(wish, reply(201, made))
    flow = more.call.body["billing_request_flows"]

    assert flow["exit_uri"] == "https://shop.example/done?left_page=1"
    assert flow["prefilled_customer"]["family_name"] == "Ash"


def reply(status: int, body: dict):
    return Reply(status, {}, body, json.dumps(body))


class Till:
    """The simulator, called by hand."""

    def __init__(self) -> None:
        self.there = simulators()["gocardless"]
        self.keys = self.there.credentials({})
        self.ref = self.keys["api_token"]
        books.register(books.Account("gocardless", self.ref, self.ref, self.keys, {}, ""))

    def call(self, method: str, path: str, body=None, key: str = "", token: str = ""):
        path, _, query = path.partition("?")
        headers = {
            "authorization": f"Bearer {token or self.ref}",
            "gocardless-version": "2015-07-06",
            "idempotency-key": key,
        }
        sent = json.dumps(body).encode() if body is not None else b""
        answer = self.there.serve(Request(method, path, headers, query, sent))
        told = json.loads(answer.content())
        first = told.get("error", {}).get("errors", [{}])[0]
        return answer.status, first.get("reason") or first.get("field") or told

    def agreed(self, code: str) -> dict:
        """A billing request that the shopper said yes to, as it is shown."""
        wish = ask(code=code)
        _, made = self.call("POST", "/billing_requests", GOCARDLESS.ask(wish).body)
        known = made["billing_requests"]["id"]
        book = books.Book(books.account_by_ref("gocardless", self.ref))
        charge = book.charge(known)
        self.there.shopper(book, charge, "approve")
        book.save(charge)
        return self.call("GET", f"/billing_requests/{known}")[1]["billing_requests"]


@pytest.mark.django_db
def test_strangers_and_what_nobody_documents_are_refused():
    till, path = Till(), "/billing_requests"
    body = GOCARDLESS.ask(ask(code="faster_payments")).body
    wish = body["billing_requests"]
    strange = {"billing_requests": {**wish, "colour": "blue"}}
    dear = {**wish["payment_request"], "currency": "EUR"}

    assert till.call("POST", path, body, token="of-nobody") == (401, "unauthorized")
    assert till.call("POST", path, strange) == (422, "colour")
    assert till.call("POST", path, wish) == (400, "invalid_document_structure")
    assert till.call("POST", path, {"billing_requests": {"payment_request": dear}})[0] == 422
    assert till.call("POST", path, body, key="att_1")[0] == 201
    assert till.call("POST", path, body, key="att_1") == (409, "idempotent_creation_conflict")
    assert till.call("GET", "/payments/PM404") == (404, "resource_not_found")


@pytest.mark.django_db
def test_a_mandate_is_charged_more_than_once_and_no_more_given_back_than_there_is():
    till = Till()
    mandate = till.agreed("bacs")["links"]["mandate_request_mandate"]
    later = ask(initiator="merchant", agreement="subsequent", network_reference=mandate)
    body = GOCARDLESS.ask(later).body
    (_, first), (_, second) = (
        till.call("POST", "/payments", body),
        till.call("POST", "/payments", body),
    )
    assert first["payments"]["id"] != second["payments"]["id"]
    assert first["payments"]["status"] == "pending_submission"
    known = first["payments"]["id"]
    wish = {"amount": 1500, "total_amount_confirmation": 1500, "links": {"payment": known}}

    assert till.call("POST", f"/payments/{known}/actions/cancel", {"data": {}})[0] == 422
    assert till.call("POST", "/refunds", {"refunds": wish})[0] == 201
    assert till.call("POST", "/refunds", {"refunds": wish}) == (422, "total_amount_confirmation")
    wish["total_amount_confirmation"] = 3000
    assert till.call("POST", "/refunds", {"refunds": wish}) == (422, "amount")
