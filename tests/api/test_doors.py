"""Who gets in, and what everybody who does not is told."""

from __future__ import annotations

import json

import pytest
from django.db import OperationalError
from django.test import Client

from acquiring.core import errors
from acquiring.core.memory import forget_everything
from acquiring.payments import services as payments
from merchants import profile, services
from tests.api.conftest import CARD, Api, fresh, key_of

pytestmark = pytest.mark.django_db
TINY = {"amount": 1, "currency": "EUR"}


def test_without_a_key_nothing_is_shown(plain):
    answer = plain.call("GET", "/payments", Authorization="")
    assert (answer.status, answer.code) == (401, "unauthenticated")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_key_nobody_made_is_unknown(plain):
    answer = plain.call("GET", "/payments", Authorization="Bearer sk_test_nobody")
    assert (answer.status, answer.code) == (401, "unknown_key")


def test_every_error_has_the_one_form(plain):
    answer = plain.get("/payments/pay_0")
    assert answer.status == 404
    assert answer == {
        "error": {
            "type": "not_found",
            "code": "not_found",
            "message": "There is no payment 'pay_0'.",
            "param": None,
            "doc_url": answer["error"]["doc_url"],
            "request_id": answer.headers["X-Request-Id"],
        }
    }
    assert answer["error"]["doc_url"].endswith("/docs/errors#not_found")


@pytest.mark.parametrize(
    ("method", "path", "code"),
    [
        ("GET", "/nothing", "unknown_route"),
        ("GET", "/payments/", "unknown_route"),
        ("GET", "/", "unknown_route"),
        ("GET", "/a%0Ab", "unknown_route"),
        ("PUT", "/payments", "method_not_allowed"),
        ("DELETE", "/payments", "method_not_allowed"),
        ("OPTIONS", "/payments", "method_not_allowed"),
        ("TRACE", "/payments", "method_not_allowed"),
        ("POST", "/openapi.json", "method_not_allowed"),
    ],
)
def test_a_wrong_address_or_method_is_answered_in_json(plain, method, path, code):
    answer = plain.call(method, path)
    assert answer.code == code
    assert answer.status == errors.problems()[code]["status"]


def test_a_refused_method_lists_those_that_are_taken(plain):
    assert plain.call("PUT", "/payments").headers["Allow"] == "GET, POST"


@pytest.mark.parametrize(
    ("body", "code", "param"),
    [
        (b"{", "invalid_body", None),
        (b"[]", "invalid_body", None),
        (b"\xff", "invalid_body", None),
        ({"currency": "EUR"}, "missing_field", "amount"),
        ({**TINY, "colour": "red"}, "unknown_field", "colour"),
        ({**TINY, "amount": "1"}, "invalid_field", "amount"),
        ({**TINY, "amount": 1.5}, "invalid_field", "amount"),
        ({**TINY, "amount": 0}, "invalid_field", "amount"),
        ({**TINY, "currency": "eur"}, "invalid_field", "currency"),
        ({**TINY, "currency": "XXZ"}, "invalid_field", "currency"),
        ({**TINY, "country": "ZZ"}, "invalid_field", "country"),
        ({**TINY, "billing": {"country": "ZZ"}}, "invalid_field", "billing.country"),
        ({**TINY, "capture_method": "later"}, "invalid_field", "capture_method"),
        ({**TINY, "metadata": {"a": 1}}, "invalid_field", "metadata"),
        ({**TINY, "metadata": {"a": "x" * 501}}, "invalid_field", "metadata"),
        ({**TINY, "reference": "a\0b"}, "invalid_field", None),
        ({**TINY, "device": {"ip": "1.2.3"}}, "invalid_field", "device.ip"),
        ({**TINY, "return_url": "javascript:alert(1)"}, "invalid_field", "return_url"),
        ({**TINY, "customer": {"email": "nobody"}}, "invalid_field", "customer.email"),
        ({**TINY, "customer": "cus_0"}, "not_found", "customer"),
        ({**TINY, "store": "sto_0"}, "not_found", "store"),
        ({**TINY, "payment_method": {}}, "missing_field", "payment_method.type"),
        ({**TINY, "payment_method": {"type": "shells"}}, "invalid_field", "payment_method.type"),
        ({**TINY, "payment_method": {"type": "card"}}, "missing_field", "payment_method.card"),
        (
            {**TINY, "payment_method": {"card": {**CARD, "number": "4242424242424241"}}},
            "invalid_field",
            "payment_method.card.number",
        ),
        (
            {**TINY, "payment_method": {"card": {**CARD, "pin": "1"}}},
            "unknown_field",
            "payment_method.card.pin",
        ),
        (
            {**TINY, "payment_method": {"card": {**CARD, "exp_year": 2020}}},
            "invalid_field",
            "payment_method.card.exp_year",
        ),
        (
            {**TINY, "payment_method": {"type": "ideal", "card": CARD}},
            "invalid_field",
            "payment_method.type",
        ),
        (
            {**TINY, "payment_method": {"type": "ideal", "blik": {"code": "1"}}},
            "invalid_field",
            "payment_method.blik",
        ),
        (
            {**TINY, "payment_method": {"card": CARD}, "confirm": False},
            "invalid_field",
            "payment_method",
        ),
    ],
)
def test_a_wrong_body_is_refused_by_field_and_rule(plain, body, code, param):
    answer = plain.post("/payments", body)
    assert (answer.code, answer.param) == (code, param), answer["error"]["message"]
    assert answer.status == errors.problems()[code]["status"]


def test_a_refused_value_is_not_repeated(plain):
    answer = plain.post("/payments", {**TINY, "capture_method": "4242424242424242"})
    assert "4242" not in json.dumps(answer)


