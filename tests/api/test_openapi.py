"""The document says what the API does: read by a machine that tries to catch it lying."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core import signals
from django.db import close_old_connections
from django.test import Client
from hypothesis import HealthCheck, settings
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    ignored_auth,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from acquiring.api import openapi, programs
from acquiring.connectors.driver import Outcome
from acquiring.core.errors import problems
from acquiring.payments import wire
from acquiring.wsgi import application
from merchants import accounts
from tests import cast
from tests.api.conftest import key_of

EXAMPLES = 12
CHECKS = [
    schemathesis.checks.not_a_server_error,
    content_type_conformance,
    ignored_auth,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
]
# Only for management keys, which hold no other scope.
MANAGED = "/api_keys"


schema = schemathesis.openapi.from_wsgi("/v1/openapi.json", application)


@pytest.fixture
def unhindered(monkeypatch: pytest.MonkeyPatch, settings: Any) -> Iterator[None]:
    """An API that may be asked without end, a provider that always says yes, simulators that follow
    any clock, and a test's own transaction, which the end of a request must not end."""
    settings.RATE_LIMIT_PER_SECOND = 0
    monkeypatch.setattr(accounts, "tell_sandbox_the_time", lambda *_: None)
    monkeypatch.setattr(wire, "perform", lambda *_, **__: wire.Exchange(Outcome("captured")))
    monkeypatch.setattr(programs, "close_old_connections", lambda: None)
    ends = (signals.request_started, signals.request_finished)
    for signal in ends:
        signal.disconnect(close_old_connections)
    yield
    for signal in ends:
        signal.connect(close_old_connections)


@pytest.mark.django_db
@schema.parametrize()
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
def test_the_api_does_what_its_document_says(
    case: Any, keys: dict[str, str], unhindered: None
) -> None:
    key = keys["management" if case.path.startswith(MANAGED) else "secret"]
    case.call_and_validate(headers={"Authorization": f"Bearer {key}"}, checks=CHECKS)


@pytest.fixture
def keys(db: None) -> dict[str, str]:
    """Amber's keys, of both kinds."""
    shop = cast.connected(cast.shop(cast.person("Amber"), "Amber Lamps"))
    return {"secret": shop.secret_key, "management": key_of(shop, "management").key}


def test_the_document_is_openapi_and_needs_no_key():
    answer = Client(SERVER_NAME="127.0.0.1").get("/v1/openapi.json")
    served = json.loads(answer.content)
    assert served["openapi"] == "3.1.0"
    assert served == json.loads(json.dumps(openapi.document()))
    schemathesis.openapi.from_dict(served).validate()


def test_every_error_code_is_documented_where_it_can_happen():
    documented = {
        code
        for method, path, declared in openapi.declared()
        for code in openapi.problems_of(path.replace("<", "{"), method, declared)
    }
    # What can come before, or instead of, an operation of this document.
    elsewhere = {
        "terms_exceeded",
        "unknown_route",
        "method_not_allowed",
        "bad_signature",
        "forbidden",
    }
    assert documented | elsewhere == set(problems())


def test_every_operation_is_named_once_and_explained():
    served = openapi.document()
    operations = [one for item in served["paths"].values() for one in item.values()]
    names = [one["operationId"] for one in operations]
    assert len(names) == len(set(names)) == len(openapi.declared())
    assert all(one["summary"] and one["description"] for one in operations)
