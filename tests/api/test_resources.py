"""Everything beside payments: each resource from its making to its end."""

from __future__ import annotations

from datetime import timedelta

import pytest

from acquiring.core import chain, clock
from acquiring.core.models import Event
from acquiring.payments import checkout
from acquiring.payments.models import Payment
from acquiring.webhooks import tasks
from merchants import services
from merchants.models import ApiKey
from tests.api.conftest import CARD, Api, key_of

pytestmark = pytest.mark.django_db


def seal(api: Api) -> None:
    chain.seal(chain.EVENTS, api.shop.merchant.id)


def test_a_customer_is_kept_changed_and_erased(api):
    made = api.post("/customers", {"name": "Dora", "email": "dora@example.com"})
    changed = api.post(f"/customers/{made['id']}", {"phone": "+4930123456"})
    assert (changed["name"], changed["phone"]) == ("Dora", "+4930123456")
    assert api.get("/customers", email="dora@example.com")["data"] == [changed]
    paid = api.pay(customer=made["id"], save_payment_method=True, billing={"city": "Berlin"})
    assert api.delete(f"/customers/{made['id']}")["deleted"] is True
    assert api.get(f"/customers/{made['id']}").code == "not_found"
    assert api.get("/customers")["data"] == []
    assert api.get(f"/tokens/{paid['token']}")["status"] == "erased"
    assert Payment.objects.get(merchant_id=api.shop.merchant.id).shopper == {}
    kept = api.get(f"/payments/{paid['id']}", **{"expand[]": "customer"})["customer"]
    assert (kept["erased"], kept["name"], kept["email"]) == (True, "", "")


def test_what_was_announced_about_a_customer_can_never_need_erasing(plain):
    plain.post("/customers", {"name": "Dora", "email": "dora@example.com"})
    told = Event.objects.get(merchant_id=plain.shop.merchant.id, type="customer.created")
    assert set(told.payload) == {"id", "object", "erased", "created_at", "updated_at"}


def test_a_saved_card_is_listed_by_its_customer_and_erased(plain):
    customer = plain.post("/customers", {})["id"]
    plain.post("/tokens", {"card": CARD})
    saved = plain.post("/tokens", {"card": CARD, "customer": customer, "reusable": True})
    listed = plain.get("/tokens", customer=customer)["data"]
    assert [one["id"] for one in listed] == [saved["id"]]
    assert plain.delete(f"/tokens/{saved['id']}")["deleted"] is True
    assert plain.get("/tokens", customer=customer)["data"] == []
    refused = plain.pay(payment_method={"token": saved["id"]})
    assert (refused.code, refused.param) == ("invalid_state", "payment_method.token")


def test_a_session_is_completed_by_its_first_payment_that_succeeds(api):
    session = api.post(
        "/checkout_sessions",
        {"amount": 6623, "currency": "EUR", "reference": "basket-3", "payment_methods": ["card"]},
    )
    tried = api.pay(amount=6623, checkout_session=session["id"])
    assert (tried["status"], tried["reference"]) == ("declined", "basket-3")
    path = f"/checkout_sessions/{session['id']}"
    assert api.get(path)["status"] == "open"
    other = api.post("/checkout_sessions", {"amount": 500, "currency": "EUR"})
    paid = api.pay(amount=500, checkout_session=other["id"])
    done = api.get(f"/checkout_sessions/{other['id']}")
    assert (done["status"], done["payment"]) == ("complete", paid["id"])
    again = api.pay(amount=500, checkout_session=other["id"])
    assert (again.code, again.param) == ("invalid_state", "checkout_session")
    ended = Event.objects.filter(merchant_id=api.shop.merchant.id, subject=other["id"])
    assert list(ended.order_by("id").values_list("type", flat=True)) == [
        "checkout_session.created",
        "checkout_session.completed",
    ]


def test_a_try_must_fit_its_session(plain):
    session = plain.post(
        "/checkout_sessions", {"amount": 500, "currency": "EUR", "payment_methods": ["ideal"]}
    )["id"]
    assert plain.pay(amount=501, checkout_session=session).param == "amount"
    assert plain.pay(amount=500, checkout_session=session).code == "method_unavailable"


