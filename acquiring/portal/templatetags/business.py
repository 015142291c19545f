"""Parts of the business details: addresses of the visit, questions, what is wrong with them."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import template
from django.template import Context
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from acquiring.portal.business import facts_at, words
from acquiring.portal.business.questions import Question
from merchants.kyc import industries

register = template.Library()

TYPES = {"date": "date", "phone": "tel", "email": "email", "url": "url"}
OFFERED = 8  # industries offered to whoever typed words that are no line of business


@register.simple_tag(takes_context=True)
def at(context: Context, page: str = "", *parts: Any) -> str:
    """The address of a page of this application, at the desk or by a link."""
    return context["visit"].at(page, *parts)


@register.simple_tag(takes_context=True)
def question(context: Context, one: Question) -> SafeString:
    """A question with its field, its hint and what is wrong with the answer."""
    typed = context.get("typed") or {}
    shown = typed.get(one.path) or facts_at.typed(one.value, one.look, one.unit)
    around = {
        "one": one,
        "title": words.say(str(one.title)),
        "hint": _hint(one),
        "shown": shown,
        "chosen": _chosen(one),
        "type": TYPES.get(one.look, "text"),
        "fault": _fault(context, one),
        "visit": context["visit"],
    }
    if one.look == "combo" and one.path in (context.get("faults") or {}):
        around["offers"] = industries.search(typed.get(one.path, ""), OFFERED)
        around["one"] = one._replace(label=typed.get(one.path, ""))
    return SafeString(render_to_string("portal/business/question.html", around))


@register.simple_tag(takes_context=True)
def fault(context: Context, one: Question) -> SafeString:
    """What is wrong with an answer, to be put beside its field."""
    around = {"id": one.id, "fault": _fault(context, one), "part": True}
    return SafeString(render_to_string("portal/business/fault.html", around))


@register.simple_tag(takes_context=True)
def saved_at(context: Context, moment: datetime) -> str:
    """The hour and minute in the reader's zone."""
    visit = context["visit"]
    text = moment.astimezone(ZoneInfo(visit.zone)).strftime("%H:%M")
    return text if visit.desk else f"{text} UTC"


@register.filter
def said(text: str) -> str:
    """A text of the market's data in the reader's language."""
    return words.say(text)


@register.filter
def named(line: industries.Industry) -> str:
    """What the reader calls a line of business."""
    return words.line(line)


@register.filter
def of(table: dict[str, str], name: str) -> str:
    """A row of a table, "" where there is none."""
    return table.get(name, "")


def _hint(one: Question) -> str:
    """Where the number stands, and what it looks like."""
    hint = words.say(one.hint)
    if not one.example or one.example in hint:
        return hint
    such = gettext("Such as %(example)s.") % {"example": one.example}
    space = "" if hint.endswith("。") else " "
    return f"{hint}{space}{such}".strip()


def _chosen(one: Question) -> tuple[str, ...]:
    """The values that are ticked, as the form names them."""
    if one.look == "yes_no":
        return ("yes",) if one.value is True else ("no",) if one.value is False else ()
    return tuple(one.value) if isinstance(one.value, tuple) else (str(one.value or ""),)


def _fault(context: Context, one: Question) -> str:
    faults = context.get("faults") or {}
    if one.path in faults:
        return faults[one.path]
    if one.status == "wrong":
        return words.say(one.problem)
    if one.status == "due" and context.get("checked"):
        return gettext("This is still missing")
    return ""
