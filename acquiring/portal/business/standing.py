"""How an application stands once it was sent: what happened, what is asked, what was decided.

Nothing here comes from the checks themselves: what they found is for the platform's people, and a
merchant who is looked at more closely reads only that we are looking.
"""

from __future__ import annotations

from datetime import datetime
from fractions import Fraction
from typing import Any, NamedTuple

from django.http import HttpRequest, HttpResponse
from django.utils.functional import Promise
from django.utils.translation import gettext, pgettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from acquiring.core import clock
from acquiring.portal.business import drawing
from acquiring.portal.business.visits import Visit
from acquiring.portal.business.words import say
from merchants.kyc import ownership
from merchants.kyc.requirements import STEPS
from merchants.onboarding import queries
from merchants.onboarding.models import Application, Document, Finding, Task, Verdict

Status = Application.Status
TIERS: dict[str, str | Promise] = {
    "low": pgettext_lazy("tier", "Low risk"),
    "standard": pgettext_lazy("tier", "Standard risk"),
    "elevated": pgettext_lazy("tier", "Elevated risk"),
    "high": pgettext_lazy("tier", "High risk"),
}
KINDS: dict[str, str | Promise] = {
    "bank_redirect": _("Online bank"),
    "card": _("Cards"),
    "direct_debit": _("Direct debit"),
    "open_banking": _("Open banking"),
    "pay_later": _("Pay later"),
    "qr": _("QR codes"),
    "real_time": _("Instant transfer"),
    "voucher": _("Cash and vouchers"),
    "wallet": _("Wallets"),
}


class Event(NamedTuple):
    """One line of the timeline. Without `at` it is expected, not happened."""

    words: str
    tone: str
    icon: str
    at: datetime | None = None
    more: str = ""


class Limit(NamedTuple):
    """One term: its name, and an amount or words."""

    title: str
    amount: int | None = None
    words: str = ""


class Ask(NamedTuple):
    """A task with the page where the piece is mended, where there is one."""

    task: Task
    words: str
    why: str
    address: str


def show(request: HttpRequest, visit: Visit) -> HttpResponse:
    """The page of an application that was sent."""
    verdict = queries.verdict(visit.application)
    status = visit.application.status
    decided = verdict if status in {Status.APPROVED, Status.REFUSED} else None
    # As they are now, not as the payment path remembers them for some seconds.
    approved = status == Status.APPROVED
    terms = queries.terms_now(visit.business.pk, visit.application.mode) if approved else None
    every = queries.tasks(visit.application)
    context: dict[str, Any] = {
        "events": timeline(visit, verdict),
        "verdict": decided,
        "tier": TIERS.get(decided.tier, decided.tier) if decided else "",
        "reason": say(decided.told) if decided else "",
        "seen": _seen(visit) if status == Status.REFUSED else [],
        "rules": _rules(decided),
        "terms": terms,
        "limits": limits(terms) if terms else [],
        "kinds": [str(KINDS.get(kind, kind)) for kind in terms.kinds] if terms else [],
        "asks": [_ask(visit, one) for one in every if one.answered_at is None],
        "answered": [_ask(visit, one) for one in every if one.answered_at is not None],
        "open": drawing.mistakes(visit, list(visit.asking.asked.values()), True, {}),
        "cooling": queries.account_rows(visit.application).filter(usable_at__gt=clock.now()),
    }
    return visit.draw(request, "standing", context)


