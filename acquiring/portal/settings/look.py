"""The checkout's look, changed beside a preview of it."""

from __future__ import annotations

from csp.decorators import csp_replace, csp_update
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.clickjacking import xframe_options_sameorigin

from acquiring.portal.frame import page
from acquiring.portal.settings import forms
from acquiring.portal.settings.editing import edit
from merchants import branding, queries, services
from merchants.queries import Desk

NAMES = (
    *("display_name", "colour", "radius", "terms_url", "privacy_url"),
    *("receipts", "receipt_footer"),
)


@csp_update({"frame-src": ["'self'"]})
@page("business.view")
def show(request: HttpRequest, desk: Desk) -> HttpResponse:
    """The form, and what the checkout looks like with it."""
    row = branding.branding_of(desk.tenant.id)
    form = forms.Look(
        request.POST or None,
        request.FILES or None,
        initial={name: getattr(row, name) for name in NAMES},
    )

    def save(form: forms.Setting) -> None:
        assert isinstance(form, forms.Look)
        actor, upload = services.user_actor(desk.user), form.cleaned_data["logo"]
        data = upload.read(branding.LARGEST_LOGO_BYTES + 1) if upload else None
        removed = form.cleaned_data["remove_logo"]
        branding.save(desk.tenant.id, actor, form.wanted(), data, removed)

    look = queries.branding(desk.tenant.id)
    return edit(request, desk, "settings_branding", form, save, {"look": look})


@csp_replace({"frame-ancestors": ["'self'"]})
@xframe_options_sameorigin
@page("business.view")
def preview(request: HttpRequest, desk: Desk) -> HttpResponse:
    """A checkout with nothing behind it, in the look that is saved; a script tries others on."""
    look = queries.branding(desk.tenant.id)
    currency = desk.tenant.default_currency
    return render(request, "portal/settings_preview.html", {"look": look, "currency": currency})
