"""A shopper's browser without scripts, at a shop whose accounts are at the simulators."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.http import HttpResponse
from django.test import Client

from tests.api.conftest import Api, api, plain  # noqa: F401 (fixtures)

CARD = {"number": "4242 4242 4242 4242", "expiry": "12 / 31", "code": "123", "holder": "A Shopper"}


class Shopper:
    """Somebody with the address of a checkout."""

    def __init__(self, address: str, **headers: str) -> None:
        self.path = urlsplit(address).path
        self.client = Client(SERVER_NAME="127.0.0.1", **headers)

    def look(self, query: str = "") -> HttpResponse:
        return self.client.get(f"{self.path}{query}")

    def text(self, query: str = "") -> str:
        return self.look(query).content.decode()

    def once(self) -> str:
        found = re.search(r'name="once" value="(\w+)"', self.text())
        assert found, "no form on the page"
        return found[1]

    def pay(self, method: str = "card", once: str = "", **form: Any) -> HttpResponse:
        filled = {"once": once or self.once(), "method": method}
        return self.client.post(
            f"{self.path}/pay", filled | (CARD if method == "card" else {}) | form
        )

    def do(self, verb: str, **form: Any) -> HttpResponse:
        return self.client.post(f"{self.path}/{verb}", form)

    def status(self) -> dict:
        return self.client.get(f"{self.path}/status").json()


@pytest.fixture
def open_session(api: Api):  # noqa: F811 (the fixture)
    """Makes a session and gives its shopper."""

    def make(amount: int = 1999, currency: str = "EUR", **more: Any) -> Shopper:
        session = api.post("/checkout_sessions", {"amount": amount, "currency": currency, **more})
        assert "url" in session, session
        shopper = Shopper(session["url"])
        shopper.session = session
        return shopper

    return make
