"""Which events an endpoint wants: "*", "payment.*" or "payment.captured"."""

from __future__ import annotations

import re
import uuid
from collections.abc import Sequence

from acquiring.core import ids
from acquiring.core.errors import Problem

EVERYTHING = "*"
PATTERN = re.compile(r"\*|[a-z][a-z_]*(?:\.[a-z][a-z_]*)*\.(?:\*|[a-z][a-z_]*)")
MOST = 50
# Goes to the endpoint it is about and to no other, whatever anyone's filter says.
TEST = "webhook_endpoint.test"


def check(types: object) -> list[str]:
    """The patterns without repetitions; raises Problem for one that is none."""
    if not isinstance(types, Sequence) or isinstance(types, str) or not 1 <= len(types) <= MOST:
        raise Problem("invalid_field", f"types is a list of 1 to {MOST} patterns.", "types")
    for index, pattern in enumerate(types):
        if not isinstance(pattern, str) or not PATTERN.fullmatch(pattern):
            rule = 'A type is "*", "payment.*" or "payment.captured".'
            raise Problem("invalid_field", rule, f"types[{index}]")
    return list(dict.fromkeys(types))


def wants(endpoint_id: uuid.UUID, patterns: Sequence[str], type: str, subject: str) -> bool:
    """Whether an endpoint with these patterns is told about an event."""
    if type == TEST:
        return subject == ids.show("we", endpoint_id)
    return any(_matches(pattern, type) for pattern in patterns)


def _matches(pattern: str, type: str) -> bool:
    if pattern.endswith("*"):
        return type.startswith(pattern[:-1])
    return type == pattern