def test_a_session_ends_by_hand_or_by_time(plain):
    first = plain.post("/checkout_sessions", {"amount": 5, "currency": "EUR"})["id"]
    assert plain.post(f"/checkout_sessions/{first}/expire")["status"] == "expired"
    assert plain.post(f"/checkout_sessions/{first}/expire").code == "invalid_state"
    second = plain.post("/checkout_sessions", {"amount": 5, "currency": "EUR"})["id"]
    with clock.shifted(timedelta(hours=25)):
        assert checkout.expire_sessions() == 1
    assert plain.get(f"/checkout_sessions/{second}")["status"] == "expired"
    listed = plain.get("/checkout_sessions", status="expired")["data"]
    assert [one["id"] for one in listed] == [second, first]


def test_nothing_is_born_expired(plain):
    past = {"expires_at": "2020-01-01T00:00:00Z"}
    refused = plain.post("/checkout_sessions", {"amount": 5, "currency": "EUR", **past})
    assert (refused.code, refused.param) == ("invalid_field", "expires_at")
    refused = plain.post("/payment_links", {"title": "Lamp", "currency": "EUR", **past})
    assert refused.param == "expires_at"


def test_a_payment_link_is_made_and_closed(plain):
    link = plain.post("/payment_links", {"title": "Lamp", "currency": "EUR", "amount": 4900})
    assert link["active"] is True
    closed = plain.post(f"/payment_links/{link['id']}", {"active": False})
    assert (closed["active"], closed["title"]) == (False, "Lamp")
    assert plain.get("/payment_links", active="true")["data"] == []
    assert plain.get(f"/payment_links/{link['id']}") == closed


def test_an_open_amount_has_bounds_and_a_fixed_one_has_none(plain):
    open_link = {"title": "Gift", "currency": "EUR", "amount_min": 500, "amount_max": 9000}
    made = plain.post("/payment_links", {**open_link, "payment_methods": ["card"]})
    assert (made["amount"], made["amount_min"], made["amount_max"]) == (None, 500, 9000)
    assert made["payment_methods"] == ["card"]
    assert plain.post("/payment_links", {**open_link, "amount": 700}).param == "amount_min"
    assert plain.post("/payment_links", {**open_link, "amount_min": 9001}).param == "amount_max"
    wrong = plain.post("/payment_links", {**open_link, "payment_methods": ["shells"]})
    assert wrong.param == "payment_methods[0]"
    assert plain.post("/payment_links", {**open_link, "store": "sto_x"}).param == "store"


def test_methods_are_offered_or_left_out_with_a_reason(api):
    offered = api.get("/payment_methods", amount=1000, currency="EUR", country="NL")
    by_type = {one["type"]: one for one in offered["data"]}
    assert by_type["ideal"]["flow"] == "redirect"
    assert {one["provider"] for one in by_type["card"]["providers"]} >= {"stripe", "adyen"}
    left_out = {one["type"]: one["reasons"] for one in offered["left_out"]}
    assert "not served" in left_out["bancontact"][0]["reason"]
    assert not by_type.keys() & left_out.keys()
    assert api.get("/payment_methods", currency="EUR").param == "amount"


def test_balances_and_transfers_follow_the_money(api):
    paid = api.pay()
    (balance,) = api.get("/balances")["data"]
    fee = paid["captures"][0]["fee"]
    assert (balance["currency"], balance["pending"]) == ("EUR", 1999 - fee)
    moved = api.get("/ledger/transfers", subject=paid["id"])["data"]
    assert {one["reason"] for one in moved} == {"capture", "fee"}
    assert {one["amount"] for one in moved} == {1999, fee}
    account = moved[0]["source"]
    assert len(api.get("/ledger/transfers", account=account, reason=moved[0]["reason"])["data"])


