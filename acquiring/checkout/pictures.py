"""The QR code of a session's next action as a picture: to be scanned, or saved to the phone."""

from __future__ import annotations

import io

import segno
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from acquiring.checkout import policy, visits
from acquiring.checkout.pages import shopper_page
from acquiring.core.errors import Problem

INK = "#10222c"
PIXELS = 12  # a module of the saved picture: 600 px and more, sharp on any screen
QUIET = {"svg": 0, "png": 4}  # the page has its own margin of white
TYPES = {"svg": "image/svg+xml", "png": "image/png"}


@require_GET
@shopper_page
def code_svg(request: HttpRequest, token: str) -> HttpResponse:
    """The code as it is drawn on the page."""
    return _picture(request, token, "svg")


@require_GET
@shopper_page
def code_png(request: HttpRequest, token: str) -> HttpResponse:
    """The code as a file, with its white margin."""
    response = _picture(request, token, "png")
    response["Content-Disposition"] = 'attachment; filename="payment-code.png"'
    return response


def _picture(request: HttpRequest, token: str, kind: str) -> HttpResponse:
    """Raises Problem `not_found` where the session shows no code at this moment."""
    visit = visits.of_session(token, request)
    action = (visit.book.payment.next_action if visit.book else None) or {}
    if visit.state != "action" or action.get("type") != "qr" or not action.get("data"):
        raise Problem("not_found", "There is no code to scan here.")
    image = io.BytesIO()
    segno.make(action["data"], micro=False, error="m").save(
        image, kind=kind, scale=PIXELS, border=QUIET[kind], dark=INK, light="#fff"
    )
    return policy.guard(HttpResponse(image.getvalue(), TYPES[kind]))
