"""`manage.py wire`: the exact request a provider would get, and what its answer would mean."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from acquiring.api import rehearsal
from acquiring.connectors.driver import Reply
from acquiring.core.errors import Problem


class Command(BaseCommand):
    """Nothing is sent: the driver is asked, and its call is printed."""

    requires_system_checks = ()
    help = "Print the request that Caravel would send to a provider, and read a reply to it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--provider", required=True, help="a driver's name: adyen")
        parser.add_argument("--method", required=True, help="a payment method's code: ideal")
        parser.add_argument(
            "--verb",
            default="authorize",
            choices=["authorize", "resume", "capture", "void", "refund", "inquire"],
        )
        parser.add_argument(
            "--json",
            type=Path,
            metavar="FILE",
            help="a body of POST /v1/payments with `credentials`; later verbs take provider_ref,"
            " operation_ref, returned and kept besides",
        )
        parser.add_argument("--base", default="", help="another base URL than the live one")
        parser.add_argument(
            "--reply",
            type=Path,
            metavar="FILE",
            help='what came back: {"status": 200, "headers": {}, "body": {}}, or the body alone',
        )
        parser.add_argument("--raw", action="store_true", help="mask nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        """The request on standard output, then what the reply means."""
        try:
            facts = _json(options["json"]) if options["json"] else None
            found = rehearsal.rehearse(
                options["provider"],
                options["method"],
                options["verb"],
                rehearsal.Facts.of(facts) if facts is not None else None,
                options["base"],
            )
        except Problem as problem:
            raise CommandError(f"{problem.param or 'facts'}: {problem.message}") from problem
        self._show(found.shown(options["raw"]))
        if options["reply"]:
            self.stdout.write("")
            understood = found.understood(_reply(_json(options["reply"])))
            self.stdout.write(json.dumps(understood, indent=2, default=str, ensure_ascii=False))

    def _show(self, request: dict[str, Any]) -> None:
        self.stdout.write(f"{request['method']} {request['url']}")
        for name, value in request["headers"].items():
            self.stdout.write(f"{name}: {value}")
        if request["body"]:
            self.stdout.write("")
            self.stdout.write(request["body"])


def _json(path: Path) -> Any:
    try:
        return json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise CommandError(f"{path}: {error.strerror}") from error
    except ValueError as error:
        raise CommandError(f"{path} is not JSON: {error}") from error


def _reply(told: Any) -> Reply:
    """A reply as its file tells it."""
    whole = isinstance(told, dict) and isinstance(told.get("status"), int) and "body" in told
    status, headers, body = (
        (told["status"], told.get("headers", {}), told["body"]) if whole else (200, {}, told)
    )
    text = body if isinstance(body, str) else json.dumps(body)
    lowered = {name.lower(): value for name, value in headers.items()}
    return Reply(status, lowered, body if isinstance(body, dict) else {}, text)
