"""Capture, cancel and refund: first the exact effect, then the deed, once.

The form carries a key made when it was drawn; the same key twice is one deed and one answer. An
amount that was changed after its effect was shown is shown again before anything moves.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from acquiring import catalogue
from acquiring.core import audit, ids
from acquiring.core.errors import Problem
from acquiring.core.idempotency import Claim, claim_of
from acquiring.core.money import Money
from acquiring.ledger import fees
from acquiring.ledger import queries as ledger
from acquiring.payments import asks, money, queries, render, services
from acquiring.payments.records import Book, Operation
from acquiring.payments.replays import Done
from acquiring.portal import tables
from acquiring.portal.approvals import asking, deeds
from acquiring.portal.frame import draw, page, place
from acquiring.portal.payments import words
from acquiring.portal.payments.forms import Agree, CaptureMove, Move, RefundMove, said
from acquiring.portal.payments.show import acts
from acquiring.portal.security.again import ask as ask_again
from acquiring.portal.security.again import is_fresh
from merchants.queries import Desk
from merchants.services import user_actor

Deed = Callable[[Claim], Done]


@page("payments.refund")
def refund(request: HttpRequest, desk: Desk, shown: str) -> HttpResponse:
    """Give money back: who gets it and when, what it costs, what stays; then do it."""
    book = _book(desk, shown)
    limit = Money(book.refundable, book.payment.currency)
    form = _form(RefundMove, request, limit)
    amount = _amount(form, limit)

    def deed(claim: Claim) -> Done:
        reason = form.cleaned_data["reason"]
        return money.refund(desk.tenant.id, book.payment.id, amount, reason, None, claim)

    # Small ones that follow each other are not small: what goes back of a payment counts together.
    back = book.payment.amount_refunded + book.refund_pending
    second = asking.needed(desk, deeds.REFUND, Money(amount + back, book.payment.currency))
    if _is_agreed(request, form, amount):
        if second and not is_fresh(request):
            return ask_again(request, _("Propose the refund"))
        if second:
            done = _propose(request, desk, shown, form, Money(amount, book.payment.currency))
        else:
            body = f"refund:{amount}:{form.data.get('reason')}"
            done = _do(request, desk, shown, form, deed, body)
        if done is not None:
            return done
    effect = _refund_effect(desk, book, amount)
    return _ask(request, desk, book, form, "refund", amount, effect, second)


@page("payments.refund")
def capture(request: HttpRequest, desk: Desk, shown: str) -> HttpResponse:
    """Take money that is held: how much arrives and when, what becomes of the rest; then do it."""
    book = _book(desk, shown)
    limit = Money(book.capturable, book.payment.currency)
    form = _form(CaptureMove, request, limit)
    amount = _amount(form, limit)
    effect = _capture_effect(book, amount)

    def final() -> bool:
        """Where only one capture is possible it is the last one, whatever the form says."""
        return form.cleaned_data["final"] if effect["several"] else True

    def deed(claim: Claim) -> Done:
        return money.capture(desk.tenant.id, book.payment.id, amount, final(), claim)

    if _is_agreed(request, form, amount):
        done = _do(request, desk, shown, form, deed, f"capture:{amount}:{final()}")
        if done is not None:
            return done
    return _ask(request, desk, book, form, "capture", amount, effect)


@page("payments.refund")
def cancel(request: HttpRequest, desk: Desk, shown: str) -> HttpResponse:
    """Give a hold, or an unpaid wish, up; first what that means."""
    book = _book(desk, shown)
    form = Agree(request.POST or None, initial={"once": ids.new()})

    def deed(claim: Claim) -> Done:
        merchant = services.Merchant(desk.tenant.id, desk.mode)
        return services.cancel(merchant, book.payment.id, claim)

    if request.method == "POST" and form.is_valid():
        done = _do(request, desk, shown, form, deed, "cancel")
        if done is not None:
            return done
    return _ask(request, desk, book, form, "cancel", book.payment.amount, {})


def key_of(desk: Desk, once: object, endpoint: str, body: str = "") -> Claim:
    """The claim under a form's own key."""
    return claim_of(desk.tenant.id, f"portal-{once}", endpoint, body.encode())


def record(desk: Desk, done: Done, endpoint: str, shown: str) -> None:
    """Write into the audit log who did it; an answer that was given before was written before."""
    if done.replay is not None:
        return
    row = done.row
    subject = render.outside_id(row) if isinstance(row, Operation) else shown
    changes = {"payment": shown}
    if isinstance(row, Operation):
        changes |= {"amount": str(row.amount), "currency": row.currency}
    audit.record(user_actor(desk.user), f"payment.{endpoint}", subject, desk.tenant.id, changes)


def _book(desk: Desk, shown: str) -> Book:
    return queries.book(desk.tenant.id, ids.read("pay", shown))


def _form(kind: type[Move], request: HttpRequest, limit: Money) -> Any:
    """The form as sent, or with the whole sum, or with the amount the address asks about."""
    if request.method == "POST":
        return kind(request.POST, limit)
    asked = request.GET.get("amount", limit.major())
    return kind(None, limit, initial={"amount": asked, "once": ids.new()})


def _amount(form: Any, limit: Money) -> int:
    """The amount whose effect is shown: what was typed if it can be, else all that is left."""
    if form.is_bound:
        form.is_valid()
        return form.cleaned_data.get("amount") or limit.amount
    asked = type(form)({"amount": form.initial["amount"], "once": form.initial["once"]}, limit)
    asked.is_valid()
    return asked.cleaned_data.get("amount") or limit.amount


