"""Webhook signatures as providers publish them: accepted, and refused with one byte changed."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from acquiring.connectors.driver import BadSignature, Inbound
from acquiring.connectors.registry import driver
from tests.connectors.contract import account_of, shared

SIGNED_AT = datetime.fromtimestamp(1_492_774_577, UTC)
ADYEN_ITEMS = (
    "adyen_standard_webhook",
    "adyen_special_backslash",
    "adyen_special_colon",
    "adyen_special_forwardslash",
)


def vector(name: str) -> dict:
    vectors = json.loads(shared("psp_specs", "webhook_vectors.json").read_text("utf-8"))["vectors"]
    return next(one for one in vectors if one["id"] == name)


def stripe_webhook(changes: dict) -> tuple[Inbound, dict]:
    told = vector("stripe_derived") | changes
    headers = {"stripe-signature": told["signature"]}
    inbound = Inbound("POST", "/", headers, told["body"].encode(), now=SIGNED_AT)
    return inbound, {**account_of(driver("stripe")), "webhook_secret": told["key"]}


def test_stripes_vector_is_accepted():
    inbound, account = stripe_webhook({})

    assert driver("stripe").news(inbound, account) == []


def other(text: str, at: int) -> str:
    """The text with another character at one place."""
    return text[:at] + ("0" if text[at] != "0" else "1") + text[at + 1 :]


@pytest.mark.parametrize("at", [0, 20, -1])
@pytest.mark.parametrize("member", ["body", "key"])
def test_stripes_vector_with_one_byte_changed_is_refused(member, at):
    value = vector("stripe_derived")[member]
    inbound, account = stripe_webhook({member: other(value, at % len(value))})

    with pytest.raises(BadSignature):
        driver("stripe").news(inbound, account)


@pytest.mark.parametrize(
    "signature",
    [
        "",
        "t=1492774577",
        "t=1492774578,v1=1a80e8527d8c197ee95a4cd6c14551cfb89fe0a89cac1760ba62a66cb831b2d9",
        "t=1492774577,v1=0a80e8527d8c197ee95a4cd6c14551cfb89fe0a89cac1760ba62a66cb831b2d9",
        "t=1492774577,v0=1a80e8527d8c197ee95a4cd6c14551cfb89fe0a89cac1760ba62a66cb831b2d9",
        "t=,v1=1a80e8527d8c197ee95a4cd6c14551cfb89fe0a89cac1760ba62a66cb831b2d9",
        "t=²,v1=1a80e8527d8c197ee95a4cd6c14551cfb89fe0a89cac1760ba62a66cb831b2d9",
        "v1=1a80e8527d8c197ee95a4cd6c14551cfb89fe0a89cac1760ba62a66cb831b2d9",
    ],
)
def test_stripe_refuses_another_time_scheme_or_form(signature):
    inbound, account = stripe_webhook({"signature": signature})

    with pytest.raises(BadSignature):
        driver("stripe").news(inbound, account)


def test_stripe_accepts_the_second_of_two_signatures():
    signed = vector("stripe_derived")["signature"]
    inbound, account = stripe_webhook({"signature": signed.replace(",v1=", f",v1={'0' * 64},v1=")})

    assert driver("stripe").news(inbound, account) == []


@pytest.mark.parametrize(
    ("seconds", "fresh"), [(300, True), (301, False), (-300, True), (-301, False)]
)
def test_stripe_signatures_are_fresh_for_five_minutes(seconds, fresh):
    inbound, account = stripe_webhook({})
    later = replace(inbound, now=SIGNED_AT + timedelta(seconds=seconds))

    if fresh:
        assert driver("stripe").news(later, account) == []
    else:
        with pytest.raises(BadSignature):
            driver("stripe").news(later, account)


def adyen_webhook(name: str) -> tuple[dict, dict]:
    told = vector(name)
    item = json.loads(json.dumps(told.get("notification_item") or told["notification"]))
    item.setdefault("additionalData", {})["hmacSignature"] = told["signature"]
    return item, {**account_of(driver("adyen")), "hmac_key": told["key"]}


def adyen_inbound(item: dict) -> Inbound:
    body = {"live": "false", "notificationItems": [{"NotificationRequestItem": item}]}
    return Inbound("POST", "/", {}, json.dumps(body).encode(), now=SIGNED_AT)


@pytest.mark.parametrize("name", ADYEN_ITEMS)
def test_adyens_vectors_are_accepted(name):
    item, account = adyen_webhook(name)
    account["merchant_account"] = item["merchantAccountCode"]

    driver("adyen").news(adyen_inbound(item), account)


@pytest.mark.parametrize("name", ADYEN_ITEMS)
@pytest.mark.parametrize("member", ["pspReference", "merchantReference", "eventCode"])
def test_adyens_vectors_with_one_byte_changed_are_refused(name, member):
    item, account = adyen_webhook(name)
    account["merchant_account"] = item["merchantAccountCode"]
    item[member] = other(item[member], 2)

    with pytest.raises(BadSignature):
        driver("adyen").news(adyen_inbound(item), account)


@pytest.mark.parametrize("name", ADYEN_ITEMS)
def test_adyens_vectors_under_another_key_are_refused(name):
    item, account = adyen_webhook(name)
    account["merchant_account"] = item["merchantAccountCode"]
    account["hmac_key"] = other(account["hmac_key"], 0)

    with pytest.raises(BadSignature):
        driver("adyen").news(adyen_inbound(item), account)
