"""What waits for the merchant, most urgent first, each with the page where it is dealt with."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from django.urls import reverse
from django.utils.translation import gettext, ngettext

from acquiring.core import ids
from acquiring.ledger.models import Verification
from acquiring.payments import needs as payments
from acquiring.payments.needs import MOST, Waiting
from acquiring.portal.business.words import say
from acquiring.portal.frame import place
from acquiring.webhooks import queries as webhooks
from acquiring.webhooks.models import Endpoint
from merchants.models import Mode
from merchants.onboarding import queries as onboarding
from merchants.queries import Desk

Balances = dict[str, dict[str, int]]
URGENT_DAYS = 2


class Task(NamedTuple):
    """One line: what it is, what is known of it, and by when where there is a time."""

    tone: str
    icon: str
    title: str
    address: str
    amount: int | None = None
    currency: str = ""
    more: str = ""
    due: datetime | None = None
    urgent: bool = False


def tasks(desk: Desk, balances: Balances, now: datetime) -> list[Task]:
    """What needs the merchant now. `balances` are those of the balance card. Five reads at most."""
    found: list[Task] = []
    found += _faults(desk)
    found += _negative(desk, balances)
    order = {"capture": 0, "unknown": 1, "attention": 2}
    waiting = sorted(payments.waiting(desk.tenant.id), key=lambda one: order[one.kind])
    found += [_of_payments(desk, one, now) for one in waiting]
    found += _endpoints(desk)
    found += _application(desk)
    return sorted(found, key=lambda one: ["bad", "wait", "unsure", "info"].index(one.tone))


def _faults(desk: Desk) -> list[Task]:
    if not desk.may("balances.view"):
        return []
    last = Verification.objects.filter(merchant_id=desk.tenant.id).exclude(fault="").first()
    if last is None:
        return []
    title = gettext("The ledger does not agree with its seal")
    return [Task("bad", "alert-triangle", title, place(desk, "balances"), more=last.fault)]


def _negative(desk: Desk, balances: Balances) -> list[Task]:
    title = gettext("Available balance below zero")
    more = gettext("Refunds took more than was there; the next captures fill it")
    return [
        Task("bad", "wallet", title, place(desk, "balances"), sums["available"], currency, more)
        for currency, sums in balances.items()
        if sums["available"] < 0
    ]


def _of_payments(desk: Desk, one: Waiting, now: datetime) -> Task:
    count = f"{one.payments}+" if one.payments >= MOST else str(one.payments)
    facts: dict[str, Any] = {"count": count}
    if one.kind == "capture":
        title = ngettext("Capture %(count)s payment", "Capture %(count)s payments", one.payments)
        urgent = one.due is not None and (one.due - now).days < URGENT_DAYS
        more = gettext("Held, not taken; what is not captured in time goes back to the shopper")
        tone, icon, query = "bad" if urgent else "info", "lock", "?status=authorized"
    elif one.kind == "unknown":
        title = ngettext(
            "%(count)s payment with unknown result",
            "%(count)s payments with unknown result",
            one.payments,
        )
        urgent, more = False, gettext("Do not charge again; we keep asking the provider")
        tone, icon, query = "unsure", "help", "?standing=unknown"
    else:
        title = ngettext("Look at %(count)s payment", "Look at %(count)s payments", one.payments)
        urgent, more = False, gettext("Something happened that a person must judge")
        tone, icon, query = "wait", "eye", "?standing=attention"
    address = place(desk, "payments") + query
    if one.payments == 1:
        address = place(desk, "payment", ids.show("pay", one.first))
    due = one.due if one.kind == "capture" else None
    return Task(tone, icon, title % facts, address, one.amount, one.currency, more, due, urgent)


def _application(desk: Desk) -> list[Task]:
    """The application for live payments, while it waits for the business."""
    row = onboarding.application(desk.business.pk, Mode.LIVE)
    if row is None or not desk.may("business.change"):
        return []
    address = reverse("live:business")
    if row.status == row.Status.DRAFT:
        title = gettext("Finish your application for live payments")
        more = gettext("What you said so far is saved")
        return [Task("info", "building-store", title, address, more=more)]
    asked = [one for one in onboarding.tasks(row) if one.answered_at is None]
    if not asked:
        return []
    title = gettext("Something is asked about your business")
    due = min((one.due_at for one in asked if one.due_at), default=None)
    return [Task("wait", "help", title, address, more=say(asked[0].words), due=due)]


def _endpoints(desk: Desk) -> list[Task]:
    if not desk.may("webhooks.view"):
        return []
    found = []
    for one in webhooks.endpoints(desk.tenant.id):
        shown = ids.show("we", one.id)
        if one.reason in {Endpoint.Reason.GONE, Endpoint.Reason.FAILING}:
            title, tone = gettext("Webhook endpoint was switched off"), "bad"
        elif one.failing_since is not None:
            title, tone = gettext("Webhook endpoint is failing"), "wait"
        else:
            continue
        task = Task(tone, "webhook", title, place(desk, "webhook", shown), more=one.url)
        found.append(task)
    return found
