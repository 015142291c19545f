"""What people are told of their business's application for live payments.

Its events go to the business's test merchant, since there may be no live one yet. Of an application
that a platform opened the platform hears by webhook, and nobody is written to. What is told never
comes from a check: a merchant who is looked at more closely reads that we are looking.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db.models import Exists, F, OuterRef, TextField, Value
from django.db.models.functions import Cast, Concat, Replace

from acquiring.core import clock, ids
from acquiring.notices import services
from acquiring.notices.models import Notice
from merchants import services as merchants
from merchants.models import Mode
from merchants.onboarding import queries
from merchants.onboarding.models import Application, Document, Task

LEFT = "onboarding.left"
REMINDED_AFTER, FORGOTTEN_AFTER = timedelta(days=3), timedelta(days=14)
OWNER = "owner"


def happened(event: Any) -> None:
    """Tell the business's people of one event of its application."""
    row = _of(event)
    if row is not None and not row.platform_id:
        TOLD[event.type](event, row)


def remind(limit: int) -> int:
    """Tell people of an application that was begun and left, once; returns of how many."""
    left = applications_left(limit)
    for row in left:
        facts = {"mode": row.mode, "business": str(row.business)}
        tenant: UUID = row.tenant  # type: ignore[attr-defined]  # annotated
        services.tell(tenant, LEFT, row.shown, facts, once=f"{LEFT}:{row.pk.hex}")
    return len(left)


def applications_left(limit: int) -> list[Application]:
    """Drafts that nobody touched for some days, and of which nobody was told."""
    text = TextField()
    shown = Replace(Cast(OuterRef("pk"), text), Value("-"), Value(""), output_field=text)
    told = Notice.objects.filter(
        merchant_id=OuterRef("tenant"),
        once=Concat(Value(f"{LEFT}:", text), shown, output_field=text),
    )
    now = clock.now()
    rows = Application.objects.filter(
        status=Application.Status.DRAFT,
        platform_id=None,
        mode=Mode.LIVE,
        changed_at__range=(now - FORGOTTEN_AFTER, now - REMINDED_AFTER),
        business__merchants__mode=Mode.TEST,
    ).annotate(tenant=F("business__merchants__id"))
    untold = rows.exclude(Exists(told)).select_related("business")
    return list(untold.order_by("changed_at")[:limit])


def _sent(event: Any, row: Application) -> None:
    _tell(event, row, "onboarding.sent", {"business": str(row.business)})


def _asked(event: Any, row: Application) -> None:
    open_ones = [one for one in queries.tasks(row) if one.answered_at is None]
    words = open_ones[0].words if open_ones else ""
    _tell(event, row, "onboarding.asked", {"count": len(open_ones), "told": words})


def _in_review(event: Any, row: Application) -> None:
    _tell(event, row, "onboarding.in_review", {"business": str(row.business)})


def _approved(event: Any, row: Application) -> None:
    _tell(event, row, "onboarding.approved", {"business": str(row.business)})


def _refused(event: Any, row: Application) -> None:
    verdict = queries.verdict(row)
    told = (verdict.told if verdict else "") or "unfit"
    _tell(event, row, "onboarding.refused", {"business": str(row.business), "told": told})


def _document_refused(event: Any, row: Application) -> None:
    paper = Document.objects.filter(pk=ids.read("doc", event.subject), application=row).first()
    if paper is not None:
        reason = paper.reason or "unsaid"
        _tell(event, row, "onboarding.document_refused", {"file": paper.name, "told": reason})


def _task_opened(event: Any, row: Application) -> None:
    """What the calendar asks; what rules and people ask is told with the question as a whole."""
    task = Task.objects.filter(pk=ids.read("tsk", event.subject), application=row).first()
    if task is None or task.asked_by != "calendar":
        return
    about_paper = task.path.startswith("documents")
    kind = "onboarding.document_expiring" if about_paper else "onboarding.recheck"
    facts = {"told": task.words}
    if task.due_at:
        facts["until"] = clock.rfc3339(task.due_at)
    _tell(event, row, kind, facts)


def _bank_account(event: Any, row: Application) -> None:
    """All owners, whoever changed it: nobody takes the payouts unnoticed."""
    owners = {one.pk for one in merchants.people_to_notify(event.merchant_id, [OWNER])}
    usable = event.facts.get("usable_at") or clock.rfc3339(event.at)
    facts = {
        "currency": event.facts["currency"],
        "account": f"{event.facts['currency']} \u00b7\u00b7\u00b7\u00b7 {event.facts['last4']}",
        "until": usable,
    }
    _tell(event, row, "onboarding.bank_account", facts, only=owners)


def _tell(
    event: Any,
    row: Application,
    kind: str,
    facts: Mapping[str, Any],
    only: set[UUID] | None = None,
) -> None:
    services.tell(
        event.merchant_id,
        kind,
        row.shown,
        {"mode": row.mode, **facts},
        once=f"{kind}:{event.id.hex}",
        only=only,
        silent=event.old,
    )


def _of(event: Any) -> Application | None:
    """The application that an event is about, itself or one of its parts."""
    shown = event.facts.get("application") or event.facts.get("id", "")
    known = Application.objects.select_related("business")
    return known.filter(pk=ids.read("app", str(shown))).first()


TOLD: dict[str, Callable[[Any, Application], None]] = {
    "onboarding.application.sent": _sent,
    "onboarding.application.needs_information": _asked,
    "onboarding.application.in_review": _in_review,
    "onboarding.application.approved": _approved,
    "onboarding.application.refused": _refused,
    "onboarding.document.refused": _document_refused,
    "onboarding.task.opened": _task_opened,
    "onboarding.bank_account.changed": _bank_account,
}
