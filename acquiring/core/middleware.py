"""What every request gets: an id, one line in the log and a place in the metrics."""

from __future__ import annotations

import re
from collections.abc import Callable
from time import perf_counter

import structlog
from django.http import HttpRequest, HttpResponse
from django.urls import ResolverMatch

from acquiring.core import context, ids, logs, metrics

# What a caller may choose as its request id: it ends up in our log and in the answer.
SANE = re.compile(r"[A-Za-z0-9._:-]{8,80}")
UNROUTED = "unrouted"
# Parts of a path that open something to whoever knows them; they stay out of the log.
SECRET_PARTS = ("hook_token", "key", "secret", "token")


class RequestContext:
    """The outermost middleware. It costs some tens of microseconds, on every request."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        started = perf_counter()
        given = request.META.get("HTTP_X_REQUEST_ID", "")  # request.headers parses them all
        request_id = given if SANE.fullmatch(given) else f"req_{ids.new().hex}"
        context.begin(request_id, request.META.get("REMOTE_ADDR", ""))
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        response = self.get_response(request)
        response["X-Request-Id"] = request_id
        self._tell(request, response.status_code, perf_counter() - started)
        return response

    def _tell(self, request: HttpRequest, status: int, seconds: float) -> None:
        match = request.resolver_match
        # The route, never the path: ids would make a time series each.
        route = match.view_name or match.route if match else UNROUTED
        metrics.request(route, request.method or "", status, seconds)
        logs.access(
            method=request.method,
            path=without_secret_parts(request.path, match),
            status=status,
            ms=round(seconds * 1000, 1),
        )


def without_secret_parts(path: str, match: ResolverMatch | None) -> str:
    """The path, without the query and without what a reader of the log could use."""
    if match is not None and match.kwargs:
        for name in SECRET_PARTS:
            secret = match.kwargs.get(name)
            if secret:
                path = path.replace(str(secret), "…")
    return path
