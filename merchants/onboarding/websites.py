"""A website as a shopper meets it: its words, and whether it links what a shopper needs."""

from __future__ import annotations

from functools import lru_cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Literal
from urllib.parse import urljoin, urlsplit

import msgspec

from acquiring.core import http
from merchants.kyc.checks.records import Website

Page = Literal["terms", "refunds", "contact", "privacy"]
MOST_HOPS = 4
TIMEOUT_SECONDS = 12
LONGEST_TEXT = 100_000
SILENT = frozenset({"script", "style", "template", "noscript", "svg"})


@lru_cache(maxsize=1)
def page_words() -> dict[Page, tuple[str, ...]]:
    """What links to such pages are called, in the languages of the markets."""
    path = Path(__file__).parent / "data" / "websites.toml"
    return msgspec.toml.decode(path.read_bytes(), type=dict[Page, tuple[str, ...]])


def fetch(url: str) -> Website:
    """Look at a website ourselves; only public addresses are reached. Silence is `not reachable`,
    since a shopper would meet the same.
    """
    for _ in range(MOST_HOPS):
        try:
            answer = http.send(
                "GET", url, {"accept": "text/html"}, connect_timeout_seconds=5,
                read_timeout_seconds=TIMEOUT_SECONDS, total_timeout_seconds=TIMEOUT_SECONDS,
                guard=True,
            )  # fmt: skip
        except (http.NotSent, http.NoAnswer):
            return Website(state="answered")
        if not 300 <= answer.status < 400 or "location" not in answer.headers:
            return read(answer.status, answer.body.decode("utf-8", "replace"))
        url = urljoin(url, answer.headers["location"])
        if urlsplit(url).scheme not in {"http", "https"}:
            break
    return Website(state="answered")


def read(status: int, html: str) -> Website:
    """What a page of HTML says."""
    page = _Page()
    page.feed(html[: LONGEST_TEXT * 4])
    page.close()
    called = " | ".join(page.links).casefold()
    pages = tuple(
        name for name, words in page_words().items() if any(word in called for word in words)
    )
    text = " ".join(" ".join(page.words).split())[:LONGEST_TEXT]
    return Website(
        state="answered", reachable=200 <= status < 300, status=status, text=text, pages=pages
    )


class _Page(HTMLParser):
    """Gathers the words of a page, and what its links and buttons are called and lead to."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []
        self.links: list[str] = []
        self._silent = 0
        self._linked = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._silent += tag in SILENT
        if tag == "a":
            self._linked += 1
            self.links += [value for name, value in attrs if name == "href" and value]

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in SILENT and self._silent > 0
        self._linked -= tag == "a" and self._linked > 0

    def handle_data(self, data: str) -> None:
        if self._silent:
            return
        self.words.append(data)
        if self._linked:
            self.links.append(data)
