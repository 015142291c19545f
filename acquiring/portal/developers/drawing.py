"""JSON for reading: indented, coloured, and with the field that failed marked where it stands."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import orjson
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe

MOST_LINES = 2_000


class _Line(NamedTuple):
    path: str
    depth: int
    html: str


def drawn(value: Any, param: str = "", missing: str = "") -> SafeString:
    """A JSON value as lines; `param` is the path to mark, "items[0].amount".

    A field that is not there gets a line of its own under its parent, which says `missing`.
    """
    lines = list(_lines("", 0, "", value, ""))[:MOST_LINES]
    at = next((index for index, line in enumerate(lines) if param and line.path == param), None)
    if at is None and param and missing:
        parent, _, name = param.rpartition(".")
        above = next((index for index, line in enumerate(lines) if line.path == parent), 0)
        ghost = f'<span class="k">"{escape(name)}"</span>: <i>{escape(missing)}</i>'
        at = above + 1
        lines.insert(at, _Line(param, lines[above].depth + 1, ghost))
    return mark_safe("\n".join(_html(line, index == at) for index, line in enumerate(lines)))  # noqa: S308 (every part is escaped where it is made)


def drawn_text(text: str, param: str = "", missing: str = "") -> SafeString:
    """The same of a text that may be JSON, or the beginning of one."""
    try:
        return drawn(orjson.loads(text), param, missing)
    except orjson.JSONDecodeError:
        pass
    name = f'"{param.rpartition(".")[2]}"'
    head, found, tail = text.partition(name) if param else (text, "", "")
    if not found:
        return SafeString(escape(text))
    return format_html('{}<mark class="dv-mark">{}</mark>{}', head, found, tail)


def _lines(path: str, depth: int, key: str, value: Any, comma: str) -> Iterator[_Line]:
    if isinstance(value, dict) and value:
        yield _Line(path, depth, f"{key}{{")
        last = len(value) - 1
        for index, (name, one) in enumerate(value.items()):
            inner = f"{path}.{name}" if path else name
            label = f'<span class="k">{_json(name)}</span>: '
            yield from _lines(inner, depth + 1, label, one, "" if index == last else ",")
        yield _Line("", depth, f"}}{comma}")
    elif isinstance(value, list) and value:
        yield _Line(path, depth, f"{key}[")
        for index, one in enumerate(value):
            more = "," if index < len(value) - 1 else ""
            yield from _lines(f"{path}[{index}]", depth + 1, "", one, more)
        yield _Line("", depth, f"]{comma}")
    else:
        colour = "s" if isinstance(value, str) else "d"
        yield _Line(path, depth, f'{key}<span class="{colour}">{_json(value)}</span>{comma}')


def _json(value: Any) -> str:
    return escape(orjson.dumps(value).decode())


def _html(line: _Line, marked: bool) -> str:
    text = "  " * line.depth + line.html
    return f'<mark class="dv-mark">{text}</mark>' if marked else text
