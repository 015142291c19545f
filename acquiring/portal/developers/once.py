"""A form is sent once: its key is made when it is drawn, and remembered when it was done."""

from __future__ import annotations

from django.http import HttpRequest

KEPT = 20
_USED = "used_forms"


def first_time(request: HttpRequest, once: str) -> bool:
    """Whether the form with this key was not sent before; remembers it."""
    used = request.session.get(_USED, [])
    if once in used:
        return False
    request.session[_USED] = [*used, once][-KEPT:]
    return True


def forget(request: HttpRequest, once: str) -> None:
    """Let a form be sent again: what it asked for was refused."""
    request.session[_USED] = [one for one in request.session.get(_USED, []) if one != once]
