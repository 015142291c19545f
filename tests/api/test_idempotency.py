"""The same wish twice is one deed and one answer."""

from __future__ import annotations

import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from acquiring.core.idempotency import IdempotencyKey
from acquiring.payments.models import Payment
from tests import cast
from tests.api.conftest import CARD, Answer, Api, connected, fresh

BODY = {"amount": 1999, "currency": "EUR", "payment_method": {"type": "card", "card": CARD}}


@pytest.mark.django_db
def test_a_repeated_payment_is_the_same_payment(api):
    key = fresh()
    first = api.post("/payments", BODY, Idempotency_Key=key)
    again = api.post("/payments", BODY, Idempotency_Key=key)
    assert dict(again) == dict(first)
    assert "Idempotent-Replayed" not in first.headers
    assert again.headers["Idempotent-Replayed"] == "true"
    assert Payment.objects.filter(merchant_id=api.shop.merchant.id).count() == 1


@pytest.mark.django_db
def test_a_key_is_for_one_body_at_one_address(api):
    key = fresh()
    api.post("/payments", BODY, Idempotency_Key=key)
    other = api.post("/payments", {**BODY, "amount": 2000}, Idempotency_Key=key)
    assert (other.status, other.code) == (409, "idempotency_mismatch")
    elsewhere = api.post("/customers", {}, Idempotency_Key=key)
    assert elsewhere.code == "idempotency_mismatch"


@pytest.mark.django_db
@pytest.mark.parametrize("key", ["", "x" * 256, "schlüssel"])
def test_a_key_has_its_form(plain, key):
    answer = plain.post("/customers", {}, Idempotency_Key=key)
    assert (answer.code, answer.param) == ("invalid_idempotency_key", "Idempotency-Key")


@pytest.mark.django_db
def test_two_merchants_may_use_the_same_key(plain, strangers):
    key = fresh()
    mine = plain.post("/customers", {"name": "Dora"}, Idempotency_Key=key)
    theirs = strangers.post("/customers", {"name": "Dora"}, Idempotency_Key=key)
    assert mine["id"] != theirs["id"]


@pytest.mark.django_db
def test_captures_and_refunds_are_repeated_safely(api):
    held = api.post("/payments", {**BODY, "capture_method": "manual"})
    path, key = f"/payments/{held['id']}/capture", fresh()
    taken = api.post(path, {"amount": 1000}, Idempotency_Key=key)
    assert dict(api.post(path, {"amount": 1000}, Idempotency_Key=key)) == dict(taken)
    key = fresh()
    wish = {"payment": held["id"], "amount": 100}
    given = api.post("/refunds", wish, Idempotency_Key=key)
    assert dict(api.post("/refunds", wish, Idempotency_Key=key)) == dict(given)
    assert api.get(f"/payments/{held['id']}")["amount_refunded"] == 100


@pytest.mark.django_db
def test_a_secret_is_shown_once_and_stored_nowhere(plain):
    key = fresh()
    first = plain.post("/tokens", {"card": CARD}, Idempotency_Key=key)
    again = plain.post("/tokens", {"card": CARD}, Idempotency_Key=key)
    assert first["token"].startswith(first["id"] + ".")
    assert (again["id"], again["token"]) == (first["id"], None)
    url = {"url": "https://shop.example/hooks"}
    secret = plain.post("/webhook_endpoints", url, Idempotency_Key=fresh())["secret"]
    stored = "".join(IdempotencyKey.objects.values_list("answer", flat=True))
    assert secret not in stored
    assert first["token"].partition(".")[2] not in stored


@pytest.mark.django_db
def test_a_refused_wish_leaves_its_key_free(plain):
    key = fresh()
    wish = {"amount": 5, "currency": "EUR", "customer": "cus_0"}
    assert plain.post("/checkout_sessions", wish, Idempotency_Key=key).status == 404
    del wish["customer"]
    assert plain.post("/checkout_sessions", wish, Idempotency_Key=key).status == 201


@pytest.mark.django_db(transaction=True)
def test_fifty_at_once_with_one_key_are_one_payment_and_one_charge(sandbox):
    shop = cast.shop(cast.person("Amber"), "Amber Lamps")
    connected(shop)
    key = fresh()

    def pay(_: int) -> Answer:
        try:
            return Api(shop, shop.secret_key).post("/payments", BODY, Idempotency_Key=key)
        finally:
            connection.close()

    with ThreadPoolExecutor(50) as threads:
        answers = list(threads.map(pay, range(50)))
    said = Counter(one.status for one in answers)
    assert set(said) <= {201, 409}
    assert said[201] >= 1
    assert {one.code for one in answers if one.status == 409} <= {"idempotency_in_progress"}
    assert {one.headers["Retry-After"] for one in answers if one.status == 409} <= {"2"}
    bodies = {json.dumps(one, sort_keys=True) for one in answers if one.status == 201}
    assert len(bodies) == 1
    assert Payment.objects.filter(merchant_id=shop.merchant.id).count() == 1
    assert len(charges(sandbox, shop)) == 1


def charges(sandbox, shop: cast.Shop) -> list[dict]:
    """What every simulator has in its book for the shop."""
    return [
        charge
        for account in shop.accounts
        for charge in sandbox.control(
            "GET", f"/charges?provider={account.provider}&account=acc_{account.id.hex}"
        )["charges"]
    ]
