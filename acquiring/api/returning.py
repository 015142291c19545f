"""The shopper's way back from a bank, a wallet or an issuer: `/return/{merchant}/{attempt}`.

A provider that knows one address for all payments has `/return/{merchant}/account/{account}`.

What the browser carries is a hint only: the provider is asked. Then the shopper goes on to the
address that the merchant gave when the payment was made, and to no other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from acquiring.core import addresses, ids
from acquiring.payments import services
from acquiring.payments.records import Book, Payment

MAX_PARAMETERS = 50
Meeting = Callable[[UUID, UUID, Mapping[str, str]], Book]


class SeeOther(HttpResponseRedirect):
    """303: whatever the method was, go on with GET."""

    status_code = 303


# The browser comes from another site by design, often with a POST: there is no token to check.
@csrf_exempt
@require_http_methods(["GET", "POST"])
def back(request: HttpRequest, merchant: str, attempt: str) -> HttpResponse:
    """Ask the provider what became of it, and send the shopper on."""
    return _met(request, services.returned, merchant, attempt)


@csrf_exempt
@require_http_methods(["GET", "POST"])
def back_named(request: HttpRequest, merchant: str, account: str) -> HttpResponse:
    """The same, from a provider that names the payment itself."""
    return _met(request, services.returned_named, merchant, account)


def _met(request: HttpRequest, meet: Meeting, merchant: str, row: str) -> HttpResponse:
    try:
        book = meet(UUID(hex=merchant), UUID(hex=row), _parameters(request))
    except (ValueError, LookupError):
        return render(request, "returned.html", {"payment": None}, status=404)
    payment = book.payment
    if payment.return_url:
        return SeeOther(onward(payment))
    return render(request, "returned.html", {"payment": payment})


def onward(payment: Payment) -> str:
    """The merchant's own address, with the payment's id and status added to its query; the
    session's page where the shopper pays on ours."""
    if payment.session_id is not None:
        page = addresses.checkout_url(payment.merchant_id, payment.session_id)
        if payment.return_url == page:
            return page
    shown = ids.show("pay", payment.id)
    return addresses.told(payment.return_url, payment=shown, status=payment.status)


def _parameters(request: HttpRequest) -> dict[str, str]:
    pairs = [*request.GET.items(), *request.POST.items()][:MAX_PARAMETERS]
    return {name: value for name, value in pairs if isinstance(value, str)}