def timeline(visit: Visit, verdict: Verdict | None) -> list[Event]:
    """What happened, the newest first, the expected next step on top."""
    row = visit.application
    happened = [Event(gettext("Begun"), "calm", "pencil", row.created_at)]
    if row.sent_at:
        happened.append(Event(gettext("Sent to us"), "info", "send", row.sent_at))
    for task in Task.objects.filter(application_id=row.pk).order_by("-id")[:20]:
        words = gettext("We asked for something")
        happened.append(Event(words, "wait", "help", task.created_at, say(task.words)))
        if task.answered_at:
            answered = gettext("You answered")
            happened.append(Event(answered, "info", "check", task.answered_at, say(task.words)))
    refused = Document.objects.filter(application_id=row.pk, status=Document.Status.REFUSED)
    for paper in refused.order_by("-id").only("name", "reason", "created_at")[:10]:
        words = gettext("A document could not be taken")
        happened.append(Event(words, "bad", "file-text", paper.created_at, say(paper.reason)))
    if verdict and row.status == Status.APPROVED and row.decided_at:
        words = pgettext("application", "Approved")
        happened.append(Event(words, "ok", "circle-check", row.decided_at))
    if verdict and row.status == Status.REFUSED and row.decided_at:
        words = pgettext("application", "Refused")
        happened.append(Event(words, "bad", "x", row.decided_at))
    ordered = sorted(happened, key=lambda one: one.at or row.created_at, reverse=True)
    return [*_expected(row), *ordered]


def limits(terms: Any) -> list[Limit]:
    """What the terms allow, in the order people ask for it."""
    rows = [
        Limit(gettext("Largest payment"), terms.per_payment, gettext("no limit")),
        Limit(gettext("In a day"), terms.daily, gettext("no limit")),
        Limit(gettext("In a month"), terms.monthly, gettext("no limit")),
    ]
    reserve = gettext("none")
    if terms.reserve_basis_points:
        reserve = gettext("%(share)s%% of each payment, given back after %(days)s days") % {
            "share": ownership.percent(Fraction(terms.reserve_basis_points, ownership.WHOLE)),
            "days": terms.reserve_days,
        }
    rows.append(Limit(gettext("Held back as a reserve"), None, reserve))
    days = gettext("%(days)s working days after the payment") % {"days": terms.settlement_days}
    rows.append(Limit(gettext("Ready to be paid out"), None, days))
    return rows


def _expected(row: Application) -> list[Event]:
    words = {
        Status.CHECKING: gettext("The automatic checks run; they take a minute"),
        Status.ASKED: gettext("Waiting for you"),
        Status.REVIEW: gettext("One of our people looks at it"),
    }.get(Status(row.status))
    return [Event(words, "wait", "hourglass")] if words else []


def _rules(verdict: Verdict | None) -> list[tuple[str, str]]:
    """The rules that fired, each with its source. Of those that made somebody look, and of those
    that the law forbids to tell, nothing.
    """
    if verdict is None:
        return []
    shown = {Verdict.Outcome.APPROVE, Verdict.Outcome.REFUSE}
    return [
        (say(rule.get("told") or rule.get("words", "")), _law(rule.get("source", "")))
        for rule in verdict.rules
        if rule.get("outcome") in shown and not rule.get("hidden")
    ]


def _law(source: str) -> str:
    """The source of a rule, where it is one that a merchant can look up."""
    return "" if source.endswith(".toml") else source


def _seen(visit: Visit) -> list[str]:
    """What the checks let a refused merchant know: the reason behind the rule."""
    found = queries.findings(visit.application)
    return [say(one.told) for one in found if one.result == Finding.Result.FAIL and one.told]


def _ask(visit: Visit, task: Task) -> Ask:
    known = visit.asking.asked.get(task.path)
    address = ""
    if known is not None:
        address = drawing.address_of(visit, known)
    elif task.path:
        address = _step_of(visit, task.path)
    return Ask(task, say(task.words), say(task.why), address)


def _step_of(visit: Visit, path: str) -> str:
    """The page about a piece that is told already, or that no list of ours asks for."""
    names = path.split(".")
    facts = visit.asking.facts
    known = {one.id for one in facts.people} | {one.id for one in facts.accounts}
    if names[0] in {"people", "accounts"} and len(names) > 1 and names[1] in known:
        return visit.at("person" if names[0] == "people" else "account", names[1])
    return visit.at("step", names[0]) if names[0] in STEPS else ""
