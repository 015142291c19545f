"""Small parts of the checkout's pages."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from babel.dates import format_datetime, get_timezone
from django import template
from django.template import Context
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from acquiring import catalogue
from acquiring.checkout import formats, languages, logos
from acquiring.core import clock
from acquiring.core.money import Money

register = template.Library()


@register.simple_tag
def ico(name: str, size: str = "") -> SafeString:
    """An icon of the checkout's own sprite; `size` is "", "s" or "l". Always beside words."""
    classes = f"cv-ico cv-ico-{size}" if size else "cv-ico"
    address = f"{static('checkout/icons.svg')}#{name}"
    return format_html(
        '<svg class="{}" aria-hidden="true"><use href="{}"></use></svg>', classes, address
    )


@register.simple_tag
def wallet_mark(code: str) -> SafeString:
    """A wallet's mark, as it stands on its button; the button itself is named."""
    return format_html('<img src="{}" width="75" height="45" alt="">', logos.address(code))


@register.simple_tag
def amount(minor: int, currency: str) -> SafeString:
    """Minor units as the shopper writes money, kept together in right-to-left text."""
    return format_html('<bdi class="cv-num">{}</bdi>', formats.money(minor, currency))


@register.simple_tag
def amount_text(minor: int, currency: str) -> str:
    """The same without markup: for titles and labels."""
    return formats.money(minor, currency)


@register.simple_tag
def major(minor: int, currency: str) -> str:
    """Minor units as a bank's form takes them: "1790.00"."""
    return Money(minor, currency).major()


@register.simple_tag
def moment(at: datetime) -> SafeString:
    """A moment in UTC, named so; the page's script shows it in the shopper's own time."""
    locale = languages.babel(get_language() or "en")
    utc = get_timezone("UTC")
    shown = format_datetime(at, "medium", tzinfo=utc, locale=locale)
    return format_html('<time datetime="{}" data-co-when>{} UTC</time>', clock.rfc3339(at), shown)


@register.filter
def initials(name: object) -> str:
    """One or two letters that stand for a name."""
    words = str(name).split()
    letters = words[0][:1] + words[1][:1] if len(words) > 1 else str(name)[:2]
    return letters.upper()


@register.simple_tag(takes_context=True)
def in_language(context: Context, code: str) -> str:
    """This page's address in another language."""
    query = context["request"].GET.copy()
    query.pop("go", None)
    query[languages.PARAMETER] = code
    return f"?{query.urlencode()}"


@register.simple_tag
def country_name(code: str) -> str:
    """A country by its name in the page's language."""
    return languages.babel(get_language() or "en").territories.get(code, code)


@register.simple_tag
def tile(code: str, name: str = "") -> SafeString:
    """The logo of a method or card brand; without one the icon of the method's kind, or letters."""
    address = logos.address(code)
    if address:
        return format_html('<img class="cv-logo" src="{}" alt="" width="34" height="22">', address)
    method = catalogue.methods().get(code)
    inside = ico(catalogue.ICONS[method.kind], "s") if method else (name or code)[:2]
    return format_html('<span class="co-tile" aria-hidden="true">{}</span>', inside)


@register.simple_tag
def mistake(field: str, mistakes: Mapping[str, str], name: str) -> SafeString:
    """The line under a field that says what is wrong with it; hidden while nothing is."""
    said = mistakes.get(name, "")
    return format_html(
        '<p class="cv-err" id="{}-mistake"{}>{}<span>{}</span></p>',
        field,
        "" if said else mark_safe(" hidden"),
        ico("alert-circle", "s"),
        said,
    )


@register.filter
def at(mapping: Mapping[str, str], name: str) -> str:
    """The value of a mapping under a name that a template cannot write."""
    return mapping.get(name, "")
