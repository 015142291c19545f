"""Account paths, and the chart they must be of."""

from __future__ import annotations

import re
import tomllib
from functools import lru_cache
from pathlib import Path
from uuid import UUID

from acquiring.core import ids


def pending(merchant_id: UUID, currency: str) -> str:
    """Captured and not yet settled by the provider."""
    return f"merchant:{ids.show('mer', merchant_id)}:pending:{currency}"


def available(merchant_id: UUID, currency: str) -> str:
    """May be paid out."""
    return f"merchant:{ids.show('mer', merchant_id)}:available:{currency}"


def reserve(merchant_id: UUID, currency: str) -> str:
    """Held back."""
    return f"merchant:{ids.show('mer', merchant_id)}:reserve:{currency}"


def surplus(merchant_id: UUID, currency: str) -> str:
    """Taken by accident, on its way back."""
    return f"merchant:{ids.show('mer', merchant_id)}:surplus:{currency}"


def receivable(account_id: UUID | None, currency: str) -> str:
    """What a provider account owes."""
    if account_id is None:
        raise ValueError("this fact concerns a provider account, and none is named")
    return f"provider:{ids.show('acc', account_id)}:receivable:{currency}"


def fees(currency: str) -> str:
    """What the platform earned on captures."""
    return f"fees:processing:{currency}"


def of_chart(path: str) -> bool:
    """Whether the path is one the chart allows."""
    return _pattern().fullmatch(path) is not None


@lru_cache(maxsize=1)
def _pattern() -> re.Pattern[str]:
    chart = tomllib.loads((Path(__file__).parent / "data" / "chart.toml").read_text("utf-8"))
    paths = [
        re.sub(r"\\\{\w+\\\}", r"[A-Za-z0-9_]+", re.escape(row["path"])) for row in chart.values()
    ]
    return re.compile("|".join(paths))
