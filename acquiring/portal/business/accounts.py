"""The bank accounts that money is paid out to, one for each currency.

Once the business takes payments, a change of its account asks for the password and is saved in one
piece: not while one types.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from allauth.account.internal.flows.reauthentication import is_reauthentication_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from acquiring.core.errors import Problem
from acquiring.portal import tables
from acquiring.portal.business import answers, choices, drawing, listed
from acquiring.portal.business.visits import Visit
from merchants.kyc.facts import Account
from merchants.onboarding import accounts


@require_POST
def add(request: HttpRequest, visit: Visit) -> HttpResponse:
    """One more, in a currency, with the business as its holder."""
    if not visit.editable:
        return redirect(visit.at("step", "accounts"))
    if again := _password(request, visit):
        return again
    facts = visit.asking.facts
    taken = {one.currency for one in facts.accounts}
    offered = [code for code, _ in choices.options_of_currency(facts) if code not in taken]
    wanted = request.POST.get("currency", "")
    values = {
        "currency": wanted if wanted in offered else offered[0],
        "country": facts.country,
        "holder": facts.company.legal_name,
    }
    fresh = _fresh(request, visit)
    made = accounts.add(visit.application, visit.actor, values, fresh=fresh)
    return redirect(visit.at("account", made.shown))


def show(request: HttpRequest, visit: Visit, shown: str) -> HttpResponse:
    """One of them, open among the others."""
    here = _find(visit, shown)
    if visit.decided and visit.editable and (again := _password(request, visit)):
        return again
    groups = visit.asking.groups("accounts", shown)
    checked, faults, typed, status = "check" in request.GET, {}, {}, 200
    if request.method == "POST" and visit.editable:
        if request.headers.get("HX-Request"):
            return drawing.autosave(request, visit, groups, "accounts", shown)
        shown, saved = _keep(request, visit, shown, groups)
        groups, here = visit.asking.groups("accounts", shown), _find(visit, shown)
        faults, typed = saved.faults, saved.typed
        asked = [one for one in visit.asking.of_step("accounts") if f".{shown}." in one.path]
        if not faults and all(one.status == "given" for one in asked):
            return redirect(visit.at("step", "accounts"))
        checked, status = True, 422
    asked = [one for one in visit.asking.of_step("accounts") if f".{shown}." in one.path]
    context = drawing.around(visit, "accounts") | {
        "opened": here,
        "groups": groups,
        "checked": checked,
        "faults": faults,
        "typed": typed,
        "mistakes": drawing.mistakes(visit, asked, checked, faults, gathered=False),
    }
    return visit.draw(request, "accounts", context | listed.parts(visit, "accounts"), status)


@require_POST
def remove(request: HttpRequest, visit: Visit, shown: str) -> HttpResponse:
    """Take one away."""
    _find(visit, shown)
    if again := _password(request, visit):
        return again
    if visit.editable:
        fresh = _fresh(request, visit)
        accounts.remove(visit.application, visit.actor, shown, fresh=fresh)
    return redirect(visit.at("step", "accounts"))


def _keep(
    request: HttpRequest, visit: Visit, shown: str, groups: list[Any]
) -> tuple[str, answers.Answers]:
    """Save an account in one piece; once the business is approved it becomes another one."""
    read = answers.read(visit.asking, groups, request.POST)
    own = {path.split(".", 2)[2]: value for path, value in read.changes.items()}
    if not own:
        return shown, read
    try:
        fresh = _fresh(request, visit)
        row = accounts.change(visit.application, visit.actor, shown, own, fresh=fresh)
    except Problem as problem:
        return shown, read._replace(faults={**read.faults, "accounts": tables.refusal(problem)})
    visit.forget()
    return row.shown, read


def _find(visit: Visit, shown: str) -> Account:
    found = next((one for one in visit.asking.facts.accounts if one.id == shown), None)
    if found is None:
        raise Http404("There is no such bank account in this application.")
    return found


def _fresh(request: HttpRequest, visit: Visit) -> bool:
    """Whether who asks has just proved who they are; the holder of a link never has."""
    return visit.desk is not None and not is_reauthentication_required(request, app="")


def _password(request: HttpRequest, visit: Visit) -> HttpResponse | None:
    """The way to the password, where an approved business's account is changed and it is needed."""
    if visit.desk is None or not visit.decided or _fresh(request, visit):
        return None
    back = request.path if request.method == "GET" else visit.at("step", "accounts")
    return redirect(f"{reverse('account_reauthenticate')}?{urlencode({'next': back})}")
