"""Small parts every page is made of."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from zoneinfo import ZoneInfo

import orjson
from babel import Locale, UnknownLocaleError
from babel.dates import format_datetime
from django import template
from django.conf import settings
from django.template import Context
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext

from acquiring import catalogue
from acquiring.catalogue.records import Named
from acquiring.core import clock
from acquiring.core.money import Money
from acquiring.portal import frame, naming, status, tables
from merchants import roles
from merchants.models import Invitation, Membership
from merchants.queries import Desk

register = template.Library()

FILES = settings.BASE_DIR / "templates" / "static"


@register.simple_tag
def icon(name: str, size: str = "") -> SafeString:
    """An icon of `icons.svg`; `size` is "" (18 px), "s" or "l". Always beside words."""
    classes = f"cv-ico cv-ico-{size}" if size else "cv-ico"
    address = f"{static('icons.svg')}#{name}"
    return format_html(
        '<svg class="{}" aria-hidden="true"><use href="{}"></use></svg>', classes, address
    )


@register.simple_tag
def when(moment: datetime, zone: str = "UTC") -> SafeString:
    """A moment in a person's zone and language, the exact one in UTC behind it."""
    local = moment.astimezone(ZoneInfo(zone))
    pattern = "d MMM HH:mm" if local.year == clock.now().year else "d MMM y HH:mm"
    locale = babel_locale()
    if locale.language == "zh":
        pattern = "M月d日 HH:mm" if local.year == clock.now().year else "y年M月d日 HH:mm"
    shown = format_datetime(local, pattern, locale=locale)
    exact = clock.rfc3339(moment)
    return format_html('<time datetime="{}" title="{} · {}">{}</time>', exact, exact, zone, shown)


@register.simple_tag(takes_context=True)
def place(context: Context, name: str, *parts: object) -> str:
    """The address of a page of the workspace: `{% place "payment" shown %}`."""
    return frame.place(context["desk"], name, *parts)


@register.simple_tag
def money(amount: int, currency: str, signed: bool = False) -> SafeString:
    """A sum of minor units as people read it here: tabular figures, the code small behind it."""
    sign = "\u2212" if amount < 0 else "+" if signed and amount else ""
    major = Money(abs(amount), currency).major()
    whole, point, cents = major.partition(".")
    shown = f"{sign}{int(whole):,}{point}{cents}"
    return format_html('<bdi class="cv-money">{}<span>{}</span></bdi>', shown, currency)


@register.simple_tag
def state(value: str, kind: str = "payment") -> SafeString:
    """A state as its chip: icon, word and tone."""
    look = status.look(kind, value)
    return format_html(
        '<span class="cv-chip" data-tone="{}">{}{}</span>', look.tone, icon(look.icon), look.word
    )


@register.simple_tag
def shown_id(value: str) -> SafeString:
    """An id, shortened in the middle, that copies the whole."""
    short = value if len(value) <= 14 else f"{value[:8]}…{value[-4:]}"
    return format_html(
        '<button class="cv-id" type="button" data-cv-copy="{}" title="{}">'
        '<span class="cv-vh">{} </span><span data-said="{}">{}</span>{}</button>',
        value,
        value,
        gettext("Copy"),
        gettext("Copied"),
        short,
        icon("copy"),
    )


@register.simple_tag
def brand(code: str, title: str = "") -> SafeString:
    """The logo of a method, card brand or provider.

    Where we have none: the icon of the method's kind, two letters for what is no method.
    """
    for name in (code, code.replace("_", "")):
        if name in _files("brands"):
            address = static(f"brands/{name}.svg")
            return format_html('<img class="cv-logo" src="{}" alt="">', address)
    method = catalogue.methods().get(code)
    letters = initials((title or code).replace("_", " "))
    inside = icon(catalogue.ICONS[method.kind], "s") if method else letters
    return format_html('<span class="cv-tile" aria-hidden="true">{}</span>', inside)


@register.simple_tag
def flag(country: str) -> SafeString:
    """A country's flag, nothing where there is none; always beside words."""
    code = country.lower()
    if code not in _files("flags"):
        return SafeString("")
    return format_html('<img class="cv-flag" src="{}" alt="">', static(f"flags/{code}.svg"))


@cache
def _files(folder: str) -> frozenset[str]:
    return frozenset(one.stem for one in (FILES / folder).glob("*.svg"))


@register.filter
def pretty(value: object) -> str:
    """A value as indented JSON, for people who read JSON."""
    return orjson.dumps(value, default=str, option=orjson.OPT_INDENT_2).decode()


@register.filter
def role_title(row: Desk | Membership | Invitation) -> str:
    """The name of somebody's role in the page's language; a business's own says its own."""
    return gettext(row.role_title) if row.role in roles.titles() else row.role_title


@register.filter
def plain(code: str) -> str:
    """A code as words, `requested_by_customer`; what a person wrote stays as it is."""
    return tables.plain(code) if "_" in code and " " not in code else code


@register.filter
def named(method: Named) -> str:
    """A method's name in the page's language."""
    return naming.of(method)


@register.filter
def country(code: str) -> str:
    """A country's name in the page's language, the code where it has none."""
    return babel_locale().territories.get(code, code)


@register.filter
def initials(name: object) -> str:
    """One or two letters that stand for a name: of its first two words, or of its only one."""
    words = str(name).split()
    letters = words[0][:1] + words[1][:1] if len(words) > 1 else str(name)[:2]
    return letters.upper()


def babel_locale() -> Locale:
    """The page's language as Babel knows it."""
    language = get_language() or "en"
    try:
        return Locale.parse(language.replace("-", "_"), sep="_")
    except (UnknownLocaleError, ValueError):
        return Locale.parse("en")
