"""The one form of every error: type, code, message, param, doc_url and request_id."""

from __future__ import annotations

from typing import Any

import orjson
import structlog
from django.conf import settings
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import HttpResponse
from django.http.request import UnreadablePostError

from acquiring.core import context
from acquiring.core.errors import Problem

JSON = "application/json"
RETRY_AFTER_SECONDS = 2

log = structlog.get_logger(__name__)


def handle(error: Exception) -> HttpResponse:
    """The answer to whatever a request ran into; what is our own fault is logged."""
    return answer(problem_of(error))


def answer(problem: Problem) -> HttpResponse:
    """The answer that tells a problem."""
    response = HttpResponse(orjson.dumps(body(problem)), JSON, problem.status)
    if retry_after := problem.facts.get("retry_after"):
        response["Retry-After"] = str(retry_after)
    if allow := problem.facts.get("allow"):
        response["Allow"] = allow
    if problem.status == 401:
        response["WWW-Authenticate"] = 'Bearer realm="api"'
    return response


def body(problem: Problem) -> dict[str, Any]:
    """The error form of a problem."""
    return {
        "error": {
            "type": problem.type,
            "code": problem.code,
            "message": problem.message,
            "param": problem.param,
            "doc_url": f"{settings.BASE_URL}/docs/errors#{problem.code}",
            "request_id": context.request_id(),
        }
    }


def problem_of(error: Exception) -> Problem:
    """What a request ran into, as a problem; what is our own fault is logged."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, RequestDataTooBig):
        return Problem("body_too_large")
    if isinstance(error, UnreadablePostError | SuspiciousOperation):
        return Problem("invalid_body", "The request could not be read to its end.")
    if isinstance(error, OperationalError | InterfaceError):
        log.warning("database is away", error=type(error).__name__)
        return Problem("unavailable", retry_after=RETRY_AFTER_SECONDS)
    # The text of an unforeseen error may hold anything, so the log gets its place only.
    log.error("unforeseen", error=type(error).__name__, exc_info=error)
    return Problem("internal")
