"""Ids: UUIDv7 inside, `pay_<32 hex>` outside.

The application makes them (the database never does), so every id of a write is known before the
write. The time in the first 48 bits is what partitions and cursors use.
"""

from __future__ import annotations

import uuid
from datetime import UTC, datetime

from uuid_utils.compat import uuid7

from acquiring.core.errors import Problem

# What an id's prefix says it names. One word each; the API document lists them.
PREFIXES = {
    "pay": "payment",
    "att": "attempt",
    "cap": "capture",
    "voi": "void",
    "ref": "refund",
    "dsp": "dispute",
    "cus": "customer",
    "tok": "token",
    "cs": "checkout session",
    "pl": "payment link",
    "evt": "event",
    "we": "webhook endpoint",
    "del": "webhook delivery",
    "trf": "ledger transfer",
    "key": "API key",
    "mer": "merchant",
    "usr": "person",
    "biz": "business",
    "mem": "membership",
    "inv": "invitation",
    "sto": "store",
    "acc": "provider account",
    "exp": "export",
    "req": "API request",
    "not": "notice",
    "let": "letter",
    "app": "application",
    "per": "person",
    "ban": "bank account",
    "doc": "document",
    "tsk": "task",
    "ver": "verdict",
    "prp": "proposal",
    "rol": "role",
    "org": "organisation",
    "stw": "stewardship",
    "oin": "invitation",
    "sso": "single sign-on",
    "dom": "e-mail domain",
}


def new() -> uuid.UUID:
    """A fresh UUIDv7."""
    return uuid7()


def show(prefix: str, value: uuid.UUID | str) -> str:
    """The outside form of an id."""
    return f"{prefix}_{value.replace('-', '') if isinstance(value, str) else value.hex}"


def read(prefix: str, text: str, param: str | None = None) -> uuid.UUID:
    """The UUID of an outside form; raises Problem `not_found` when it is not one of that kind."""
    head, _, tail = text.partition("_")
    if head == prefix and len(tail) == 32:
        try:
            return uuid.UUID(hex=tail)
        except ValueError:
            pass
    raise Problem("not_found", f"There is no {PREFIXES[prefix]} {text[:60]!r}.", param=param)


def first_at(moment: datetime) -> uuid.UUID:
    """The smallest UUIDv7 of a moment: the bound of a range over ids by time."""
    milliseconds = int(moment.timestamp() * 1000)
    return uuid.UUID(int=(milliseconds << 80) | (0x7 << 76) | (0x8 << 60))


def time_of(value: uuid.UUID) -> datetime:
    """When a UUIDv7 was made, to the millisecond."""
    return datetime.fromtimestamp((value.int >> 80) / 1000, UTC)
