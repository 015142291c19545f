"""Payments over HTTP, with the simulators behind them."""

from __future__ import annotations

import pytest

from acquiring.core import ids
from acquiring.payments import hearing, queries
from tests.api.conftest import CARD, fresh

pytestmark = pytest.mark.django_db


def test_a_card_is_charged_and_its_answer_says_all(api):
    paid = api.pay(reference="order-1", metadata={"basket": "7"}, customer={"email": "d@e.fr"})
    assert (paid.status, paid["status"], paid["amount_captured"]) == (201, "captured", 1999)
    assert paid["payment_method"]["card"]["last4"] == "4242"
    assert paid["attempts"][0]["provider"] == "stripe"
    assert paid["routing"]["risk"] == "allow"
    assert paid["metadata"] == {"basket": "7"}
    assert api.get(f"/payments/{paid['id']}")["reference"] == "order-1"


def test_a_decline_is_a_payment_with_advice(api):
    paid = api.pay(amount=6623)
    assert (paid.status, paid["status"]) == (201, "declined")
    assert paid["decline_code"] == paid["decline"]["code"] == "insufficient_funds"
    assert paid["decline"]["advice"]


def test_a_redirect_says_where_to_send_the_shopper(api):
    paid = api.pay(payment_method={"type": "ideal"}, return_url="https://shop.example/done")
    assert paid["status"] == "requires_action"
    assert paid["next_action"]["type"] == "redirect"
    assert paid["next_action"]["url"].startswith("http")


def test_a_payment_is_created_first_and_confirmed_later(api):
    made = api.post("/payments", {"amount": 500, "currency": "EUR"})
    assert (made["status"], made["payment_method"]) == ("created", None)
    assert api.get(f"/payments/{made['id']}/decision").code == "not_found"
    paid = api.post(
        f"/payments/{made['id']}/confirm",
        {"payment_method": {"type": "card", "card": CARD}, "billing": {"country": "DE"}},
    )
    assert (paid["status"], paid["country"]) == ("captured", "DE")
    again = api.post(f"/payments/{made['id']}/confirm", {"payment_method": {"card": CARD}})
    assert (again.status, again.code) == (422, "invalid_state")


def test_an_authorization_is_captured_in_part_and_refunded_in_parts(api):
    held = api.pay(capture_method="manual")
    assert (held["status"], held["amount_capturable"]) == ("authorized", 1999)
    taken = api.post(f"/payments/{held['id']}/capture", {"amount": 1500})
    assert (taken["status"], taken["amount_captured"]) == ("captured", 1500)
    first = api.post("/refunds", {"payment": held["id"], "amount": 500, "reason": "late"})
    assert (first.status, first["status"], first["amount"]) == (201, "succeeded", 500)
    rest = api.post("/refunds", {"payment": held["id"]})
    assert rest["amount"] == 1000
    none = api.post("/refunds", {"payment": held["id"]})
    assert (none.status, none.code) == (422, "invalid_state")
    assert api.get(f"/refunds/{first['id']}")["reason"] == "late"
    listed = api.get("/refunds", payment=held["id"])["data"]
    assert [one["id"] for one in listed] == [rest["id"], first["id"]]


def test_more_than_is_left_is_refused_with_what_is(api):
    held = api.pay(capture_method="manual")
    answer = api.post(f"/payments/{held['id']}/capture", {"amount": 2000})
    assert (answer.status, answer.code, answer.param) == (422, "amount_too_large", "amount")
    assert "1999" in answer["error"]["message"]


def test_an_authorization_is_given_back(api):
    held = api.pay(capture_method="manual")
    assert api.post(f"/payments/{held['id']}/cancel")["status"] == "canceled"
    assert api.post(f"/payments/{held['id']}/capture").code == "invalid_state"


def test_a_decision_is_explained_and_comes_out_the_same_again(api):
    paid = api.pay()
    decision = api.get(f"/payments/{paid['id']}/decision")
    assert decision["repeated"]["same"] is True
    assert decision["facts"]["card_bin"] == "42424242"
    assert decision["routes"][0]["provider"] == "stripe"


def test_nobody_to_carry_it_says_why(api):
    answer = api.pay(currency="KES", payment_method={"type": "ideal"})
    assert (answer.status, answer.code) == (422, "no_route")
    assert "currency KES" in answer["error"]["message"]


def test_what_a_method_needs_is_asked_for_by_name(api):
    method = {"type": "sepa_direct_debit"}
    shopper = {"name": "Dora Demir", "email": "dora@example.com"}
    assert api.pay(payment_method=method).param == "customer.name"
    answer = api.pay(payment_method=method, customer=shopper)
    assert (answer.code, answer.param) == (
        "missing_field",
        "payment_method.sepa_direct_debit.iban",
    )
    method["sepa_direct_debit"] = {"iban": "DE89370400440532013000"}
    assert api.pay(payment_method=method, customer=shopper)["status"] == "pending"


