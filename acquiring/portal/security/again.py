"""Being asked once more who one is, before something sensitive.

A login, password, code or passkey of the last minutes (`CARAVEL_FRESH_MINUTES`) vouches. What was
sent too late is kept, sealed, and shown for confirmation once the person has said who they are: it
is neither lost nor done behind their back.
"""

from __future__ import annotations

import time
from base64 import b64decode, b64encode
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any
from urllib.parse import urlencode

import orjson
from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import get_authentication_records
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache

from acquiring.core import clock
from acquiring.core.models import PLATFORM
from acquiring.vault.sealing import Unreadable, seal, unseal

KEPT_FOR = timedelta(minutes=30)
LARGEST_BYTES = 100_000
_WAITING = "waiting_post"  # the session's word
View = Callable[..., HttpResponse]


def always(request: HttpRequest) -> bool:
    """It is sensitive wherever it is done."""
    return True


def in_live(request: HttpRequest) -> bool:
    """It is sensitive where there is real money."""
    return not request.path.startswith("/test/")


def freshly_authenticated(
    view: View | None = None,
    *,
    when: Callable[[HttpRequest], bool] = always,
    reading: bool = False,
    what: str | Promise = "",
) -> Any:
    """A view that changes something only for who said lately who they are.

    With `reading` its page is not shown either, so that nothing is typed in vain. `what` names the
    deed on the page that confirms it later.
    """

    def decorate(inner: View) -> View:
        @wraps(inner)
        def guarded(request: HttpRequest, *args: Any, **names: Any) -> HttpResponse:
            concerned = (reading or request.method == "POST") and when(request)
            if not concerned or not request.user.is_authenticated or is_fresh(request):
                return inner(request, *args, **names)
            return ask(request, str(what))

        return guarded

    return decorate(view) if view else decorate


def is_fresh(request: HttpRequest) -> bool:
    """Whether the person said lately who they are.

    allauth's own answer is yes for who has neither password nor second step; those come by single
    sign-on, and say it there.
    """
    if not get_adapter(request).is_reauthentication_required(app=""):
        return True
    records = get_authentication_records(request, request.user)
    again = [float(one["at"]) for one in records if one.get("reauthenticated")]
    return bool(again) and time.time() - again[-1] < settings.ACCOUNT_REAUTHENTICATION_TIMEOUT


def ask(request: HttpRequest, what: str = "") -> HttpResponse:
    """Lead to the page that asks who one is, what was sent being kept meanwhile."""
    back = request.get_full_path()
    if request.method == "POST":
        back = _keep(request, what)
    return redirect(f"{_first_way(request)}?{urlencode({'next': back})}")


@login_required
@never_cache
def waiting(request: HttpRequest) -> HttpResponse:
    """What was sent before the person was asked; it goes on at a press."""
    kept = _kept(request)
    if kept is None:
        messages.warning(request, gettext("It waited too long. Do it once more."))
        return redirect("start")
    if not is_fresh(request):
        return redirect(f"{_first_way(request)}?{urlencode({'next': request.path})}")
    return render(request, "portal/again_waiting.html", kept)


def _first_way(request: HttpRequest) -> str:
    """Where the person says who they are: the way they came, where there are several."""
    ways = get_adapter(request).get_reauthentication_methods(request.user)
    return ways[0]["url"] if ways else reverse("account_reauthenticate")


def _keep(request: HttpRequest, what: str) -> str:
    """Seal what was sent into the session; returns the address that goes on with it."""
    fields = [
        (name, value)
        for name, values in request.POST.lists()
        if name != "csrfmiddlewaretoken"
        for value in values
    ]
    kept = {
        "path": request.get_full_path(),
        "fields": fields,
        "what": what,
        "at": int(clock.now().timestamp()),
    }
    plain = orjson.dumps(kept)
    if len(plain) > LARGEST_BYTES or request.FILES:
        messages.warning(request, gettext("It was too large to be kept. Send it once more."))
        return request.get_full_path()
    sealed = seal(PLATFORM, plain, _purpose(request))
    request.session[_WAITING] = b64encode(sealed).decode()
    return reverse("again_waiting")


def _kept(request: HttpRequest) -> dict[str, Any] | None:
    sealed = request.session.get(_WAITING, "")
    try:
        plain = unseal(PLATFORM, b64decode(sealed), _purpose(request))
    except Unreadable:
        return None
    kept: dict[str, Any] = orjson.loads(plain)
    old = clock.now().timestamp() - kept["at"] > KEPT_FOR.total_seconds()
    return None if old else kept


def _purpose(request: HttpRequest) -> str:
    """Bound to the person: another one in the same browser opens nothing."""
    return f"waiting of {request.user.pk}"
