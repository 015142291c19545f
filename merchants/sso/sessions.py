"""The sessions of people who came by single sign-on: marked when they begin, ended when it ends."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from allauth.account.internal.flows.login import get_authentication_records
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.core import signing
from django.http import HttpRequest
from django.urls import reverse

from acquiring.core import clock, ids
from merchants import devices
from merchants.models import User
from merchants.organisations.models import Organisation
from merchants.sso import oidc, rules
from merchants.sso.calls import is_address
from merchants.sso.models import SingleSignOn

SESSION = devices.BY_PROVIDER  # the session's word: which one, and what it said
METHOD = "socialaccount"  # allauth's
MOST = 10_000
SALT = "single sign-on"


def begin(request: HttpRequest, user: User) -> bool:
    """At the end of a login: whether it came by single sign-on, and its marks if so."""
    rows = [one for one in get_authentication_records(request, user) if one["method"] == METHOD]
    if not rows:
        return False
    shown = str(rows[-1]["provider"])
    said = getattr(request, "single_sign_on", {})
    request.session[SESSION] = {"shown": shown, "came": int(clock.now().timestamp()), **said}
    request.session.set_expiry(settings.SINGLE_SIGN_ON_HOURS * 3600)
    mine = UserSession.objects.filter(session_key=request.session.session_key)
    mine.update(data={SESSION: shown})
    return True


def said_at(request: HttpRequest, now: int) -> int:
    """When the person said who they are, in seconds: at the provider maybe long before now."""
    said = getattr(request, "single_sign_on", None)
    return min(now, said["at"]) if said else now


def by(request: HttpRequest) -> str:
    """By which single sign-on the person came, `sso_…`, or ""."""
    marks = request.session.get(SESSION)
    return marks["shown"] if marks else ""


def just_came(request: HttpRequest) -> bool:
    """Whether the person came by single sign-on lately.

    It vouches for a first second step of theirs and for nothing else: the provider may not have
    asked them, and some never say when they did.
    """
    came = (request.session.get(SESSION) or {}).get("came", 0)
    return clock.now().timestamp() - came < settings.ACCOUNT_REAUTHENTICATION_TIMEOUT


def has_second_step(request: HttpRequest) -> bool:
    """Whether the provider vouched for a second step at this login."""
    marks = request.session.get(SESSION)
    return bool(marks and marks.get("strong"))


def end_all(row: SingleSignOn) -> int:
    """Sign out everybody who came by it; how many sessions."""
    return _end(UserSession.objects.filter(**{f"data__{SESSION}": row.shown})[:MOST])


def end_of(row: SingleSignOn, user: User) -> int:
    """Sign one person out where they came by it."""
    rows = UserSession.objects.filter(user=user, **{f"data__{SESSION}": row.shown})
    return _end(rows[:MOST])


def end_for(organisation: Organisation, domain: str) -> int:
    """Sign out the people of a domain who came by the organisation's single sign-on."""
    row = SingleSignOn.objects.filter(organisation=organisation).first()
    if row is None:
        return 0
    rows = UserSession.objects.filter(**{f"data__{SESSION}": row.shown})
    return _end(rows.filter(user__email__iendswith=f"@{domain}")[:MOST])


def end_others(row: SingleSignOn, names: Iterable[str]) -> int:
    """Sign out the people of these domains who came otherwise, but those who may."""
    ended = 0
    for name in names:
        rows = UserSession.objects.select_related("user").exclude(data__has_key=SESSION)
        rows = rows.filter(user__email__iendswith=f"@{name}")[:MOST]
        ended += _end(one for one in rows if not rules.may_break_in(row, one.user))
    return ended


def _end(rows: Iterable[UserSession]) -> int:
    ended = 0
    for one in rows:
        one.end()
        ended += 1
    return ended


def way_out(request: HttpRequest) -> str:
    """Where a browser is signed out at the provider as well, or "" (RP-Initiated Logout 1.0)."""
    marks = request.session.get(SESSION, {})
    row = next(iter(SingleSignOn.objects.filter(pk__in=_named(marks))), None)
    if row is None:
        return ""
    try:
        end = str(oidc.document(row.issuer).get("end_session_endpoint", ""))
    except oidc.Refused:
        return ""
    facts = {"client_id": row.client_id, "post_logout_redirect_uri": settings.BASE_URL + "/login/"}
    if marks.get("signed"):
        facts["id_token_hint"] = marks["signed"]
    to = f"{end}{'&' if '?' in end else '?'}{urlencode(facts)}"
    return (
        f"{reverse('single_sign_on_out')}?{urlencode({'to': sign(to)})}" if is_address(end) else ""
    )


def _named(marks: Mapping[str, Any]) -> list[UUID]:
    return [ids.read("sso", marks["shown"])] if marks else []


def sign(address: str) -> str:
    """An address we lead to, so that no other can be put in its place."""
    return signing.dumps(address, salt=SALT)


def signed(text: str) -> str:
    """The address that was signed lately; "" for anything else."""
    try:
        return str(signing.loads(text, salt=SALT, max_age=120))
    except signing.BadSignature:
        return ""
