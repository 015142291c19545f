"""Disabling an endpoint: by those who own it, or by us when it is gone or fails for days."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from acquiring.core import audit, ids, outbox
from acquiring.webhooks import render
from acquiring.webhooks.models import Delivery, Endpoint


@transaction.atomic
def disable(
    merchant_id: UUID, endpoint_id: UUID, reason: Endpoint.Reason, actor: str = "system"
) -> None:
    """Stop an endpoint and abandon what was waiting for it; announces it, and does nothing twice.

    When it was our decision, `notices` tells the merchant's people of the event.
    """
    endpoint = (
        Endpoint.objects.select_for_update().filter(merchant_id=merchant_id, pk=endpoint_id).first()
    )
    if endpoint is None or endpoint.status == Endpoint.Status.DISABLED:
        return
    endpoint.status, endpoint.reason = Endpoint.Status.DISABLED, reason
    endpoint.save(update_fields=["status", "reason"])
    Delivery.objects.filter(
        merchant_id=merchant_id, endpoint=endpoint_id, status=Delivery.Status.PENDING
    ).update(status=Delivery.Status.ABANDONED)
    shown = ids.show("we", endpoint_id)
    outbox.announce(merchant_id, "webhook_endpoint.disabled", shown, render.endpoint(endpoint))
    changes = {"status": ["enabled", "disabled"], "reason": ["", reason.value]}
    audit.record(actor, "webhook_endpoint.disabled", shown, merchant_id, changes)
