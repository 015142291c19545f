"""The headers of every shopper's page: what it may load, who may frame it, what it tells others.

The page's address opens the checkout, so no referrer carries it away and no cache keeps it. Framing
is for the sites that the merchant's settings name, one at a time, and only where the drop-in script
says which (`?embedded=https://shop.example`). `form-action` is narrow where card
numbers are typed; Chrome applies it to every redirect that follows a form, so providers are reached
by a page of their own, whose only form is the hand-over.
"""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse

EMBEDDED = "embedded"
SHEET_SECONDS = 300
POLICY = (
    "default-src 'none'; script-src 'self'{scripts}; style-src 'self'; "
    "img-src 'self' data:{images}; font-src 'self'; connect-src 'self'{asked}; "
    "frame-src {framed}; base-uri 'none'; form-action {forms}; frame-ancestors {frames}"
)
GOOGLE = "https://pay.google.com"


def guard(
    response: HttpResponse,
    frames: Iterable[str] = (),
    forms: str = "'self'",
    images: str = "",
    google: bool = False,
) -> HttpResponse:
    """The response with its headers; `frames` are origins, `images` an origin for pictures.

    `google` lets Google Pay's script in, which opens a sheet of its own.
    """
    allowed = " ".join(frames)
    response["Content-Security-Policy"] = POLICY.format(
        forms=forms,
        frames=allowed or "'none'",
        images=f" {images}" if images else "",
        scripts=f" {GOOGLE}" if google else "",
        asked=f" {GOOGLE} https://google.com/pay" if google else "",
        framed=GOOGLE if google else "'none'",
    )
    response["Referrer-Policy"] = "no-referrer"
    response["Cache-Control"] = "no-store"
    response["Permissions-Policy"] = "geolocation=(), camera=(), microphone=()"
    response["X-Robots-Tag"] = "noindex"
    if allowed:
        response.xframe_options_exempt = True  # type: ignore[attr-defined]  # the policy says who
    return response


def sheet(css: str) -> HttpResponse:
    """A merchant's stylesheet, whose address changes with its content."""
    response = HttpResponse(css, "text/css; charset=utf-8")
    response["Cache-Control"] = f"private, max-age={SHEET_SECONDS}"
    response["Referrer-Policy"] = "no-referrer"
    return response


def host(request: HttpRequest, allowed: Iterable[str]) -> str:
    """The origin that shows this page in a frame, "" for none or one the merchant did not name."""
    asked = request.GET.get(EMBEDDED, "")
    return asked if asked in allowed else ""


def origin(address: str) -> str:
    """The origin of an address, "" for one that has none."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}" if parts.scheme in {"https", "http"} else ""
