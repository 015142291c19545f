"""The API document (OpenAPI 3.1), made of what the endpoints declare and the structs say.

drf-spectacular finds the endpoints; what an operation takes, gives and refuses comes from its
`Operation`, and the components from the structs that requests are read with.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import msgspec
from django.conf import settings
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.openapi import AutoSchema

from acquiring.api import authentication
from acquiring.api.endpoint import Endpoint, Nothing, Operation
from acquiring.api.lists import Page
from acquiring.api.v1.answers import shared as answers
from acquiring.core.errors import problems

REFERENCE = "#/components/schemas/{name}"
EVERYWHERE = (
    "unauthenticated",
    "unknown_key",
    "insufficient_scope",
    "unknown_version",
    "unknown_field",
    "invalid_field",
    "rate_limited",
    "internal",
    "unavailable",
)
WITH_BODY = (
    "invalid_body",
    "missing_field",
    "unsupported_media_type",
    "body_too_large",
    "not_found",
    "invalid_idempotency_key",
    "idempotency_in_progress",
    "idempotency_mismatch",
)
HEADERS = {
    "X-Request-Id": "Names this request in our logs and in the error form.",
    "Caravel-Version": "The version of the API that answered.",
    "RateLimit-Limit": "Requests per second this key may make.",
    "RateLimit-Remaining": "Requests left at this moment.",
    "RateLimit-Reset": "Seconds until all of them are there again.",
}


class OperationSchema(AutoSchema):
    """Reads an endpoint's `Operation` instead of guessing from serializers."""

    def get_operation(
        self, path: str, path_regex: str, path_prefix: str, method: str, registry: Any
    ) -> dict[str, Any] | None:
        """One operation of the document."""
        endpoint = type(self.view)
        if not issubclass(endpoint, Endpoint):
            return None
        declared = endpoint.operations().get(method)
        if declared is None:
            return None
        handler = getattr(endpoint, method.lower())
        described: dict[str, Any] = {
            "operationId": _operation_id(path, method),
            "summary": declared.summary,
            "description": _description(handler.__doc__ or "", declared),
            "tags": [endpoint.tag],
            "security": [{"key": []}],
            "parameters": _parameters(path, method, declared),
            "responses": _responses(path, method, declared),
        }
        if method in {"POST", "PATCH"}:
            described["requestBody"] = _request_body(declared)
        return described


@cache
def document() -> dict[str, Any]:
    """The whole document."""
    from acquiring.api.v1 import urls

    generator = SchemaGenerator(patterns=urls.endpoints)
    paths = generator.parse(None, public=True)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Caravel API",
            "version": authentication.VERSION,
            "description": (
                "Amounts are integers of minor units. Times are RFC 3339 in UTC. Unknown members"
                " are refused by name. Every POST takes an Idempotency-Key."
            ),
        },
        "servers": [{"url": f"{settings.BASE_URL}/v1"}],
        "tags": [
            {"name": tag} for tag in dict.fromkeys(one.tag for one in urls.ENDPOINTS.values())
        ],
        "paths": {f"/{path.lstrip('/')}": item for path, item in paths.items()},
        "components": {
            "schemas": _components(),
            "securitySchemes": {
                "key": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "An API key: sk_test_…, sk_live_…, rk_…, pk_… or mk_…",
                }
            },
        },
    }


def declared() -> list[tuple[str, str, Operation]]:
    """Every operation as (method, path, Operation)."""
    from acquiring.api.v1 import urls

    found = []
    for pattern in urls.endpoints:
        endpoint = pattern.callback.cls  # type: ignore[attr-defined]
        for method, one in endpoint.operations().items():
            found.append((method, f"/{pattern.pattern}", one))
    return found


def problems_of(path: str, method: str, declared: Operation) -> list[str]:
    """The error codes an operation can answer with."""
    codes = {*EVERYWHERE, *declared.problems}
    if method in {"POST", "PATCH"}:
        codes.update(WITH_BODY)
    if "{" in path:
        codes.add("not_found")
    if issubclass(declared.query, Page):
        codes.update(("invalid_cursor", "not_found"))
    if declared.serving:
        codes.add("merchant_not_approved")
    return sorted(codes)


