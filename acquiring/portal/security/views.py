"""The page of a person's own login: its second step, its passkeys, and where they are signed in."""

from __future__ import annotations

from typing import Any

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from acquiring.core import clock
from acquiring.core.errors import Problem
from acquiring.portal.security.again import freshly_authenticated
from merchants import devices, twosteps
from merchants.models import User
from merchants.sso import sessions


@login_required
@never_cache
def index(request: HttpRequest) -> HttpResponse:
    """How the person signs in, and where they are signed in now."""
    assert isinstance(request.user, User), "behind the login"
    devices.saw(request)
    ways = _ways(request.user)
    asked = None if ways["on"] else twosteps.demanding(request.user)
    since = asked.two_steps_from if asked else None
    staff = settings.STAFF_TWO_STEPS and request.user.is_staff and not ways["on"]
    context = {
        **ways,
        "places": devices.places(request.user, request.session.session_key),
        "asked": asked,
        "shut": since is not None and since <= clock.now(),
        "staff": staff,
    }
    return render(request, "mfa/index.html", context)


@login_required
@require_POST
@freshly_authenticated
def end_device(request: HttpRequest, number: int) -> HttpResponse:
    """Sign out one other browser."""
    assert isinstance(request.user, User), "behind the login"
    try:
        agent = devices.end(request.user, number)
    except Problem as problem:
        raise Http404(problem.message) from problem
    said = gettext("Signed out: %(device)s") % {"device": agent}
    messages.success(request, said)
    return redirect("mfa_index")


@login_required
@require_POST
@freshly_authenticated
def end_others(request: HttpRequest) -> HttpResponse:
    """Sign out every browser but this one."""
    assert isinstance(request.user, User), "behind the login"
    devices.end_others(request.user, request.session.session_key)
    messages.success(request, gettext("You are signed in here only"))
    return redirect("mfa_index")


def is_more_than_the_first(request: HttpRequest) -> bool:
    """Whether a second step is set up by who has one, or did not just come by single sign-on.

    Else nobody whose provider never says when it asked them could ever have one.
    """
    user = request.user
    return not isinstance(user, User) or twosteps.has(user) or not sessions.just_came(request)


def _ways(user: User) -> dict[str, Any]:
    """The authenticators of a person, as the page names them."""
    rows = list(Authenticator.objects.filter(user=user).order_by("pk")[:100])
    kinds = Authenticator.Type
    app = next((one for one in rows if one.type == kinds.TOTP), None)
    codes = next((one for one in rows if one.type == kinds.RECOVERY_CODES), None)
    passkeys = [one for one in rows if one.type == kinds.WEBAUTHN]
    return {
        "app": app,
        "codes": codes,
        "codes_left": len(codes.wrap().get_unused_codes()) if codes else 0,
        "passkeys": passkeys,
        "on": bool(app or passkeys),
    }
