"""Disabling an endpoint: by those who own it, or by us when it is gone or fails for days."""

from __future__ import annotations

from functools import partial
from uuid import UUID

import structlog
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext

from acquiring.core import audit, ids, outbox, wake
from acquiring.webhooks import render
from acquiring.webhooks.models import Delivery, Endpoint
from merchants import services as merchants

NOTIFY = "acquiring.webhooks.tasks.notify"

log = structlog.get_logger("acquiring.webhooks")


@transaction.atomic
def disable(
    merchant_id: UUID, endpoint_id: UUID, reason: Endpoint.Reason, actor: str = "system"
) -> None:
    """Stop an endpoint and abandon what was waiting for it; announces it, and does nothing twice.

    When it was our decision, the merchant's people are told by e-mail as well.
    """
    endpoint = (
        Endpoint.objects.select_for_update().filter(merchant_id=merchant_id, pk=endpoint_id).first()
    )
    if endpoint is None or endpoint.status == Endpoint.Status.DISABLED:
        return
    endpoint.status, endpoint.reason = Endpoint.Status.DISABLED, reason
    endpoint.notice_due = reason != Endpoint.Reason.ASKED
    endpoint.save(update_fields=["status", "reason", "notice_due"])
    Delivery.objects.filter(
        merchant_id=merchant_id, endpoint=endpoint_id, status=Delivery.Status.PENDING
    ).update(status=Delivery.Status.ABANDONED)
    shown = ids.show("we", endpoint_id)
    outbox.announce(merchant_id, "webhook_endpoint.disabled", shown, render.endpoint(endpoint))
    changes = {"status": ["enabled", "disabled"], "reason": ["", reason.value]}
    audit.record(actor, "webhook_endpoint.disabled", shown, merchant_id, changes)
    if endpoint.notice_due:
        transaction.on_commit(partial(wake.look, NOTIFY))


def notify() -> int:
    """Write to the people of endpoints that we disabled; returns to how many endpoints' people.

    The row is claimed only while it is being written about: after a crash somebody may read the
    same letter twice, but nobody none.
    """
    told = 0
    for endpoint in Endpoint.objects.filter(notice_due=True)[:100]:
        for person in merchants.people_to_notify(endpoint.merchant_id):
            _write_to(person, endpoint)
        Endpoint.objects.filter(merchant_id=endpoint.merchant_id, pk=endpoint.pk).update(
            notice_due=False
        )
        told += 1
    return told


def _write_to(person: merchants.User, endpoint: Endpoint) -> None:
    facts = {
        "endpoint": endpoint,
        "gone": endpoint.reason == Endpoint.Reason.GONE,
        "link": settings.BASE_URL,
    }
    with translation.override(person.language or settings.LANGUAGE_CODE):
        letter = EmailMultiAlternatives(
            gettext("We stopped sending webhooks to one of your endpoints"),
            render_to_string("emails/endpoint_disabled.txt", facts),
            to=[person.email],
        )
        letter.attach_alternative(
            render_to_string("emails/endpoint_disabled.html", facts), "text/html"
        )
    letter.send()
