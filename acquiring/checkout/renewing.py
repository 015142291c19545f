"""The same once more: a new code where one ran out, the request sent to the phone again."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.views.decorators.http import require_POST

from acquiring.checkout import flows, tries, visits
from acquiring.checkout.pages import shopper_page
from acquiring.checkout.tries import Filled, SeeOther
from acquiring.core.errors import Problem
from acquiring.payments.wishes import Instrument

KEPT = ("customer", "billing")


@require_POST
@shopper_page
def fresh(request: HttpRequest, token: str) -> HttpResponse:
    """Try the newest payment's method again, with what the shopper had typed.

    The form's `once` is the payment it takes the place of, so that pressing twice makes one.
    """
    visit = visits.of_session(token, request)
    tries.stop(visit)
    visit = visits.of_session(token, request)
    payment = visit.book.payment if visit.book else None
    with translation.override(visit.language):
        if not visit.active:
            raise Problem("merchant_not_approved")
        if visit.state != "choose" or payment is None or not flows.renewable(payment):
            return SeeOther(visit.address)
        tries.stop_guessing(visit)
        said = {name: payment.shopper[name] for name in KEPT if name in payment.shopper}
        posted = {tries.METHOD: payment.method, tries.ONCE: request.POST.get(tries.ONCE, "")}
        return tries.make(request, visit, posted, Filled(Instrument(payment.method), said, {}))
