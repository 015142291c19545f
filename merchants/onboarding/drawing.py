"""The chain of ownership as a picture: boxes in layers below the business, lines between them.

Pure geometry; a template draws it as SVG. Whoever holds through a company stands below it.
"""

from __future__ import annotations

from typing import NamedTuple

from merchants.kyc import ownership
from merchants.kyc.facts import Facts, Party
from merchants.kyc.records import Line

BOX_WIDTH, BOX_HEIGHT, GAP, LAYER = 172, 60, 16, 104
DEEPEST = 12
LONGEST_NAME = 20


class Box(NamedTuple):
    """One holder, or the business itself; `tone` is business, owner (reaches the line), company
    or person.
    """

    x: int
    y: int
    title: str
    full: str
    about: str
    tone: str

    @property
    def middle(self) -> int:
        """Where lines meet it."""
        return self.x + BOX_WIDTH // 2


class Link(NamedTuple):
    """From the lower box up to what it holds a part of."""

    x1: int
    y1: int
    x2: int
    y2: int
    share: str

    @property
    def label_y(self) -> int:
        """Where the share is written."""
        return self.y1 - 14


class Picture(NamedTuple):
    """All of it, with its size."""

    boxes: list[Box]
    links: list[Link]
    width: int
    height: int
    box_width: int = BOX_WIDTH
    box_height: int = BOX_HEIGHT


def draw(said: Facts, line: Line) -> Picture | None:
    """The picture; None when nobody holds anything."""
    holders = [one for one in said.people if "owner" in one.roles or one.share]
    if not holders:
        return None
    below: dict[str, list[Party]] = {}
    known = {one.id for one in holders}
    for party in holders:
        through = party.through if party.through in known - {party.id} else ""
        below.setdefault(through, []).append(party)
    reached = set(ownership.beneficial(said, line))
    shares = ownership.effective(said)
    name = said.company.legal_name or "The business"
    made = _Made([], [])
    width = _place(made, below, "", (name, "the business", "business"), 0, 0, reached, shares)
    deepest = max(box.y for box in made.boxes) + BOX_HEIGHT
    return Picture(made.boxes, made.links, width, deepest)


class _Made(NamedTuple):
    boxes: list[Box]
    links: list[Link]


def _place(
    made: _Made,
    below: dict[str, list[Party]],
    key: str,
    words: tuple[str, str, str],
    left: int,
    depth: int,
    reached: set[str],
    shares: dict[str, ownership.Fraction],
) -> int:
    """Put one box over everything below it; returns how wide that is."""
    # A chain that leads back to itself is drawn once: who was placed has nobody below any more.
    children = below.pop(key, []) if depth < DEEPEST else []
    y, at, middles = depth * LAYER, left, []
    for party in children:
        about = f"{ownership.percent(shares[party.id])} % in all" if party.through else party.kind
        tone: str = "owner" if party.id in reached else party.kind
        own = (party.name or "unnamed", about, tone)
        wide = _place(made, below, party.id, own, at, depth + 1, reached, shares)
        middles.append((at + wide // 2, party))
        at += wide + GAP
    width = max(BOX_WIDTH, at - left - GAP if children else 0)
    x = left + (width - BOX_WIDTH) // 2
    title, about, tone = words
    short = title if len(title) <= LONGEST_NAME else title[: LONGEST_NAME - 1] + "…"
    made.boxes.append(Box(x, y, short, title, about, tone))
    foot = y + BOX_HEIGHT
    for middle, party in middles:
        direct = ownership.Fraction(party.share or 0, ownership.WHOLE)
        made.links.append(
            Link(middle, y + LAYER, x + BOX_WIDTH // 2, foot, f"{ownership.percent(direct)} %")
        )
    return width
