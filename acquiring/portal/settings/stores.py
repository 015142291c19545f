"""Stores: opened, renamed and closed."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from acquiring.core import ids
from acquiring.core.errors import Problem
from acquiring.portal import tables
from acquiring.portal.frame import draw, page, place, who_may
from acquiring.portal.settings import forms
from acquiring.portal.settings.editing import CHANGE, refuse
from merchants import branding, profile, queries, services
from merchants.queries import Desk


@page("business.view")
def show(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Every open store."""
    rows = list(queries.stores(desk.tenant.id)[: profile.MOST_STORES])
    apart = branding.stores_apart(desk.tenant.id)
    context = {
        "stores": [(row, ids.show("sto", row.pk), row.pk in apart) for row in rows],
        "may_change": desk.may(CHANGE),
        "able": who_may(CHANGE),
    }
    return draw(request, desk, "portal/settings_stores.html", context)


@page(CHANGE)
def create(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Open a store."""
    form = forms.NewStore(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actor = services.user_actor(desk.user)
            made = profile.create_store(desk.tenant, actor, form.cleaned_data)
        except Problem as problem:
            form.refuse(problem)
        else:
            messages.success(request, gettext("%(name)s is open") % {"name": made.name})
            return redirect(place(desk, "settings_stores"))
    status = 422 if form.errors else 200
    return draw(request, desk, "portal/settings_store.html", {"form": form}, status)


@page("business.view")
def store(request: HttpRequest, desk: Desk, shown: str) -> HttpResponse:
    """One store: rename it, or see how to close it."""
    row = profile.store(desk.tenant.id, shown)
    form = forms.Store(request.POST or None, initial={"name": row.name, "website": row.website})
    may = desk.may(CHANGE)
    if request.method == "POST":
        if not may:
            return refuse(request, desk)
        if form.is_valid():
            try:
                actor = services.user_actor(desk.user)
                profile.change_store(desk.tenant.id, shown, actor, form.cleaned_data)
            except Problem as problem:
                form.refuse(problem)
            else:
                messages.success(request, gettext("Saved"))
                return redirect(place(desk, "settings_stores"))
    for field in form.fields.values():
        field.disabled = not may
    context = {
        "form": form,
        "store": row,
        "shown": shown,
        "may_change": may,
        "able": who_may(CHANGE),
        "only": queries.stores(desk.tenant.id).count() == 1,
    }
    status = 422 if form.errors else 200
    return draw(request, desk, "portal/settings_store.html", context, status)


@require_POST
@page(CHANGE)
def close(request: HttpRequest, desk: Desk, shown: str) -> HttpResponse:
    """Close a store."""
    try:
        row = profile.close_store(desk.tenant.id, shown, services.user_actor(desk.user))
    except Problem as problem:
        if problem.status == 404:
            raise
        messages.error(request, tables.refusal(problem))
    else:
        messages.success(request, gettext("%(name)s is closed") % {"name": row.name})
    return redirect(place(desk, "settings_stores"))
