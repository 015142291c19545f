"""Programs go straight to their endpoint.

Sessions, cookies, languages, forms and pages concern people. For a program they are half the work
of a request and one more way to be answered in HTML, so its requests pass them by: in the web
process before Django's handler (`Application`), in any other handler, the tests' client for one,
before its middleware (`Programs`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any, cast

from django.conf import settings
from django.core.handlers.exception import convert_exception_to_response
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.db import close_old_connections
from django.http import HttpRequest, HttpResponse
from django.urls import ResolverMatch, resolve

from acquiring.core.middleware import RequestContext

DOORS = ("/v1/", "/hooks/")
URLS = "acquiring.api.urls"


def serve(request: HttpRequest) -> HttpResponse:
    """Answer a request that came to one of DOORS."""
    match = _lead(request.path_info)
    request.resolver_match = match
    response: HttpResponse = match.func(request, *match.args, **match.kwargs)
    response["X-Content-Type-Options"] = "nosniff"
    response.headers.setdefault("Content-Length", str(len(response.content)))
    if settings.SECURE_HSTS_SECONDS:
        response["Strict-Transport-Security"] = f"max-age={settings.SECURE_HSTS_SECONDS}"
    return response


@lru_cache(maxsize=1024)  # most requests go to the same few addresses
def _lead(path: str) -> ResolverMatch:
    return resolve(path, URLS)


class Programs:
    """The middleware: serves what lies behind DOORS, and hands everything else on."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        at_door = request.path_info.startswith(DOORS)
        return serve(request) if at_door else self.get_response(request)


class Application(WSGIHandler):
    """Django's handler with the doors of programs beside it.

    At these nothing listens to Django's request signals; the one receiver that matters, the care
    of the database connection, is called by name.
    """

    def __init__(self) -> None:
        super().__init__()
        self._programs = convert_exception_to_response(RequestContext(serve))

    def __call__(self, environ: dict[str, Any], start_response: Callable) -> Iterable[bytes]:  # type: ignore[override]
        if not environ["PATH_INFO"].startswith(DOORS):
            return super().__call__(environ, start_response)
        close_old_connections()
        response = cast(HttpResponse, self._programs(WSGIRequest(environ)))
        status = f"{response.status_code} {response.reason_phrase}"
        start_response(status, list(response.items()))
        return (response.content,)
