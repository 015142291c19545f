"""The documentation inside the product: `/docs`, its pages, its search and the API reference.

Pages are the Markdown files of `docs/`, read from the disk once and drawn without inline styles.
For a signed-in person, samples carry this installation's address and their own test key.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.html import escape
from django.views.decorators.cache import cache_control
from django.views.decorators.vary import vary_on_cookie

from acquiring.api import book
from acquiring.api.book import ORDER, pages  # noqa: F401 (whoever lists the documentation)
from merchants import queries
from merchants.models import ApiKey, User

# What the files say where a reader has something of their own.
ADDRESS = "https://pay.example.com"
PUBLISHABLE = "pk_test_YOUR_PUBLISHABLE_KEY"
SECRET = "sk_test_YOUR_SECRET_KEY"  # noqa: S105 (the words for one)


def index(request: HttpRequest) -> HttpResponse:
    """What there is to read."""
    return _draw(request, "docs/index.html")


@vary_on_cookie
@cache_control(private=True, max_age=0)
def show(request: HttpRequest, name: str) -> HttpResponse:
    """One page."""
    page = book.page(name)
    if page is None:
        raise Http404(name)
    key = _publishable_key(request)
    before, after = book.beside(name)
    around = {
        "page": page,
        "html": personal(page.html, key),
        "has_secret": SECRET in page.html,
        "has_publishable": PUBLISHABLE in page.html,
        "key": key,
        "before": before,
        "after": after,
    }
    return _draw(request, "docs/page.html", around)


def search(request: HttpRequest) -> HttpResponse:
    """The places where every word of `q` stands."""
    words = request.GET.get("q", "")[:200]
    return _draw(request, "docs/search.html", {"words": words, "found": book.search(words)})


@cache_control(public=True, max_age=3600)
def search_index(request: HttpRequest) -> HttpResponse:
    """The book as its own script searches it, without asking anybody."""
    return JsonResponse(book.index(), safe=False)


def reference(request: HttpRequest) -> HttpResponse:
    """The API reference, drawn in the browser from /v1/openapi.json."""
    return render(request, "docs/reference.html")


def personal(html: str, key: str) -> str:
    """A page with this installation's address, and the reader's key where they have one."""
    shown = html.replace(ADDRESS, escape(settings.BASE_URL))
    return shown.replace(PUBLISHABLE, escape(key)) if key else shown


def _draw(
    request: HttpRequest, template: str, context: dict[str, Any] | None = None
) -> HttpResponse:
    return render(request, template, {"chapters": book.chapters(), **(context or {})})


def _publishable_key(request: HttpRequest) -> str:
    """The newest publishable test key of where the person works; "" for anybody else."""
    if not isinstance(request.user, User):
        return ""
    chosen = request.session.get("business")
    desk = queries.desk(request.user, "test", UUID(chosen) if chosen else None)
    if desk is None or not desk.may("keys.view"):
        return ""
    found = queries.api_keys(desk.tenant.id).filter(kind=ApiKey.Kind.PUBLISHABLE, expires_at=None)
    return found.values_list("plain", flat=True).first() or ""
