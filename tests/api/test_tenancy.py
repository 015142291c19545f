"""Nobody sees another's: every address that names an object is asked by a stranger."""

from __future__ import annotations

from typing import Any

import pytest

from acquiring.api import openapi
from acquiring.core import chain
from acquiring.webhooks import tasks
from tests.api.conftest import CARD, Api, connected, key_of

FORM = "/onboarding/applications/<str:application>/documents"
TOLD = {"changes": {"name": "Nora Nordlicht"}}
BODIES = {
    "/onboarding/applications/<str:application>": {"changes": {"entity": "company"}},
    "/onboarding/applications/<str:application>/people": TOLD,
    "/onboarding/applications/<str:application>/people/<str:person>": TOLD,
    "/onboarding/applications/<str:application>/bank_accounts": TOLD,
    "/onboarding/applications/<str:application>/bank_accounts/<str:account>": TOLD,
    "/onboarding/applications/<str:application>/tasks/<str:task>/answer": {"answer": "Yes."},
    "/payments/<str:payment>/confirm": {"payment_method": {"type": "card", "card": CARD}},
}
NAMED = sorted((method, path) for method, path, _ in openapi.declared() if "<" in path)


@pytest.fixture
def owned(api: Api, management: Api, settings: Any) -> dict[str, str]:
    """One of everything that has an address, all Amber's, by the name in the address."""
    settings.ALLOW_PRIVATE_ENDPOINTS = True
    paid = api.pay()
    endpoint = api.post("/webhook_endpoints", {"url": "http://127.0.0.1:9/closed"})
    api.post("/customers", {})
    firm = {"business_name": "Testco Lamps", "country": "SG"}
    tasks.deliver()
    chain.seal(chain.EVENTS, api.shop.merchant.id)
    return {
        "payment": paid["id"],
        "refund": api.post("/refunds", {"payment": paid["id"]})["id"],
        "customer": api.post("/customers", {"name": "Dora"})["id"],
        "token": api.post("/tokens", {"card": CARD, "reusable": True})["id"],
        "session": api.post("/checkout_sessions", {"amount": 5, "currency": "EUR"})["id"],
        "link": api.post("/payment_links", {"title": "Lamp", "currency": "EUR"})["id"],
        "event": api.get("/events")["data"][0]["id"],
        "endpoint": endpoint["id"],
        "delivery": api.get("/webhook_deliveries")["data"][0]["id"],
        "application": api.post("/onboarding/applications", firm)["id"],
        "key": management.get("/api_keys")["data"][0]["id"],
    }


@pytest.mark.django_db
def test_a_stranger_finds_nothing_at_any_address(owned, sandbox, chiaras_shop):
    secret = connected(chiaras_shop)
    managing = key_of(chiaras_shop, "management")
    for method, path in NAMED:
        stranger = managing if path.startswith("/api_keys") else secret
        own = path.split("<str:")[1].split(">")[0]
        address = path.replace(f"<str:{own}>", owned[own])
        if (method, path) == ("POST", FORM):
            answer = stranger.form(address, ("lamp.png", b"not looked at"), kind="identity")
        else:
            answer = stranger.call(method, address, BODIES.get(path, {}))
        assert (answer.status, answer.code) == (404, "not_found"), (method, address)


@pytest.mark.django_db
def test_a_strangers_ids_in_a_body_or_query_name_nothing(owned, sandbox, chiaras_shop):
    stranger = connected(chiaras_shop)
    tiny = {"amount": 5, "currency": "EUR"}
    since = {"endpoint": owned["endpoint"], "since": "2026-01-01T00:00:00Z"}
    for path, body in (
        ("/payments", {**tiny, "customer": owned["customer"]}),
        ("/payments", {**tiny, "customer": {"id": owned["customer"]}}),
        ("/payments", {**tiny, "checkout_session": owned["session"]}),
        ("/payments", {**tiny, "payment_method": {"token": owned["token"]}}),
        ("/refunds", {"payment": owned["payment"]}),
        ("/tokens", {"card": CARD, "customer": owned["customer"]}),
        ("/checkout_sessions", {**tiny, "customer": owned["customer"]}),
        ("/webhook_deliveries/replay", since),
    ):
        answer = stranger.post(path, body)
        assert (answer.status, answer.code) == (404, "not_found"), (path, body)
    assert stranger.get("/events", after=owned["event"]).status == 404
    for path, query in (
        ("/payments", {"customer": owned["customer"]}),
        ("/refunds", {"payment": owned["payment"]}),
        ("/tokens", {"customer": owned["customer"]}),
        ("/ledger/transfers", {"subject": owned["payment"]}),
        ("/webhook_deliveries", {"endpoint": owned["endpoint"]}),
    ):
        assert stranger.get(path, **query)["data"] == [], path


@pytest.mark.django_db
def test_a_strangers_lists_are_empty(owned, chiaras_shop):
    stranger = Api(chiaras_shop, chiaras_shop.secret_key)
    for method, path, declared in openapi.declared():
        if method == "GET" and "<" not in path and path not in UNOWNED:
            if stranger.key.startswith("sk_") and declared.scope.startswith("api_keys"):
                continue
            assert stranger.get(path)["data"] == [], path


# What is everyone's own: the catalogue for their accounts, and their present.
UNOWNED = {"/payment_methods", "/connectors", "/clock", "/onboarding/requirements"}
