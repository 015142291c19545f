"""The documentation inside the product: `/docs`, its pages, and the API reference.

Pages are the Markdown files of `docs/`, read from the disk once and drawn without inline styles.
"""

from __future__ import annotations

import re
from functools import cache
from itertools import pairwise
from typing import NamedTuple

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from markdown_it import MarkdownIt
from markdown_it.token import Token

# In the order they are read; a page is a file of docs/.
ORDER = (
    "quickstart",
    "payments",
    "states",
    "webhooks",
    "errors",
    "declines",
    "testing",
    "architecture",
    "self-hosting",
    "configuration",
)
_FIRST_SENTENCE = re.compile(r"(?<=[.:])\s")
_NOT_IN_A_SLUG = re.compile(r"[^\w-]+")


class Page(NamedTuple):
    """A page as it is shown; `parts` are its second-level headings as (anchor, title)."""

    name: str
    title: str
    summary: str
    html: str
    parts: tuple[tuple[str, str], ...]


def index(request: HttpRequest) -> HttpResponse:
    """What there is to read."""
    return render(request, "docs/index.html", {"pages": pages()})


def show(request: HttpRequest, name: str) -> HttpResponse:
    """One page."""
    found = next((page for page in pages() if page.name == name), None)
    if found is None:
        raise Http404(name)
    return render(request, "docs/page.html", {"page": found, "pages": pages()})


def reference(request: HttpRequest) -> HttpResponse:
    """The API reference, drawn in the browser from /v1/openapi.json."""
    return render(request, "docs/reference.html", {"pages": pages()})


@cache
def pages() -> tuple[Page, ...]:
    """Every page of ORDER that is there."""
    paths = [settings.DOCS_DIR / f"{name}.md" for name in ORDER]
    return tuple(draw(path.stem, path.read_text("utf-8")) for path in paths if path.exists())


def draw(name: str, text: str) -> Page:
    """Markdown as a page: headings get anchors, links to .md files lead to their pages."""
    markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = markdown.parse(text)
    title, summary, parts = name, "", []
    for token, inline in pairwise(tokens):
        if token.type == "heading_open":
            words = _plain(inline)
            token.attrSet("id", slug(words))
            if token.tag == "h1":
                title = words
            elif token.tag == "h2":
                parts.append((slug(words), words))
        elif token.type == "paragraph_open" and not summary:
            summary = _FIRST_SENTENCE.split(_plain(inline))[0]
        elif token.type == "table_open":
            token.attrSet("class", "cv-table dc-table")
        elif token.type == "inline":
            _relink(token)
    html = markdown.renderer.render(tokens, markdown.options, {})
    html = html.replace("<pre>", '<pre class="cv-code" tabindex="0">')
    return Page(name, title, summary, html, tuple(parts))


def slug(words: str) -> str:
    """A heading as an anchor, the way code hosts make them."""
    return _NOT_IN_A_SLUG.sub("", words.lower().replace(" ", "-"))


def _plain(token: Token) -> str:
    children = token.children or []
    return "".join(" " if one.type == "softbreak" else one.content for one in children)


def _relink(token: Token) -> None:
    for child in token.children or []:
        href = str(child.attrGet("href") or "")
        if child.type == "link_open" and "://" not in href:
            child.attrSet("href", re.sub(r"^(?:\./)?([\w-]+)\.md", r"/docs/\1", href))
