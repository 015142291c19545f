"""Whom an application's events go to, and what they say.

A platform hears of those it opened; whoever signed up alone hears at the business's test merchant.
An event carries no personal data: it says what moved, and the API tells the rest to who may ask.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from acquiring.core import ids, outbox
from acquiring.core.clock import rfc3339
from merchants.models import Merchant, Mode
from merchants.onboarding.models import Application


def listener(row: Application) -> UUID:
    """The merchant that hears of an application."""
    if row.platform_id:
        return row.platform_id
    test = Merchant.objects.filter(business_id=row.business_id, mode=Mode.TEST)
    return test.values_list("id", flat=True)[0]


def announce(row: Application, what: str, **more: Any) -> None:
    """`onboarding.application.<what>`, in the transaction of its cause."""
    outbox.announce(
        listener(row), f"onboarding.application.{what}", row.shown, {**brief(row), **more}
    )


def announce_part(row: Application, type: str, part: str, **more: Any) -> None:
    """`onboarding.<type>` of one part of an application, such as `task.opened`."""
    payload = {"id": part, "object": type.split(".")[0], "application": row.shown, **more}
    outbox.announce(listener(row), f"onboarding.{type}", part, payload)


def brief(row: Application) -> dict[str, Any]:
    """An application without what was said in it."""
    return {
        "id": row.shown,
        "object": "onboarding_application",
        "business": ids.show("biz", row.business_id),
        "mode": row.mode,
        "status": row.status,
        "country": row.country,
        "entity": row.entity or None,
        "reference": row.reference,
        "version": row.version,
        "created_at": rfc3339(row.created_at),
        "changed_at": rfc3339(row.changed_at),
        "sent_at": rfc3339(row.sent_at) if row.sent_at else None,
        "decided_at": rfc3339(row.decided_at) if row.decided_at else None,
        "recheck_at": rfc3339(row.recheck_at) if row.recheck_at else None,
    }
