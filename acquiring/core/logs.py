"""Logs: one JSON object per line on standard output, whoever speaks, and nothing secret in them.

Django, Celery and granian log through the standard library; their lines get the same shape as
ours. Card numbers and secrets are masked in the finished line, so that it does not matter through
which field, message or traceback they came.
"""

from __future__ import annotations

import logging
import re
import sys
import threading
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import orjson
import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from acquiring.core import context

# A card number has 13 to 19 digits, perhaps grouped, and begins with 2 to 6.
CARD = re.compile(r"(?<!\d)[2-6](?:[ -]?\d){12,18}(?!\d)")
OUR_ID = re.compile(r"\b[a-z]{2,4}_[0-9a-f]{32}\b")
SECRET = re.compile(r"\b(?:(?:sk|rk|mk)_(?:test|live)_|whsec_)[A-Za-z0-9+/=_-]{6,}")
# A verification code or a password looks like nothing: it is known by the name of its field.
SECRET_FIELDS = frozenset(
    {"authorization", "cookie", "credentials", "cvc", "cvv", "number", "password", "pan", "secret"}
)
MASK = "[masked]"
LINGER_SECONDS = 0.2  # how long the lines about requests may wait for each other
# Libraries that tell each step; a task that only looks is worth no line, several times a second.
CHATTY = (
    *("amqp", "asyncio", "axes.apps", "kombu", "urllib3"),
    *("celery.app.trace", "celery.beat", "celery.worker.strategy"),
)


def configure(options: Mapping[str, Any]) -> None:
    """Set up logging for this process; `options` is settings.LOGGING: level, and console or not."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(options["level"]),
        cache_logger_on_first_use=True,
    )
    handler = Handler(sys.stdout)
    handler.for_people = bool(options.get("console"))
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *shared],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                console if options.get("console") else json_line,
            ],
        )
    )
    logging.root.handlers = [handler]
    logging.root.setLevel(options["level"])
    for name in list(logging.root.manager.loggerDict):
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate, logger.disabled = [], True, False
    # Our own access line says it already, with the request id.
    for name in ("django.request", "django.server", "granian.access"):
        logging.getLogger(name).setLevel(logging.ERROR)
    for name in CHATTY:
        logging.getLogger(name).setLevel(logging.WARNING)


class Handler(logging.StreamHandler):
    """Writes lines. Those about requests, one on each, it may keep for a moment: a write for
    every one of them would cost more than making it."""

    for_people = False
    _kept = False

    def request(self, event: EventDict) -> None:
        """Write the line within LINGER_SECONDS, or together with the next of another kind."""
        line = f"{_line(event)}\n"
        self.acquire()
        try:
            self.stream.write(line)
            begins, self._kept = not self._kept, True
        finally:
            self.release()
        if begins:
            threading.Thread(target=self._flush_soon, name="log-flush", daemon=True).start()

    def _flush_soon(self) -> None:
        time.sleep(LINGER_SECONDS)
        self._kept = False  # before the flush: a line too many is flushed, never one too few
        self.flush()


def access(**facts: Any) -> None:
    """The line about a request that was answered, made without structlog's chain of steps."""
    handler = logging.root.handlers[0] if logging.root.handlers else None
    if not isinstance(handler, Handler) or handler.for_people:
        _accesses.info("request", **facts)
    elif logging.root.isEnabledFor(logging.INFO):
        handler.request(
            facts
            | {
                "event": "request",
                "request_id": context.request_id(),
                "level": "info",
                "timestamp": datetime.now(UTC),
            }
        )


_accesses = structlog.get_logger("acquiring.access")


def json_line(logger: WrappedLogger, name: str, event: EventDict) -> str:
    """The finished line, masked."""
    return _line(_without_secret_fields(event))


def _line(event: Mapping[str, Any]) -> str:
    line = _json(event)
    if CARD.search(line) or SECRET.search(line):
        return _json(_masked(event))
    return line


def console(logger: WrappedLogger, name: str, event: EventDict) -> str:
    """The same for a person's eyes."""
    return str(_console(logger, name, _masked(_without_secret_fields(event))))


def masked(text: str) -> str:
    """The text without card numbers and secrets."""
    return SECRET.sub(MASK, CARD.sub(_masked_card, text))


_console = structlog.dev.ConsoleRenderer(colors=False)


_STYLE = orjson.OPT_NON_STR_KEYS | orjson.OPT_UTC_Z


def _json(event: Mapping[str, Any]) -> str:
    return orjson.dumps(event, default=repr, option=_STYLE).decode()


def _without_secret_fields(value: Any) -> Any:
    """Mask by the names of fields, as deep as mappings go."""
    if not isinstance(value, Mapping):
        return value
    return {
        key: MASK if str(key).lower() in SECRET_FIELDS else _without_secret_fields(inner)
        for key, inner in value.items()
    }


def _masked(value: Any) -> Any:
    """Mask by looks, whatever the value is."""
    if isinstance(value, str):
        return masked(value)
    if isinstance(value, Mapping):
        return {
            masked(str(key)): MASK if str(key).lower() in SECRET_FIELDS else _masked(inner)
            for key, inner in value.items()
        }
    if isinstance(value, list | tuple | set):
        return [_masked(inner) for inner in value]
    if value is None or isinstance(value, bool):
        return value
    text = masked(str(value))
    return value if text == str(value) else text


def _masked_card(found: re.Match[str]) -> str:
    return MASK if _passes_luhn(found[0]) and not _in_an_id(found) else found[0]


def _in_an_id(found: re.Match[str]) -> bool:
    """Whether the digits stand in one of our own ids, which hold as many in a row by chance."""
    ids = OUR_ID.finditer(found.string)
    return any(one.start() < found.start() and found.end() <= one.end() for one in ids)


def _passes_luhn(text: str) -> bool:
    digits = [int(character) for character in reversed(text) if character.isdigit()]
    doubled = sum(sum(divmod(2 * digit, 10)) for digit in digits[1::2])
    return (sum(digits[::2]) + doubled) % 10 == 0
