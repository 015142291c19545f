"""The exchanges with providers as they were kept, scrubbed, and made readable."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

from acquiring.core import ids
from acquiring.payments.models import WireLog
from acquiring.portal import tables

LONGEST = 20_000  # characters of a body that are shown


class Exchange(NamedTuple):
    """One request with its reply, or a webhook that was heard."""

    at: datetime
    verb: str
    heard: bool
    attempt: str
    first: bool  # of its attempt, where links to the attempt lead
    line: str
    request: str
    status: int | None
    error: str
    response: str
    milliseconds: int


def exchanges(rows: list[WireLog]) -> list[Exchange]:
    """The rows, oldest first, as a person reads them."""
    seen: set[Any] = set()
    found = []
    for row in rows:
        first = row.attempt_id not in seen
        seen.add(row.attempt_id)
        found.append(_exchange(row, first))
    return found


def _exchange(row: WireLog, first: bool) -> Exchange:
    asked, got = row.request, row.response
    return Exchange(
        at=row.created_at,
        verb=tables.plain(row.verb),
        heard=row.direction == "heard",
        attempt=ids.show("att", row.attempt_id),
        first=first,
        line=f"{asked.get('method', '')} {asked.get('url', '')}",
        request=_message(asked),
        status=got.get("status"),
        error=str(got.get("error") or ""),
        response=_message(got) if got.get("status") else "",
        milliseconds=row.milliseconds,
    )


def _message(part: dict[str, Any]) -> str:
    """Headers, an empty line, and the body."""
    headers = [f"{name}: {value}" for name, value in (part.get("headers") or {}).items()]
    return "\n".join([*headers, "", _pretty(part.get("body") or "")]).strip()


def _pretty(body: Any) -> str:
    """JSON indented, a form one field a line, anything else as it is."""
    if not isinstance(body, str):
        return json.dumps(body, indent=2, ensure_ascii=False)[:LONGEST]
    text = body.strip()
    if text[:1] in "{[":
        try:
            return json.dumps(json.loads(text), indent=2, ensure_ascii=False)[:LONGEST]
        except ValueError:
            return text[:LONGEST]
    fields = parse_qsl(text) if "=" in text and "\n" not in text and "<" not in text else []
    return "\n".join(f"{name} = {value}" for name, value in fields)[:LONGEST] or text[:LONGEST]
