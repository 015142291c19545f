"""Payloads of device wallets: sealed for an hour like a typed card, and opened for one payment.

What a wallet hands out is encrypted for the provider and good for one payment; it is a card's
stand-in all the same, so it lies nowhere but here. What may be seen of it is its network and the
last digits, as far as the wallet says them.
"""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from acquiring.core import clock, ids
from acquiring.core.errors import Problem
from acquiring.vault import rows
from acquiring.vault.models import Token
from acquiring.vault.sealing import seal, unseal
from acquiring.vault.services import SINGLE_USE_SECONDS


def keep(merchant_id: UUID, payload: str, network: str = "", last4: str = "") -> UUID:
    """Seal a payload for a payment within the hour; the id of its token."""
    token_id, now = ids.new(), clock.now()
    sealed = seal(merchant_id, payload.encode(), _purpose(token_id))
    token = Token(
        id=token_id,
        merchant_id=merchant_id,
        reusable=False,
        sealed=sealed,
        fingerprint="",
        brand=network,
        bin="",
        last4=last4,
        exp_month=0,
        exp_year=0,
        expires_at=now + timedelta(seconds=SINGLE_USE_SECONDS),
        created_at=now,
    )
    rows.insert(token, sealed)
    return token_id


def opened(merchant_id: UUID, token_id: UUID, used_for: str) -> str:
    """The payload, for the one subject that claims it first. Raises Problem for any other."""
    row = rows.find(merchant_id, token_id)
    sealed = row.sealed if row and row.expires_at and row.expires_at > clock.now() else None
    if sealed is None or not rows.claim(merchant_id, token_id, used_for):
        raise Problem("invalid_state", "The wallet's payload was used, or its hour is over.")
    return unseal(merchant_id, sealed, _purpose(token_id)).decode()


def _purpose(token_id: UUID) -> str:
    return f"wallet:{token_id.hex}"
