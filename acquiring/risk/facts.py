"""The facts rules may ask for, one small function each where they are not simply given."""

from __future__ import annotations

import tomllib
from functools import lru_cache
from pathlib import Path


def is_test_number(number: str) -> bool:
    """Whether a card number is one that providers publish for tests."""
    return number in _test_numbers()


@lru_cache(maxsize=1)
def _test_numbers() -> frozenset[str]:
    path = Path(__file__).parent / "data" / "test_cards.toml"
    return frozenset(tomllib.loads(path.read_text("utf-8"))["numbers"])
