"""The API through its front door: a client that holds every answer against the document."""

from __future__ import annotations

import json
import secrets
from typing import Any

import msgspec
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from django.urls import resolve

from acquiring.api import openapi
from acquiring.api.v1.answers import shared as answers
from merchants import keys, services
from merchants.models import ApiKey
from tests import cast
from tests.sandbox_process import Sandbox

CARD = {"number": "4242424242424242", "exp_month": 12, "exp_year": 2031, "cvc": "123"}


class Answer(dict):
    """A JSON body that knows its status and headers."""

    status: int
    headers: Any

    @property
    def code(self) -> str:
        """The error's code."""
        return self["error"]["code"]

    @property
    def param(self) -> str:
        """The field the error names."""
        return self["error"]["param"]


class Api:
    """A program of a merchant's: it has a key, speaks JSON, and reads the document closely."""

    def __init__(self, shop: cast.Shop | None, key: str) -> None:
        self.shop = shop
        self.key = key
        self.client = Client(SERVER_NAME="127.0.0.1", raise_request_exception=False)

    def post(self, path: str, body: Any = None, **headers: str) -> Answer:
        return self.call("POST", path, body if body is not None else {}, **headers)

    def get(self, path: str, **query: Any) -> Answer:
        return self.call("GET", path, query=query)

    def delete(self, path: str) -> Answer:
        return self.call("DELETE", path)

    def pay(self, amount: int = 1999, currency: str = "EUR", **more: Any) -> Answer:
        more.setdefault("payment_method", {"type": "card", "card": CARD})
        return self.post("/payments", {"amount": amount, "currency": currency, **more})

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        query: dict[str, Any] | None = None,
        **headers: str,
    ) -> Answer:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        named.setdefault("Authorization", f"Bearer {self.key}")
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        response = self.client.generic(
            method,
            f"/v1{path}",
            content if method in {"POST", "PATCH"} else b"",
            content_type="application/json",
            headers=named,
            query_params=query or {},
        )
        return checked(method, path, response)

    def form(self, path: str, file: tuple[str, bytes], **fields: str) -> Answer:
        """A form with a file."""
        upload = SimpleUploadedFile(*file)
        content = encode_multipart(BOUNDARY, {**fields, "file": upload})
        headers = {"Authorization": f"Bearer {self.key}"}
        response = self.client.generic(
            "POST", f"/v1{path}", content, content_type=MULTIPART_CONTENT, headers=headers
        )
        return checked("POST", path, response)


def checked(method: str, path: str, response: HttpResponse) -> Answer:
    """The answer, if it is one that the document allows."""
    assert response["Content-Type"] == "application/json"
    assert response["X-Request-Id"]
    answer = Answer(json.loads(response.content))
    answer.status, answer.headers = response.status_code, response.headers
    endpoint = resolve(f"/v1{path}", "acquiring.api.urls").func.cls
    declared = getattr(endpoint, "operations", dict)().get(method)
    if response.status_code >= 400:
        msgspec.json.decode(response.content, type=answers.Failure)
        if declared:
            allowed = openapi.problems_of("{}" if _named(path) else path, method, declared)
            assert answer.code in allowed, f"{answer.code} is not documented for {method} {path}"
        return answer
    assert declared is not None
    assert response.status_code == declared.status
    msgspec.json.decode(response.content, type=declared.answer)
    return answer


def _named(path: str) -> bool:
    return "_" in path.rsplit("/", 1)[-1] or path.count("/") > 1


def connected(shop: cast.Shop) -> Api:
    """The shop's program, once its accounts are at the simulators."""
    for account in shop.accounts:
        services.connect_sandbox(account)
    return Api(shop, shop.secret_key)


def key_of(shop: cast.Shop, kind: str, *scopes: str) -> Api:
    """A program with another kind of key."""
    made = keys.issue(shop.merchant, kind, "system", scopes=list(scopes) or None)
    return Api(shop, made.secret)


def fresh() -> str:
    """An idempotency key nobody used."""
    return f"order-{secrets.token_hex(8)}"


@pytest.fixture
def api(sandbox: Sandbox, ambers_shop: cast.Shop) -> Api:
    """Amber's program, with the simulators behind it."""
    return connected(ambers_shop)


@pytest.fixture
def plain(ambers_shop: cast.Shop) -> Api:
    """Amber's program, for what asks no provider."""
    return Api(ambers_shop, ambers_shop.secret_key)


@pytest.fixture
def strangers(chiaras_shop: cast.Shop) -> Api:
    """Chiara's program, which must see nothing of Amber's."""
    return Api(chiaras_shop, chiaras_shop.secret_key)


@pytest.fixture
def management(ambers_shop: cast.Shop) -> Api:
    """A management key of Amber's."""
    return key_of(ambers_shop, ApiKey.Kind.MANAGEMENT)