def _is_agreed(request: HttpRequest, form: Any, amount: int) -> bool:
    """Whether the form was sent, is right, and its very amount was shown with its effect."""
    if request.method != "POST" or not form.is_valid():
        return False
    return form.cleaned_data["seen"] == str(amount)


def _do(
    request: HttpRequest, desk: Desk, shown: str, form: Any, deed: Deed, endpoint: str
) -> HttpResponse | None:
    """Do it once and go back to the payment; None after a refusal, which the form then says."""
    verb = endpoint.partition(":")[0]
    claim = key_of(desk, form.cleaned_data["once"], f"{shown}/{verb}", endpoint)
    try:
        done = deed(claim)
    except Problem as problem:
        if problem.code == "idempotency_in_progress":
            messages.warning(request, said(problem))
            return redirect(place(desk, "payment", shown))
        if problem.status == 404:
            raise
        if isinstance(form, Move):
            form.refuse(problem)
        else:
            form.add_error(None, said(problem))
        return None
    record(desk, done, verb, shown)
    _say(request, done, verb)
    return redirect(place(desk, "payment", shown))


def _propose(
    request: HttpRequest, desk: Desk, shown: str, form: Any, amount: Money
) -> HttpResponse | None:
    """Ask for a second person; None after a refusal, which the form then says."""
    facts = {
        "payment": shown,
        "amount": amount.amount,
        "currency": amount.currency,
        "reason": form.cleaned_data["reason"],
    }
    once = f"refund:{form.cleaned_data['once']}"
    try:
        return asking.propose(request, desk, deeds.REFUND, facts, facts, once, shown)
    except Problem as problem:
        form.refuse(problem)
        return None


def _say(request: HttpRequest, done: Done, verb: str) -> None:
    """What came of it, doubt said plainly."""
    row = done.row
    if not isinstance(row, Operation):
        fresh = verb == "cancel" and done.replay is None
        messages.success(request, _("Canceled.") if fresh else _("Done. It was sent once."))
        return
    amount = words.sum_of(row.amount, row.currency)
    if row.unknown:
        text = _(
            "We do not know yet whether %(amount)s moved. Do not try again: we ask until we know."
        )
        messages.warning(request, text % {"amount": amount})
    elif row.status == "failed":
        text = _("The provider refused: %(reason)s.") % {"reason": tables.plain(row.decline_code)}
        messages.error(request, f"{text} {tables.advice(row.decline_code)}".strip())
    elif row.status == "pending":
        text = _("%(amount)s is on its way. The provider confirms it later.")
        messages.success(request, text % {"amount": amount})
    else:
        done_words = {
            "refund": _("%(amount)s refunded."),
            "capture": _("%(amount)s captured."),
            "cancel": _("Canceled. %(amount)s was given back."),
        }
        messages.success(request, done_words[verb] % {"amount": amount})


def _ask(
    request: HttpRequest,
    desk: Desk,
    book: Book,
    form: Any,
    verb: str,
    amount: int,
    effect: dict[str, Any],
    second_person: bool = False,
) -> HttpResponse:
    """The page with the effect; its button names the verb and the amount."""
    if isinstance(form, Move) and form.is_bound:
        sent: Any = form.data.copy()  # type: ignore[attr-defined]
        changed = sent.get("seen") != str(amount) and not form.errors
        sent["seen"] = str(amount)
        form.data = sent
    else:
        form.initial["seen"] = str(amount)
        changed = False
    name, email = words.person_of(book.payment)
    context = {
        "form": form,
        "payment": book.payment,
        "shown": ids.show("pay", book.payment.id),
        "amount": amount,
        "amount_said": words.sum_of(amount, book.payment.currency),
        "changed": changed,
        "person": name or email,
        "method": words.method_of(book.payment)[0],
        "effect": effect,
        "second_person": second_person,
        **acts(desk, book),
    }
    status = 422 if form.is_bound and form.errors else 200
    return draw(request, desk, f"portal/payment_{verb}.html", context, status)


def _refund_effect(desk: Desk, book: Book, amount: int) -> dict[str, Any]:
    """Fees that stay, and what the balance is before and after."""
    payment = book.payment
    balances = ledger.merchant_balances(desk.tenant.id).get(payment.currency, {})
    available = balances.get("available", 0)
    fee = sum(one.fee for one in book.captures if one.status == "succeeded")
    captured = payment.amount_captured or 1
    attempt = book.success
    connector = asks.connector_of(payment, attempt.provider) if attempt else None
    return {
        "fees": fee * amount // captured,
        "available": available,
        "after": available - amount,
        "left_said": words.sum_of(book.refundable, payment.currency),
        "back": payment.amount_refunded + book.refund_pending,
        "whole_only": connector is not None and connector.refund == "full",
        "never": connector is None or connector.refund in (None, "none"),
        "provider": tables.provider(attempt.provider) if attempt else "",
    }


def _capture_effect(book: Book, amount: int) -> dict[str, Any]:
    """The platform's fee, when the rest arrives, and what becomes of the rest of the hold."""
    payment, attempt = book.payment, book.success
    if attempt is None:
        return {"several": False, "fee": 0, "arrives": 0, "rest": 0}
    connector = asks.connector_of(payment, attempt.provider)
    kind = catalogue.method(payment.method).kind
    price = fees.price(payment.merchant_id, kind, payment.currency)
    fee = price.of(Money(amount, payment.currency))
    return {
        "several": bool(connector.multiple_capture) and amount < book.capturable,
        "whole_only": not connector.partial_capture,
        "fee": fee,
        "arrives": amount - fee,
        "days": connector.settle_days,
        "left_said": words.sum_of(book.capturable, payment.currency),
        "rest": book.capturable - amount,
        "provider": tables.provider(attempt.provider),
    }
