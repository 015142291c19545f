"""Markdown as pages: headings with anchors, links between pages, samples in several languages.

Fences whose language is followed by `tab` and that stand next to each other are one sample in
several languages: the reader picks one, without a script too. The word after `tab`, in quotes, is
the tab's name where it is not the language's own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from django.utils.html import escape, strip_tags
from markdown_it import MarkdownIt
from markdown_it.token import Token

LANGUAGES = {
    "bash": "curl",
    "go": "Go",
    "html": "HTML",
    "java": "Java",
    "javascript": "Node.js",
    "json": "JSON",
    "php": "PHP",
    "python": "Python",
    "ruby": "Ruby",
    "sh": "Shell",
}
_TAB = re.compile(r'(?P<language>\w+) tab(?: "(?P<name>[^"]+)")?')
_FIRST_SENTENCE = re.compile(r"(?<=[.:;])\s")
_NOT_IN_A_SLUG = re.compile(r"[^\w-]+")
_SPACES = re.compile(r"\s+")


class Part(NamedTuple):
    """A stretch of a page below one heading; `text` is its plain words, for the search."""

    anchor: str
    title: str
    level: int
    text: str


class Page(NamedTuple):
    """A page as it is shown."""

    name: str
    title: str
    summary: str
    html: str
    sections: tuple[Part, ...]

    @property
    def parts(self) -> tuple[tuple[str, str], ...]:
        """Its second-level headings as (anchor, title)."""
        return tuple((one.anchor, one.title) for one in self.sections if one.level == 2)


def draw(name: str, text: str) -> Page:
    """A file of docs/ as a page; links to .md files lead to their pages."""
    markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = markdown.parse(text)
    title, summary = name, ""
    for token, inline in pairwise(tokens):
        if token.type == "heading_open":
            words = _plain(inline)
            token.attrSet("id", slug(words))
            if token.tag == "h1":
                title = words
            else:
                inline.children = [*(inline.children or []), _anchor(words)]
        elif token.type == "paragraph_open" and not summary:
            summary = _FIRST_SENTENCE.split(_plain(inline))[0].rstrip(".:;") + "."
        elif token.type == "table_open":
            token.attrSet("class", "cv-table dc-table")
        elif token.type == "inline":
            _relink(token)
    sections = tuple(_sections(title, tokens))
    html = markdown.renderer.render(list(_tabbed(tokens)), markdown.options, {})
    html = html.replace("<pre>", '<pre class="cv-code" tabindex="0">')
    html = html.replace("<table ", '<div class="dc-wide" tabindex="0"><table ')
    html = html.replace("</table>", "</table></div>")
    return Page(name, title, summary, html, sections)


def slug(words: str) -> str:
    """A heading as an anchor, the way code hosts make them."""
    return _NOT_IN_A_SLUG.sub("", words.lower().replace(" ", "-"))


def _sections(title: str, tokens: list[Token]) -> Iterator[Part]:
    anchor, heading, level, words = "", title, 1, list[str]()
    for before, token in pairwise([Token("", "", 0), *tokens]):
        if before.type == "heading_open" and before.tag in {"h2", "h3"}:
            yield Part(anchor, heading, level, _SPACES.sub(" ", " ".join(words)).strip())
            heading, level, words = _plain(token), int(before.tag[1]), []
            anchor = slug(heading)
        elif token.type == "inline" and before.type != "heading_open":
            words.append(_plain(token))
        elif token.type == "fence":
            words.append(token.content)
    yield Part(anchor, heading, level, _SPACES.sub(" ", " ".join(words)).strip())


def _tabbed(tokens: list[Token]) -> Iterator[Token]:
    """The tokens, each run of tabs become one block."""
    run: list[Token] = []
    number = 0
    for token in tokens:
        if token.type == "fence" and _TAB.fullmatch(token.info.strip()):
            run.append(token)
            continue
        if run:
            number += 1
            yield _tabs(run, number)
            run = []
        yield token
    if run:
        yield _tabs(run, number + 1)


def _tabs(run: list[Token], number: int) -> Token:
    """Radio buttons and what they show: arrows move between them, and no script is needed."""
    parts = []
    for index, token in enumerate(run):
        found = _TAB.fullmatch(token.info.strip())
        assert found, "only tabs are gathered"
        language = found["language"]
        name = found["name"] or LANGUAGES.get(language, language)
        own, group = f"tab-{number}-{index}", f"tab-{number}"
        checked = " checked" if index == 0 else ""
        parts.append(
            f'<input type="radio" name="{group}" id="{own}" value="{escape(name)}"{checked}>'
            f'<label for="{own}">{escape(name)}</label>'
            f'<pre><code class="language-{language}">{escape(token.content)}</code></pre>'
        )
    block = Token("html_block", "", 0)
    block.content = f'<div class="dc-tabs">{"".join(parts)}</div>\n'
    return block


def _anchor(words: str) -> Token:
    """A link to the heading itself, for whoever wants to send it."""
    link = Token("html_inline", "", 0)
    label = escape(strip_tags(words))
    link.content = f' <a class="dc-anchor" href="#{slug(words)}" aria-label="# {label}">#</a>'
    return link


def _plain(token: Token) -> str:
    children = token.children or []
    return "".join(
        " " if one.type == "softbreak" else one.content
        for one in children
        if one.type != "html_inline"
    )


def _relink(token: Token) -> None:
    for child in token.children or []:
        href = str(child.attrGet("href") or "")
        if child.type == "link_open" and "://" not in href:
            child.attrSet("href", re.sub(r"^(?:\./)?([\w-]+)\.md", r"/docs/\1", href))
