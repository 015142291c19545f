"""Where a person is signed in: their sessions, and the browsers they are known by.

Sessions are allauth's (`usersessions`); what it asks the database on every request it may be asked
once in five minutes. A browser is known by a random cookie, of which the SHA-256 is kept.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta
from typing import NamedTuple

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse

from acquiring.core import clock, context
from acquiring.core.errors import Problem
from merchants.agents import Agent, read
from merchants.models import User
from merchants.people import Device

COOKIE = "caravel_device"
ONE_YEAR_SECONDS = 365 * 24 * 3600
MOST_DEVICES = 50  # of one person; the one unseen for longest makes room
MOST_SESSIONS = 100
SEEN_EVERY = timedelta(minutes=5)
BY_PROVIDER = "single_sign_on"  # the word that such a session is marked with
_SEEN = "seen_at"  # the session's word


class Place(NamedTuple):
    """A session as its owner sees it."""

    session: UserSession
    agent: Agent
    here: bool

    @property
    def by_provider(self) -> bool:
        """Whether it began by single sign-on (see `sso/sessions.py`)."""
        return bool(self.session.data.get(BY_PROVIDER))


def places(user: User, session_key: str | None) -> list[Place]:
    """Where a person is signed in: this browser first, then the one last seen."""
    rows = UserSession.objects.filter(user=user).order_by("-last_seen_at")[:MOST_SESSIONS]
    alive = [row for row in rows if not row.purge()]
    found = [Place(one, read(one.user_agent), one.session_key == session_key) for one in alive]
    return sorted(found, key=lambda place: not place.here)


def end(user: User, number: int) -> Agent:
    """Sign out one browser of a person; raises Problem `not_found`."""
    row = UserSession.objects.filter(user=user, pk=number).first()
    if row is None:
        raise Problem("not_found", "There is no such session.")
    row.end()
    return read(row.user_agent)


def end_others(user: User, session_key: str | None) -> int:
    """Sign out every browser of a person but this one; how many."""
    others = list(UserSession.objects.filter(user=user).exclude(session_key=session_key or ""))
    for row in others:
        row.end()
    return len(others)


def saw(request: HttpRequest) -> None:
    """Note that a session is in use, at most once in five minutes."""
    now = int(clock.now().timestamp())
    if now - request.session.get(_SEEN, 0) < SEEN_EVERY.total_seconds():
        return
    request.session[_SEEN] = now
    rows = UserSession.objects.filter(session_key=request.session.session_key)
    rows.update(
        last_seen_at=clock.now(), **({"ip": context.address()} if context.address() else {})
    )


@transaction.atomic
def recognise(request: HttpRequest, response: HttpResponse, user: User) -> bool:
    """Know a browser again at a login, or get to know it; whether it is a strange one.

    A person's first browser is none: it is the one they signed up with.
    """
    User.objects.select_for_update().get(pk=user.pk)
    request.session[_SEEN] = int(clock.now().timestamp())
    token = request.COOKIES.get(COOKIE, "")
    agent = request.META.get("HTTP_USER_AGENT", "")[:200]
    mine = Device.objects.filter(user=user)
    if token and mine.filter(digest=_digest(token)).update(seen_at=clock.now(), agent=agent):
        return False
    known = list(mine.order_by("-seen_at").values_list("pk", flat=True))
    mine.filter(pk__in=known[MOST_DEVICES - 1 :]).delete()
    token = token if len(token) >= 40 else secrets.token_urlsafe(32)
    Device.objects.create(user=user, digest=_digest(token), agent=agent)
    response.set_cookie(
        COOKIE,
        token,
        max_age=ONE_YEAR_SECONDS,
        secure=settings.SECURE,
        httponly=True,
        samesite="Lax",
    )
    return bool(known)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
