"""Stripe's error envelope: `{"error": {"type", "code", "message", "param", …}}`.

Source: docs.stripe.com/api/errors and /error-codes.
"""

from __future__ import annotations

from typing import Any

from acquiring.sandbox.wire import Answer

DOCS = "https://docs.stripe.com/error-codes"


def error(
    status: int, kind: str, message: str, code: str = "", param: str = "", **more: Any
) -> Answer:
    """An error as Stripe answers it; members without a value are left out."""
    members = {"code": code, "message": message, "param": param, "type": kind, **more}
    if code:
        members["doc_url"] = f"{DOCS}/{code.replace('_', '-')}"
    return Answer(status, {"error": {name: one for name, one in members.items() if one}})


def invalid(
    message: str, code: str = "", param: str = "", status: int = 400, **more: Any
) -> Answer:
    """The caller's mistake."""
    return error(status, "invalid_request_error", message, code, param, **more)
