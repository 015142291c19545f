"""Reading a book with one query and writing a change with one.

The write compares the payment's version; a book that moved on in the meantime is `Stale`, and the
caller decides again on the fresh one. No lock is held while anybody thinks.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec
import orjson
from django.db import connection, transaction

from acquiring.core import fast, ids, outbox, wake
from acquiring.core.grouping import Group
from acquiring.core.idempotency import Claim, Prior
from acquiring.payments import render
from acquiring.payments.change import TABLES, Change, Notice
from acquiring.payments.records import Attempt, Book

_LOG = (
    "INSERT INTO payments_wirelog"
    " SELECT * FROM jsonb_populate_recordset(NULL::payments_wirelog, $1::jsonb)"
)
_READ = "SELECT payments_read($1::uuid, $2::uuid)"
_READ_BY = (
    "SELECT payments_read($1::uuid, (SELECT payment_id FROM payments_attempt"
    " WHERE merchant_id = $1::uuid AND account_id = $2::uuid AND {} LIMIT 1))"
)
_READ_BY_ATTEMPT = _READ_BY.format("id = $3::uuid")
_READ_BY_PROVIDER_REF = _READ_BY.format("provider_ref = $3")
_book = msgspec.json.Decoder(Book)


class Stale(Exception):  # noqa: N818 (a fact, not a fault)
    """The payment changed since the book was read; nothing was written."""


class Busy(Exception):  # noqa: N818 (a fact, not a fault)
    """Another payment of the checkout session is under way or made; nothing was written."""


class Written(msgspec.Struct):
    """What the write function says."""

    stale: bool = False
    busy: bool = False
    prior: Prior | None = None


_written = msgspec.json.Decoder(Written)
_writes = Group("payments_write")


def read(merchant_id: UUID, payment_id: UUID) -> Book:
    """The book of a payment; raises LookupError when the merchant has no such payment."""
    return _read("payments_read", _READ, merchant_id, payment_id)


def read_by_attempt(merchant_id: UUID, account_id: UUID, attempt_id: UUID) -> Book:
    """The book of an attempt that went through the account; raises LookupError."""
    return _read("read_by_attempt", _READ_BY_ATTEMPT, merchant_id, account_id, attempt_id)


def read_by_provider_ref(merchant_id: UUID, account_id: UUID, provider_ref: str) -> Book:
    """The book of an attempt by the provider's name for it; raises LookupError."""
    named = (merchant_id, account_id, provider_ref)
    return _read("read_by_provider_ref", _READ_BY_PROVIDER_REF, *named)


def _read(name: str, sql: str, *named: UUID | str) -> Book:
    found = fast.call(name, sql, *(str(one).encode() for one in named))
    if found is None:
        raise LookupError(str(named[-1]))
    return _book.decode(found)


def write(
    change: Change,
    *,
    claim: Claim | None = None,
    answered: Claim | None = None,
    status: int = 200,
    shown: Any = None,
) -> Prior | None:
    """Commit a change. `claim` is a key claimed with it, `answered` a key it answers.

    `shown` is the row the answer is about (None: the payment), `status` its HTTP status. Returns
    what was found when the key had been claimed before; then nothing was written. Raises Stale, and
    Busy for the first attempt of a payment whose checkout session has another one under way.
    """
    payment = change.payment
    payment.version += 1
    payment.updated_at = change.now
    change.book.picture = b""
    pictures = _Pictures(change.book)
    document = _document(change, pictures)
    if claim:
        document["claim"] = claim.row(_subject(change, shown), change.now_real())
    if answered:
        document["answer"] = {
            "id": answered.id,
            "status": status,
            "body": pictures.of(shown).decode(),
        }
    try:
        found = _writes.call(msgspec.json.encode(document), payment.id.hex)
    except Exception:
        payment.version -= 1
        raise
    written = _written.decode(found)
    if written.stale or written.busy or written.prior:
        payment.version -= 1
    if written.busy:
        raise Busy(ids.show("cs", payment.session_id or ""))
    if written.stale:
        raise Stale(ids.show("pay", payment.id))
    if change.notices and not written.prior:
        _wake()
    if not written.prior:
        change.book.picture = pictures.of_payment
    return written.prior


def log(change: Change) -> None:
    """Keep the wire log of an exchange that was no news: the book is not written for it."""
    if change.wire:
        fast.call("payments_log", _LOG, msgspec.json.encode(change.wire))


def _subject(change: Change, shown: Any) -> str:
    """What a claimed key is about: the payment, and the operation on it if there is one."""
    own = ids.show("pay", change.payment.id)
    return own if shown is None else f"{own}:{render.outside_id(shown)}"


class _Pictures:
    """What the API shows of a book's rows as JSON, each drawn once per commit."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._drawn: dict[UUID | None, bytes] = {}

    @property
    def of_payment(self) -> bytes:
        """The payment's picture if it was drawn, or nothing."""
        return self._drawn.get(None, b"")

    def of(self, row: Any) -> bytes:
        """The row's picture; None is the payment's."""
        key = None if row is None else row.id
        if key not in self._drawn:
            self._drawn[key] = (
                render.payment_json(self._book)
                if row is None
                else orjson.dumps(render.row(self._book, row))
            )
        return self._drawn[key]


def _document(change: Change, pictures: _Pictures) -> dict[str, Any]:
    document: dict[str, Any] = {"payment": change.payment}
    if change.payment.session_id and _begins(change):
        document["session"] = True
    for kind, name in TABLES.items():
        rows = change.rows(kind)
        if rows:
            document[name] = rows
    if change.transfers:
        document["transfers"] = change.transfers
    if change.notices:
        document["events"] = [_event(change, notice, pictures) for notice in change.notices]
    if change.wire:
        document["wire"] = change.wire
    return document


def _begins(change: Change) -> bool:
    """Whether the payment's first attempt starts with this change."""
    return any(one.ordinal == 1 and one.status == "sent" for one in change.rows(Attempt))


def _event(change: Change, notice: Notice, pictures: _Pictures) -> dict[str, Any]:
    row, payment = notice.row, change.payment
    return {
        "merchant_id": payment.merchant_id,
        "id": ids.new(),
        "type": notice.type,
        "subject": ids.show("pay", payment.id) if row is None else render.outside_id(row),
        "payload": msgspec.Raw(pictures.of(row)),
        "created_at": change.now,
    }


def _wake() -> None:
    if connection.in_atomic_block:
        transaction.on_commit(lambda: wake.look(outbox.DELIVER))
    else:
        wake.look(outbox.DELIVER)
