"""What a waiting page needs to know beyond the next action itself, by its type."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from acquiring.payments.records import Book


def present(action: dict[str, Any], book: Book, request: HttpRequest) -> dict[str, Any]:
    """The context of `templates/checkout/flows/<type>.html`."""
    return {}
