"""The signature schemes providers use; drivers name one, none writes its own.

Every comparison is constant-time.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from functools import lru_cache
from urllib.parse import quote, unquote

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa


def hmac_sha256_hex(key: str | bytes, message: bytes) -> str:
    """HMAC-SHA256 as lower-case hex."""
    return hmac.new(_bytes(key), message, hashlib.sha256).hexdigest()


def hmac_sha256_base64(key: str | bytes, message: bytes) -> str:
    """HMAC-SHA256 as standard Base64."""
    return base64.b64encode(hmac.new(_bytes(key), message, hashlib.sha256).digest()).decode()


def hmac_sha512_hex(key: str | bytes, message: bytes) -> str:
    """HMAC-SHA512 as lower-case hex."""
    return hmac.new(_bytes(key), message, hashlib.sha512).hexdigest()


def sha256_hex(message: bytes) -> str:
    """SHA-256 as lower-case hex: a scheme in which the secret is part of the message."""
    return hashlib.sha256(message).hexdigest()


def md5_hex(*parts: str) -> str:
    """MD5 of texts joined as they are, lower-case hex: a scheme of providers we did not choose."""
    return hashlib.md5("".join(parts).encode(), usedforsecurity=False).hexdigest()


def hmac_sha256_hex_base64(key: str | bytes, message: bytes) -> str:
    """The lower-case hex of HMAC-SHA256, as text, in standard Base64 (Rapyd)."""
    return base64.b64encode(hmac_sha256_hex(key, message).encode()).decode()


def basic(user: str, password: str = "") -> dict[str, str]:
    """The Authorization header of HTTP Basic (RFC 7617)."""
    pair = base64.b64encode(f"{user}:{password}".encode()).decode()
    return {"Authorization": f"Basic {pair}"}


def same(one: str, other: str) -> bool:
    """Whether two signatures are equal, in a time that tells nothing."""
    return hmac.compare_digest(one.encode(), other.encode())


def rsa_sha256_sign(private_key: str, message: bytes) -> str:
    """RSASSA-PKCS1-v1_5 over SHA-256 as standard Base64; the key is PEM or bare Base64 PKCS#8."""
    signature = _private(private_key).sign(message, padding.PKCS1v15(), hashes.SHA256())
    return base64.b64encode(signature).decode()


def rsa_sha256_verify(public_key: str, message: bytes, signature: str) -> bool:
    """Whether a Base64 RSASSA-PKCS1-v1_5 SHA-256 signature is the key owner's.

    The key is PEM (of its own, or of a certificate) or bare Base64.
    """
    return _rsa_verify(public_key, message, signature, hashes.SHA256())


def rsa_sha1_verify(public_key: str, message: bytes, signature: str) -> bool:
    """The same over SHA-1, for providers that still sign so."""
    return _rsa_verify(public_key, message, signature, hashes.SHA1())  # noqa: S303


def _rsa_verify(
    public_key: str, message: bytes, signature: str, over: hashes.HashAlgorithm
) -> bool:
    try:
        raw = base64.b64decode(signature, validate=True)
        _public(public_key).verify(raw, message, padding.PKCS1v15(), over)
    except (InvalidSignature, ValueError):
        return False
    return True


def braintree_signed(public_key: str, private_key: str, payload: str, header: str) -> bool:
    """Whether one of a notification's signatures is made with the account's keys.

    HMAC-SHA1 over the payload; its key is the SHA-1 of the private key.
    """
    key = hashlib.sha1(private_key.encode()).digest()  # noqa: S324 (Braintree's own scheme)
    made = hmac.new(key, payload.encode(), hashlib.sha1).hexdigest()
    pairs = [one.partition("|") for one in header.split("&")]
    return any(name == public_key and same(made, given) for name, _, given in pairs)


def antom_signature(private_key: str, path: str, client: str, time: str, body: bytes) -> str:
    """The value of Antom's `Signature` header: RSA over the path, the sender's id, time and body.

    The same scheme signs requests, answers (over the request's path) and notifications.
    """
    value = rsa_sha256_sign(private_key, _antom_content(path, client, time, body))
    return f"algorithm=RSA256,keyVersion=1,signature={quote(value, safe='')}"


def antom_signed(
    public_key: str, path: str, client: str, time: str, body: bytes, header: str
) -> bool:
    """Whether the `Signature` header is that of the key's owner."""
    value = unquote(header.rpartition("signature=")[2])
    return rsa_sha256_verify(public_key, _antom_content(path, client, time, body), value)


def _antom_content(path: str, client: str, time: str, body: bytes) -> bytes:
    """The bytes under Antom's signature; a path counts without its query."""
    return f"POST {path.partition('?')[0]}\n{client}.{time}.".encode() + body


def vipps_authorization(secret: str, url: str, date: str, body: bytes) -> str:
    """The `Authorization` header of a Vipps webhook: HMAC over path, date, host and body's hash.

    `date` is what `x-ms-date` says.
    """
    _, _, place = url.partition("://")
    host, slash, path = place.partition("/")
    digest = base64.b64encode(hashlib.sha256(body).digest()).decode()
    content = f"POST\n{slash}{path}\n{date};{host};{digest}".encode()
    signed = "SignedHeaders=x-ms-date;host;x-ms-content-sha256"
    return f"HMAC-SHA256 {signed}&Signature={hmac_sha256_base64(secret, content)}"


def _bytes(key: str | bytes) -> bytes:
    return key.encode() if isinstance(key, str) else key


def _der(key: str) -> bytes:
    return base64.b64decode("".join(key.split()))


# Parsing a key costs more than signing with it.
@lru_cache(maxsize=256)
def _private(key: str) -> rsa.RSAPrivateKey:
    load = serialization.load_pem_private_key if "-----" in key else None
    loaded = (
        load(key.encode(), None) if load else serialization.load_der_private_key(_der(key), None)
    )
    if not isinstance(loaded, rsa.RSAPrivateKey):
        raise ValueError("the private key is not an RSA key")
    return loaded


@lru_cache(maxsize=256)
def _public(key: str) -> rsa.RSAPublicKey:
    loaded: object
    if "BEGIN CERTIFICATE" in key:
        loaded = x509.load_pem_x509_certificate(key.encode()).public_key()
    elif "-----" in key:
        loaded = serialization.load_pem_public_key(key.encode())
    else:
        loaded = serialization.load_der_public_key(_der(key))
    if not isinstance(loaded, rsa.RSAPublicKey):
        raise ValueError("the public key is not an RSA key")
    return loaded
