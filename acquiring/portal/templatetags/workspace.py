"""Small parts of the developers' room and the settings."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django import template
from django.template import Context
from django.urls import NoReverseMatch
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from acquiring.core import ids
from acquiring.portal import frame
from acquiring.portal.templatetags.caravel import babel_locale, when
from merchants.queries import Desk

register = template.Library()


@register.simple_tag(takes_context=True)
def place_or_none(context: Context, name: str, *parts: object) -> str:
    """The address of a page that may not exist, "" then."""
    try:
        return frame.place(context["desk"], name, *parts)
    except NoReverseMatch:
        return ""


@register.simple_tag
def milliseconds(count: int) -> str:
    """A length of time: `184 ms`, `30.0 s`."""
    if count < 10_000:
        return f"{count} ms"
    tenths = (count + 50) // 100
    return f"{tenths // 10}.{tenths % 10} s"


@register.simple_tag
def said(text: str) -> str:
    """A text of our data tables in the reader's language."""
    return gettext(text)


@register.filter
def without_place(error: str) -> str:
    """A connection's error without the object of the library that it came through."""
    return error.partition("): ")[2] or error


@register.filter
def moment_in(moment: datetime, zone: str) -> SafeString:
    """`{% when %}` as a filter."""
    return when(moment, zone)


@register.filter
def any_of(numbers: Iterable[int]) -> bool:
    """Whether one of some numbers is not zero."""
    return any(numbers)


@register.filter
def may_do(desk: Desk, permission: str) -> bool:
    """Whether the person's role holds a permission."""
    return desk.may(permission)


@register.filter
def outside(value: UUID, prefix: str) -> str:
    """The outside form of an id: `{{ payment.id|outside:"pay" }}`."""
    return ids.show(prefix, value)


@register.filter
def shortened(shown: str) -> str:
    """An outside id with its middle left out: `pay_019a…82b6`."""
    head, _, tail = shown.partition("_")
    return f"{head}_{tail[:4]}…{tail[-4:]}" if len(tail) > 9 else shown


@register.filter
def country_name(code: str) -> str:
    """A country by its name in the page's language."""
    return str(babel_locale().territories.get(code, code))
