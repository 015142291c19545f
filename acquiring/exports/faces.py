"""How rows look in a file: comma-separated values and workbooks.

Money is a decimal number beside its currency. In CSV a time is ISO 8601 with the offset of the
zone, in a workbook a date of that zone, which its heading names.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from io import TextIOWrapper
from typing import IO, Any, Protocol
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from acquiring.core.money import Money, exponent
from acquiring.exports.kinds import Column, Value

CSV, XLSX = "csv", "xlsx"
FORMATS = {
    CSV: "text/csv; charset=utf-8",
    XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
SHEET_ROWS = 1_048_576  # of a workbook's sheet, its heading included
EXACT_DIGITS = 15  # of a workbook's numbers; longer ones are written as text
# A program that opens CSV takes a cell that begins so for a formula (OWASP, CSV injection).
FORMULA = re.compile(r"^[=+\-@\t\r\n]")
NUMBER = re.compile(r"^-?[0-9]+(\.[0-9]+)?$")


class Face(Protocol):
    """A file being written."""

    def add(self, rows: Iterable[Any]) -> None:
        """Write rows."""

    def close(self) -> None:
        """Finish the file; what it was written into stays open."""


def face(
    format: str, into: IO[bytes], title: str, columns: tuple[Column, ...], zone: ZoneInfo
) -> Face:
    """A file of this format, its headings written in the language that is active."""
    return (Comma if format == CSV else Book)(into, title, columns, zone)


class Comma:
    """CSV as spreadsheets read it: UTF-8 with its mark, CRLF, quotes where needed."""

    def __init__(
        self, into: IO[bytes], title: str, columns: tuple[Column, ...], zone: ZoneInfo
    ) -> None:
        self._text = TextIOWrapper(into, encoding="utf-8-sig", newline="", write_through=False)
        self._rows = csv.writer(self._text)
        self._columns, self._zone = columns, zone
        self._rows.writerow([harmless(str(column.heading)) for column in columns])

    def add(self, rows: Iterable[Any]) -> None:
        """Write rows."""
        self._rows.writerows(
            [self._cell(column.value(row)) for column in self._columns] for row in rows
        )
        self._text.flush()

    def close(self) -> None:
        """Finish the file."""
        self._text.flush()
        self._text.detach()

    def _cell(self, value: Value) -> str:
        if value is None:
            return ""
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, Money):
            return value.major()
        if isinstance(value, datetime):
            return value.astimezone(self._zone).isoformat(timespec="seconds")
        return harmless(str(value))


class Book:
    """A workbook, written row by row and never whole in memory; a full sheet begins another."""

    def __init__(
        self, into: IO[bytes], title: str, columns: tuple[Column, ...], zone: ZoneInfo
    ) -> None:
        import xlsxwriter  # eight megabytes, and nobody but who writes a workbook needs them

        self._book = xlsxwriter.Workbook(
            into, {"constant_memory": True, "default_date_format": "yyyy-mm-dd hh:mm:ss"}
        )
        self._head = self._book.add_format({"bold": True, "bottom": 1})
        self._places = {
            places: self._book.add_format({"num_format": f"0.{'0' * places}" if places else "0"})
            for places in range(5)
        }
        self._title, self._columns, self._zone = title, columns, zone
        self._sheets = 0
        self._begin_sheet()

    def add(self, rows: Iterable[Any]) -> None:
        """Write rows."""
        for row in rows:
            if self._row == SHEET_ROWS:
                self._begin_sheet()
            for index, column in enumerate(self._columns):
                self._cell(index, column.value(row))
            self._row += 1

    def close(self) -> None:
        """Finish the file."""
        self._book.close()

    def _begin_sheet(self) -> None:
        self._sheets += 1
        name = re.sub(r"[\[\]:*?/\\]", " ", self._title)[:25]
        self._sheet = self._book.add_worksheet(
            name if self._sheets == 1 else f"{name} {self._sheets}"
        )
        self._sheet.freeze_panes(1, 0)
        self._sheet.set_column(0, len(self._columns) - 1, 22)
        for index, column in enumerate(self._columns):
            heading = str(column.heading)
            if column.key.endswith("_at"):
                heading = _("%(heading)s (%(zone)s)") % {"heading": heading, "zone": self._zone}
            self._sheet.write_string(0, index, heading, self._head)
        self._row = 1

    def _cell(self, index: int, value: Value) -> None:
        if value is None or value == "":
            return
        if isinstance(value, bool):
            self._sheet.write_boolean(self._row, index, value)
        elif isinstance(value, Money):
            self._money(index, value)
        elif isinstance(value, datetime):
            local = value.astimezone(self._zone).replace(tzinfo=None, microsecond=0)
            self._sheet.write_datetime(self._row, index, local)
        elif isinstance(value, int) and len(str(abs(value))) <= EXACT_DIGITS:
            self._sheet.write_number(self._row, index, value)
        else:
            self._sheet.write_string(self._row, index, str(value))

    def _money(self, index: int, value: Money) -> None:
        """As a number where a workbook keeps it exactly; else as text."""
        if len(str(abs(value.amount))) > EXACT_DIGITS:
            self._sheet.write_string(self._row, index, value.major())
            return
        look = self._places[exponent(value.currency)]
        self._sheet.write_number(self._row, index, Decimal(value.major()), look)


def harmless(text: str) -> str:
    """Text that no program takes for a formula: an apostrophe stands before what would be one."""
    return f"'{text}" if FORMULA.match(text) and not NUMBER.match(text) else text
