"""The checkout with nothing behind it, in a look that is tried on: for the settings, in a frame.

It is the page that shoppers get, with the ways to pay that they would get. Nothing can be sent from
it, it can be shown by our own pages only, and its address is signed and soon void.
"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_GET

from acquiring.checkout import languages, pages, policy, shops, visits
from acquiring.checkout.pages import shopper_page
from acquiring.checkout.visits import Visit
from acquiring.core import ids
from acquiring.core.money import Money
from acquiring.payments.checkout import SESSION_LIFE
from acquiring.payments.models import CheckoutSession
from acquiring.payments.services import Merchant
from merchants import drafts
from merchants.services import now_for

SAMPLE, ORDER = "49", "1042"


class Preview(Visit):
    """A visit to a session that was never opened: all its addresses lead back to itself."""

    real = False

    @property
    def sheet(self) -> str:
        return reverse("checkout_preview_look", args=[self.token])

    def place(self, name: str) -> str:
        return f"{reverse('checkout_preview', args=[self.token])}{self.carried}"


@require_GET
@shopper_page
def show(request: HttpRequest, token: str) -> HttpResponse:
    """The ways to pay, as a shopper of this merchant or store would see them."""
    draft = drafts.read(token)
    row = visits.merchant_row(draft.merchant_id)
    now = now_for(row.pk)
    session = CheckoutSession(
        id=ids.new(),
        merchant_id=row.pk,
        amount=Money.from_major(SAMPLE, row.default_currency).amount,
        currency=row.default_currency,
        reference=ORDER,
        expires_at=now + SESSION_LIFE,
        created_at=now,
    )
    visit = Preview(
        token=token,
        merchant=Merchant(row.pk, row.mode),
        active=True,
        look=draft.look,
        session=session,
        book=None,
        language=languages.of(request),
        country=draft.look.country,
        carried=visits.carried(request),
    )
    return policy.guard(pages.choose(request, visit), ["'self'"], forms="'none'")


@require_GET
@shopper_page
def look(request: HttpRequest, token: str) -> HttpResponse:
    """The colour and corners that are tried on."""
    return policy.sheet(shops.stylesheet(drafts.read(token).look))
