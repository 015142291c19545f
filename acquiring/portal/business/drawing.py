"""A step as a page: its questions, the rail, what is wrong; and what was typed into it, saved."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext, ngettext

from acquiring.core.errors import Problem
from acquiring.portal.business import answers, listed, steps
from acquiring.portal.business.questions import Group
from acquiring.portal.business.visits import Visit
from acquiring.portal.business.words import refused, say
from merchants.kyc.requirements import Requirement, Step
from merchants.onboarding import queries

FORMS = ("company", "activity", "send")  # steps that are one form


class Mistake(NamedTuple):
    """A line of the summary: what to do, and where."""

    words: str
    address: str


def keep(visit: Visit, groups: Sequence[Group], request: HttpRequest) -> answers.Answers:
    """Save what was typed. What could not be read, or is refused, comes back as faults."""
    typing = "HX-Request" in request.headers
    read = answers.read(visit.asking, groups, request.POST, typing)
    changes, faults = dict(read.changes), dict(read.faults)
    while changes:
        try:
            visit.tell(changes)
            break
        except Problem as problem:
            if problem.param not in changes:
                raise
            faults[problem.param] = refused(problem)
            del changes[problem.param]
    return read._replace(changes=changes, faults=faults)


def autosave(
    request: HttpRequest, visit: Visit, groups: list[Group], step: Step, of: str = ""
) -> HttpResponse:
    """What was typed a moment ago: saved, and said. The form itself is sent anew only when an
    answer makes other questions out of it.
    """
    before = _shape(groups)
    saved = keep(visit, groups, request)
    after = visit.asking.groups(step, of)
    context = {
        **around(visit, step),
        "groups": after,
        "faults": saved.faults,
        "typed": saved.typed,
        "of": of,
        "visit": visit,
        "application": visit.application,
        "other": before != _shape(after),
        "part": True,
    }
    response = render(request, "portal/business/saved.html", context)
    if context["other"]:
        response["HX-Retarget"], response["HX-Reswap"] = "#questions", "outerHTML"
    return response


def leave(
    request: HttpRequest, visit: Visit, step: Step, saved: answers.Answers | None = None
) -> HttpResponse:
    """On to the next step, once nothing is open in this one."""
    faults = saved.faults if saved else {}
    if faults or any(one.status != "given" for one in visit.asking.of_step(step)):
        typed = saved.typed if saved else {}
        return draw(request, visit, step, checked=True, faults=faults, typed=typed, status=422)
    return redirect(visit.at("step", steps.after(step)))


def draw(
    request: HttpRequest,
    visit: Visit,
    step: Step,
    *,
    checked: bool = False,
    all_steps: bool = False,
    faults: dict[str, str] | None = None,
    typed: dict[str, str] | None = None,
    status: int = 200,
) -> HttpResponse:
    """A step as a page; `checked` says what is missing too."""
    asked = list(visit.asking.asked.values()) if all_steps else visit.asking.of_step(step)
    context = around(visit, step) | {
        "checked": checked,
        "faults": faults or {},
        "typed": typed or {},
        "mistakes": mistakes(visit, asked, checked, faults or {}),
    }
    if step in FORMS:
        context["groups"] = visit.asking.groups(step)
    page = "form" if step in ("company", "activity") else step
    return visit.draw(request, page, context | listed.parts(visit, step), status)


def around(visit: Visit, step: Step) -> dict[str, Any]:
    """What stands around every step: the rail, the time left, why it is asked."""
    every = steps.stages(visit.asking)
    progress = queries.progress(visit.application, visit.asking.facts)
    back = steps.before(step)
    return {
        "stages": every,
        "stage": next(one for one in every if one.key == step),
        "steps_count": len(every),
        "percent": progress.percent,
        "minutes": progress.minutes_left,
        "market": visit.asking.market,
        "reasons": steps.reasons(visit.asking, step),
        "back": visit.at("step", back) if back else visit.at("begin"),
    }


def mistakes(
    visit: Visit,
    asked: Sequence[Requirement],
    checked: bool,
    faults: dict[str, str],
    gathered: bool = True,
) -> list[Mistake]:
    """The summary: what is wrong, and with `checked` what is missing. What is open about one
    person or account is one line, where it is `gathered`.
    """
    found = [Mistake(words, f"#{_id(path)}") for path, words in faults.items() if words]
    names = {one.id: one.name for one in visit.asking.facts.people}
    parts = Counter(_part(one) for one in asked if one.status != "given") if gathered else Counter()
    for one in asked:
        untold = one.path == "people" and not names  # nobody said anything wrong yet
        if one.path in faults or one.status == "given" or (untold and not checked):
            continue
        if gathered and _part(one):
            if count := parts.pop(_part(one), 0):
                found.append(_of_part(visit, one, names.get(_part(one), ""), count))
        elif one.status == "wrong":
            named = one.problem if one.kind == "person" else f"{say(one.title)}: {say(one.problem)}"
            found.append(Mistake(say(named), address_of(visit, one)))
        elif checked:
            words = gettext("%(title)s is still missing") % {"title": say(one.title)}
            found.append(Mistake(words, address_of(visit, one)))
    return found


def address_of(visit: Visit, one: Requirement) -> str:
    """Where a piece is told."""
    names = one.path.split(".")
    fragment = f"#{_id(one.path)}"
    if names[0] == "people" and len(names) > 2:
        return visit.at("person", names[1]) + "?check=1" + fragment
    if names[0] == "accounts" and len(names) > 2:
        return visit.at("account", names[1]) + "?check=1" + fragment
    return visit.at("step", one.step) + "?check=1" + fragment


def _part(one: Requirement) -> str:
    """The person or account that a piece is about, if any."""
    names = one.path.split(".")
    return names[1] if names[0] in {"people", "accounts"} and len(names) > 2 else ""


def _of_part(visit: Visit, one: Requirement, name: str, count: int) -> Mistake:
    facts = {"name": name or gettext("Bank account"), "count": count}
    words = ngettext(
        "%(name)s: %(count)s answer is open", "%(name)s: %(count)s answers are open", count
    )
    return Mistake(words % facts, address_of(visit, one))


def _shape(groups: Sequence[Group]) -> list[str]:
    """What makes a form another one: its questions, and what follows from an answer."""
    return [
        f"{one.path} {one.optional} {one.warning}" for group in groups for one in group.questions
    ]


def _id(path: str) -> str:
    return "q-" + path.replace(".", "-")