def test_a_token_of_the_browser_is_charged_once(api):
    handle = api.post("/tokens", {"card": CARD})["token"]
    key = fresh()
    body = {"amount": 700, "currency": "EUR", "payment_method": {"token": handle}}
    paid = api.post("/payments", body, Idempotency_Key=key)
    assert paid["status"] == "captured"
    assert paid["token"] == handle.partition(".")[0]
    assert api.post("/payments", body, Idempotency_Key=key)["id"] == paid["id"]
    second = api.post("/payments", body)
    assert (second.code, second.param) == ("invalid_state", "payment_method.token")


def test_a_card_is_saved_with_the_payment_and_charged_without_the_shopper(api):
    customer = api.post("/customers", {"name": "Dora"})["id"]
    first = api.pay(save_payment_method=True, customer=customer)
    saved = api.get("/tokens", customer=customer)["data"]
    assert [one["id"] for one in saved] == [first["token"]]
    charged = api.pay(
        payment_method={"token": first["token"]}, initiator="merchant", customer=customer
    )
    assert (charged["status"], charged["initiator"]) == ("captured", "merchant")
    refused = api.pay(initiator="merchant")
    assert (refused.code, refused.param) == ("invalid_field", "initiator")


def test_a_card_that_was_erased_meanwhile_hinders_no_refund(api):
    paid = api.pay(save_payment_method=True)
    api.delete(f"/tokens/{paid['token']}")
    assert api.post("/refunds", {"payment": paid["id"]})["status"] == "succeeded"


def test_a_single_use_token_is_no_saved_card(api):
    handle = api.post("/tokens", {"card": CARD})["token"]
    refused = api.pay(payment_method={"token": handle}, initiator="merchant")
    assert (refused.code, refused.param) == ("invalid_field", "initiator")


def test_pages_follow_each_other_without_gaps_or_repetitions(plain):
    made = [
        plain.post("/payments", {"amount": 100 + one, "currency": "EUR"})["id"] for one in range(5)
    ][::-1]
    first = plain.get("/payments", limit=2)
    assert ([one["id"] for one in first["data"]], first["has_more"]) == (made[:2], True)
    second = plain.get("/payments", limit=2, starting_after=made[1])
    assert [one["id"] for one in second["data"]] == made[2:4]
    last = plain.get("/payments", limit=2, starting_after=made[3])
    assert ([one["id"] for one in last["data"]], last["has_more"]) == (made[4:], False)
    back = plain.get("/payments", limit=2, ending_before=made[3])
    assert ([one["id"] for one in back["data"]], back["has_more"]) == (made[1:3], True)


def test_lists_are_filtered(api):
    customer = api.post("/customers", {"name": "Dora", "email": "dora@example.com"})["id"]
    mine = api.pay(customer=customer, reference="order-9")["id"]
    other = api.post("/payments", {"amount": 1, "currency": "EUR"})
    for query in (
        {"customer": customer},
        {"reference": "order-9"},
        {"status": "captured"},
        {"payment_method": "card"},
        {"created[lt]": other["created_at"]},
    ):
        assert [one["id"] for one in api.get("/payments", **query)["data"]] == [mine], query
    later = api.get("/payments", **{"created[gte]": other["created_at"]})["data"]
    assert [one["id"] for one in later] == [other["id"]]


def test_a_customer_is_shown_whole_on_request(api):
    customer = api.post("/customers", {"name": "Dora"})["id"]
    made = api.post("/payments", {"amount": 1, "currency": "EUR", "customer": customer})
    assert made["customer"] == customer
    shown = api.get(f"/payments/{made['id']}", **{"expand[]": "customer"})
    assert shown["customer"]["name"] == "Dora"
    listed = api.get("/payments", **{"expand[]": "customer"})["data"]
    assert listed[0]["customer"]["id"] == customer


def test_a_page_of_payments_costs_the_same_queries_however_long(api, django_assert_num_queries):
    for _ in range(3):
        api.pay()
    api.get("/payments")
    with django_assert_num_queries(2):
        assert len(api.get("/payments", limit=100)["data"]) == 3


def test_an_outcome_that_came_later_is_what_a_list_shows(api):
    paid = api.pay(amount=6604, payment_method={"type": "card", "card": CARD})
    assert paid["status"] in {"pending", "captured"}
    book = queries.book(api.shop.merchant.id, ids.read("pay", paid["id"]))
    hearing.inquire_attempt(book, book.attempts[-1])
    assert api.get("/payments")["data"][0]["id"] == paid["id"]
