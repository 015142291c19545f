import time

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from acquiring import catalogue
from acquiring.connectors import registry
from acquiring.core import ids
from copilot import routing
from merchants import accounts, offering, services
from tests import cast
from tests.api.conftest import Api, key_of

pytestmark = pytest.mark.django_db

ALLOWED_MILLISECONDS = 30


@pytest.fixture
def everywhere(ambers_shop) -> Api:
    """Amber's program; she has an account at every provider there is."""
    shop = cast.connected(ambers_shop)
    known = {account.provider for account in shop.accounts}
    for name in registry.drivers():
        if name not in known:
            row = services.add_account(shop.merchant, name, "system")
            services.connect(row, {"api_key": name}, "system")
    return Api(shop, shop.secret_key)


@pytest.fixture
def shop(ambers_shop) -> Api:
    cast.connected(ambers_shop)
    return Api(ambers_shop, ambers_shop.secret_key)


def offered(api: Api, **query) -> dict[str, dict]:
    query = {"amount": 1000, "currency": "EUR", "country": "NL", **query}
    return {one["type"]: one for one in api.get("/payment_methods", **query)["data"]}


def why(api: Api, method: str, **query) -> str:
    query = {"amount": 1000, "currency": "EUR", "country": "NL", **query}
    found = api.get("/payment_methods", **query)["left_out"]
    return next(one["reasons"][0]["reason"] for one in found if one["type"] == method)


def test_only_what_the_accounts_carry_is_spoken_of(shop):
    found = shop.get("/payment_methods", amount=1000, currency="EUR")
    spoken = {one["type"] for one in [*found["data"], *found["left_out"]]}
    carried = routing.carriers(services.provider_accounts(shop.shop.merchant.id))

    assert spoken == {code for code in carried if not catalogue.method(code).legacy}


def test_a_capability_leaves_out_who_lacks_it_and_says_so(shop):
    assert "ideal" in offered(shop)
    assert "ideal" not in offered(shop, capture_method="manual")
    assert why(shop, "ideal", capture_method="manual") == "only automatic capture is possible"
    assert why(shop, "ideal", flow="qr") == "the shopper pays by redirect"
    assert "card" in offered(shop, refund="partial")
    assert all(one["recurring"] for one in offered(shop, recurring="true").values())
    assert {one["kind"] for one in offered(shop, kind="wallet").values()} == {"wallet"}


def test_what_cannot_be_sent_back_is_left_out_where_refunds_are_wanted(everywhere):
    query = {"amount": 50000, "currency": "PHP", "country": "PH"}
    assert "landbank_online" in offered(everywhere, **query)
    reasons = [why(everywhere, "landbank_online", refund="full", **query)]
    assert reasons == ["no refunds are possible"]


def test_what_the_merchant_switched_off_is_left_out_and_nobody_can_pay_with_it(shop):
    merchant = shop.shop.merchant
    offering.switch(merchant.id, "system", "ideal", on=False)
    offering._kept.clear()

    assert "ideal" not in offered(shop)
    assert why(shop, "ideal") == "the merchant does not offer the method"
    refused = shop.pay(payment_method={"type": "ideal"}, country="NL", return_url="https://a.b/c")
    assert (refused.code, refused.param) == ("no_route", "payment_method.type")
    assert "does not offer" in refused["error"]["message"]


def test_own_limits_are_honoured_in_their_currency_alone(shop):
    offering.limit(shop.shop.merchant.id, "system", "ideal", {"EUR": 500}, {"EUR": 2000})
    offering._kept.clear()

    assert "ideal" in offered(shop, amount=2000)
    assert "2000" not in why(shop, "ideal", amount=2001)
    assert why(shop, "ideal", amount=2001) == (
        "amount 20.01 EUR is above the merchant's maximum 20.00 EUR"
    )
    assert "below the merchant's minimum" in why(shop, "ideal", amount=499)


def test_a_store_may_differ_and_another_merchants_store_is_not_found(shop, chiaras_shop):
    merchant, store = shop.shop.merchant, ids.show("sto", shop.shop.store.id)
    offering.switch(merchant.id, "system", "card", on=False, store=store)
    offering._kept.clear()

    assert "card" in offered(shop)
    assert "card" not in offered(shop, store=store)
    foreign = ids.show("sto", chiaras_shop.store.id)
    refused = shop.get("/payment_methods", amount=1, currency="EUR", store=foreign)
    assert (refused.status, refused.code) == (404, "not_found")


def test_a_legacy_method_is_offered_only_where_it_was_switched_on(shop):
    assert catalogue.method("giropay").legacy
    assert "giropay" not in offered(shop, country="DE")
    offering.switch(shop.shop.merchant.id, "system", "giropay", on=True)
    offering._kept.clear()

    assert "giropay" in offered(shop, country="DE")