def _request_body(declared: Operation) -> dict[str, Any]:
    body = declared.body or Nothing
    required = any(field.required for field in msgspec.structs.fields(body))
    if declared.upload:
        return {"content": {"multipart/form-data": {"schema": _form(body)}}, "required": True}
    content = {"application/json": {"schema": _schema(body)}}
    if declared.example:
        content["application/json"]["example"] = declared.example
    return {"content": content, "required": required}


def _form(body: type[msgspec.Struct]) -> dict[str, Any]:
    """The fields of a form, and its file."""
    schema = dict(_components()[body.__name__])
    words = "JPEG, PNG, HEIC or PDF, at most 8 MB."
    file = {"type": "string", "format": "binary", "description": words}
    schema["properties"] = {**schema["properties"], "file": file}
    schema["required"] = [*schema.get("required", ()), "file"]
    return schema


def _operation_id(path: str, method: str) -> str:
    words = [word.strip("{}") for word in path.strip("/").split("/")]
    return "_".join([method.lower(), *words])


def _description(text: str, declared: Operation) -> str:
    words = " ".join(text.split())
    return f"{words}\n\nScope: `{declared.scope}`.".strip()


def _parameters(path: str, method: str, declared: Operation) -> list[dict[str, Any]]:
    inside = [
        {"name": word[1:-1], "in": "path", "required": True, "schema": {"type": "string"}}
        for word in path.split("/")
        if word.startswith("{")
    ]
    if method == "POST":
        key = {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[ -~]+$"}
        words = "The same key and body is the same deed and the same answer, for 72 hours."
        header = {"name": "Idempotency-Key", "in": "header", "description": words, "schema": key}
        return [*inside, header]
    return inside + [_query_parameter(one) for one in msgspec.structs.fields(declared.query)]


def _query_parameter(field: msgspec.structs.FieldInfo) -> dict[str, Any]:
    schema = _schema(field.type)
    if "anyOf" in schema:  # absent is how a query says null
        (schema,) = [one for one in schema["anyOf"] if one != {"type": "null"}]
    described = {"name": field.encode_name, "in": "query", "schema": schema}
    if "description" in schema:
        described["description"] = schema.pop("description")
    return described


def _responses(path: str, method: str, declared: Operation) -> dict[str, Any]:
    answer = {"application/json": {"schema": _schema(declared.answer)}}
    headers = {
        name: {"description": words, "schema": {"type": "string"}}
        for name, words in HEADERS.items()
    }
    found = {str(declared.status): {"description": "Done.", "content": answer, "headers": headers}}
    by_status: dict[int, list[str]] = {}
    for code in problems_of(path, method, declared):
        by_status.setdefault(problems()[code]["status"], []).append(code)
    failure = {"application/json": {"schema": {"$ref": REFERENCE.format(name="Failure")}}}
    for status, codes in sorted(by_status.items()):
        lines = [f"- `{code}`: {problems()[code]['message']}" for code in codes]
        found[str(status)] = {"description": "\n".join(lines), "content": failure}
    return found


@cache
def _structs() -> tuple[Any, ...]:
    """Every struct that stands in a body or an answer."""
    found: list[Any] = [answers.Failure, Nothing]
    for _, _, one in declared():
        found += [one.answer, *([one.body] if one.body else [])]
    return tuple(dict.fromkeys(found))


@cache
def _described() -> tuple[dict[Any, Any], dict[str, Any]]:
    schemas, components = msgspec.json.schema_components(_structs(), ref_template=REFERENCE)
    return dict(zip(_structs(), schemas, strict=True)), components


def _schema(shape: Any) -> dict[str, Any]:
    known = _described()[0].get(shape)
    if known is not None:
        return dict(known)
    (schema,), _ = msgspec.json.schema_components([shape], ref_template=REFERENCE)
    return _without_defaults(dict(schema))


def _components() -> dict[str, Any]:
    return _without_defaults(_described()[1])


def _without_defaults(schema: Any) -> Any:
    """Without `default: ""`: it stands for "not given", and sending it may break a pattern."""
    if isinstance(schema, dict):
        return {
            name: _without_defaults(one)
            for name, one in schema.items()
            if not (name == "default" and one in ("", None, {}, []))
        }
    if isinstance(schema, list):
        return [_without_defaults(one) for one in schema]
    return schema
