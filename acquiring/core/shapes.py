"""Shapes: types that msgspec reads values into, made ready before threads meet them.

msgspec learns a type at its first use, and keeps the half-learned type where others find it: two
threads at the same first use crash the process (msgspec 0.22.0; tests/core/test_shapes.py shows it
without harm). So whoever declares a shape prepares it there, at import.
"""

from __future__ import annotations

from typing import Any

import msgspec


def prepare(*kinds: Any) -> None:
    """Let msgspec learn these types, and all they are made of, now."""
    for kind in kinds:
        msgspec.json.Decoder(kind)
