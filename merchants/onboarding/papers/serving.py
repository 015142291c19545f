"""How a paper leaves: as a small picture, as a page drawn anew, or as the file to keep.

Whoever calls has already found that the person may see it. The file itself is never shown in
place: it is a stranger's, so it is handed over to be kept, in a sandbox, under a name of ours.
"""

from __future__ import annotations

from django.http import HttpResponse

from acquiring.core.errors import Problem
from merchants.onboarding import documents
from merchants.onboarding.models import Document
from merchants.onboarding.papers.rules import ENDINGS

POLICY = "default-src 'none'; sandbox; frame-ancestors 'none'"
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "private, no-store",
    "Referrer-Policy": "no-referrer",
}


def thumbnail(document: Document) -> HttpResponse:
    """The small picture of its first page. Raises Problem `not_found` when the bytes are gone."""
    content = documents.picture(document)
    if content is None:
        raise Problem("not_found", "This paper was deleted.")
    return _answer(content, "image/png", f'inline; filename="{document.shown}-small.png"')


def page(document: Document, number: int = 1) -> HttpResponse:
    """A page for reading. Raises Problem."""
    content = documents.page(document, number)
    return _answer(content, "image/jpeg", f'inline; filename="{document.shown}-{number}.jpg"')


def original(document: Document) -> HttpResponse:
    """The file as it was sent, to be kept. Raises Problem `not_found` when the bytes are gone."""
    content = documents.content(document)
    ending = ENDINGS[document.type]
    return _answer(content, document.type, f'attachment; filename="{document.shown}.{ending}"')


def _answer(content: bytes, media_type: str, disposition: str) -> HttpResponse:
    headers = {**HEADERS, "Content-Disposition": disposition}
    return HttpResponse(content, content_type=media_type, headers=headers)
