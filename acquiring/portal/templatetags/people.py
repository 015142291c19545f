"""Small parts of the pages about people."""

from __future__ import annotations

from django import template

register = template.Library()


@register.filter
def in_fours(text: str) -> str:
    """A secret as people type it: `ABCD EFGH …`."""
    return _grouped(text, 4)


@register.filter
def in_fives(text: str) -> str:
    """A code as people type it: `12345 67890`."""
    return _grouped(text, 5)


def _grouped(text: str, size: int) -> str:
    return " ".join(text[at : at + size] for at in range(0, len(text), size))
