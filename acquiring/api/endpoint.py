"""An endpoint: a DRF view whose methods say in one line what they take, give and need.

`@operation(...)` is read twice: when a request is served (key, scope, query, body, idempotency key)
and when the API document is made, so the two cannot differ. DRF's own parsers, negotiation and
serializers are left out: a payment is created in less time than they take.
"""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter
from typing import Any, Generic, NamedTuple, TypeVar

import msgspec
import orjson
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from rest_framework.views import APIView

from acquiring.api import authentication, calls, errors, limits, reading
from acquiring.core import idempotency, shapes
from acquiring.core.errors import Problem
from acquiring.core.idempotency import Answer, Claim
from merchants.keys import KeyFacts

METHODS = ("GET", "POST", "PATCH", "DELETE")
Body = TypeVar("Body")
Query = TypeVar("Query")


class Nothing(msgspec.Struct, forbid_unknown_fields=True):
    """No members at all."""


class Operation(NamedTuple):
    """What one method of an endpoint promises.

    `scope` is what the key must hold, `publishable` whether a browser's key may do it, `serving`
    whether it is for merchants in good standing only. `problems` are its own error codes; those
    that every operation has are not repeated. `example` is a body that works in the sandbox.
    """

    summary: str
    scope: str
    answer: Any
    status: int = 200
    body: type[msgspec.Struct] | None = None
    query: type[msgspec.Struct] = Nothing
    problems: tuple[str, ...] = ()
    publishable: bool = False
    serving: bool = False
    example: dict[str, Any] | None = None
    upload: bool = False  # the body is a form with a `file`; its other fields are `body`


class Asked(NamedTuple, Generic[Body, Query]):
    """A request, read: who asks, for what, under which idempotency key."""

    caller: KeyFacts
    body: Body
    query: Query
    claim: Claim | None
    upload: reading.Upload | None = None

    @property
    def merchant_id(self):
        """Whose data this is about."""
        return self.caller.merchant_id


def operation(summary: str, scope: str, answer: Any, **more: Any) -> Callable[[Any], Any]:
    """Declare a method of an endpoint; see `Operation`."""
    declared = Operation(summary, scope, answer, **more)
    shapes.prepare(declared.query, declared.body or Nothing)

    def mark(method: Any) -> Any:
        method.operation = declared
        return method

    return mark


class Endpoint(APIView):
    """The base of every address under /v1. `tag` is the heading it has in the API document."""

    tag = ""

    def dispatch(self, request: HttpRequest, *args: Any, **path: Any) -> HttpResponseBase:
        """Serve one request; whatever goes wrong is answered in the one error form."""
        started = perf_counter()
        allowance = operation = caller = problem = None
        version = authentication.VERSION
        try:
            version = authentication.version_of(request)
            if request.method == "OPTIONS":
                return self._preflight(request)
            handler, operation = self._handler(request.method or "")
            caller = authentication.caller_of(request)
            allowance = limits.take(caller.key_id)
            authentication.check_scope(caller, operation.scope, operation.publishable)
            if operation.serving:
                authentication.check_served(caller)
            response = _answer(handler(_read(request, caller, operation), **path), operation)
        except Exception as error:
            problem = errors.problem_of(error)
            response = errors.answer(problem)
        response["Caravel-Version"] = version
        response["Cache-Control"] = "no-store"
        if allowance:
            allowance.tell(response)
        if operation and operation.publishable:
            response["Access-Control-Allow-Origin"] = "*"
        if caller:
            seconds = perf_counter() - started
            calls.note(request, caller, version, response.status_code, problem, seconds)
        return response

    @classmethod
    def operations(cls) -> dict[str, Operation]:
        """What the endpoint's methods promise, by HTTP method."""
        found = {}
        for name in METHODS:
            declared = getattr(getattr(cls, name.lower(), None), "operation", None)
            if declared:
                found[name] = declared
        return found

    def _handler(self, method: str) -> tuple[Callable[..., Any], Operation]:
        name = "GET" if method == "HEAD" else method
        handler = getattr(self, name.lower(), None) if name in METHODS else None
        declared = getattr(handler, "operation", None)
        if handler is None or declared is None:
            raise Problem("method_not_allowed", allow=", ".join(self.operations()))
        return handler, declared

    def _preflight(self, request: HttpRequest) -> HttpResponse:
        """What a browser asks before it calls from a merchant's page with a publishable key."""
        methods = [name for name, one in self.operations().items() if one.publishable]
        if not methods:
            raise Problem("method_not_allowed", allow=", ".join(self.operations()))
        response = HttpResponse(status=204)
        response["Access-Control-Allow-Origin"] = "*"
        response["Access-Control-Allow-Methods"] = ", ".join(methods)
        response["Access-Control-Allow-Headers"] = (
            "Authorization, Caravel-Version, Content-Type, Idempotency-Key"
        )
        response["Access-Control-Max-Age"] = "86400"
        return response


def once(asked: Asked, deed: Callable[[], tuple[int, Any]]) -> Answer:
    """Do a deed that is one database transaction, once per idempotency key."""
    return idempotency.once(asked.claim, deed)


def with_secret(answer: Answer, member: str, secrets: list[str]) -> Answer:
    """The answer with what is shown this once; a stored answer never holds it."""
    if not secrets:
        return answer
    return answer._replace(body=orjson.dumps({**orjson.loads(answer.body), member: secrets[0]}))


def _read(request: HttpRequest, caller: KeyFacts, operation: Operation) -> Asked:
    query = reading.query(request, operation.query)
    if request.method not in {"POST", "PATCH"}:
        return Asked(caller, None, query, None)
    upload = None
    if operation.upload:
        body, raw, upload = reading.form(request, operation.body or Nothing)
    else:
        body, raw = reading.body(request, operation.body or Nothing)
    key = request.META.get("HTTP_IDEMPOTENCY_KEY") if request.method == "POST" else None
    claim = None
    if key is not None:
        claim = idempotency.claim_of(caller.merchant_id, key, request.path, raw)
    return Asked(caller, body, query, claim, upload)


def _answer(result: Any, operation: Operation) -> HttpResponse:
    """A handler gives a JSON-able value, or a finished Answer."""
    if not isinstance(result, Answer):
        return HttpResponse(orjson.dumps(result), errors.JSON, operation.status)
    response = HttpResponse(result.body, errors.JSON, result.status)
    if result.replayed:
        response["Idempotent-Replayed"] = "true"
    return response