@pytest.mark.parametrize(
    ("query", "code", "param"),
    [
        ({"colour": "red"}, "unknown_field", "colour"),
        ({"limit": "0"}, "invalid_field", "limit"),
        ({"limit": "101"}, "invalid_field", "limit"),
        ({"limit": ["1", "2"]}, "invalid_field", "limit"),
        ({"status": "lost"}, "invalid_field", "status"),
        ({"created[gte]": "yesterday"}, "invalid_field", "created[gte]"),
        ({"reference": "a\0"}, "invalid_field", "reference"),
        ({"expand[]": "everything"}, "invalid_field", "expand[][0]"),
        ({"starting_after": "pay_0"}, "invalid_cursor", "starting_after"),
    ],
)
def test_a_wrong_query_is_refused_by_name(plain, query, code, param):
    answer = plain.get("/payments", **query)
    assert (answer.code, answer.param) == (code, param)


def test_a_body_must_say_that_it_is_json(plain):
    response = plain.client.post(
        "/v1/payments", b"a=b", "text/plain", headers={"Authorization": f"Bearer {plain.key}"}
    )
    assert response.status_code == 415
    assert response.json()["error"]["code"] == "unsupported_media_type"


def test_a_body_has_its_limit(plain):
    answer = plain.post("/payments", {**TINY, "description": "x" * 262_144})
    assert (answer.status, answer.code) == (413, "body_too_large")


def test_versions_are_named_by_date(plain):
    answer = plain.call("GET", "/balances", Caravel_Version="2026-11-22")
    assert answer.headers["Caravel-Version"] == "2026-11-22"
    answer = plain.call("GET", "/balances", Caravel_Version="1999-01-01")
    assert (answer.code, answer.param) == ("unknown_version", "Caravel-Version")


def test_a_restricted_key_opens_its_scopes_and_nothing_else(ambers_shop):
    reader = key_of(ambers_shop, "restricted", "payments:read")
    assert reader.get("/payments").status == 200
    answer = reader.post("/payments", TINY)
    assert (answer.status, answer.code) == (403, "insufficient_scope")
    assert "payments:write" in answer["error"]["message"]


def test_a_publishable_key_makes_tokens_and_reads_methods_only(ambers_shop):
    browser = Api(ambers_shop, ambers_shop.publishable_key)
    made = browser.post("/tokens", {"card": CARD})
    assert made.status == 201
    assert made.headers["Access-Control-Allow-Origin"] == "*"
    assert browser.get("/payment_methods", amount=1, currency="EUR").status == 200
    for answer in (
        browser.get("/tokens"),
        browser.get(f"/tokens/{made['id']}"),
        browser.delete(f"/tokens/{made['id']}"),
        browser.post("/tokens", {"card": CARD, "reusable": True}),
        browser.get("/payments"),
        browser.post("/payments", TINY),
    ):
        assert answer.code == "insufficient_scope"


def test_a_browser_may_ask_before_it_sends_a_card():
    client = Client(SERVER_NAME="127.0.0.1")
    allowed = client.options("/v1/tokens")
    assert allowed.status_code == 204
    assert allowed["Access-Control-Allow-Methods"] == "POST"
    assert "Authorization" in allowed["Access-Control-Allow-Headers"]
    assert client.options("/v1/payments").status_code == 405


def test_a_suspended_business_reads_but_takes_nothing_on(ambers_shop):
    live = services.approve(ambers_shop.business, "system")
    key = key_of(ambers_shop._replace(merchant=live), "secret")
    services.suspend(ambers_shop.business, "system")
    answer = key.post("/payments", TINY)
    assert (answer.status, answer.code) == (422, "merchant_not_approved")
    assert key.get("/payments").status == 200


def test_a_key_has_its_share_of_requests(plain, settings):
    settings.RATE_LIMIT_PER_SECOND = 3
    answers = [plain.get("/balances") for _ in range(4)]
    assert [one.status for one in answers] == [200, 200, 200, 429]
    assert [one.headers["RateLimit-Remaining"] for one in answers[:3]] == ["2", "1", "0"]
    assert answers[0].headers["RateLimit-Limit"] == "3"
    assert answers[3].code == "rate_limited"
    assert answers[3].headers["Retry-After"] == "1"


def test_what_nobody_foresaw_shows_no_trace(plain, monkeypatch):
    def stumble(*_arguments, **_named):
        raise KeyError("4242424242424242")

    monkeypatch.setattr(payments, "create", stumble)
    answer = plain.post("/payments", TINY)
    assert (answer.status, answer.code) == (500, "internal")
    assert "4242" not in json.dumps(answer)


def test_a_database_that_is_away_says_when_to_come_again(plain, monkeypatch):
    def away(*_arguments, **_named):
        raise OperationalError("the server closed the connection")

    monkeypatch.setattr(payments, "create", away)
    answer = plain.post("/payments", TINY, Idempotency_Key=fresh())
    assert (answer.status, answer.code) == (503, "unavailable")
    assert answer.headers["Retry-After"] == "2"


@pytest.mark.parametrize("path", ["/payments", "/checkout_sessions"])
def test_a_currency_the_merchant_does_not_take_is_refused(plain, path):
    profile.change_merchant(plain.shop.merchant.id, "system", {"currencies": ["EUR", "USD"]})
    forget_everything()

    answer = plain.post(path, {**TINY, "currency": "GBP"})

    assert (answer.status, answer.code, answer.param) == (400, "invalid_field", "currency")
    assert "EUR, USD" in answer["error"]["message"]
