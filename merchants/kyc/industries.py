"""Lines of business: merchant category codes, their risk, and what is not taken at all."""

from __future__ import annotations

import msgspec


class Licensed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A business that needs a licence: what it is called and by which rule."""

    key: str
    licence: str
    reason: str
    source: str = ""


def problem(mcc: str) -> str | None:
    """What is wrong with a merchant category code."""
    return None if len(mcc) == 4 and mcc.isdigit() else "A merchant category code has four digits."


def licences_asked(mcc: str, country: str) -> list[Licensed]:
    """The licences a line of business must show in a country."""
    return []
