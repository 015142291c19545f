"""The documentation as a book: its pages in their order, and where a word is found in them."""

from __future__ import annotations

from collections import Counter
from functools import cache
from typing import NamedTuple

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from acquiring.api.marking import Page, Part, draw

# In the order they are read; a page is a file of docs/.
CHAPTERS: tuple[tuple[str | Promise, tuple[str, ...]], ...] = (
    (_("Begin"), ("quickstart", "concepts", "testing")),
    (
        _("Take payments"),
        ("checkout", "payments", "payment-methods", "saved-methods", "refunds", "states"),
    ),
    (_("Hear and answer"), ("webhooks", "errors", "declines")),
    (
        _("Go live"),
        (
            "going-live",
            "onboarding",
            "onboarding-markets",
            "organisations",
            "single-sign-on",
            "security",
        ),
    ),
    (
        _("Run it yourself"),
        (
            "self-hosting",
            "configuration",
            "reviewing",
            "screening",
            "scaling",
            "performance",
            "architecture",
            "connectors",
            "adding-a-connector",
            "translating",
        ),
    ),
)
ORDER = tuple(name for _title, names in CHAPTERS for name in names)
MOST_FOUND = 20
MOST_OF_A_PAGE = 2
EXCERPT = 160
# How much a word weighs by where it stands.
IN_PAGE_TITLE, IN_HEADING, IN_TEXT = 8, 5, 1


class Chapter(NamedTuple):
    """Some pages under one title."""

    title: str | Promise
    pages: tuple[Page, ...]


class Found(NamedTuple):
    """A place in the book."""

    page: Page
    part: Part
    excerpt: str

    @property
    def address(self) -> str:
        """Where it is read."""
        return f"/docs/{self.page.name}" + (f"#{self.part.anchor}" if self.part.anchor else "")


@cache
def pages() -> tuple[Page, ...]:
    """Every page of ORDER that is there, drawn once."""
    paths = [settings.DOCS_DIR / f"{name}.md" for name in ORDER]
    return tuple(draw(path.stem, path.read_text("utf-8")) for path in paths if path.exists())


def chapters() -> list[Chapter]:
    """The table of contents."""
    known = {page.name: page for page in pages()}
    return [
        Chapter(title, tuple(known[name] for name in names if name in known))
        for title, names in CHAPTERS
    ]


def page(name: str) -> Page | None:
    """One page, None where nobody wrote it."""
    return next((one for one in pages() if one.name == name), None)


def beside(name: str) -> tuple[Page | None, Page | None]:
    """The page before this one and the page after it."""
    every = pages()
    at = [one.name for one in every].index(name)
    before = every[at - 1] if at else None
    return before, every[at + 1] if at + 1 < len(every) else None


def search(words: str) -> list[Found]:
    """The places where every word stands, the best first; at most MOST_FOUND, few of one page."""
    wanted = words.lower().split()[:8]
    if not wanted:
        return []
    scored = []
    for one in pages():
        for part in one.sections:
            if weight := _weight(one, part, wanted):
                scored.append((weight, Found(one, part, _excerpt(part.text, wanted))))
    scored.sort(key=lambda each: -each[0])
    seen: Counter[str] = Counter()
    chosen = []
    for _rank, found in scored:
        seen[found.page.name] += 1
        if seen[found.page.name] <= MOST_OF_A_PAGE:
            chosen.append(found)
    return chosen[:MOST_FOUND]


@cache
def index() -> list[list[str]]:
    """What a script needs to search by itself: address, page, heading and words of every part."""
    return [
        [Found(one, part, "").address, one.title, part.title, part.text.lower()]
        for one in pages()
        for part in one.sections
    ]


def _weight(one: Page, part: Part, wanted: list[str]) -> int:
    title, heading, text = one.title.lower(), part.title.lower(), part.text.lower()
    total = 0
    for word in wanted:
        weight = (
            IN_PAGE_TITLE * (word in title and part.level == 1)
            + IN_HEADING * (word in heading)
            + IN_TEXT * (word in text)
        )
        if not weight:
            return 0
        total += weight
    return total


def _excerpt(text: str, wanted: list[str]) -> str:
    """The words around the first one that was looked for."""
    at = next((place for word in wanted if (place := text.lower().find(word)) >= 0), 0)
    start = max(0, at - EXCERPT // 3)
    shown = text[start : start + EXCERPT].strip()
    return f"{'… ' if start else ''}{shown}{' …' if start + EXCERPT < len(text) else ''}"
