"""Where a page would do a deed that needs a second person: it is proposed instead."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext

from acquiring.core.money import Money
from acquiring.notices import second_person
from acquiring.portal.frame import place
from merchants import proposals
from merchants.queries import Desk


def needed(desk: Desk, kind: str, money: Money | None = None) -> bool:
    """Whether a second person must agree to a deed of this kind here."""
    return proposals.needed(desk.business, kind, money)


def propose(
    request: HttpRequest,
    desk: Desk,
    kind: str,
    payload: Mapping[str, Any],
    facts: Mapping[str, Any],
    once: str,
    subject: str = "",
) -> HttpResponse:
    """Propose it and show the proposal. Raises Problem."""
    about = {"once": once, "subject": subject, "facts": facts}
    row = second_person.propose(desk.tenant, desk.user, kind, payload, **about)
    messages.success(request, gettext("Nothing has happened yet: a second person decides now"))
    return redirect(place(desk, "approval", row.shown))
