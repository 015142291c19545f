"""The keys TrueLayer's console makes, and its detached signatures: ES512 on the curve P-521.

Source: TrueLayer/truelayer-signing, request signing v2 (MIT or Apache-2.0).
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, utils

JKU = "https://webhooks.truelayer-sandbox.com/.well-known/jwks"
SIZE = 66
OVER = ec.ECDSA(hashes.SHA512())


class Pair(NamedTuple):
    """A private and a public key, PEM."""

    private: str
    public: str


def new_pair() -> Pair:
    """A fresh pair."""
    key = ec.generate_private_key(ec.SECP521R1())
    pem = serialization.Encoding.PEM
    private = key.private_bytes(
        pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(pem, serialization.PublicFormat.SubjectPublicKeyInfo)
    return Pair(private.decode(), public.decode())


def sign(private: str, key_id: str, path: str, headers: Mapping[str, str], body: bytes) -> str:
    """The signature of a webhook."""
    about = {"alg": "ES512", "kid": key_id, "tl_version": "2", "tl_headers": ",".join(headers)}
    head = _text(json.dumps({**about, "jku": JKU}).encode())
    content = f"{head}.{_text(_payload(path, headers, body))}"
    numbers = utils.decode_dss_signature(_private(private).sign(content.encode(), OVER))
    return f"{head}..{_text(b''.join(one.to_bytes(SIZE, 'big') for one in numbers))}"


def heading(value: str) -> dict[str, Any]:
    """What a signature says about itself; {} where it cannot be read."""
    try:
        told = json.loads(_bytes(value.split(".")[0]))
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def is_signed(public: str, path: str, headers: Mapping[str, str], body: bytes, value: str) -> bool:
    """Whether a call is signed by the key's owner, over the headers the signature names."""
    names = str(heading(value).get("tl_headers", "")).split(",")
    parts = value.split(".")
    if len(parts) != 3 or parts[1] or "idempotency-key" not in map(str.lower, names):
        return False
    try:
        raw = _bytes(parts[2])
        told = {name: headers[name.lower()] for name in names}
        numbers = int.from_bytes(raw[:SIZE], "big"), int.from_bytes(raw[SIZE:], "big")
        content = f"{parts[0]}.{_text(_payload(path, told, body))}".encode()
        _public(public).verify(utils.encode_dss_signature(*numbers), content, OVER)
    except (InvalidSignature, ValueError, KeyError):
        return False
    return True


def _payload(path: str, headers: Mapping[str, str], body: bytes) -> bytes:
    lines = "".join(f"{name}: {value}\n" for name, value in headers.items())
    return f"POST {path}\n{lines}".encode() + body


def _text(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


@lru_cache(maxsize=64)
def _private(pem: str) -> ec.EllipticCurvePrivateKey:
    loaded = serialization.load_pem_private_key(pem.encode(), None)
    assert isinstance(loaded, ec.EllipticCurvePrivateKey)
    return loaded


@lru_cache(maxsize=64)
def _public(pem: str) -> ec.EllipticCurvePublicKey:
    loaded = serialization.load_pem_public_key(pem.encode())
    assert isinstance(loaded, ec.EllipticCurvePublicKey)
    return loaded
