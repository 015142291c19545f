"""TrueLayer's signatures, both ways: detached JWS, ES512, over method, path, headers and body.

Source: TrueLayer/truelayer-signing, request signing v2 (MIT or Apache-2.0).
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from functools import lru_cache

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)

HALF = 66  # bytes of a number of P-521
KEYS_OF = frozenset(
    {
        "https://webhooks.truelayer.com/.well-known/jwks",
        "https://webhooks.truelayer-sandbox.com/.well-known/jwks",
    }
)


def signature(
    key: str, key_id: str, method: str, path: str, headers: Mapping[str, str], body: bytes
) -> str:
    """The value of `Tl-Signature` for a call; all of `headers` are signed."""
    about = {
        "alg": "ES512",
        "kid": key_id,
        "tl_version": "2",
        "tl_headers": ",".join(headers),
    }
    head = _encoded(json.dumps(about, separators=(",", ":")).encode())
    content = f"{head}.{_encoded(_payload(method, path, headers, body))}".encode()
    first, second = decode_dss_signature(_private(key).sign(content, ec.ECDSA(hashes.SHA512())))
    return f"{head}..{_encoded(first.to_bytes(HALF, 'big') + second.to_bytes(HALF, 'big'))}"


def is_signed(
    key: str, method: str, path: str, headers: Mapping[str, str], body: bytes, value: str
) -> bool:
    """Whether the owner of the key signed this; names of `headers` are in lower case."""
    head, _, rest = value.partition(".")
    try:
        about = json.loads(_decoded(head))
        raw = _decoded(rest.removeprefix("."))
        names = [one for one in about.get("tl_headers", "").split(",") if one]
        known = {name: headers[name.lower()] for name in names}
        if about.get("alg") != "ES512" or about.get("tl_version") != "2" or len(raw) != 2 * HALF:
            return False
        content = f"{head}.{_encoded(_payload(method, path, known, body))}".encode()
        first, second = (int.from_bytes(one, "big") for one in (raw[:HALF], raw[HALF:]))
        signed = encode_dss_signature(first, second)
        _public(key).verify(signed, content, ec.ECDSA(hashes.SHA512()))
    except (InvalidSignature, ValueError, KeyError, AttributeError, binascii.Error):
        return False
    return True


def of_truelayer(value: str) -> bool:
    """Whether a webhook's signature names TrueLayer's own keys, and signs when it was sent."""
    try:
        about = json.loads(_decoded(value.partition(".")[0]))
    except (ValueError, binascii.Error):
        return False
    signed = str(about.get("tl_headers", "")).lower().split(",")
    return about.get("jku") in KEYS_OF and "x-tl-webhook-timestamp" in signed


def _payload(method: str, path: str, headers: Mapping[str, str], body: bytes) -> bytes:
    lines = [f"{method.upper()} {path}", *(f"{name}: {one}" for name, one in headers.items())]
    return "".join(f"{line}\n" for line in lines).encode() + body


def _encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


# Parsing a key costs more than signing with it.
@lru_cache(maxsize=256)
def _private(key: str) -> ec.EllipticCurvePrivateKey:
    loaded = serialization.load_pem_private_key(key.encode(), None)
    if not isinstance(loaded, ec.EllipticCurvePrivateKey):
        raise ValueError("the private key is not one of P-521")
    return loaded


@lru_cache(maxsize=256)
def _public(key: str) -> ec.EllipticCurvePublicKey:
    loaded = serialization.load_pem_public_key(key.encode())
    if not isinstance(loaded, ec.EllipticCurvePublicKey):
        raise ValueError("the public key is not one of P-521")
    return loaded
