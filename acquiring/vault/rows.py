"""The three statements every payment by token runs: plain SQL, prepared once per connection."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.db import connection

from acquiring.core import clock
from acquiring.vault.models import Token

INSERT = (
    "INSERT INTO vault_token (merchant_id, id, customer_id, status, reusable, sealed, fingerprint,"
    " brand, bin, last4, exp_month, exp_year, network_reference, agreement, used_for, expires_at,"
    " created_at)"
    " VALUES (%s, %s, %s, 'active', %s, %s, %s, %s, %s, %s, %s, %s, '', '{}', '', %s, %s)"
)
SELECT = (
    "SELECT sealed, reusable, expires_at, exp_month, exp_year, brand, last4, bin, fingerprint,"
    " network_reference FROM vault_token WHERE merchant_id = %s AND id = %s"
)
CLAIM = (
    "UPDATE vault_token SET used_at = %s, used_for = %s"
    " WHERE merchant_id = %s AND id = %s AND status = 'active'"
    " AND (used_at IS NULL OR (used_for = %s AND used_for <> ''))"
)


class Row(NamedTuple):
    """What revealing a card reads of its token."""

    sealed: bytes | None
    reusable: bool
    expires_at: datetime | None
    exp_month: int
    exp_year: int
    brand: str
    last4: str
    bin: str
    fingerprint: str
    network_reference: str


def insert(token: Token, sealed: bytes) -> None:
    """Store a fresh, active token."""
    values = [
        token.merchant_id,
        token.id,
        token.customer_id,
        token.reusable,
        sealed,
        token.fingerprint,
        token.brand,
        token.bin,
        token.last4,
        token.exp_month,
        token.exp_year,
        token.expires_at,
        token.created_at,
    ]
    with connection.cursor() as cursor:
        cursor.execute(INSERT, values)


def find(merchant_id: UUID, token_id: UUID) -> Row | None:
    """The token's row; None when the merchant has no such token."""
    with connection.cursor() as cursor:
        cursor.execute(SELECT, [merchant_id, token_id])
        found = cursor.fetchone()
    return Row(*found) if found else None


def claim(merchant_id: UUID, token_id: UUID, used_for: str) -> bool:
    """Take a single-use card for `used_for` in one statement: two payments cannot both have it."""
    with connection.cursor() as cursor:
        cursor.execute(CLAIM, [clock.now(), used_for, merchant_id, token_id, used_for])
        return cursor.rowcount == 1
