"""Sealing bytes for one merchant and one purpose: AES-256-GCM, bound to both.

A sealed value is `version (1) | data key id (16) | nonce (12) | ciphertext and tag`. The purpose
names what is sealed and where it lies ("provider account:<id>"), so that a value copied into
another row, column or merchant does not open.
"""

from __future__ import annotations

import hmac
import os
from collections.abc import Iterable
from hashlib import sha256
from uuid import UUID

from cryptography.exceptions import InvalidTag

from acquiring.vault import keys
from acquiring.vault.models import DataKey

VERSION = b"\x01"
HEAD_BYTES = 1 + 16 + keys.NONCE_BYTES


class Unreadable(Exception):  # noqa: N818 (a fact about the bytes)
    """The bytes were not sealed for this merchant and purpose, or were changed since."""


def seal(merchant_id: UUID, plaintext: bytes, purpose: str) -> bytes:
    """Encrypt for a merchant and a purpose."""
    key = keys.current(merchant_id)
    nonce = os.urandom(keys.NONCE_BYTES)
    ciphertext = key.cipher.encrypt(nonce, plaintext, _bound_to(merchant_id, purpose))
    return VERSION + key.id.bytes + nonce + ciphertext


def unseal(merchant_id: UUID, sealed: bytes | memoryview, purpose: str) -> bytes:
    """Decrypt what `seal` made with the same merchant and purpose; raises Unreadable."""
    return unseal_all(merchant_id, [(sealed, purpose)])[0]


def unseal_all(merchant_id: UUID, values: Iterable[tuple[bytes | memoryview, str]]) -> list[bytes]:
    """Decrypt several values, each with its purpose; every key is looked up once."""
    known: dict[UUID, keys.Key] = {}
    return [_unseal(merchant_id, bytes(sealed), purpose, known) for sealed, purpose in values]


def _unseal(merchant_id: UUID, sealed: bytes, purpose: str, known: dict[UUID, keys.Key]) -> bytes:
    if len(sealed) < HEAD_BYTES or sealed[:1] != VERSION:
        raise Unreadable("this is not a sealed value")
    name = UUID(bytes=sealed[1:17])
    try:
        key = known[name] = known.get(name) or keys.by_id(merchant_id, name)
        nonce, ciphertext = sealed[17:HEAD_BYTES], sealed[HEAD_BYTES:]
        return key.cipher.decrypt(nonce, ciphertext, _bound_to(merchant_id, purpose))
    except (InvalidTag, DataKey.DoesNotExist) as error:
        raise Unreadable(f"this was not sealed as {purpose!r} of this merchant") from error


def fingerprint(merchant_id: UUID, number: str) -> str:
    """A card number's 128-bit name, the same for the same merchant and number, told to nobody else.

    Keyed, since the few billions of possible numbers are quickly tried against a plain hash.
    """
    key = keys.current(merchant_id, DataKey.Kind.FINGERPRINT)
    return hmac.new(key.secret, number.encode(), sha256).hexdigest()[:32]


def _bound_to(merchant_id: UUID, purpose: str) -> bytes:
    return merchant_id.bytes + purpose.encode()
