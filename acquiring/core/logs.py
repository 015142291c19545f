"""Logs: one JSON object per line on standard output, whoever speaks, and nothing secret in them.

Django, Celery and granian log through the standard library; their lines get the same shape as
ours. Card numbers and secrets are masked in the finished line, so that it does not matter through
which field, message or traceback they came.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Mapping
from typing import Any

import orjson
import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

# A card number has 13 to 19 digits, perhaps grouped, and begins with 2 to 6.
CARD = re.compile(r"(?<!\d)[2-6](?:[ -]?\d){12,18}(?!\d)")
SECRET = re.compile(r"\b(?:(?:sk|rk|mk)_(?:test|live)_|whsec_)[A-Za-z0-9+/=_-]{6,}")
# A verification code or a password looks like nothing: it is known by the name of its field.
SECRET_FIELDS = frozenset(
    {"authorization", "cookie", "credentials", "cvc", "cvv", "number", "password", "pan", "secret"}
)
MASK = "[masked]"
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
    handler = logging.StreamHandler(sys.stdout)
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


def json_line(logger: WrappedLogger, name: str, event: EventDict) -> str:
    """The finished line, masked."""
    line = _json(_without_secret_fields(event))
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


def _json(event: Mapping[str, Any]) -> str:
    return orjson.dumps(event, default=repr, option=orjson.OPT_NON_STR_KEYS).decode()


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
    return MASK if _passes_luhn(found[0]) else found[0]


def _passes_luhn(text: str) -> bool:
    digits = [int(character) for character in reversed(text) if character.isdigit()]
    doubled = sum(sum(divmod(2 * digit, 10)) for digit in digits[1::2])
    return (sum(digits[::2]) + doubled) % 10 == 0