def test_events_are_replayed_in_order_from_anywhere(api):
    paid = api.pay()
    api.post("/refunds", {"payment": paid["id"]})
    seal(api)
    events = api.get("/events")["data"]
    assert [one["sequence"] for one in events] == list(range(1, len(events) + 1))
    assert events[0]["type"] == "payment.created"
    rest = api.get("/events", after=2)["data"]
    assert rest == events[2:]
    assert api.get("/events", after=events[1]["id"])["data"] == rest
    refunds = api.get("/events", types="refund.*")["data"]
    assert {one["type"].partition(".")[0] for one in refunds} == {"refund"}
    assert api.get(f"/events/{events[0]['id']}") == events[0]
    assert api.get("/events", after="evt_0").param == "after"
    assert api.get("/events", types="Payment").param == "types[0]"


def test_a_webhook_endpoint_lives_its_life(plain):
    made = plain.post("/webhook_endpoints", {"url": "https://shop.example/a"})
    path = f"/webhook_endpoints/{made['id']}"
    assert made["secret"].startswith("whsec_")
    assert "secret" not in plain.get(path)
    changed = plain.post(path, {"types": ["payment.*"], "description": "shop"})
    assert (changed["types"], changed["description"]) == (["payment.*"], "shop")
    rotated = plain.post(f"{path}/rotate_secret", {"overlap_seconds": 60})
    assert rotated["secret"] not in (None, made["secret"])
    assert plain.post(f"{path}/test")["event"].startswith("evt_")
    assert plain.post(f"{path}/disable")["status"] == "disabled"
    assert plain.post(f"{path}/test").code == "invalid_state"
    assert plain.post(f"{path}/enable")["status"] == "enabled"
    assert plain.get("/webhook_endpoints")["data"] == [plain.get(path)]
    assert plain.delete(path)["deleted"] is True
    assert plain.get(path).code == "not_found"


def test_deliveries_are_read_and_replayed(plain, settings):
    settings.ALLOW_PRIVATE_ENDPOINTS = True
    endpoint = plain.post("/webhook_endpoints", {"url": "http://127.0.0.1:9/closed"})
    plain.post("/customers", {})
    tasks.deliver()
    (delivery,) = plain.get("/webhook_deliveries", endpoint=endpoint["id"])["data"]
    assert delivery["event_type"] == "customer.created"
    whole = plain.get(f"/webhook_deliveries/{delivery['id']}")
    assert whole["attempts"][0]["error"]
    assert plain.post(f"/webhook_deliveries/{delivery['id']}/replay")["status"] == "pending"
    since = {"endpoint": endpoint["id"], "since": "2026-01-01T00:00:00Z", "everything": True}
    assert plain.post("/webhook_deliveries/replay", since)["events"] >= 1
    assert plain.get("/webhook_deliveries", status="succeeded")["data"] == []


def test_keys_are_managed_by_management_keys_only(plain, management):
    assert plain.get("/api_keys").code == "insufficient_scope"
    made = management.post(
        "/api_keys", {"kind": "restricted", "name": "reader", "scopes": ["payments:read"]}
    )
    reader = Api(plain.shop, made["key"])
    assert reader.get("/payments").status == 200
    turned = management.post(f"/api_keys/{made['id']}/rotate", {"overlap_seconds": 0})
    assert Api(plain.shop, turned["key"]).get("/payments").status == 200
    assert management.delete(f"/api_keys/{turned['id']}")["deleted"] is True
    assert management.get(f"/api_keys/{turned['id']}")["revoked_at"]
    kinds = {one["kind"] for one in management.get("/api_keys")["data"]}
    assert kinds == {"secret", "publishable", "management"}
    refused = management.post("/api_keys", {"kind": "management"})
    assert (refused.code, refused.param) == ("invalid_field", "kind")


def test_the_clock_of_a_test_merchant_moves_forward(api):
    before = api.get("/clock")["now"]
    after = api.post("/clock", {"advance_seconds": 3600})["now"]
    assert after > before
    made = api.post("/payments", {"amount": 1, "currency": "EUR"})
    assert made["created_at"] >= after


def test_a_live_clock_stands_as_it_is(ambers_shop):
    live = services.approve(ambers_shop.business, "system")
    key = key_of(ambers_shop._replace(merchant=live), ApiKey.Kind.SECRET)
    answer = key.post("/clock", {"advance_seconds": 1})
    assert (answer.status, answer.code) == (403, "test_only")
