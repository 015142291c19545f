"""`/js/checkout.js`: the script that opens a checkout on a merchant's own page.

Under its plain address it is looked at again every hour; with its version in the query it never
changes (`/js/checkout.js?v=…`).
"""

from __future__ import annotations

import hashlib
from functools import cache

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.views.decorators.http import require_safe

HOUR, YEAR = 3600, 31_536_000


@cache
def source() -> bytes:
    """The script as it is served."""
    return (settings.BASE_DIR / "templates" / "static" / "js" / "checkout.js").read_bytes()


@cache
def version() -> str:
    """A word that changes with the script."""
    return hashlib.sha256(source()).hexdigest()[:12]


@require_safe
def script(request: HttpRequest) -> HttpResponse:
    """The script, to any page that wants it."""
    tag = f'"{version()}"'
    pinned = request.GET.get("v") == version()
    same = request.headers.get("If-None-Match") == tag
    response = (
        HttpResponseNotModified()
        if same
        else HttpResponse(source(), "text/javascript; charset=utf-8")
    )
    response["ETag"] = tag
    response["Cache-Control"] = (
        f"public, max-age={YEAR}, immutable" if pinned else f"public, max-age={HOUR}"
    )
    response["Access-Control-Allow-Origin"] = "*"
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response
