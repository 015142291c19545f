"""What was typed into a step, as changes to the application, and what could not be read."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from django.http import QueryDict
from django.utils.translation import gettext

from acquiring.portal.business import facts_at
from acquiring.portal.business.questions import Asking, Group, Question
from merchants.kyc import industries

WORDS = "words"  # behind the path of a combobox: what was typed into it


class Answers(NamedTuple):
    """`changes` are new values by path; `faults` what to do about those that could not be read,
    `typed` how they were written.
    """

    changes: dict[str, Any]
    faults: dict[str, str]
    typed: dict[str, str]


def read(
    asking: Asking, groups: Iterable[Group], given: QueryDict, typing: bool = False
) -> Answers:
    """The answers of a form to the questions that it may have asked. What it does not name stays
    as it is, and so does a choice that is searched for while `typing`; what did not change is left
    out.
    """
    changes: dict[str, Any] = {}
    faults: dict[str, str] = {}
    typed: dict[str, str] = {}
    currency = _currency(asking, given)
    for one in (question for group in groups for question in group.questions):
        if one.path not in given and f"{one.path}:{WORDS}" not in given:
            continue
        try:
            value = _value(one, given, currency)
        except facts_at.NotThat as fault:
            if one.look == "combo" and typing:
                continue
            faults[one.path] = str(fault)
            typed[one.path] = given.get(f"{one.path}:{WORDS}") or given.get(one.path, "")
            continue
        known = facts_at.read(asking.facts, one.path)
        if one.look == "same":
            changes |= _other_address(asking, value) if value != known else {}
            continue
        if value != (bool(known) if one.look == "consent" else _plain(known)):
            changes[one.path] = value
    return Answers(changes, faults, typed)


def _value(one: Question, given: QueryDict, currency: str) -> Any:
    if one.look == "combo":
        return _industry(one, given)
    return facts_at.value(one.look, given.getlist(one.path), currency)


def _other_address(asking: Asking, same: bool) -> dict[str, Any]:
    """An address of work begins with its country, and goes as a whole."""
    if same:
        return {facts_at.OPERATING: None}
    return {f"{facts_at.OPERATING}.country": asking.facts.country}


def _industry(one: Question, given: QueryDict) -> str | None:
    """The code that was chosen from the list, or typed; words alone choose nothing."""
    code, words = given.get(one.path, ""), given.get(f"{one.path}:{WORDS}", "").strip()
    if code and (code != (one.value or "") or words.startswith(code)):
        return code
    if not words:
        return None
    if words[:4].isdigit() and industries.problem(words[:4]) is None:
        return words[:4]
    raise facts_at.NotThat(gettext("Choose a line of business from the list"))


def _currency(asking: Asking, given: QueryDict) -> str:
    path = "activity.currency"
    return given.get(path) or str(asking.question(path).value if path in asking.asked else "")


def _plain(value: Any) -> Any:
    """A value of the facts as a form would give it."""
    if isinstance(value, tuple):
        return list(value)
    if hasattr(value, "isoformat"):
        return value.isoformat()
    return value if value != "" else None
