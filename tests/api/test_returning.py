"""The shopper's way back, from the simulators' own pages."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from acquiring.api.returning import onward
from acquiring.core import clock, ids
from acquiring.payments.records import Payment
from merchants import services

pytestmark = pytest.mark.django_db


def follow(api, address: str, method: str = "get"):
    """What our door answers to the browser that the provider sent back."""
    parts = urlsplit(address)
    client = Client(SERVER_NAME="127.0.0.1")
    return getattr(client, method)(f"{parts.path}?{parts.query}")


@pytest.mark.parametrize(
    ("method", "choice", "status"),
    [
        ({"type": "ideal"}, "approve", "captured"),
        ({"type": "ideal"}, "decline", "declined"),
        ({"type": "alipay_cn"}, "approve", "captured"),
    ],
)
def test_a_redirected_shopper_comes_back_to_the_shop_with_the_outcome(
    api, sandbox, method, choice, status
):
    currency = "EUR"
    paid = api.pay(
        payment_method=method, currency=currency, return_url="https://shop.example/done?basket=7"
    )
    back = sandbox.choose(paid["next_action"]["url"], choice)
    answer = follow(api, back)
    assert answer.status_code == 303
    target = urlsplit(answer["Location"])
    assert (target.netloc, target.path) == ("shop.example", "/done")
    query = parse_qs(target.query)
    assert query == {"basket": ["7"], "payment": [paid["id"]], "status": [status]}
    assert api.get(f"/payments/{paid['id']}")["status"] == status


def test_a_challenged_shopper_comes_back_and_has_paid(api, sandbox):
    paid = api.pay(amount=6602, return_url="https://shop.example/done")
    assert paid["next_action"]["type"] == "three_ds"
    answer = follow(api, sandbox.choose(paid["next_action"]["url"], "approve"))
    assert parse_qs(urlsplit(answer["Location"]).query)["status"] == ["captured"]


def test_without_an_address_of_the_shop_a_page_says_what_happened(api, sandbox):
    paid = api.pay(payment_method={"type": "ideal"})
    answer = follow(api, sandbox.choose(paid["next_action"]["url"], "approve"))
    assert answer.status_code == 200
    assert b"your payment is through" in answer.content


def test_coming_back_twice_or_by_post_changes_nothing(api, sandbox):
    paid = api.pay(payment_method={"type": "ideal"}, return_url="https://shop.example/done")
    back = sandbox.choose(paid["next_action"]["url"], "approve")
    for method in ("get", "post", "get"):
        assert follow(api, back, method).status_code == 303
    assert api.get(f"/payments/{paid['id']}")["amount_captured"] == 1999


def test_the_browser_cannot_say_where_to_go_or_what_happened(api):
    paid = api.pay(payment_method={"type": "ideal"}, return_url="https://shop.example/done")
    merchant, attempt = api.shop.merchant.id.hex, paid["attempts"][0]["id"].removeprefix("att_")
    client = Client(SERVER_NAME="127.0.0.1")
    evil = {"return_url": "https://evil.example", "redirect_status": "succeeded"}
    answer = client.get(f"/return/{merchant}/{attempt}", evil)
    assert urlsplit(answer["Location"]).netloc == "shop.example"
    assert api.get(f"/payments/{paid['id']}")["status"] == "requires_action"


def test_a_provider_that_knows_one_address_names_the_payment_itself(api, sandbox):
    merchant = api.shop.merchant
    row = services.add_account(merchant, "truelayer", "system", priority=1)
    services.connect_sandbox(row)
    paid = [
        api.pay(
            currency="GBP",
            country="GB",
            customer={"name": "Amber", "email": "amber@example.com"},
            payment_method={"type": "pay_by_bank_uk"},
            return_url="https://shop.example/done",
        )
        for _ in range(2)
    ]
    pressed = zip(paid, ("approve", "decline"), strict=True)
    backs = [sandbox.choose(one["next_action"]["url"], choice) for one, choice in pressed]
    assert {urlsplit(one).path for one in backs} == {
        f"/return/{merchant.id.hex}/account/{row.id.hex}"
    }
    told = [parse_qs(urlsplit(follow(api, one)["Location"]).query) for one in backs]
    assert [one["payment"] for one in told] == [[one["id"]] for one in paid]
    assert told[1]["status"] == ["declined"]


@pytest.mark.parametrize("query", ["", "?payment_id=", "?payment_id=of-nobody", "?=x"])
def test_a_return_that_names_no_payment_says_so(api, query):
    rows = [services.add_account(api.shop.merchant, "truelayer", "system"), *api.shop.accounts]
    for row in rows:
        path = f"/return/{api.shop.merchant.id.hex}/account/{row.id.hex}{query}"
        assert Client(SERVER_NAME="127.0.0.1").get(path).status_code == 404


@pytest.mark.parametrize("path", ["x/y", "0" * 32 + "/" + "0" * 32, "x/account/y"])
def test_a_link_of_nobodys_says_so(path):
    answer = Client(SERVER_NAME="127.0.0.1").get(f"/return/{path}")
    assert answer.status_code == 404
    assert b"belongs to no payment" in answer.content


def test_the_shops_own_query_is_kept_and_ours_wins():
    now = clock.now()
    payment = Payment(
        merchant_id=ids.new(), id=ids.new(), amount=1, currency="EUR", status="captured",
        created_at=now, updated_at=now, return_url="https://a.example/b?c=d&status=paid#e",
    )  # fmt: skip
    shown = ids.show("pay", payment.id)
    assert onward(payment) == f"https://a.example/b?c=d&payment={shown}&status=captured#e"
