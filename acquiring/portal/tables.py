"""What the tables of declines, problems and providers say, in the reader's language.

The tables are written in English, as the API speaks it. Their words for people stand in
`templates/locale/tables`; tests keep the two complete.
"""

from __future__ import annotations

from django.utils.translation import gettext

from acquiring import catalogue
from acquiring.core.errors import Problem, problems


def plain(code: str) -> str:
    """A code inside a sentence: `do_not_honor` is "do not honor"."""
    words = code.replace("_", " ")
    shown = gettext(words.capitalize()) if words else ""
    return words if shown == words.capitalize() else shown


def reason(code: str) -> str:
    """Why a payment was not paid: `insufficient_funds` is "Insufficient funds"."""
    return gettext(code.replace("_", " ").capitalize()) if code else gettext("No reason given")


def advice(code: str) -> str:
    """What the decline table advises; nothing for a code it does not have."""
    known = catalogue.declines().get(code)
    return gettext(known.advice) if known else ""


def provider(name: str) -> str:
    """A provider by the name it gives itself."""
    known = catalogue.providers().get(name)
    return known.title if known else name


def refusal(problem: Problem) -> str:
    """A problem as a page says it: its own words, or in another language those of its code."""
    shown = gettext(problem.message)
    return shown if shown != problem.message else _of_code(problem)


def repair(code: str) -> str:
    """What the problem table advises; nothing for a code it does not have."""
    words = problems().get(code, {}).get("advice", "")
    return gettext(words) if words else ""


def _of_code(problem: Problem) -> str:
    """English keeps the whole sentence; where the code's own is translated, that one is said."""
    usual = problems()[problem.code]["message"]
    shown = gettext(usual)
    return problem.message if shown == usual else shown
