"""The pages outside the workspace, and the way into it."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template import loader
from django.urls import NoReverseMatch, reverse
from django.utils import translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from acquiring import __version__
from acquiring.core import context
from acquiring.portal.frame import BUSINESS, desk_of
from acquiring.portal.listing import LISTS
from acquiring.portal.organisation.doors import person_of
from merchants import queries, services, support
from merchants.adapter import remember_language
from merchants.models import Mode, User
from merchants.organisations import stewards


def home(request: HttpRequest) -> HttpResponse:
    """What this installation is and where to go; also for those who are not signed in."""
    facts = {
        "version": __version__,
        "base_url": settings.BASE_URL,
        "sandbox_url": settings.SANDBOX_URL,
    }
    return render(request, "portal/home.html", facts)


def failed(request: HttpRequest) -> HttpResponse:
    """Our own failure, with the code that finds it in the log. Nothing here can fail again."""
    page = loader.get_template("500.html").render({"code": context.request_id()})
    return HttpResponse(page, status=500)


@login_required
def start(request: HttpRequest) -> HttpResponse:
    """The first page after the login: live once the business has a live key, else test."""
    desk = desk_of(request, Mode.LIVE)
    if desk is None and stewards.of(person_of(request)):
        return redirect("organisations")
    if desk is None and request.user.is_staff:
        return redirect("admin:index")
    merchant = desk.merchant if desk else None
    live = merchant is not None and queries.api_keys(merchant.pk).exists()
    return redirect(first_address(Mode.LIVE if live else Mode.TEST))


def first_address(mode: str) -> str:
    """Where a day of work begins: the overview, or the keys while there is none."""
    try:
        return reverse(f"{mode}:overview")
    except NoReverseMatch:
        return reverse(f"{mode}:api_keys")


@login_required
@require_POST
def switch_business(request: HttpRequest) -> HttpResponse:
    """Work for another of one's businesses from now on, in the same room and mode."""
    chosen = request.POST.get("business", "")
    assert isinstance(request.user, User), "behind the login"
    if chosen not in {str(business.pk) for business in queries.businesses(request.user)}:
        raise Http404("There is no such business of yours.")
    request.session[BUSINESS] = str(UUID(chosen))
    room, mode = request.POST.get("room", ""), request.POST.get("mode", "")
    if room in LISTS and mode in Mode.values:
        return redirect(f"{mode}:{room}")
    return redirect("start")


@login_required
@require_POST
def leave_support(request: HttpRequest) -> HttpResponse:
    """Support goes back to where it came from."""
    request.session.pop(support.SESSION, None)
    return redirect("admin:index")


@require_POST
def choose_language(request: HttpRequest) -> HttpResponse:
    """Read the pages in another language; a signed-in person's choice is kept with them."""
    language = request.POST.get("language", "")
    if not translation.check_for_language(language) or language not in dict(settings.LANGUAGES):
        raise Http404("There is no such language here.")
    if request.user.is_authenticated:
        services.choose_language(request.user, language)
    back = request.POST.get("next", "/")
    safe = url_has_allowed_host_and_scheme(back, {request.get_host()}, request.is_secure())
    response = redirect(back if safe else "/")
    remember_language(response, language)
    return response
