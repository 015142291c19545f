"""`manage.py wire` and `manage.py connectors`: what would be sent, and how much can be reached."""

from __future__ import annotations

import json
from io import StringIO

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from acquiring import catalogue
from acquiring.api import rehearsal, scoreboard
from acquiring.connectors.registry import drivers

SHOWN = [
    name
    for name, one in drivers().items()
    if not one.asks_nobody and not any("private_key" in secret for secret in one.credentials)
]
FACTS = {
    "amount": 1999,
    "currency": "EUR",
    "country": "NL",
    "reference": "order-7",
    "payment_method": {
        "type": "card",
        "card": {"number": "4111111111111111", "exp_month": 3, "exp_year": 2030, "cvc": "737"},
    },
    "customer": {"email": "amber@shop.example"},
    "credentials": {"api_key": "the-key-of-the-shop", "merchant_account": "Shop"},
}


def wire(*arguments: str) -> str:
    out = StringIO()
    call_command("wire", *arguments, stdout=out)
    return out.getvalue()


def written(tmp_path, members, name="facts.json") -> str:
    path = tmp_path / name
    path.write_text(json.dumps(members))
    return str(path)


def test_it_prints_the_request_and_hides_what_is_secret(tmp_path):
    path = written(tmp_path, FACTS)

    told = wire("--provider", "adyen", "--method", "card", "--json", path)

    assert "/v72/payments\n" in told
    assert "Idempotency-Key: att_" in told
    assert '"value":1999' in told
    assert '"merchantAccount":"Shop"' in told
    for secret in ("4111111111111111", "the-key-of-the-shop", "amber@shop.example", "737"):
        assert secret not in told


def test_raw_it_is_the_very_bytes(tmp_path):
    path = written(tmp_path, FACTS)

    told = wire("--provider", "adyen", "--method", "card", "--json", path, "--raw")

    body = json.loads(told.rpartition("\n\n")[2])
    assert body["paymentMethod"]["number"] == "4111111111111111"
    assert "X-API-Key: the-key-of-the-shop" in told


def test_it_says_what_a_reply_means(tmp_path):
    facts = written(tmp_path, FACTS)
    body = {"resultCode": "Refused", "refusalReasonCode": "12", "pspReference": "P1"}
    reply = written(tmp_path, {"status": 200, "body": body}, "reply.json")

    told = wire("--provider", "adyen", "--method", "card", "--json", facts, "--reply", reply)

    understood = json.loads(told[told.rindex("\n{") :])
    assert understood["state"] == "declined"
    assert understood["decline"] == "insufficient_funds"


def test_a_later_verb_knows_what_the_provider_calls_the_payment(tmp_path):
    path = written(tmp_path, {**FACTS, "provider_ref": "P1"})

    told = wire("--provider", "adyen", "--method", "card", "--verb", "refund", "--json", path)

    assert "/v72/payments/P1/refunds\n" in told


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"amount": -1}, "amount"),
        ({"colour": "red"}, "colour"),
        ({"payment_method": {"type": "ideal"}}, "payment_method.type"),
        ({"credentials": {"colour": "red"}}, "credentials.colour"),
    ],
)
def test_facts_that_are_no_payment_are_refused_by_name(tmp_path, change, words):
    path = written(tmp_path, {**FACTS, **change})

    with pytest.raises(CommandError, match=words):
        wire("--provider", "adyen", "--method", "card", "--json", path)


def test_a_provider_a_method_and_a_file_must_exist(tmp_path):
    with pytest.raises(CommandError, match="no driver"):
        wire("--provider", "nobody", "--method", "card")
    with pytest.raises(CommandError, match="does not carry"):
        wire("--provider", "antom", "--method", "mbway_of_mars")
    with pytest.raises(CommandError, match="No such file"):
        wire("--provider", "adyen", "--method", "ideal", "--json", str(tmp_path / "none.json"))


@pytest.mark.parametrize("name", SHOWN)
def test_every_route_of_a_driver_can_be_shown(name):
    """Those that sign with a private key need the merchant's own; some ask nobody."""
    for connector in catalogue.provider(name).connectors:
        capture = "manual" if connector.capture == "manual" else "automatic"
        facts = rehearsal.Facts({**rehearsal.sample(connector), "capture_method": capture})

        shown = rehearsal.rehearse(name, connector.method, facts=facts).shown()

        assert shown["url"].startswith("https://"), connector.method


def test_the_scoreboard_is_counted():
    out = StringIO()
    call_command("connectors", "--json", stdout=out)
    board = json.loads(out.getvalue())

    assert board["drivers"] == len(drivers())
    carried = {row.method for row in catalogue.connectors() if row.provider in drivers()}
    assert board["methods"] == len(carried)
    assert 0 < board["methods_with_two_or_more_providers"] < board["methods"]
    assert {row["name"] for row in board["providers"]} == set(drivers())


def test_the_front_page_says_what_is_counted():
    assert scoreboard.sentence() in (settings.BASE_DIR / "README.md").read_text("utf-8")
