"""The mailbox of a developer's machine: letters that were written to a directory, not sent.

It is there only where CARAVEL_EMAIL_DIR is set, and open to staff, or on this very machine to its
user: letters carry links that open accounts. A letter is drawn in a sandboxed frame under a policy
of its own, so that nothing in it can run or load anything.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from functools import wraps
from ipaddress import ip_address
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from csp.decorators import csp, csp_update
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.clickjacking import xframe_options_sameorigin

MOST = 200
POLICY = {
    "default-src": ["'none'"],
    "style-src": ["'unsafe-inline'"],
    "frame-ancestors": ["'self'"],
    "sandbox": [""],
}
# How Django's file backend ends a message.
RULE = re.compile(rb"^-{79}\n", re.M)
NAME = re.compile(r"[\w.-]+~\d+")
LINK = re.compile(r"https?://[^\s<>\"]+")
FORWARDED = ("HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED", "HTTP_X_REAL_IP")
LOCAL_NAMES = {"localhost", "127.0.0.1", "::1"}


class Mail(NamedTuple):
    """A letter of the directory; `name` is its file and its place there."""

    name: str
    subject: str
    to: str
    sender: str
    language: str
    at: datetime
    html: str
    text: str

    @property
    def links(self) -> list[str]:
        """Every address of the text, once."""
        return list(dict.fromkeys(LINK.findall(self.text)))


def _developers_only(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    @never_cache
    @wraps(view)
    def shown(request: HttpRequest, **names: str) -> HttpResponse:
        if not settings.EMAIL_DIR:
            raise Http404("Letters are sent from here.")
        if not (request.user.is_staff or _is_local(request)):  # type: ignore[union-attr]
            raise PermissionDenied
        return view(request, **names)

    return shown


@_developers_only
def index(request: HttpRequest) -> HttpResponse:
    """Every letter, the newest first."""
    return render(request, "portal/mailbox.html", {"mails": _mails()})


@csp_update({"frame-src": ["'self'"]})
@_developers_only
def show(request: HttpRequest, name: str) -> HttpResponse:
    """One letter: as HTML in a frame, as text, and where its links lead."""
    return render(request, "portal/mailbox_mail.html", {"mail": _mail(name)})


@csp(POLICY)
@xframe_options_sameorigin
@_developers_only
def body(request: HttpRequest, name: str) -> HttpResponse:
    """The HTML of a letter, for the frame."""
    return HttpResponse(_mail(name).html)


def _is_local(request: HttpRequest) -> bool:
    """Whether a browser on this machine asks, of an installation that is only here."""
    if any(header in request.META for header in FORWARDED):
        return False
    here = (urlsplit(settings.BASE_URL).hostname or "") in LOCAL_NAMES
    try:
        return here and ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:  # a socket's other end has no address
        return False


def _mails() -> list[Mail]:
    files = sorted(Path(settings.EMAIL_DIR).glob("*.log"), key=_written, reverse=True)
    found: list[Mail] = []
    for path in files:
        found += reversed(_read(path))
        if len(found) >= MOST:
            break
    return found[:MOST]


def _mail(name: str) -> Mail:
    file, _, _number = name.rpartition("~")
    path = Path(settings.EMAIL_DIR) / file
    if not NAME.fullmatch(name) or not path.is_file():
        raise Http404("There is no such letter.")
    found = next((one for one in _read(path) if one.name == name), None)
    if found is None:
        raise Http404("There is no such letter.")
    return found


def _read(path: Path) -> list[Mail]:
    parts = [part for part in RULE.split(path.read_bytes()) if part.strip()]
    return [_parse(f"{path.name}~{number}", part) for number, part in enumerate(parts)]


def _parse(name: str, data: bytes) -> Mail:
    message = message_from_bytes(data, policy=policy.default)
    assert isinstance(message, EmailMessage), "the default policy makes these"
    return Mail(
        name,
        " ".join(str(message["subject"] or "").split()),
        str(message["to"] or ""),
        str(message["from"] or ""),
        str(message["content-language"] or "en"),
        message["date"].datetime,
        _form(message, "html"),
        _form(message, "plain"),
    )


def _form(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    return str(part.get_content()) if part is not None else ""


def _written(path: Path) -> float:
    return path.stat().st_mtime