@pytest.mark.parametrize(
    ("locale", "alipay"),
    [
        ("en", "Alipay"),
        ("de-DE", "Alipay"),
        ("zh", "支付宝"),
        ("zh-CN", "支付宝"),
        ("zh_Hant", "支付寶"),
        ("zh-HK", "支付寶"),
        ("zh-Hans-HK", "支付宝"),
    ],
)
def test_methods_are_named_in_the_shoppers_language(everywhere, locale, alipay):
    query = {"amount": 5000, "currency": "EUR", "country": "CN", "locale": locale}
    usable = {one["type"]: one for one in everywhere.get("/payment_methods", **query)["data"]}

    assert usable["alipay_cn"]["name"] == alipay


def test_what_is_left_out_is_named_in_the_shoppers_language_too(everywhere):
    query = {"amount": 5000, "currency": "EUR", "country": "NL", "locale": "ja-JP"}
    left_out = everywhere.get("/payment_methods", **query)["left_out"]

    assert {one["type"]: one["name"] for one in left_out}["konbini"] == "コンビニ決済"


def test_a_locale_that_is_none_is_refused(shop):
    refused = shop.get("/payment_methods", amount=1000, currency="EUR", locale="日本語")
    assert (refused.status, refused.code, refused.param) == (400, "invalid_field", "locale")


def test_the_merchants_order_comes_first(shop):
    offering.arrange(shop.shop.merchant.id, "system", ["ideal", "card"])
    offering._kept.clear()

    assert list(offered(shop))[:2] == ["ideal", "card"]


def test_the_answer_is_quick_with_an_account_at_every_provider(everywhere):
    took = []
    for _ in range(7):
        began = time.thread_time_ns()
        offered(everywhere)
        took.append((time.thread_time_ns() - began) // 1_000_000)

    assert min(took) < ALLOWED_MILLISECONDS, took


def test_reading_many_accounts_is_one_question(everywhere):
    merchant_id = everywhere.shop.merchant.id
    services.provider_accounts(merchant_id)  # the merchant's key is remembered
    accounts._accounts.clear()
    with CaptureQueriesContext(connection) as asked:
        found = services.provider_accounts(merchant_id)

    assert len(found) == len(registry.drivers())
    assert len(asked) <= 2, "the accounts, and the key they are sealed with"


def test_the_connectors_are_listed_by_page_without_a_gap(shop):
    seen, after = [], ""
    while True:
        page = shop.get("/connectors", limit=100, starting_after=after)
        seen += [one["id"] for one in page["data"]]
        if not page["has_more"]:
            break
        after = seen[-1]

    assert len(seen) == len(set(seen)) == len(catalogue.connectors())
    back = shop.get("/connectors", limit=2, ending_before=seen[5])["data"]
    assert [one["id"] for one in back] == seen[3:5]
    assert shop.get("/connectors", starting_after="nobody.nothing").code == "invalid_cursor"


def test_the_connectors_are_found_by_provider_method_kind_and_country(shop):
    (ideal,) = shop.get("/connectors", provider="stripe", method="ideal")["data"]
    assert (ideal["id"], ideal["flow"], ideal["countries"]) == ("stripe.ideal", "redirect", ["NL"])
    assert (ideal["connected"], ideal["refund"]) == (True, "partial")
    wallets = shop.get("/connectors", kind="wallet", country="SG", limit=100)["data"]
    assert wallets
    assert {one["kind"] for one in wallets} == {"wallet"}
    assert all(one["countries"] is None or "SG" in one["countries"] for one in wallets)
    assert shop.get("/connectors", country="ZZ").param == "country"


def test_a_publishable_key_lists_methods_and_not_connectors(shop):
    browser = key_of(shop.shop, "publishable")
    assert browser.get("/payment_methods", amount=1000, currency="EUR")["data"]
    assert browser.get("/connectors").status == 403


def test_going_back_offers_again_what_was_offered_then(shop):
    merchant_id = shop.shop.merchant.id
    offering.switch(merchant_id, "system", "ideal", on=False)
    offering.switch(merchant_id, "system", "card", on=False)
    offering.go_back(merchant_id, "system", 1)
    offering._kept.clear()

    found = offering.offering(merchant_id)
    assert (found.of().rule("ideal").on, found.of().rule("card").on) == (False, None)
    assert [row.number for row in offering.history(merchant_id)] == [3, 2, 1]
    again = offering.switch(merchant_id, "system", "ideal", on=False)
    assert again.snapshot == found.snapshot, "nothing changed, so nothing was written"
