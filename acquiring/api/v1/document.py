"""`/v1/openapi.json`: what this API is, for programs."""

from __future__ import annotations

from functools import cache
from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from acquiring.api import errors, openapi
from acquiring.api.endpoint import Endpoint
from acquiring.core.errors import Problem


class OpenApi(Endpoint):
    """The OpenAPI 3.1 document; needs no key."""

    schema = None

    def dispatch(self, request: HttpRequest, *args: Any, **path: Any) -> HttpResponseBase:
        """The same bytes for everyone."""
        if request.method not in ("GET", "HEAD"):
            return errors.handle(Problem("method_not_allowed", allow="GET"))
        response = HttpResponse(_bytes(), errors.JSON)
        response["Access-Control-Allow-Origin"] = "*"
        response["Cache-Control"] = "public, max-age=300"
        return response


@cache
def _bytes() -> bytes:
    return orjson.dumps(openapi.document())
