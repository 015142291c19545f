"""Settlement: what a provider would pay out for a day, line by line.

A day is a day of UTC by the account's own clock. It is closed once it has ended, by whoever looks
first; from then on its statements, one per currency, are never changed. Money that is noted for a
closed day all the same (somebody has put the clock back) goes into the next day.

A statement is counted as the provider counts: its amounts have `places` decimals, which are those
of ISO 4217 unless `settlement.toml` says otherwise. That file has the fees and delays as well.

A day can be spoiled before it has ended: its statements then have a fault that is named in
`scenarios.toml`, and still add up.
"""

from __future__ import annotations

import secrets
import tomllib
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import orjson

from acquiring.core.money import divide_half_up, exponent, rescale, share
from acquiring.sandbox.book import Book, Charge, charges
from acquiring.sandbox.scenarios import spoilings
from acquiring.sandbox.sql import execute, rows, text

if TYPE_CHECKING:
    from acquiring.sandbox.engine import Simulator

MAX_LINES = 10_000  # of one day; the rest waits for the next
MAX_STATEMENTS = 400
DAY = timedelta(days=1)
HUNDREDTHS = 100


class TooLate(Exception):  # noqa: N818 (an answer on its way)
    """The day is closed: nothing about it can be changed."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What a provider keeps, and when it pays; explained in `settlement.toml`."""

    basis_points: int
    fixed: int
    refund: int
    chargeback: int
    payout: int
    days: int
    amounts: Literal["minor", "major"]
    exponents: dict[str, int]

    def places(self, currency: str) -> int:
        """How many decimals the provider counts in a currency."""
        return self.exponents.get(currency, exponent(currency))

    def fee(self, kind: str, gross: int, places: int) -> int:
        """What is kept of a move of `gross`, both in the provider's units."""
        flat = {"capture": self.fixed, "refund": self.refund, "chargeback": self.chargeback}[kind]
        rate = self.basis_points if kind == "capture" else 0
        return share(gross, rate) + of_hundredths(flat, places)


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a statement: amounts in the provider's units, `gross` signed, `fee` taken off.

    `payment` is the provider's reference of the payment, `reference` the merchant's; `operation`
    and `operation_reference` are those of a capture, refund or dispute that has its own.
    """

    id: str
    kind: str  # capture, refund, chargeback or fee
    payment: str
    reference: str
    operation: str
    operation_reference: str
    method: str
    at: str
    gross: int
    fee: int

    @property
    def net(self) -> int:
        """What the line adds to the payout."""
        return self.gross - self.fee


@dataclass(frozen=True, slots=True)
class Statement:
    """What an account is paid for a day in a currency."""

    provider: str
    account: str
    number: int
    day: date
    currency: str
    value_date: date
    places: int
    spoiled: str
    lines: Sequence[Line]
    closed_at: datetime

    @property
    def gross(self) -> int:
        """The sum of what was moved."""
        return sum(line.gross for line in self.lines)

    @property
    def fee(self) -> int:
        """The sum of what was kept."""
        return sum(line.fee for line in self.lines)

    @property
    def net(self) -> int:
        """The payout; negative where the merchant owes."""
        return self.gross - self.fee

    @property
    def batch(self) -> str:
        """The provider's name for it."""
        return f"{self.day:%Y%m%d}{self.number:06d}"


@lru_cache(maxsize=64)
def terms(provider: str) -> Terms:
    """The terms of a provider."""
    table = tomllib.loads((Path(__file__).parent / "settlement.toml").read_text("utf-8"))
    return Terms(**{**table["default"], **table.get(provider, {})})


def of_hundredths(amount: int, places: int) -> int:
    """Hundredths of a currency in units of so many decimals, halves up."""
    return divide_half_up(amount * 10**places, HUNDREDTHS)


def statements(
    book: Book, simulator: Simulator, day: date | None = None, currency: str = ""
) -> list[Statement]:
    """The account's statements, newest first, after closing every day that has ended."""
    close(book, simulator)
    wanted, named = [book.provider, book.account.ref], ""
    if day:
        named, wanted = f"{named} AND day = %s", [*wanted, day]  # type: ignore[list-item]
    if currency:
        named, wanted = f"{named} AND currency = %s", [*wanted, currency]
    found = rows(
        "SELECT provider, account, number, day, currency, value_date, places, spoiled, lines,"  # noqa: S608
        " created_at FROM sandbox_statement WHERE provider = %s AND account = %s"
        f"{named} ORDER BY number DESC LIMIT %s",
        [*wanted, MAX_STATEMENTS],
    )
    return [_statement(row) for row in found]


def choose(book: Book, day: date, how: str) -> None:
    """Spoil the statements of a day, or with "" none; raises TooLate once the day has ended."""
    if day < book.now.date():
        raise TooLate
    known, name = {"how": how}, day.isoformat()
    if book.get("spoiling", name) is None:
        book.put("spoiling", name, known)
    else:
        book.change("spoiling", name, known)


