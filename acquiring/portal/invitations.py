"""The page behind an invitation's link, for people who do not work here yet.

Whoever holds the link received it, so an account made through it has its address confirmed. The
page is the same whether the address has an account or not.
"""

from __future__ import annotations

from typing import Any

from allauth.account import views as account
from allauth.account.adapter import get_adapter
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.decorators import method_decorator
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from acquiring.core.errors import Problem
from acquiring.notices import invitations as letters
from acquiring.portal.forms import Join
from acquiring.portal.frame import BUSINESS
from merchants import invitations, roles
from merchants.models import Invitation, Membership, User


@never_cache
def show(request: HttpRequest, token: str) -> HttpResponse:
    """Who invites whom to what, and the way in: an account, a new one, or another address."""
    try:
        invitation = invitations.at(token)
    except Problem:
        return _over(request, token)
    person = request.user if isinstance(request.user, User) else None
    context = _facts(invitation, token)
    context["fits"] = person is not None and invitations.is_for(invitation, person)
    status = 200 if person is None or context["fits"] else 403
    return render(request, "portal/invitation.html", context, status=status)


@login_required
@require_POST
def accept(request: HttpRequest, token: str) -> HttpResponse:
    """Begin to work there."""
    assert isinstance(request.user, User), "behind the login"
    try:
        membership = letters.accept(token, request.user)
    except Problem:
        return show(request, token)
    said = gettext("You work for %(business)s now") % {"business": membership.business}
    messages.success(request, said)
    return _go_to_work(request, membership)


@method_decorator(never_cache, "dispatch")
class SignUp(account.SignupView):
    """An account for the invited address, which begins to work there at once."""

    template_name = "portal/invitation_join.html"
    page = "invitation"

    def at(self, token: str) -> Any:
        """What the link opens; raises Problem."""
        return invitations.at(token)

    def admit(self, user: User) -> None:
        """Accept it, as somebody whose account was made a moment ago."""
        letters.accept(self.kwargs["token"], user)

    def facts(self) -> dict[str, Any]:
        """What the page says of it."""
        return _facts(self.invitation, self.kwargs["token"])

    def dispatch(self, request: HttpRequest, *args: Any, **names: Any) -> Any:
        """Only behind a link that still works, for somebody who is not signed in."""
        token = names["token"]
        try:
            self.invitation = self.at(token)
        except Problem:
            return _over(request, token)
        if request.user.is_authenticated:
            return redirect(self.page, token)
        return super().dispatch(request, *args, **names)

    def get_form_class(self) -> type[Join]:
        return Join

    def get_form_kwargs(self) -> dict[str, Any]:
        given = {"email": self.invitation.email, "admit": self.admit}
        return {**super().get_form_kwargs(), **given}

    def form_valid(self, form: Join) -> HttpResponse:
        """Sign up with the address confirmed by the link, and accept."""
        adapter = get_adapter()
        adapter.stash_verified_email(self.request, self.invitation.email)
        try:
            with transaction.atomic():
                return super().form_valid(form)
        except Problem:  # it was taken back a moment ago
            return _over(self.request, self.kwargs["token"])
        finally:
            adapter.unstash_verified_email(self.request)

    def get_context_data(self, **given: Any) -> dict[str, Any]:
        return {**super().get_context_data(**given), **self.facts()}


def _facts(invitation: Invitation, token: str) -> dict[str, Any]:
    return {
        "invitation": invitation,
        "token": token,
        "role": gettext(invitation.role_title),
        "use": gettext(roles.uses()[invitation.role]) if invitation.role in roles.uses() else "",
    }


def _over(request: HttpRequest, token: str) -> HttpResponse:
    """A link that opens nothing; who accepted it before goes to work."""
    if isinstance(request.user, User):
        membership = invitations.joined_by(token, request.user)
        if membership is not None:
            return _go_to_work(request, membership)
    return render(request, "portal/invitation_over.html", status=404)


def _go_to_work(request: HttpRequest, membership: Membership) -> HttpResponse:
    request.session[BUSINESS] = str(membership.business_id)
    return redirect("start")
