"""RSA signatures as some providers use them: PKCS #1 v1.5 over SHA-256, keys as bare Base64.

EBANX signs over SHA-1 to this day.
"""

from __future__ import annotations

import base64
from functools import lru_cache
from typing import NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa


class Pair(NamedTuple):
    """A private key (PKCS #8) and its public key (SPKI)."""

    private: str
    public: str


def new_pair() -> Pair:
    """A fresh pair of 2048 bits."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(
        serialization.Encoding.DER,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    public = key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return Pair(base64.b64encode(private).decode(), base64.b64encode(public).decode())


def sign(private: str, content: bytes) -> str:
    """The signature as Base64."""
    signature = _private(private).sign(content, padding.PKCS1v15(), hashes.SHA256())
    return base64.b64encode(signature).decode()


def sign_sha1(private: str, content: bytes) -> str:
    """The same over SHA-1."""
    over = hashes.SHA1()  # noqa: S303 (what EBANX does)
    return base64.b64encode(_private(private).sign(content, padding.PKCS1v15(), over)).decode()


def is_signed(public: str, content: bytes, signature: str) -> bool:
    """Whether the key's owner signed this; False too for a key or signature that is none."""
    try:
        raw = base64.b64decode(signature, validate=True)
        _public(public).verify(raw, content, padding.PKCS1v15(), hashes.SHA256())
    except (InvalidSignature, ValueError):
        return False
    return True


# Parsing a key costs more than signing with it.
@lru_cache(maxsize=256)
def _private(key: str) -> rsa.RSAPrivateKey:
    loaded = serialization.load_der_private_key(base64.b64decode(key), None)
    assert isinstance(loaded, rsa.RSAPrivateKey)
    return loaded


@lru_cache(maxsize=256)
def _public(key: str) -> rsa.RSAPublicKey:
    """A public key, as PEM or bare Base64; raises ValueError for anything else."""
    if "-----" in key:
        loaded = serialization.load_pem_public_key(key.encode())
    else:
        loaded = serialization.load_der_public_key(base64.b64decode("".join(key.split())))
    if not isinstance(loaded, rsa.RSAPublicKey):
        raise ValueError("not an RSA key")
    return loaded
