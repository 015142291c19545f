"""What has not happened in time has no event: it is looked for.

Each look reads small partial indexes (what is open, what is authorized, what fails), leaves out
what was told before, and tells at most BATCH of a kind; the next look goes on.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.db import connection

from acquiring import catalogue
from acquiring.core import clock, ids
from acquiring.notices import applications, services
from acquiring.webhooks.models import Endpoint

BATCH = 200
PATIENCE = timedelta(hours=1)
AHEAD = timedelta(hours=24)

_UNTOLD = """
    NOT EXISTS (SELECT 1 FROM notices_notice n WHERE n.merchant_id = {row}.merchant_id
      AND n.once = %(kind)s || ':' || replace({row}.id::text, '-', ''))
"""
# By the merchant's own clock, which a test merchant may have moved ahead.
_STUCK = f"""
    SELECT a.merchant_id, a.id, a.payment_id, a.amount, a.currency, a.provider
    FROM payments_attempt a JOIN merchants_merchant m ON m.id = a.merchant_id
    WHERE a.next_inquiry_at IS NOT NULL AND a.status IN ('sent', 'unknown')
      AND a.sent_at <= %(now)s + make_interval(secs => m.clock_ahead_seconds) - %(patience)s
      AND {_UNTOLD.format(row="a")}
    ORDER BY a.next_inquiry_at LIMIT %(batch)s
"""  # noqa: S608 (only texts of our own)
_UNCAPTURED = f"""
    SELECT p.merchant_id, p.id, p.amount_authorized - p.amount_captured, p.currency, p.expires_at
    FROM payments_payment p JOIN merchants_merchant m ON m.id = p.merchant_id
    WHERE p.status = 'authorized'
      AND p.expires_at > %(now)s + make_interval(secs => m.clock_ahead_seconds)
      AND p.expires_at <= %(now)s + make_interval(secs => m.clock_ahead_seconds) + %(ahead)s
      AND {_UNTOLD.format(row="p")}
    ORDER BY p.expires_at LIMIT %(batch)s
"""  # noqa: S608 (only texts of our own)


def watch() -> int:
    """Look for what is late and tell its people; returns of how many things they were told."""
    return _stuck() + _uncaptured() + _failing() + applications.remind(BATCH)


def _stuck() -> int:
    rows = _found("payment.stuck", _STUCK)
    for merchant_id, attempt_id, payment_id, amount, currency, provider in rows:
        named = catalogue.providers().get(provider)
        facts = {
            "amount": amount,
            "currency": currency,
            "provider": named.title if named else provider,
        }
        _tell(merchant_id, "payment.stuck", ids.show("pay", payment_id), facts, attempt_id)
    return len(rows)


def _uncaptured() -> int:
    rows = _found("payment.uncaptured", _UNCAPTURED)
    for merchant_id, payment_id, amount, currency, expires_at in rows:
        facts = {"amount": amount, "currency": currency, "until": clock.rfc3339(expires_at)}
        _tell(merchant_id, "payment.uncaptured", ids.show("pay", payment_id), facts, payment_id)
    return len(rows)


def _failing() -> int:
    late = clock.now() - PATIENCE
    rows = Endpoint.objects.filter(status=Endpoint.Status.ENABLED, failing_since__lte=late)
    for one in rows[:BATCH]:
        assert one.failing_since is not None, "it was asked for"
        facts = {"host": urlsplit(one.url).hostname or one.url, "url": one.url}
        once = f"webhook_endpoint.failing:{one.pk.hex}:{one.failing_since:%Y%m%d%H%M%S}"
        subject = ids.show("we", one.pk)
        services.tell(one.merchant_id, "webhook_endpoint.failing", subject, facts, once)
    return len(rows)


def _found(kind: str, sql: str) -> list[tuple]:
    given: dict[str, Any] = {
        "kind": kind,
        "now": clock.now(),
        "patience": PATIENCE,
        "ahead": AHEAD,
        "batch": BATCH,
    }
    with connection.cursor() as cursor:
        cursor.execute(sql, given)
        return cursor.fetchall()


def _tell(merchant_id: UUID, kind: str, subject: str, facts: dict, row_id: UUID) -> None:
    services.tell(merchant_id, kind, subject, facts, once=f"{kind}:{row_id.hex}")
