"""What answers where there is no endpoint."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from acquiring.api import errors
from acquiring.api.endpoint import Endpoint
from acquiring.core.errors import Problem


class UnknownRoute(Endpoint):
    """Every other address that programs may try."""

    schema = None

    def dispatch(self, request: HttpRequest, *args: Any, **path: Any) -> HttpResponseBase:
        """The one error form, whatever the method."""
        return errors.handle(Problem("unknown_route", f"There is no {request.path[:200]}."))
