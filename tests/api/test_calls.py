"""The API request log: what programs asked, for the people who look after them."""

from __future__ import annotations

import json

import pytest
from django.db import DatabaseError

from acquiring.core import metrics, partitions
from merchants import calls
from merchants.calls import ApiRequest, queue
from tests.api.conftest import CARD

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _empty():
    queue._waiting.clear()
    yield
    queue._waiting.clear()


def noted() -> list[ApiRequest]:
    """What the log holds now, the oldest first."""
    queue.flush()
    return list(ApiRequest.objects.order_by("id"))


def test_a_request_is_noted_under_its_own_id(plain):
    answer = plain.get("/payments", limit=3)

    (row,) = noted()
    assert (row.method, row.path, row.status) == ("GET", "/v1/payments", 200)
    assert (row.merchant_id, row.error_code, row.body) == (plain.shop.merchant.id, "", "")
    assert row.shown == answer.headers["X-Request-Id"] == f"req_{row.id.hex}"


def test_an_id_the_caller_chose_is_found_too(plain):
    plain.call("GET", "/payments", X_Request_Id="shop-42:7f3a")

    (row,) = noted()
    assert row.shown == row.request_id == "shop-42:7f3a"


def test_a_refused_request_says_which_field_and_keeps_the_body(plain):
    body = {"amount": 100, "currency": "EUR", "color": "red"}
    plain.post("/payments", body, Idempotency_Key="order-7")

    (row,) = noted()
    assert (row.status, row.error_code, row.param) == (400, "unknown_field", "color")
    assert row.message == "There is no field color."
    assert row.idempotency_key == "order-7"
    assert json.loads(row.body) == body


def test_secrets_cards_and_people_never_reach_the_log(plain):
    card = {**CARD, "number": "4242424242424242", "cvc": "737", "name": "Erika Mustermann"}
    spaced = "4242 4242 4242 4242"
    plain.post(
        "/payments",
        {
            "amount": 100,
            "currency": "EUR",
            "payment_method": {"type": "card", "card": card},
            "customer_details": {"email": "erika@example.com", "phone": "+4930123456"},
            "note": f"card {spaced} and {plain.key}",
            "nope": 4242424242424242,
        },
        Idempotency_Key=f"k-{spaced}",
    )

    (row,) = noted()
    kept = json.dumps([str(getattr(row, field.name)) for field in row._meta.fields])
    for secret in ("4242424242424242", spaced, "Erika", "erika@", "+4930", plain.key):
        assert secret not in kept
    assert "737" not in row.body, "three digits may stand in an id by chance, not in what was sent"
    assert row.status == 400


@pytest.mark.parametrize("body", [b'{"amount": 1, "cvc', b"cvc=737", b"\xff737"])
def test_a_body_that_is_not_json_is_not_kept(plain, body):
    plain.call("POST", "/payments", body)

    (row,) = noted()
    assert row.status == 400
    assert "737" not in row.body
    assert f"{len(body)} bytes that are not JSON" in row.body


def test_whatever_a_caller_writes_lands_in_its_own_column(plain):
    body = {"note\\t\t\n\r\\N\u0001": "a\tb\n\\."}
    plain.post("/payments", body)

    (row,) = noted()
    assert json.loads(row.body) == body
    assert row.error_code == "unknown_field"


def test_a_long_body_is_cut_and_a_huge_one_left_out(plain):
    plain.post("/payments", {"note": "x" * 9_000})
    plain.post("/payments", {"note": "x" * 99_000})

    long, huge = noted()
    assert len(long.body) == 4_096
    assert huge.body == "(16385 bytes or more, not kept)"


def test_what_a_path_opens_is_not_in_the_log(plain):
    plain.get("/payments/4242424242424242")

    (row,) = noted()
    assert "4242424242424242" not in row.path + row.message


def test_a_stranger_has_no_log(plain):
    plain.call("GET", "/payments", Authorization="Bearer sk_test_nobody")

    assert noted() == []


def test_a_full_queue_drops_and_counts_and_nobody_waits(plain, monkeypatch):
    dropped = []
    monkeypatch.setattr(metrics, "count", lambda name, **labels: dropped.append(name))
    monkeypatch.setattr(calls, "MOST_WAITING", 2)
    for _ in range(3):
        assert plain.get("/payments").status == 200

    assert dropped == ["api_request_dropped"]
    assert len(noted()) == 2


def test_what_could_not_be_stored_is_stored_later(plain, monkeypatch):
    plain.get("/payments")
    plain.get("/customers")
    with monkeypatch.context() as away:

        def fail(_calls: object) -> None:
            raise DatabaseError

        away.setattr(calls, "_store", fail)
        with pytest.raises(DatabaseError):
            queue.flush()

    assert [row.path for row in noted()] == ["/v1/payments", "/v1/customers"]


def test_the_log_lies_in_months_and_is_not_kept_for_ever(settings):
    assert "merchants_apirequest" in partitions.tables()
    assert settings.RETENTION_MONTHS["merchants_apirequest"] == 1
