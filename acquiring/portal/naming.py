"""What methods and card brands are called in the portal: in the reader's language where known."""

from __future__ import annotations

from django.utils.translation import get_language, to_locale

from acquiring import catalogue
from acquiring.catalogue.records import Named


def method(code: str) -> str:
    """A payment method's name; the code itself where the catalogue does not have it."""
    known = catalogue.methods().get(code)
    return of(known) if known else code


def card(brand: str, last4: str) -> str:
    """A card by its brand and last four digits: "Visa ·· 4242"."""
    known = catalogue.brands().get(brand)
    return f"{of(known) if known else brand} ·· {last4}"


def of(row: Named) -> str:
    """The name of a row of the catalogue."""
    return row.named(to_locale(get_language() or "en"))
