"""The simulators' process: granian --interface wsgi acquiring.sandbox.wsgi:application.

It dispatches by itself and starts none of Django's applications: of Django it uses the database
connection and the templates, which keeps it small (a third of the web process).
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "acquiring.settings")

import structlog
from django.apps import apps
from django.conf import settings
from django.db import DatabaseError

from acquiring.core import logs
from acquiring.sandbox import background, control, listening, onboarding, pages
from acquiring.sandbox.book import leave_dead_connection
from acquiring.sandbox.engine import Simulator, simulators
from acquiring.sandbox.wire import MAX_BODY_BYTES, Answer, Malformed, Refuse, Request

log = structlog.get_logger(__name__)


def application(environ: dict[str, Any], start_response: Callable) -> Iterable[bytes]:
    """One call: read it, find whose it is, answer."""
    leave_dead_connection()
    answer = _dispatch(_request(environ))
    content = answer.content()
    names = {name.lower() for name in answer.headers}
    headers = [(name, value) for name, value in answer.headers.items()]
    if "content-type" not in names:
        headers.append(("Content-Type", answer.content_type()))
    headers.append(("Content-Length", str(len(content))))
    phrase = HTTPStatus(answer.status).phrase
    start_response(f"{answer.status} {phrase}", headers)
    return [content]


def _request(environ: dict[str, Any]) -> Request:
    headers = {
        name[5:].replace("_", "-").lower(): value
        for name, value in environ.items()
        if name.startswith("HTTP_")
    }
    for name in ("CONTENT_TYPE", "CONTENT_LENGTH"):
        if environ.get(name):
            headers[name.replace("_", "-").lower()] = environ[name]
    path = environ["PATH_INFO"].encode("latin-1").decode("utf-8", "replace")
    return Request(
        method=environ["REQUEST_METHOD"],
        path=path,
        headers=headers,
        query_string=environ.get("QUERY_STRING", ""),
        body=environ["wsgi.input"].read(MAX_BODY_BYTES + 1),
        host=headers.get("host", ""),
    )


def _dispatch(request: Request) -> Answer:
    if len(request.body) > MAX_BODY_BYTES:
        return Answer(413, {"message": "The body is larger than 1 MiB."})
    mount, _, rest = request.path.lstrip("/").partition("/")
    simulator = simulators().get(mount)
    if simulator:
        request.path = f"/{rest}"
        return _overheard(simulator, request)
    try:
        if mount == "_control":
            request.path = f"/{rest}"
            return control.serve(request)
        if mount == "onboarding":
            request.path = f"/{rest}"
            return onboarding.serve(request)
        return pages.serve(request)
    except Refuse as refused:
        return refused.answer
    except Malformed as malformed:
        return Answer(400, {"message": str(malformed)})
    except DatabaseError as error:
        log.warning("sandbox_database_away", error=str(error))
        return Answer(503, {"message": "The simulators' database is away."})
    except Exception:
        log.exception("sandbox_failed", path=request.path)
        return Answer(500, {"message": "The sandbox failed; its log says why."})


def _overheard(simulator: Simulator, request: Request) -> Answer:
    """A provider's answer, kept for the console."""
    started = time.monotonic()
    answer = simulator.serve(request)
    took = int((time.monotonic() - started) * 1000)
    line, bodies = (request.method, request.path), (request.body, answer.content())
    listening.note(simulator.name, request.caller, line, answer.status, bodies, took)
    return answer


apps.populate(())  # none of Django's applications: the database layer asks whether they are ready
logs.configure(settings.LOGGING)
background.start()
