"""Parts of the overview, the balances and the ledger."""

from __future__ import annotations

from datetime import date

from django import template

from acquiring.portal.overview import words

register = template.Library()


@register.filter
def hexadecimal(value: bytes | memoryview) -> str:
    """Bytes as hexadecimal digits."""
    return bytes(value).hex()


@register.filter
def day(value: date) -> str:
    """A day without its year."""
    return words.day(value)
