"""OFAC's 50 percent rule: who is owned by listed persons is treated as listed. Pure.

An entity that blocked persons own, together and directly or indirectly, to 50 percent or more is
itself blocked, and what it holds then counts in full further down; a holding of an entity that is
not blocked counts for nothing. (OFAC, Revised Guidance on Entities Owned by Persons Whose Property
and Interests in Property Are Blocked, 13 August 2014.) The rule is about owning, not controlling.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import NamedTuple

WHOLE = 10_000  # basis points
LINE = 5_000


class Holding(NamedTuple):
    """`owner` holds `share` basis points of `owned`; both are the caller's names for them."""

    owner: str
    owned: str
    share: int


class Step(NamedTuple):
    """An entity that is blocked, and the blocked owners and their basis points that make it so."""

    owned: str
    owners: tuple[tuple[str, int], ...]
    share: int


def blocked_by_ownership(
    target: str, holdings: Iterable[Holding], listed: Collection[str]
) -> tuple[Step, ...] | None:
    """The chain by which `target` is owned by listed persons, nearest to them first; None if not.

    A listed target has the empty chain. Rings of holdings are allowed; shares of one owner in one
    entity add up. Raises ValueError for a share outside 0 to 10,000 basis points.
    """
    shares = _by_owned(holdings)
    blocked = set(listed)
    steps: dict[str, Step] = {}
    changed = True
    while changed:
        changed = False
        for owned in sorted(shares.keys() - blocked):
            owners = tuple(sorted((one, at) for one, at in shares[owned].items() if one in blocked))
            total = sum(at for _, at in owners)
            if total >= LINE:
                blocked.add(owned)
                steps[owned] = Step(owned, owners, min(total, WHOLE))
                changed = True
    if target not in blocked:
        return None
    return _chain(target, steps)


def _by_owned(holdings: Iterable[Holding]) -> dict[str, dict[str, int]]:
    shares: dict[str, dict[str, int]] = {}
    for owner, owned, share in holdings:
        if not 0 <= share <= WHOLE:
            raise ValueError(f"{owner} holds {share} basis points of {owned}")
        owners = shares.setdefault(owned, {})
        owners[owner] = owners.get(owner, 0) + share
    return shares


def _chain(target: str, steps: dict[str, Step]) -> tuple[Step, ...]:
    """The steps that lead to the target, each after those it rests on."""
    found: dict[str, Step] = {}
    waiting = [target]
    while waiting:
        name = waiting.pop()
        if name in steps and name not in found:
            found[name] = steps[name]
            waiting += [owner for owner, _ in steps[name].owners]
    order = {name: place for place, name in enumerate(steps)}
    return tuple(sorted(found.values(), key=lambda step: order[step.owned]))
