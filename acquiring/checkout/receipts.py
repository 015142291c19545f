"""The shopper's receipt as a page of its own: to print, and to keep as a file.

The file is the same page with its style inside, so that it looks the same years later and without
us. It holds what the page of the paid session shows, and no address of ours.
"""

from __future__ import annotations

from pathlib import Path

from django.contrib.staticfiles import finders
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.http import require_GET

from acquiring.checkout import languages, pages, policy, visits, words
from acquiring.checkout.pages import shopper_page
from acquiring.checkout.visits import Visit
from acquiring.core import ids
from acquiring.core.errors import Problem

STYLE = "checkout/receipt.css"
DOWNLOAD = "download"


@require_GET
@shopper_page
def show(request: HttpRequest, token: str) -> HttpResponse:
    """The receipt of a paid session; `?download` gives it as a file."""
    visit = visits.of_session(token, request)
    if visit.state != "paid":
        raise Problem("not_found", "This session has no receipt: it is not paid.")
    with translation.override(visit.language):
        if DOWNLOAD in request.GET:
            return _file(request, visit)
        joint = "&" if visit.carried else "?"
        more = {"file_url": f"{visit.place('checkout_receipt')}{joint}{DOWNLOAD}"}
        return pages.draw(request, visit, "checkout/receipt.html", facts(visit) | more)


def facts(visit: Visit) -> dict[str, str]:
    """What a receipt says beyond the session, the payment and the merchant."""
    assert visit.book is not None
    payment = visit.book.payment
    return {"paid_with": words.paid_with(visit), "receipt": ids.show("pay", payment.id)}


def _file(request: HttpRequest, visit: Visit) -> HttpResponse:
    assert visit.book is not None
    known = facts(visit)
    context = {
        "visit": visit,
        "session": visit.session,
        "merchant": visit.look,
        "payment": visit.book.payment,
        "is_test": visit.is_test,
        "languages": languages.offered(),
        "style": _style(),
    }
    response = render(request, "checkout/receipt_file.html", context | known)
    name = f"receipt-{known['receipt']}.html"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return policy.guard(response)


def _style() -> SafeString:
    """The receipt's own sheet; trusted, since it is a file of ours."""
    sheet = Path(str(finders.find(STYLE))).read_text("utf-8")
    return mark_safe(f"<style>{sheet}</style>")  # noqa: S308
