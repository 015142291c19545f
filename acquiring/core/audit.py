"""The audit log: every change by a person, a key or the system, hash-chained and append-only."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from acquiring.core import context
from acquiring.core.models import PLATFORM, AuditEntry


def record(
    actor: str,
    action: str,
    subject: str,
    merchant_id: uuid.UUID | None = None,
    changes: Mapping[str, Any] | None = None,
) -> AuditEntry:
    """Write who did what to which object, in the transaction of the change itself.

    `actor` is "user:…", "key:…", "staff:…" (of the platform) or "system", `action`
    "api_key.revoked", `changes` the fields with their former and new values; the caller leaves
    secrets out. Without a merchant it is a change of the platform. The address and the request id
    are those of the request being served.
    """
    return AuditEntry.objects.create(
        merchant_id=merchant_id or PLATFORM,
        actor=actor,
        action=action,
        subject=subject,
        changes=dict(changes or {}),
        ip=context.address() or None,
        request_id=context.request_id(),
    )
