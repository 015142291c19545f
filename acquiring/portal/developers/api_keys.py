"""The API keys page: list, create, show once, rotate, revoke.

A secret is drawn in the answer to the POST that made it and kept nowhere; the page is not stored
by the browser, and sending the form again makes no second key.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from acquiring.core import ids
from acquiring.core.errors import Problem
from acquiring.portal import forms, tables
from acquiring.portal.approvals import asking, deeds
from acquiring.portal.developers import once
from acquiring.portal.frame import draw, page, who_may
from acquiring.portal.security.again import freshly_authenticated, in_live
from merchants import keys, queries, services
from merchants.models import ApiKey
from merchants.queries import Desk

# Live keys open real money: who one is is asked again when the last time is 15 minutes past.
with_password = freshly_authenticated(when=in_live, what=_("Change live API keys"))


@page("keys.view")
def show(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Every key that still opens something, newest first."""
    return _list(request, desk)


@with_password
@page("keys.change")
def create(request: HttpRequest, desk: Desk) -> HttpResponse:
    """The form for a new key, and the key."""
    if request.method != "POST":
        return _create_form(request, desk, forms.CreateKey(initial={"once": ids.new()}))
    form = forms.CreateKey(request.POST)
    if not form.is_valid():
        return _create_form(request, desk, form)
    if not once.first_time(request, str(form.cleaned_data["once"])):
        return redirect(f"{desk.mode}:api_keys")
    try:
        if _needs_two(desk):
            return _propose(request, desk, form)
        issued = keys.issue(
            desk.tenant,
            form.cleaned_data["kind"],
            services.user_actor(desk.user),
            name=form.cleaned_data["name"],
            scopes=form.scopes(),
            created_by=desk.user,
        )
    except Problem as problem:
        form.refuse(problem)
        once.forget(request, str(form.cleaned_data["once"]))
        return _create_form(request, desk, form)
    return _secret(request, desk, issued.key, issued.secret)


@require_POST
@with_password
@page("keys.change")
def show_once(request: HttpRequest, desk: Desk, shown: str) -> HttpResponse:
    """The key of the first day, for the only time."""
    key = queries.api_key(desk.tenant.id, shown)
    try:
        secret = keys.show_once(key, services.user_actor(desk.user))
    except Problem as problem:
        return _list(request, desk, refused=tables.refusal(problem))
    return _secret(request, desk, key, secret)


@with_password
@page("keys.change")
def rotate(request: HttpRequest, desk: Desk, shown: str) -> HttpResponse:
    """Ask how long the old key works on; then the new one."""
    key = queries.api_key(desk.tenant.id, shown)
    form = forms.RotateKey(request.POST or None)
    second = key.kind != ApiKey.Kind.PUBLISHABLE and _needs_two(desk)
    if request.method != "POST" or not form.is_valid():
        context = {"key": key, "form": form, "second_person": second}
        return draw(request, desk, "portal/api_key_rotate.html", context)
    try:
        overlap_seconds = form.cleaned_data["overlap_seconds"]
        if second:
            return _propose_rotation(request, desk, key, overlap_seconds)
        issued = keys.rotate(key, services.user_actor(desk.user), overlap_seconds)
    except Problem as problem:
        return _list(request, desk, refused=tables.refusal(problem))
    return _secret(request, desk, issued.key, issued.secret, replaced=key)


@with_password
@page("keys.change")
def revoke(request: HttpRequest, desk: Desk, shown: str) -> HttpResponse:
    """Say what stops; then stop it."""
    key = queries.api_key(desk.tenant.id, shown)
    if request.method != "POST":
        return draw(request, desk, "portal/api_key_revoke.html", {"key": key})
    try:
        keys.revoke(key, services.user_actor(desk.user))
    except Problem as problem:
        return _list(request, desk, refused=tables.refusal(problem))
    return redirect(f"{desk.mode}:api_keys")


def _list(request: HttpRequest, desk: Desk, refused: str = "") -> HttpResponse:
    found = list(queries.api_keys(desk.tenant.id)[: keys.KEYS_PER_MERCHANT])
    context = {
        "keys": found,
        "unshown": [one for one in found if one.unshown is not None and _may_show(desk, one)],
        "may_change": desk.may("keys.change"),
        "able": who_may("keys.change"),
        "refused": gettext(refused) if refused else "",
    }
    return draw(request, desk, "portal/api_keys.html", context, 409 if refused else 200)


def _propose(request: HttpRequest, desk: Desk, form: forms.CreateKey) -> HttpResponse:
    given = {
        "kind": form.cleaned_data["kind"],
        "name": form.cleaned_data["name"],
        "scopes": form.scopes(),
    }
    once_only = f"key:{form.cleaned_data['once']}"
    return asking.propose(request, desk, deeds.KEY, given, given, once_only)


def _propose_rotation(
    request: HttpRequest, desk: Desk, key: ApiKey, overlap_seconds: int
) -> HttpResponse:
    """A key's successor is a new key, whoever may see it."""
    facts = {"kind": key.kind, "name": key.name, "scopes": key.scopes, "replaced": str(key)}
    given = {**facts, "rotated": key.shown, "overlap_seconds": overlap_seconds}
    once_only = f"key:{ids.new().hex}"
    return asking.propose(request, desk, deeds.KEY, given, facts, once_only, key.shown)


def _needs_two(desk: Desk) -> bool:
    return not desk.is_test and asking.needed(desk, deeds.KEY)


def _may_show(desk: Desk, key: ApiKey) -> bool:
    return desk.is_test or key.created_by_id == desk.user.pk


def _create_form(request: HttpRequest, desk: Desk, form: forms.CreateKey) -> HttpResponse:
    context = {"form": form, "second_person": _needs_two(desk)}
    return draw(request, desk, "portal/api_key_create.html", context)


def _secret(
    request: HttpRequest, desk: Desk, key: ApiKey, secret: str, replaced: ApiKey | None = None
) -> HttpResponse:
    if replaced is not None:
        replaced.refresh_from_db()
    context: dict[str, Any] = {
        "key": key,
        "secret": secret,
        "replaced": replaced,
        "back": reverse(f"{desk.mode}:api_keys"),
    }
    return draw(request, desk, "portal/api_key_secret.html", context)
