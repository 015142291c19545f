"""Rates with what they leave in doubt. Shares are between 0 and 1; no money passes here."""

from __future__ import annotations

from math import sqrt
from typing import NamedTuple

Z = 1.6449  # 90% of a normal distribution lies within so many standard deviations


class Rate(NamedTuple):
    """A share of `tried`, with its 90% range by Wilson's score."""

    share: float
    low: float
    high: float
    tried: int

    @property
    def margin(self) -> float:
        """Half of the range."""
        return (self.high - self.low) / 2


class Difference(NamedTuple):
    """How far two rates are apart, in shares; `clear` says that chance does not explain it."""

    share: float
    clear: bool


def rate(paid: int, tried: int) -> Rate | None:
    """The rate; None when nothing was tried.

    E. B. Wilson, Probable Inference, the Law of Succession, and Statistical Inference (1927).
    """
    if not tried:
        return None
    share = paid / tried
    size = 1 + Z * Z / tried
    middle = (share + Z * Z / (2 * tried)) / size
    half = Z * sqrt(share * (1 - share) / tried + Z * Z / (4 * tried * tried)) / size
    return Rate(share, max(0.0, middle - half), min(1.0, middle + half), tried)


def difference(now: Rate | None, before: Rate | None) -> Difference | None:
    """Now less before; None when one of them is not known.

    Its range joins both ranges (R. G. Newcombe, 1998, the hybrid score method).
    """
    if now is None or before is None:
        return None
    share = now.share - before.share
    down = sqrt((now.share - now.low) ** 2 + (before.high - before.share) ** 2)
    up = sqrt((now.high - now.share) ** 2 + (before.share - before.low) ** 2)
    return Difference(share, share - down > 0 or share + up < 0)
