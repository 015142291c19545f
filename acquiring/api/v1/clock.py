"""The merchant's clock, which a test merchant may move forward."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from acquiring.api.endpoint import Asked, Endpoint, Nothing, once, operation
from acquiring.api.v1.answers import platform as answers
from acquiring.api.v1.bodies import ClockAdvance
from acquiring.core.clock import rfc3339
from merchants import services


class Clock(Endpoint):
    """`/v1/clock`"""

    tag = "Clock"

    @operation("Read the clock", "clock:read", answers.Clock)
    def get(self, asked: Asked[None, Nothing]) -> Any:
        """The merchant's present."""
        return _shown(asked, services.now_for(asked.merchant_id))

    @operation(
        "Move the clock",
        "clock:write",
        answers.Clock,
        body=ClockAdvance,
        example={"advance_seconds": 3600},
        problems=("test_only", "invalid_state"),
    )
    def post(self, asked: Asked[ClockAdvance, Nothing]) -> Any:
        """Forward only. Expiries, settlement and the simulators' delays follow it."""

        def deed() -> tuple[int, Any]:
            seconds, actor = asked.body.advance_seconds, asked.caller.actor
            return 200, _shown(asked, services.advance_clock(asked.merchant_id, seconds, actor))

        return once(asked, deed)


def _shown(asked: Asked[Any, Any], now: datetime) -> dict[str, Any]:
    return {"object": "clock", "mode": asked.caller.mode, "now": rfc3339(now)}
