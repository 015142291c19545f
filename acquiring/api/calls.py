"""The API request log: each request of a known key is noted for its merchant's portal."""

from __future__ import annotations

from django.http import HttpRequest

from acquiring.core import context
from acquiring.core.errors import Problem
from acquiring.core.middleware import without_secret_parts
from merchants.calls import LARGEST_BODY_BYTES, Call, queue
from merchants.keys import KeyFacts

PRIVATE = "/v1/onboarding/"  # nearly every member of such a body is somebody's secret


def note(
    request: HttpRequest,
    caller: KeyFacts,
    version: str,
    status: int,
    problem: Problem | None,
    seconds: float,
) -> None:
    """Put a request that was answered into the queue of the log. Costs some microseconds."""
    match = request.resolver_match
    call = Call(
        caller.merchant_id,
        caller.key_id,
        context.request_id(),
        request.method or "",
        match.route if match else "",
        without_secret_parts(request.path, match),
        status,
        seconds,
        version,
        request.META.get("HTTP_IDEMPOTENCY_KEY", ""),
    )
    if problem is not None:
        call = call._replace(
            error_code=problem.code,
            param=problem.param or "",
            message=problem.message,
            body=b"" if request.path.startswith(PRIVATE) else _body(request),
        )
    queue.put(call)


def _body(request: HttpRequest) -> bytes:
    """What was read of the body; only as much of a huge one as tells that it was huge."""
    read: bytes = getattr(request, "_body", b"")
    return read[: LARGEST_BODY_BYTES + 1]
