"""The settings pages: the business, its look, money and time, and each person's notices."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext

from acquiring.portal.frame import draw, page, place
from acquiring.portal.settings import forms
from acquiring.portal.settings.editing import edit
from merchants import branding, notices, profile, queries, services, sites
from merchants.adapter import remember_language
from merchants.queries import Desk


@page("business.view")
def business(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Who the business is: the legal facts, and what shoppers read."""
    look = branding.chosen_of(desk.tenant.id)
    initial = {
        "trading_name": desk.business.trading_name or desk.business.legal_name,
        "website": desk.business.website,
        "support_email": look["support_email"],
        "support_phone": look["support_phone"],
        "statement_descriptor": desk.tenant.statement_descriptor,
    }

    def save(form: forms.Setting) -> None:
        given, actor = form.cleaned_data, services.user_actor(desk.user)
        profile.save_business(desk.business, desk.tenant.id, actor, given)

    form = forms.Business(request.POST or None, initial=initial)
    return edit(request, desk, "settings_business", form, save)


@page("business.view")
def own_sites(request: HttpRequest, desk: Desk) -> HttpResponse:
    """The merchant's sites that may show the checkout in a frame, and how they do it."""
    merchant = desk.tenant

    def save(form: forms.Setting) -> None:
        actor = services.user_actor(desk.user)
        sites.change(merchant.id, actor, form.cleaned_data["checkout_origins"])

    initial = {"checkout_origins": "\n".join(merchant.checkout_origins)}
    form = forms.Sites(request.POST or None, initial=initial, mode=merchant.mode)
    script = f"{settings.BASE_URL}/js/checkout.js"
    return edit(request, desk, "settings_sites", form, save, {"script": script})


@page("business.view")
def money(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Which currencies are taken, which are paid out, and the merchant's clock on the wall."""
    merchant = desk.tenant
    names = ("default_currency", "currencies", "time_zone", "language")
    initial = {name: getattr(merchant, name) for name in names}

    def save(form: forms.Setting) -> None:
        profile.change_merchant(merchant.id, services.user_actor(desk.user), form.cleaned_data)

    form = forms.Money(request.POST or None, initial=initial)
    accounts = list(queries.account_rows(merchant.id)[:100])
    return edit(request, desk, "settings_money", form, save, {"accounts": accounts})


@page("payments.view")
def told(request: HttpRequest, desk: Desk) -> HttpResponse:
    """What a person wants to be told, and how they read: their own, whatever their role."""
    kinds = [one for one in notices.kinds().values() if desk.may(one.permission)]
    chosen = queries.notice_preferences(desk.user.pk, desk.tenant.id)
    ticked = {f"{one.kind}:{way}": way in chosen[one.kind] for one in kinds for way in notices.WAYS}
    form = forms.Notices(request.POST or None, initial=ticked, shown=kinds)
    if request.method == "POST" and form.is_valid():
        notices.prefer(desk.user, desk.tenant, form.choices())
        messages.success(request, gettext("Saved"))
        return redirect(place(desk, "settings_notices"))
    reading = forms.Time(initial={"time_zone": desk.user.time_zone, "language": desk.user.language})
    return draw(request, desk, "portal/settings_notices.html", {"form": form, "reading": reading})


@page("payments.view")
def reading(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Save how a person reads the portal."""
    form = forms.Time(request.POST or None)
    response = redirect(place(desk, "settings_notices"))
    if request.method == "POST" and form.is_valid():
        profile.change_person(desk.user, form.cleaned_data)
        remember_language(response, form.cleaned_data["language"])
        messages.success(request, gettext("Saved"))
    return response
