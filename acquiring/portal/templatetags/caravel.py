"""Small parts every page is made of."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_datetime
from django import template
from django.template import Context
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext

from acquiring.core import clock
from acquiring.portal import frame
from merchants import roles

register = template.Library()


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


@register.filter
def role_title(role: str) -> str:
    """A role's name in words."""
    return gettext(roles.titles().get(role, role))


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
