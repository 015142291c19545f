"""The outbox: what happened is written in the same COMMIT as its cause.

Nobody is told by a message, only by a row. The sealer numbers the rows, `webhooks` delivers them.
"""

from __future__ import annotations

import uuid
from functools import partial
from typing import Any

from django.db import transaction

from acquiring.core import wake
from acquiring.core.models import Event

# The task that seals and delivers. Known by name, since rooms do not look upwards.
DELIVER = "acquiring.webhooks.tasks.deliver"


def announce(merchant_id: uuid.UUID, type: str, subject: str, payload: dict[str, Any]) -> Event:
    """Write an event in the current transaction and look for work once it is committed.

    `type` is "payment.captured", `subject` the object's outside id, `payload` the object as the
    API shows it now. What is rolled back was never announced.
    """
    event = Event.objects.create(
        merchant_id=merchant_id, type=type, subject=subject, payload=payload
    )
    transaction.on_commit(partial(wake.look, DELIVER))
    return event
