"""What providers tell us, as they tell it: over HTTP, signed, twice, late and forged."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from django.test import Client

from acquiring.connectors.signing import hmac_sha256_hex
from acquiring.core.models import Event
from acquiring.payments import hearing
from acquiring.payments.models import Attempt, WireLog
from merchants import accounts
from tests import cast
from tests.api.conftest import connected

pytestmark = pytest.mark.django_db


def story(api, status: str = "succeeded") -> tuple[Any, bytes]:
    """A card payment that waits for its issuer, and Stripe's news about it."""
    paid = api.pay(amount=6602, return_url="https://shop.example/done")
    assert paid["status"] == "requires_action"
    row = Attempt.objects.get(merchant_id=api.shop.merchant.id)
    account = accounts.account(row.merchant_id, row.account_id)
    intent = {
        "id": row.provider_ref,
        "object": "payment_intent",
        "status": status,
        "amount": 6602,
        "amount_received": 6602,
        "currency": "eur",
        "capture_method": "automatic",
        "metadata": {"reference": f"att_{row.id.hex}", "payment": paid["id"]},
    }
    event = {
        "id": "evt_1",
        "object": "event",
        "type": f"payment_intent.{status}",
        "data": {"object": intent},
    }
    return account, json.dumps(event).encode()


def tell(account: Any, body: bytes, secret: str = "", **headers: str) -> Any:
    """POST it to the account's address, signed as Stripe signs."""
    stamp = str(int(time.time()))
    secret = secret or account.credentials["webhook_secret"]
    signature = hmac_sha256_hex(secret, f"{stamp}.".encode() + body)
    headers.setdefault("Stripe-Signature", f"t={stamp},v1={signature}")
    path = f"/hooks/{account.provider}/{account.hook_token}"
    client = Client(SERVER_NAME="127.0.0.1", raise_request_exception=False)
    return client.post(path, body, content_type="application/json", headers=headers)


def test_news_moves_the_payment_once_however_often_it_comes(api):
    account, body = story(api)
    assert tell(account, body).status_code == 200
    assert tell(account, body).status_code == 200
    (paid,) = api.get("/payments")["data"]
    assert (paid["status"], paid["amount_captured"]) == ("captured", 6602)
    told = Event.objects.filter(subject=paid["id"], type="payment.captured")
    assert told.count() == 1


def test_late_bad_news_undoes_nothing(api):
    account, body = story(api)
    tell(account, body)
    failed = json.loads(body)
    failed["type"] = "payment_intent.payment_failed"
    failed["data"]["object"]["status"] = "requires_payment_method"
    assert tell(account, json.dumps(failed).encode()).status_code == 200
    (paid,) = api.get("/payments")["data"]
    assert paid["status"] == "captured"


@pytest.mark.parametrize(
    "headers", [{"Stripe-Signature": ""}, {"Stripe-Signature": "t=1,v1=00"}], ids=["none", "old"]
)
def test_a_forgery_changes_nothing(api, headers):
    account, body = story(api)
    answer = tell(account, body, **headers)
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "bad_signature")
    answer = tell(account, body, secret="somebody elses")
    assert answer.status_code == 401
    assert api.get("/payments")["data"][0]["status"] == "requires_action"


def test_an_address_nobody_has_is_not_found():
    client = Client(SERVER_NAME="127.0.0.1")
    assert client.post("/hooks/stripe/nobody").status_code == 404
    assert client.post("/hooks/nobody/nobody").status_code == 404
    assert client.post("/hooks/nobody").status_code == 404


def test_one_providers_address_does_not_serve_another(api):
    account, body = story(api)
    client = Client(SERVER_NAME="127.0.0.1")
    elsewhere = client.generic("POST", f"/hooks/adyen/{account.hook_token}", body)
    assert elsewhere.status_code == 404
    assert client.get(f"/hooks/stripe/{account.hook_token}").status_code == 405


def test_what_was_heard_is_kept_without_secrets(api):
    account, body = story(api)
    tell(account, body)
    heard = WireLog.objects.get(direction="heard")
    assert json.loads(heard.request["body"])["id"] == "evt_1"
    text = json.dumps(heard.request)
    assert account.hook_token not in text
    assert account.credentials["webhook_secret"] not in text
    assert heard.request["headers"]["stripe-signature"] == "***"


def test_our_own_failure_asks_the_provider_to_say_it_again(api, monkeypatch):
    account, body = story(api)

    def stumble(*_arguments: Any) -> bool:
        raise RuntimeError("anything")

    monkeypatch.setattr(hearing, "hear_news", stumble)
    assert tell(account, body).status_code == 500
    monkeypatch.undo()
    assert tell(account, body).status_code == 200
    assert api.get("/payments")["data"][0]["status"] == "captured"


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'{"type": 1}'])
def test_nonsense_that_nobody_signed_is_refused(api, body):
    account, _ = story(api)
    assert tell(account, body, secret="somebody elses").status_code == 401


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("provider", ["stripe", "adyen", "antom"])
def test_each_simulator_tells_us_over_http_and_is_believed(
    sandbox, live_server, settings, provider
):
    settings.BASE_URL = live_server.url
    shop = cast.shop(cast.person("Amber"), "Amber Lamps")
    api = connected(shop)
    for account in shop.accounts:
        accounts.change_account(account, "system", enabled=account.provider == provider)
    paid = api.pay(amount=6604)
    assert (paid["status"], paid["attempts"][0]["provider"]) == ("pending", provider)
    until = time.monotonic() + 20
    while time.monotonic() < until and paid["status"] == "pending":
        time.sleep(0.2)
        paid = api.get(f"/payments/{paid['id']}")
    assert paid["status"] == "captured"
    assert WireLog.objects.filter(direction="heard").exists()
