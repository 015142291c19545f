"""Data keys: one set per merchant, wrapped by the master key, opened for a short while in memory.

A key is remembered only after the COMMIT that made it: a key whose row was rolled back must never
seal anything.
"""

from __future__ import annotations

import base64
import hashlib
import os
from functools import lru_cache
from typing import NamedTuple
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.db import connection, transaction

from acquiring.core import clock, ids
from acquiring.core.memory import Memory
from acquiring.vault.models import DataKey

KEY_BYTES = 32
NONCE_BYTES = 12


class Key(NamedTuple):
    """An opened data key."""

    id: UUID
    secret: bytes
    cipher: AESGCM

    def __repr__(self) -> str:
        return f"Key({self.id})"


_opened: Memory[tuple[UUID, UUID], Key] = Memory(seconds=300, limit=20_000)
_current: Memory[tuple[UUID, str], Key] = Memory(seconds=60, limit=20_000)


class MasterKeyMissing(Exception):  # noqa: N818 (a fact about the settings)
    """No master key of the settings opens this data key."""


def current(merchant_id: UUID, kind: str = DataKey.Kind.SEAL) -> Key:
    """The merchant's key to seal or fingerprint with; made when there is none yet."""
    key = _current.get((merchant_id, kind))
    if key is not None:
        return key
    row = _current_row(merchant_id, kind) or _make(merchant_id, kind)
    key = _open(row)
    transaction.on_commit(lambda: _current.put((merchant_id, kind), key))
    return key


def by_id(merchant_id: UUID, key_id: UUID) -> Key:
    """The key with this id, current or retired. Raises DataKey.DoesNotExist, MasterKeyMissing."""
    key = _opened.get((merchant_id, key_id))
    if key is None:
        key = _open(DataKey.objects.get(merchant_id=merchant_id, id=key_id))
        found = key
        transaction.on_commit(lambda: _opened.put((merchant_id, key_id), found))
    return key


@transaction.atomic
def rotate(merchant_id: UUID) -> UUID:
    """Give the merchant a new sealing key; the old one still reads. Returns the new key's id.

    Other processes go on sealing with the old key for up to a minute, which is harmless.
    """
    current_keys = DataKey.objects.filter(merchant_id=merchant_id, kind="seal", retired_at=None)
    current_keys.update(retired_at=clock.now())
    row = _make(merchant_id, DataKey.Kind.SEAL)
    transaction.on_commit(lambda: _current.forget((merchant_id, DataKey.Kind.SEAL)))
    return row.id


def rewrap(limit: int = 500) -> int:
    """Wrap up to `limit` data keys of retired master keys with today's; returns how many.

    Safe beside running payments: the data keys stay the same, only their wrapping changes.
    """
    master = master_keys()[0]
    with transaction.atomic():
        rows = list(
            DataKey.objects.exclude(master=name_of(master))
            .order_by("merchant_id", "id")
            .select_for_update(skip_locked=True)[:limit]
        )
        for row in rows:
            row.wrapped = _wrap(master, row, _open(row).secret)
            row.master = name_of(master)
            row.save(update_fields=["wrapped", "master"])
    return len(rows)


@lru_cache(maxsize=1)
def master_keys() -> tuple[bytes, ...]:
    """Today's master key first, then the retired ones that may still be needed for reading."""
    texts = [settings.MASTER_KEY, *settings.MASTER_KEYS_RETIRED.split(",")]
    keys = tuple(base64.b64decode(text, validate=True) for text in texts if text.strip())
    if not settings.MASTER_KEY or any(len(key) != KEY_BYTES for key in keys):
        raise MasterKeyMissing("CARAVEL_MASTER_KEY is not 32 bytes as Base64")
    return keys


def name_of(master: bytes) -> str:
    """What a master key is called in rows: enough to find it, nothing to attack it."""
    return hashlib.sha256(b"caravel master key" + master).hexdigest()[:16]


def _current_row(merchant_id: UUID, kind: str) -> DataKey | None:
    return DataKey.objects.filter(merchant_id=merchant_id, kind=kind, retired_at=None).first()


def _make(merchant_id: UUID, kind: str) -> DataKey:
    """Insert a fresh key, unless another process was faster: then its key is the answer."""
    master = master_keys()[0]
    row = DataKey(id=ids.new(), merchant_id=merchant_id, kind=kind, master=name_of(master))
    wrapped = _wrap(master, row, os.urandom(KEY_BYTES))
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO vault_datakey (merchant_id, id, kind, wrapped, master)"
            " VALUES (%s, %s, %s, %s, %s)"
            " ON CONFLICT (merchant_id, kind) WHERE retired_at IS NULL DO NOTHING",
            [merchant_id, row.id, kind, wrapped, row.master],
        )
    return DataKey.objects.get(merchant_id=merchant_id, kind=kind, retired_at=None)


def _bound_to(row: DataKey) -> bytes:
    return b"data key|" + row.merchant_id.bytes + row.id.bytes + row.kind.encode()


def _wrap(master: bytes, row: DataKey, secret: bytes) -> bytes:
    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(master).encrypt(nonce, secret, _bound_to(row))


def _open(row: DataKey) -> Key:
    wrapped = bytes(row.wrapped)
    nonce, sealed = wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:]
    for master in master_keys():
        if name_of(master) == row.master:
            try:
                secret = AESGCM(master).decrypt(nonce, sealed, _bound_to(row))
            except InvalidTag as error:
                raise MasterKeyMissing(f"data key {row.id} was tampered with") from error
            return Key(row.id, secret, AESGCM(secret))
    raise MasterKeyMissing(f"master key {row.master} of data key {row.id} is not configured")
