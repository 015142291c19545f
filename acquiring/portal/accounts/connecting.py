"""Credentials: asked for, tried out at the provider, and only then kept. None is shown again."""

from __future__ import annotations

from typing import NamedTuple

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from acquiring import catalogue
from acquiring.connectors import registry
from acquiring.connectors.driver import Driver
from acquiring.core import ids
from acquiring.core.errors import Problem
from acquiring.portal import tables
from acquiring.portal.accounts import forms, words
from acquiring.portal.accounts.views import CHANGE
from acquiring.portal.developers import once
from acquiring.portal.frame import draw, page, place
from acquiring.portal.security.again import freshly_authenticated, in_live
from merchants import accounts, joining, queries
from merchants.accounts import SandboxAway
from merchants.models import ProviderAccount
from merchants.queries import Desk
from merchants.services import user_actor

# Live credentials open real money: the question comes before the form, so that nobody types them
# in vain.
password_first = freshly_authenticated(when=in_live, reading=True, what=_("Connect a provider"))


class Offer(NamedTuple):
    """A provider that an account can be added at."""

    name: str
    title: str
    methods: int
    joined: int


@page(CHANGE)
def choose(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Every provider there is a driver for."""
    term = request.GET.get("q", "").strip()[:60]
    rows = list(queries.account_rows(desk.tenant.id)[: joining.MOST_ACCOUNTS])
    joined = [row.provider for row in rows]
    offers = [
        Offer(name, driver.title, _methods(name), joined.count(name))
        for name, driver in registry.drivers().items()
        if term.casefold() in driver.title.casefold() or term in name
    ]
    offers.sort(key=lambda one: one.title.casefold())
    return draw(request, desk, "portal/account_create.html", {"offers": offers, "term": term})


@password_first
@page(CHANGE)
def connect(request: HttpRequest, desk: Desk, provider: str) -> HttpResponse:
    """The form of a provider's credentials; they are tried out before they are kept."""
    driver = _driver(provider)
    form = forms.Credentials(request.POST or None, driver=driver, initial={"once": ids.new()})
    if request.method != "POST" or not form.is_valid():
        return _form(request, desk, form)
    key = str(form.cleaned_data["once"])
    verdict = _verdict(request, desk, form, form.given())
    if verdict is not None:
        return _form(request, desk, form, verdict)
    if not once.first_time(request, key):
        return redirect(place(desk, "accounts"))
    try:
        title, actor = form.cleaned_data["title"].strip(), user_actor(desk.user)
        row = joining.join(desk.tenant, provider, form.whole(), actor, title)
    except Problem as problem:
        once.forget(request, key)
        form.refuse(problem)
        return _form(request, desk, form)
    messages.success(request, gettext("%(name)s is connected") % {"name": row.title})
    return redirect(place(desk, "account", ids.show("acc", row.id)))


@require_POST
@page(CHANGE)
def sandbox(request: HttpRequest, desk: Desk, provider: str) -> HttpResponse:
    """An account at the provider's simulator, at one press."""
    driver = _driver(provider)
    try:
        row = joining.join_sandbox(desk.tenant, provider, user_actor(desk.user))
    except SandboxAway:
        messages.error(request, gettext("The sandbox does not answer. Nothing was made."))
        return redirect(place(desk, "account_connect", provider))
    except Problem as problem:
        messages.error(request, tables.refusal(problem))
        return redirect(place(desk, "account_connect", provider))
    messages.success(request, gettext("%(name)s is connected") % {"name": driver.title})
    return redirect(place(desk, "account", ids.show("acc", row.id)))


@password_first
@page(CHANGE)
def replace(request: HttpRequest, desk: Desk, shown: str) -> HttpResponse:
    """New credentials for an account; a field that is left empty keeps what is there."""
    row = joining.row(desk.tenant.id, shown)
    driver = _driver(row.provider)
    initial = {"once": ids.new()}
    form = forms.Credentials(request.POST or None, driver=driver, kept=True, initial=initial)
    if request.method != "POST" or not form.is_valid():
        return _form(request, desk, form, row=row)
    verdict = _verdict(request, desk, form, joining.whole(row, form.given()))
    if verdict is not None:
        return _form(request, desk, form, verdict, row)
    if form.given():
        joining.replace(row, form.given(), user_actor(desk.user))
        messages.success(request, gettext("The new credentials are used from now on"))
    return redirect(place(desk, "account", shown))


@require_POST
@page(CHANGE)
def check(request: HttpRequest, desk: Desk, shown: str) -> HttpResponse:
    """Ask the provider again whether it knows the credentials that are kept."""
    row = joining.row(desk.tenant.id, shown)
    verdict = joining.check(desk.tenant, row.provider, joining.whole(row, {}))
    say = {"good": messages.success, "refused": messages.error, "unknown": messages.warning}
    say[verdict](request, words.verdict(verdict))
    return redirect(place(desk, "account", shown))


@require_POST
@page(CHANGE)
def webhook(request: HttpRequest, desk: Desk, shown: str) -> HttpResponse:
    """Tell the provider our webhook address."""
    row = joining.row(desk.tenant.id, shown)
    if joining.register_webhook(row, user_actor(desk.user)):
        messages.success(request, gettext("The provider knows the webhook address now"))
    else:
        said = gettext("The provider did not take the address. Enter it in its dashboard.")
        messages.error(request, said)
    return redirect(place(desk, "account", shown))


def _verdict(
    request: HttpRequest, desk: Desk, form: forms.Credentials, credentials: dict[str, str]
) -> str | None:
    """Why the credentials are not kept: "refused", or "unknown" unless that is taken on."""
    verdict = joining.check(desk.tenant, form.driver.name, credentials)
    if verdict == "good" or (verdict == "unknown" and request.POST.get("anyway") == "1"):
        return None
    if verdict == "refused":
        form.add_error(None, words.verdict("refused"))
    return verdict


def _form(
    request: HttpRequest,
    desk: Desk,
    form: forms.Credentials,
    verdict: str = "",
    row: ProviderAccount | None = None,
) -> HttpResponse:
    driver = form.driver
    context = {
        "form": form,
        "driver": driver,
        "fields": [field for field in form.visible_fields() if field.name != "title"],
        "verdict": verdict,
        "row": row,
        "shown": ids.show("acc", row.id) if row else "",
        "methods": _methods(driver.name),
        "sources": catalogue.provider(driver.name).sources,
        "webhook_url": accounts.webhook_url(row.provider, row.hook_token) if row else "",
    }
    status = 422 if form.errors or verdict else 200
    return draw(request, desk, "portal/account_connect.html", context, status)


def _driver(provider: str) -> Driver:
    found = registry.drivers().get(provider)
    if found is None:
        raise Http404(provider)
    return found


def _methods(provider: str) -> int:
    return len({one.method for one in catalogue.provider(provider).connectors})
