"""Nobody enters the admin without two-step login where the installation says so."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from merchants import twosteps
from merchants.models import User


class StaffGate:
    """Leads staff whose login has one step to where they set up the second."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if settings.STAFF_TWO_STEPS and request.path.startswith(reverse("admin:index")):
            user = request.user
            if isinstance(user, User) and user.is_staff and not twosteps.has(user):
                return redirect("mfa_index")
        return self.get_response(request)
