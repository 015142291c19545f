"""When a delivery that failed is tried again, and when it no longer is."""

from __future__ import annotations

import hashlib
import uuid
from datetime import datetime, timedelta

# After the first try: seconds, then minutes, hours and days; a little over three days in all.
DELAYS_SECONDS = (5, 30, 120, 900, 3_600, 10_800, 21_600, 43_200, 86_400, 93_600)
JITTER_PERCENT = 10
LEASE = timedelta(seconds=60)  # a worker that died while sending is replaced after this
PATIENCE = timedelta(days=3)  # of nothing but failures, before an endpoint is disabled


def next_try(delivery_id: uuid.UUID, tries: int, now: datetime) -> datetime | None:
    """The moment after `tries` failed ones; None when that was the last.

    Up to ten percent is added, always the same for the same delivery and try, so that what failed
    together does not come back together.
    """
    if tries > len(DELAYS_SECONDS):
        return None
    delay = DELAYS_SECONDS[tries - 1]
    luck = int.from_bytes(hashlib.sha256(f"{delivery_id}:{tries}".encode()).digest()[:4], "big")
    milliseconds = delay * 1000 + delay * 10 * JITTER_PERCENT * luck // 2**32
    return now + timedelta(milliseconds=milliseconds)
