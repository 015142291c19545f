"""The providers' own forms of a settlement statement say what the ordinary one says."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from django.conf import settings
from jsonschema import Draft202012Validator

from acquiring.connectors.registry import drivers
from acquiring.core import clock, http
from acquiring.core.money import Money
from acquiring.sandbox import control
from tests.connectors.shop import _wired  # noqa: F401 (a fixture)
from tests.connectors.story import Story
from tests.connectors.test_settlement import DAY, fetch, paid, settled, statements
from tests.sandbox.test_stripe_contract import conforms as stripe_conforms

pytestmark = pytest.mark.django_db


def read(story: Story, path: str) -> Any:
    """A read call with the account's own key."""
    keys, name = story.shop.here.credentials, story.driver.name
    key = next(keys[one] for one in ("secret_key", "api_key") if one in keys)
    header = {"X-API-Key": key} if name == "adyen" else {"Authorization": f"Bearer {key}"}
    reply = http.send("GET", f"{story.shop.here.base_url}{path}", header)
    assert reply.status == 200, reply
    return reply.body.decode() if name == "adyen" else orjson.loads(reply.body)


def disputed(name: str) -> Story:
    """One payment of which half was given back, one that was charged back; the day is over."""
    story = settled(drivers()[name])
    lost = Story(drivers()[name], "approve")
    lost.shop = story.shop
    paid(lost)
    if name != "mollie":
        control.push(name, story.charges()[-1].id, "dispute")
    story.wait(DAY)
    return story


def test_stripes_payout_is_the_sum_of_its_balance_transactions():
    story = disputed("stripe")
    for statement in statements(story):
        payout = f"po_{statement.batch}"
        shown = read(story, f"/v1/payouts/{payout}")
        listed = read(story, f"/v1/balance_transactions?payout={payout}&limit=100")["data"]

        assert shown["amount"] == statement.net
        own, lines = listed[0], listed[1:]
        assert (own["type"], own["net"]) == ("payout", -statement.net)
        assert sum(one["net"] for one in lines) == statement.net
        assert all(one["net"] == one["amount"] - one["fee"] for one in listed)
        assert read(story, f"/v1/balance_transactions/{own['id']}") == own
    charge = story.charges()[0].data["charge"]["id"]
    (one,) = read(story, f"/v1/balance_transactions?source={charge}")["data"]
    assert (one["type"], one["amount"], one["fee"]) == ("charge", 1999, 55)
    assert [one["status"] for one in read(story, "/v1/payouts")["data"]]


def test_stripes_lists_go_on_behind_the_last_one_seen():
    story = disputed("stripe")
    whole = read(story, "/v1/balance_transactions?limit=100")["data"]
    seen, path = [], "/v1/balance_transactions?limit=2"
    page = read(story, path)
    seen += page["data"]
    while page["has_more"]:
        page = read(story, f"{path}&starting_after={seen[-1]['id']}")
        seen += page["data"]

    assert seen == whole
    assert {one["type"] for one in whole} == {"charge", "refund", "adjustment", "payout"}


def test_stripe_shows_them_as_its_document_describes():
    story = disputed("stripe")
    for one in read(story, "/v1/payouts")["data"]:
        stripe_conforms("payout", one)
    for one in read(story, "/v1/balance_transactions?limit=100")["data"]:
        stripe_conforms("balance_transaction", one)


def test_adyens_report_credits_what_is_paid_out():
    story = disputed("adyen")
    merchant = story.shop.here.credentials["merchant_account"]
    for statement in statements(story):
        name = f"settlement_detail_report_batch_{statement.number}.csv"
        text = read(story, f"/reports/download/MerchantAccount/{merchant}/{name}")
        rows = list(csv.DictReader(io.StringIO(text)))
        last = rows.pop()

        assert last["Type"] == "MerchantPayout"
        assert sum(side(one, "Net", "NC") for one in rows) == statement.net
        assert side(last, "Net", "NC") == -statement.net
        assert -sum(side(one, "Gross", "GC") for one in rows) == statement.gross
    assert rows[0]["Psp Reference"] in {one.id for one in story.charges()}
    assert rows[0]["Merchant Reference"] in {one.reference for one in story.charges()}


