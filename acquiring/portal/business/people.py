"""The people and companies behind the business: added, told about, taken away."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from acquiring.portal.business import drawing, listed
from acquiring.portal.business.visits import Visit
from merchants.kyc.facts import Party
from merchants.kyc.ownership import WHOLE
from merchants.onboarding import parties


@require_POST
def add(request: HttpRequest, visit: Visit) -> HttpResponse:
    """One more, with what is likely already said."""
    if not visit.editable:
        return redirect(visit.at("step", "people"))
    kind = "company" if request.POST.get("kind") == "company" else "person"
    made = parties.add(visit.application, visit.actor, _likely(visit, kind))
    return redirect(visit.at("person", made.shown))


def show(request: HttpRequest, visit: Visit, shown: str) -> HttpResponse:
    """One of them, open among the others."""
    here = _find(visit, shown)
    if not visit.allowed:
        return visit.refuse(request)
    groups = visit.asking.groups("people", shown)
    checked, faults, typed, status = "check" in request.GET, {}, {}, 200
    if request.method == "POST" and visit.editable:
        if request.headers.get("HX-Request"):
            return drawing.autosave(request, visit, groups, "people", shown)
        saved = drawing.keep(visit, groups, request)
        groups = visit.asking.groups("people", shown)
        faults, typed = saved.faults, saved.typed
        if not faults and not _open(visit, shown):
            return redirect(visit.at("step", "people"))
        checked, status = True, 422
    asked = [one for one in visit.asking.of_step("people") if f".{shown}." in one.path]
    context = drawing.around(visit, "people") | {
        "opened": here,
        "groups": groups,
        "checked": checked,
        "faults": faults,
        "typed": typed,
        "mistakes": drawing.mistakes(visit, asked, checked, faults, gathered=False),
    }
    return visit.draw(request, "people", context | listed.parts(visit, "people"), status)


@require_POST
def remove(request: HttpRequest, visit: Visit, shown: str) -> HttpResponse:
    """Take one away."""
    _find(visit, shown)
    if visit.editable:
        parties.remove(visit.application, visit.actor, shown)
    return redirect(visit.at("step", "people"))


def _find(visit: Visit, shown: str) -> Party:
    found = next((one for one in visit.asking.facts.people if one.id == shown), None)
    if found is None:
        raise Http404("There is no such person in this application.")
    return found


def _open(visit: Visit, shown: str) -> bool:
    asked = visit.asking.of_step("people")
    return any(one.status != "given" for one in asked if f".{shown}." in one.path)


def _likely(visit: Visit, kind: str) -> dict[str, Any]:
    """A sole trader is the business; else the first one is likely who fills this in."""
    facts = visit.asking.facts
    if kind == "company":
        return {"kind": kind, "roles": ["owner"]}
    if facts.people:
        return {"kind": kind, "roles": ["owner"]}
    entity = visit.asking.market.entities.get(facts.entity or "company")
    roles = list(entity.people) if entity else ["representative"]
    if facts.entity == "sole_trader":
        own = {"owner"} if entity and entity.owners else set()
        values: dict[str, Any] = {"roles": sorted({*roles, *own}), "name": facts.company.legal_name}
        return {"kind": kind, **values} | ({"share": WHOLE} if own else {})
    values = {"kind": kind, "roles": [role for role in roles if role != "owner"]}
    if visit.desk is not None:
        values |= {"name": visit.desk.user.name, "email": visit.desk.user.email}
    return values
