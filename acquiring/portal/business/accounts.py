"""The bank accounts that money is paid out to, one for each currency.

Once the business takes payments, a change of its account asks who one is, and a second person where
the business says so; it is then saved in one piece, not while one types. The holder of a link
proves nothing, so may only read it then.
"""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from acquiring.core import ids
from acquiring.core.errors import Problem
from acquiring.portal.approvals import asking
from acquiring.portal.business import answers, choices, drawing, listed
from acquiring.portal.business.questions import Asking
from acquiring.portal.business.visits import MONEY, Visit
from acquiring.portal.business.words import refused
from acquiring.portal.frame import who_may
from acquiring.portal.security import again
from merchants.kyc import banks
from merchants.kyc.facts import Account
from merchants.onboarding import accounts, sealed

NEW = accounts.NEW


def add(request: HttpRequest, visit: Visit) -> HttpResponse:
    """One more, in a currency, with the business as its holder."""
    if not _may(visit):
        return redirect(visit.at("step", "accounts"))
    here = _likely(visit, request.POST.get("currency") or request.GET.get("currency", ""))
    if visit.decided:
        return _guarded(request, visit, here)
    if request.method != "POST":
        return redirect(visit.at("step", "accounts"))
    made = accounts.add(visit.application, visit.actor, _values(here))
    return redirect(visit.at("account", made.shown))


def show(request: HttpRequest, visit: Visit, shown: str) -> HttpResponse:
    """One of them, open among the others."""
    here = _find(visit, shown)
    if not visit.allowed:
        return visit.refuse(request)
    if visit.decided and _may(visit):
        return _guarded(request, visit, here)
    groups = visit.asking.groups("accounts", shown)
    if request.method != "POST" or not _may(visit):
        return _draw(request, visit, here, checked="check" in request.GET)
    if request.headers.get("HX-Request"):
        return drawing.autosave(request, visit, groups, "accounts", shown)
    saved = drawing.keep(visit, groups, request)
    if not saved.faults and not accounts.lacking(visit.asking.facts, shown):
        return redirect(visit.at("step", "accounts"))
    return _draw(request, visit, _find(visit, shown), saved, checked=True)


@require_POST
def remove(request: HttpRequest, visit: Visit, shown: str) -> HttpResponse:
    """Take one away."""
    here = _find(visit, shown)
    if not _may(visit):
        return redirect(visit.at("step", "accounts"))
    if not visit.decided:
        accounts.remove(visit.application, visit.actor, shown)
        return redirect(visit.at("step", "accounts"))
    if not again.is_fresh(request):
        return again.ask(request, gettext("Remove the bank account"))
    return _do(request, visit, here, {"verb": "remove", "account": shown})


def _guarded(request: HttpRequest, visit: Visit, here: Account) -> HttpResponse:
    """The account of an approved business: read and changed by who has just said who they are."""
    if not again.is_fresh(request):
        return again.ask(request, gettext("Save the bank account"))
    visit.asking = Asking(accounts.with_account(visit.asking.facts, here))
    if request.method != "POST" or "once" not in request.POST:
        return _draw(request, visit, here)
    groups = visit.asking.groups("accounts", here.id)
    read = answers.read(visit.asking, groups, request.POST)
    own = {path.split(".", 2)[2]: value for path, value in read.changes.items()}
    if here.id != NEW and not own and not read.faults:
        return redirect(visit.at("step", "accounts"))
    try:
        wanted = accounts.changed(here, own)
    except Problem as problem:
        faults = {**read.faults, problem.param or "accounts": refused(problem)}
        return _draw(request, visit, here, read._replace(faults=faults), checked=True)
    visit.asking = Asking(accounts.with_account(visit.asking.facts, wanted))
    if read.faults or accounts.lacking(visit.asking.facts, here.id):
        return _draw(request, visit, wanted, read, checked=True)
    if here.id == NEW:
        return _do(request, visit, wanted, {"verb": "add", "values": _values(wanted)})
    return _do(request, visit, wanted, {"verb": "change", "account": here.id, "values": own})


