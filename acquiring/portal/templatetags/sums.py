"""Amounts and states in rows."""

from __future__ import annotations

from decimal import Decimal

from babel.numbers import format_decimal
from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from acquiring import catalogue
from acquiring.core.money import Money, exponent
from acquiring.payments.models import Payment
from acquiring.portal.templatetags.caravel import babel_locale

register = template.Library()


@register.simple_tag
def money(amount: int, currency: str) -> SafeString:
    """Minor units as `1,249.00 EUR`, in the page's language."""
    places = exponent(currency)
    pattern = f"#,##0.{'0' * places}" if places else "#,##0"
    figures = format_decimal(Decimal(Money(amount, currency).major()), pattern, babel_locale())
    said = figures.replace("-", "\u2212")
    return format_html('<bdi class="cv-money">{}<span>{}</span></bdi>', said, currency)


@register.filter
def paid_with(payment: Payment) -> str:
    """How a payment was paid: `Visa ·· 4242`, `iDEAL`."""
    card = payment.method_details.get("card")
    if card:
        brand = catalogue.brands().get(card["brand"])
        return f"{brand.name if brand else card['brand']} ·· {card['last4']}"
    known = catalogue.methods().get(payment.method)
    return known.name if known else payment.method
