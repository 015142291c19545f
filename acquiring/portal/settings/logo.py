"""A merchant's logo, as shoppers' browsers fetch it."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from acquiring.core.errors import Problem
from merchants import branding


@require_safe
def logo(request: HttpRequest, merchant: str, digest: str) -> HttpResponse:
    """The picture. Its address changes with it, so a browser keeps it for ever.

    Opened by itself an SVG is a page of ours: the policy makes it one that can do nothing.
    """
    try:
        picture = branding.logo(merchant, digest)
    except Problem as problem:
        raise Http404(problem.message) from problem
    response = HttpResponse(picture.data, content_type=picture.type)
    response["Cache-Control"] = "public, max-age=31536000, immutable"
    response["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    response["X-Content-Type-Options"] = "nosniff"
    return response