def _do(request: HttpRequest, visit: Visit, here: Account, deed: dict[str, Any]) -> HttpResponse:
    """Do it, or propose it where a second person decides."""
    desk = visit.desk
    assert desk is not None, "nobody else may"
    try:
        if asking.needed(desk, accounts.KIND):
            once = f"bank account:{request.POST.get('once') or ids.new()}"[:80]
            about = _about(here, deed["verb"])
            return asking.propose(
                request, desk, accounts.KIND, deed, about, once, visit.application.shown
            )
        perform(visit.application, visit.actor, deed)
    except Problem as problem:
        visit.forget()
        saved = answers.Answers({}, {"accounts": refused(problem)}, {})
        visit.asking = Asking(accounts.with_account(visit.asking.facts, here))
        return _draw(request, visit, here, saved, checked=True)
    return redirect(visit.at("step", "accounts"))


def perform(application: Any, actor: str, deed: Any, *, agreed: bool = False) -> str:
    """Do what was asked or proposed: add, change or remove an account. Raises Problem."""
    if deed["verb"] == "remove":
        accounts.remove(application, actor, deed["account"], fresh=True, agreed=agreed)
        return str(deed["account"])
    if deed["verb"] == "add":
        row = accounts.add(application, actor, deed["values"], fresh=True, agreed=agreed)
    else:
        shown, values = deed["account"], deed["values"]
        row = accounts.change(application, actor, shown, values, fresh=True, agreed=agreed)
    return row.shown


def _draw(
    request: HttpRequest,
    visit: Visit,
    here: Account,
    saved: answers.Answers | None = None,
    *,
    checked: bool = False,
) -> HttpResponse:
    faults, typed = (saved.faults, saved.typed) if saved else ({}, {})
    asked = [one for one in visit.asking.of_step("accounts") if f".{here.id}." in one.path]
    context = drawing.around(visit, "accounts") | {
        "opened": here,
        "groups": visit.asking.groups("accounts", here.id),
        "checked": checked,
        "faults": faults,
        "typed": typed,
        "mistakes": drawing.mistakes(visit, asked, checked, faults, gathered=False),
        "once": ids.new(),
        "second_person": _second_person(visit),
        "able_money": who_may(MONEY),
    }
    context |= listed.parts(visit, "accounts")
    return visit.draw(request, "accounts", context, 422 if saved else 200)


def _second_person(visit: Visit) -> bool:
    """Whether another one decides on what is done here."""
    return visit.decided and visit.desk is not None and asking.needed(visit.desk, accounts.KIND)


def _may(visit: Visit) -> bool:
    """Whether who is here may change accounts now."""
    return visit.editable and not visit.fixed


def _find(visit: Visit, shown: str) -> Account:
    found = next((one for one in visit.asking.facts.accounts if one.id == shown), None)
    if found is None:
        raise Http404("There is no such bank account in this application.")
    return found


def _likely(visit: Visit, currency: str) -> Account:
    """An account that is not there yet: in a currency that has none, held by the business."""
    said = visit.asking.facts
    taken = {one.currency for one in said.accounts}
    offered = [code for code, _ in choices.options_of_currency(said) if code not in taken]
    wanted = currency if currency in offered else offered[0]
    return Account(NEW, wanted, said.country, said.company.legal_name)


def _values(account: Account) -> dict[str, Any]:
    return {
        "currency": account.currency,
        "country": account.country,
        "holder": account.holder,
        "fields": dict(account.fields),
    }


def _about(account: Account, verb: str) -> dict[str, Any]:
    """What a second person reads of it: enough to know the account, not all of its number."""
    return {
        "verb": verb,
        "currency": account.currency,
        "country": account.country,
        "holder": account.holder,
        "last4": sealed.last4(account),
        "bank": banks.bank_name(account),
    }
