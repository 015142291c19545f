"""How lists are read: row by row or record by record, and broken ones refused with their place.

XML is parsed by expat through defusedxml: no document type, no entities, nothing from the network.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple
from xml.sax import SAXParseException
from xml.sax.handler import ContentHandler
from xml.sax.xmlreader import AttributesImpl

from defusedxml import DefusedXmlException
from defusedxml.expatreader import DefusedExpatParser

CHUNK_BYTES = 65_536
MAX_FIELD_CHARACTERS = 1_000_000
csv.field_size_limit(MAX_FIELD_CHARACTERS)


class BrokenList(Exception):  # noqa: N818 (a fact about a file)
    """A file is not what it should be. Lines and columns count from 1; 0 = the whole file."""

    def __init__(self, path: Path, message: str, line: int = 0, column: int = 0) -> None:
        self.path, self.line, self.column, self.message = path, line, column, message
        place = f", line {line}, column {column}" if line else ""
        super().__init__(f"{path.name}{place}: {message}")


class Row(NamedTuple):
    """One row of a CSV file, and where it stands."""

    path: Path
    line: int
    cells: Sequence[str]

    def broken(self, column: int, message: str) -> BrokenList:
        """The fault of one cell; `column` counts from 0."""
        return BrokenList(self.path, message, self.line, column + 1)


def encoding_of(path: Path) -> str:
    """UTF-8 (with or without its mark) where the whole file is; else the Windows code page."""
    try:
        with path.open(encoding="utf-8") as file:
            while file.read(CHUNK_BYTES):
                pass
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8-sig"


def rows(path: Path, *, delimiter: str = ",", columns: int | None = None) -> Iterator[Row]:
    """The rows of a CSV file, one at a time; empty lines and a closing 0x1A are left out.

    Raises BrokenList for bytes that are no text, broken quoting, or another number of `columns`.
    """
    with path.open(encoding=encoding_of(path), newline="") as file:
        reader = csv.reader(file, delimiter=delimiter, strict=True)
        last = 0
        while True:
            try:
                cells = next(reader)
            except StopIteration:
                return
            except (csv.Error, UnicodeDecodeError) as error:
                raise BrokenList(path, f"no CSV: {error}", reader.line_num or last + 1, 1) from None
            line, last = last + 1, reader.line_num
            if not cells or cells == ["\x1a"] or not any(cells):
                continue
            row = Row(path, line, cells)
            if columns is not None and len(cells) != columns:
                told = f"{len(cells)} columns, not {columns}"
                raise row.broken(min(len(cells), columns) - 1, told)
            yield row


class Table:
    """A CSV file with a header: cells by column name, whatever their order and case."""

    def __init__(self, lines: Iterator[Row], needed: Iterable[str]) -> None:
        """Reads on to the row that holds the `needed` columns; raises BrokenList without one."""
        self._lines = lines
        self.before: list[Row] = []
        missing, first = list(needed), None
        for row in lines:
            first = first or row
            named = {cell.strip().lower(): at for at, cell in reversed([*enumerate(row.cells)])}
            absent = [name for name in needed if name.lower() not in named]
            if not absent:
                self.columns = named
                return
            missing = absent if len(absent) < len(missing) else missing
            self.before.append(row)
            if len(self.before) > 2:
                break
        if first is None:
            raise ValueError("the file is empty")
        raise first.broken(0, f"no header with the column {missing[0]!r}")

    def __iter__(self) -> Iterator[Cells]:
        for row in self._lines:
            if len(row.cells) != len(self.columns) and len(row.cells) < max(self.columns.values()):
                told = f"{len(row.cells)} columns, the header has {len(self.columns)}"
                raise row.broken(len(row.cells) - 1, told)
            yield Cells(row, self.columns)


class Cells:
    """One row, read by the names of its columns."""

    def __init__(self, row: Row, columns: dict[str, int]) -> None:
        self._row, self._columns = row, columns

    def __getitem__(self, name: str) -> str:
        """The trimmed cell; empty where the file has no such column."""
        at = self._columns.get(name.lower())
        if at is None or at >= len(self._row.cells):
            return ""
        return self._row.cells[at].strip()

    def broken(self, name: str, message: str) -> BrokenList:
        """The fault of the cell in this column."""
        return self._row.broken(self._columns.get(name.lower(), 0), message)


class Node:
    """One XML element with its children, and where it began."""

    __slots__ = ("attributes", "children", "column", "line", "tag", "text")

    def __init__(self, tag: str, attributes: dict[str, str], line: int, column: int) -> None:
        self.tag, self.attributes, self.line, self.column = tag, attributes, line, column
        self.children: list[Node] = []
        self.text = ""

    def all(self, *path: str) -> list[Node]:
        """The elements at the end of this path of tags."""
        found = [self]
        for tag in path:
            found = [child for node in found for child in node.children if child.tag == tag]
        return found

    def says(self, *path: str) -> str:
        """The text of the first such element; empty where there is none."""
        return next((node.text.strip() for node in self.all(*path)), "")

    def get(self, attribute: str) -> str:
        """A trimmed attribute; empty where it has none."""
        return self.attributes.get(attribute, "").strip()


class _Collector(ContentHandler):
    """Keeps the records that are whole, and nothing else of the document."""

    def __init__(self, parser: DefusedExpatParser, wanted: frozenset[str]) -> None:
        super().__init__()
        self.parser, self.wanted = parser, wanted
        self.whole: list[Node] = []
        self.open: list[Node] = []
        self.root: Node | None = None

    def startElement(self, name: str, attrs: AttributesImpl) -> None:  # noqa: N802
        tag = name.rpartition(":")[2]
        if self.root is not None and not self.open and tag not in self.wanted:
            return
        line, column = self.parser.getLineNumber(), self.parser.getColumnNumber()
        node = Node(tag, dict(attrs.items()), line, column + 1)
        if self.root is None:
            self.root = node
            return
        if self.open:
            self.open[-1].children.append(node)
        self.open.append(node)

    def characters(self, content: str) -> None:
        if self.open:
            self.open[-1].text += content

    def endElement(self, name: str) -> None:  # noqa: N802
        if self.open and self.open[-1].tag == name.rpartition(":")[2]:
            node = self.open.pop()
            if not self.open:
                self.whole.append(node)


def records(path: Path, root: str, *wanted: str) -> Iterator[Node]:
    """The root (bare, with its attributes), then each outermost element with a wanted tag.

    Raises BrokenList for what is no XML, has a document type or entities, or has another root.
    """
    parser = DefusedExpatParser(forbid_dtd=True)
    collector = _Collector(parser, frozenset(wanted))
    parser.setContentHandler(collector)
    told = False
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            _feed(parser, path, chunk)
            if collector.root is not None and not told:
                told = True
                if collector.root.tag != root:
                    raise BrokenList(path, f"the root is {collector.root.tag}, not {root}", 1, 1)
                yield collector.root
            yield from collector.whole
            collector.whole.clear()
        _feed(parser, path, None)
    yield from collector.whole


def _feed(parser: DefusedExpatParser, path: Path, chunk: bytes | None) -> None:
    try:
        parser.close() if chunk is None else parser.feed(chunk)
    except SAXParseException as error:
        line, column = error.getLineNumber() or 1, error.getColumnNumber() or 0
        raise BrokenList(path, f"no XML: {error.getMessage()}", line, column + 1) from None
    except DefusedXmlException as error:
        line, column = parser.getLineNumber() or 1, parser.getColumnNumber() or 0
        told = f"a document type or entity is not taken ({type(error).__name__})"
        raise BrokenList(path, told, line, column + 1) from None
