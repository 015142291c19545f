"""When to ask a provider again. All waits are seconds of the merchant's time."""

from __future__ import annotations

from datetime import datetime, timedelta

# After silence we ask soon: money may have moved. What waits for a shopper can wait.
UNKNOWN_SECONDS = (5, 15, 30, 60, 120, 300, 600, 1800, 3600, 10_800, 21_600, 43_200)
WAITING_SECONDS = (30, 60, 120, 300, 900, 1800, 3600, 10_800, 21_600, 43_200, 86_400)
# A provider that finds nothing under our reference by then never got the call.
LOST_AFTER = timedelta(minutes=30)
UNKNOWN_HORIZON = timedelta(hours=72)
# A shopper who has not come back from a redirect by then will not.
ACTION_EXPIRY = timedelta(hours=1)
CREATED_EXPIRY = timedelta(hours=24)
AUTHORIZATION_EXPIRY = timedelta(days=7)
PENDING_EXPIRY = {
    "instant": timedelta(hours=1),
    "minutes": timedelta(days=1),
    "days": timedelta(days=7),
}
# By then whoever sent an operation has an answer, or is dead.
ANSWER = timedelta(seconds=75)
# So long, in real time, a call is left to whoever sent it: a moved clock makes it no older.
QUIET = timedelta(seconds=30)
# A row claimed for asking is left alone this long, even when the worker that claimed it dies.
LEASE = timedelta(seconds=60)


def next_inquiry(now: datetime, inquiries: int, unknown: bool) -> datetime:
    """When to ask for the (inquiries + 1)th time."""
    steps = UNKNOWN_SECONDS if unknown else WAITING_SECONDS
    return now + timedelta(seconds=steps[min(inquiries, len(steps) - 1)])


def lost(now: datetime, sent_at: datetime | None) -> bool:
    """Whether a call the provider knows nothing of can no longer be on its way."""
    return sent_at is not None and now - sent_at > LOST_AFTER


def past_horizon(now: datetime, sent_at: datetime | None) -> bool:
    """Whether asking has gone on for so long that a person must look."""
    return sent_at is not None and now - sent_at > UNKNOWN_HORIZON