def close(book: Book, simulator: Simulator) -> None:
    """Make the statements of every day that has ended since somebody last looked."""
    today = book.now.date()
    _wait_for_turn(book)
    last = book.get("closed", "")
    until = date.fromisoformat(last["until"]) if last else date.min
    if until >= today - DAY:
        return
    for (day, currency), found in sorted(_moved(book, today, until).items()):
        _write(book, simulator, day, currency, found)
    keep = book.change if last else book.put
    keep("closed", "", {"until": (today - DAY).isoformat()})


def _wait_for_turn(book: Book) -> None:
    name = f"settling:{book.provider}:{book.account.ref}"
    rows("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))::text", [name])


def _moved(book: Book, today: date, until: date) -> dict[tuple[date, str], list[tuple]]:
    """What no statement has yet, by settlement day and currency."""
    found = rows(
        "SELECT row, charge, kind, amount, currency, operation, operation_reference, created_at"
        " FROM sandbox_move WHERE provider = %s AND account = %s AND statement IS NULL"
        " AND created_at < %s ORDER BY row LIMIT %s",
        [book.provider, book.account.ref, datetime.combine(today, time(), UTC), MAX_LINES],
    )
    grouped: dict[tuple[date, str], list[tuple]] = {}
    for move in found:
        day = move[7].astimezone(UTC).date()
        if day <= until:
            day = until + DAY
        grouped.setdefault((day, move[4]), []).append(move)
    return grouped


def _write(book: Book, simulator: Simulator, day: date, currency: str, moved: list[tuple]) -> None:
    deal = terms(book.provider)
    names = list({move[1] for move in moved})
    known = charges("provider = %s AND id = ANY(%s)", [book.provider, names])
    by_id = {charge.id: charge for charge in known}
    places = deal.places(currency)
    lines = [_line(move, by_id[move[1]], simulator, places) for move in moved]
    if deal.payout:
        kept, at = of_hundredths(deal.payout, places), f"{day.isoformat()}T23:59:59+00:00"
        lines.append(Line(f"P{moved[0][0]:011d}", "fee", "", "", "", "", "", at, 0, kept))
    how = (book.get("spoiling", day.isoformat()) or {}).get("how", "")
    ((statement,),) = rows(
        "INSERT INTO sandbox_statement (provider, account, number, day, currency, value_date,"
        " places, spoiled, lines, created_at) SELECT %s, %s, coalesce(max(number), 0) + 1, %s, %s,"
        " %s, %s, %s, %s, %s FROM sandbox_statement WHERE provider = %s AND account = %s"
        " RETURNING row",
        [
            book.provider, book.account.ref, day, currency, _banking_day(day, deal.days), places,
            how, text([asdict(line) for line in _spoiled(lines, how, places)]), book.now,
            book.provider, book.account.ref,
        ],
    )  # fmt: skip
    execute(
        "UPDATE sandbox_move SET statement = %s WHERE row = ANY(%s)",
        [statement, [move[0] for move in moved]],
    )


def _line(move: tuple, charge: Charge, simulator: Simulator, places: int) -> Line:
    row, _, kind, amount, currency, operation, reference, at = move
    gross = rescale(amount, exponent(currency), places)
    return Line(
        id=f"L{row:011d}",
        kind=kind,
        payment=simulator.settled_as(charge),
        reference=charge.reference,
        operation=operation,
        operation_reference=reference,
        method=charge.method,
        at=at.astimezone(UTC).isoformat(timespec="seconds"),
        gross=gross if kind == "capture" else -gross,
        fee=terms(charge.provider).fee(kind, gross, places),
    )


def _spoiled(lines: list[Line], how: str, places: int) -> list[Line]:
    """The lines with the fault that was wished for, always about the first of them."""
    assert not how or how in spoilings(), how
    first, unit = lines[0], 10**places
    if how == "line_missing":
        return lines[1:]
    if how == "amount_differs":
        return [replace(first, gross=first.gross + unit), *lines[1:]]
    if how == "line_twice":
        return [first, *lines]
    if how == "line_unknown":
        strange = f"unknown{secrets.token_hex(8)}"
        named = replace(first, id=f"U{first.id[1:]}", payment=strange, reference=strange)
        return [*lines, replace(named, kind="capture", gross=12 * unit, fee=0)]
    return lines


def _banking_day(day: date, days: int) -> date:
    """So many days later, Saturdays and Sundays not counted."""
    while days or day.weekday() > 4:
        day += DAY
        days -= day.weekday() < 5 and days > 0
    return day


def _statement(row: tuple[Any, ...]) -> Statement:
    names = [field.name for field in fields(Statement)]
    known = dict(zip(names, row, strict=True))
    return Statement(**known | {"lines": [Line(**one) for one in orjson.loads(known["lines"])]})