def side(row: dict[str, str], name: str, unit: str) -> int:
    """A credit as a positive sum, a debit as a negative one."""
    credit, debit = (row[f"{name} {one} ({unit})"] or "0" for one in ("Credit", "Debit"))
    sums = [Money.from_major(one, "EUR").amount for one in (credit, debit)]
    return sums[0] - sums[1]


def test_mollies_settlement_is_made_of_its_payments_and_refunds():
    story = disputed("mollie")
    listed = read(story, "/v2/settlements")["_embedded"]["settlements"]
    assert len(listed) == len(statements(story))
    for one in listed:
        path = f"/v2/settlements/{one['id']}"
        assert read(story, path) == one
        (month,) = next(iter(one["periods"].values())).values()
        kept = sum(major(row["amountGross"]) for row in month["costs"])
        moved = [
            row["settlementAmount"]
            for kind in ("payments", "refunds", "chargebacks")
            for row in read(story, f"{path}/{kind}")["_embedded"][kind]
        ]
        assert sum(map(major, moved)) - kept == major(one["amount"])
        assert sum(major(row["amountGross"]) for row in month["revenue"]) - kept == major(
            one["amount"]
        )


def test_paypal_lists_what_moved_a_page_at_a_time():
    story = disputed("paypal")
    path = "/v1/reporting/transactions"
    begins, ends = (clock.now() + timedelta(days=one) for one in (-1, 3))
    query = f"start_date={begins:%Y-%m-%dT%H:%M:%SZ}&end_date={ends:%Y-%m-%dT%H:%M:%SZ}"
    whole = orjson.loads(fetch(story, f"{path}?{query}").body)
    found = [one["transaction_info"] for one in whole["transaction_details"]]

    conforms(whole)
    assert {one["transaction_event_code"] for one in found} == {"T0006", "T1107", "T1201"}
    sums = [one[name]["value"] for one in found for name in SUMS if name in one]
    made = statements(story)
    assert sum(Money.from_major(one, "EUR").amount for one in sums) == sum(x.net for x in made)
    assert {one["invoice_id"] for one in found} == {one.reference for one in story.charges()}
    second = orjson.loads(fetch(story, f"{path}?{query}&page_size=2&page=2").body)
    assert second["transaction_details"] == whole["transaction_details"][2:4]
    assert (second["total_items"], second["total_pages"]) == (len(found), -(-len(found) // 2))


SUMS = ("transaction_amount", "fee_amount")


@pytest.mark.parametrize(
    "query",
    [
        "",
        "start_date=2026-01-01T00:00:00Z&end_date=2026-03-01T00:00:00Z",
        "start_date=2026-01-01&end_date=2026-01-02",
        "start_date=2026-01-01T00:00:00Z&end_date=2026-01-02T00:00:00Z&page=0",
    ],
)
def test_paypal_refuses_a_search_it_does_not_document(query):
    story = settled(drivers()["paypal"])

    assert fetch(story, f"/v1/reporting/transactions?{query}").status == 400


def conforms(body: dict[str, Any]) -> None:
    """Checked against PayPal's document, where that is at hand."""
    path = Path(settings.SHARED, "psp_specs", "paypal", "reporting_transactions_v1.json")
    if not path.exists():
        pytest.skip("PayPal's document of the search is not beside this checkout")
    known = orjson.loads(path.read_bytes())
    schema = {"$ref": "#/components/schemas/search_response", "components": known["components"]}
    Draft202012Validator(schema).validate(body)


def major(amount: dict[str, str]) -> int:
    return Money.from_major(amount["value"], amount["currency"]).amount


@pytest.mark.parametrize("path", ["/v2/settlements/stl_none", "/v2/settlements/none/payments"])
def test_a_settlement_nobody_made_is_not_found(path):
    story = settled(drivers()["mollie"])
    key = story.shop.here.credentials["api_key"]
    reply = http.send(
        "GET", f"{story.shop.here.base_url}{path}", {"Authorization": f"Bearer {key}"}
    )

    assert reply.status == 404
