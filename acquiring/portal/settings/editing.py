"""The one way every page of settings is shown, checked, saved and refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext

from acquiring.core.errors import Problem
from acquiring.portal.frame import draw, place, who_may
from acquiring.portal.settings.forms import Setting
from merchants.queries import Desk

CHANGE = "business.change"


def edit(
    request: HttpRequest,
    desk: Desk,
    page: str,
    form: Setting,
    save: Callable[[Setting], None],
    context: dict[str, Any] | None = None,
    query: str = "",
) -> HttpResponse:
    """A page with one form: drawn, or saved and drawn anew at its address.

    `page` names the address, which goes on with `query`, and the template. Who may only look gets
    the fields disabled and reads who may change them.
    """
    may = desk.may(CHANGE)
    status = 200
    if request.method == "POST":
        if not may:
            return refuse(request, desk)
        if form.is_valid():
            try:
                save(form)
            except Problem as problem:
                form.refuse(problem)
            else:
                messages.success(request, gettext("Saved"))
                return redirect(place(desk, page) + query)
        status = 422
    if not may:
        for field in form.fields.values():
            field.disabled = True
    around = {"form": form, "may_change": may, "able": who_may(CHANGE)}
    return draw(request, desk, f"portal/{page}.html", around | (context or {}), status)


def refuse(request: HttpRequest, desk: Desk, permission: str = CHANGE) -> HttpResponse:
    """Say that this is for other roles, and for which."""
    able = {"able": who_may(permission)}
    return draw(request, desk, "portal/no_permission.html", able, 403)
