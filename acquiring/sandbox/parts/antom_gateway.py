"""Antom's gateway: one key pair for the whole environment, and the signature over a path.

Source: docs.antom.com ac/ams/digital_signature.
"""

from __future__ import annotations

from functools import lru_cache
from urllib.parse import quote

import orjson

from acquiring.core import clock
from acquiring.sandbox import rsa
from acquiring.sandbox.book import execute, rows, text


@lru_cache(maxsize=1)
def gateway() -> rsa.Pair:
    """The environment's own key pair, made once and kept."""
    execute(
        "INSERT INTO sandbox_thing (provider, account, kind, id, charge, data, created_at)"
        " VALUES ('antom', '', 'gateway', 'keys', '', %s, %s) ON CONFLICT DO NOTHING",
        [text(rsa.new_pair()._asdict()), clock.now()],
    )
    found = rows(
        "SELECT data::text FROM sandbox_thing"
        " WHERE provider = 'antom' AND account = '' AND kind = 'gateway' AND id = 'keys'"
    )
    return rsa.Pair(**orjson.loads(found[0][0]))


def signature(private: str, path: str, client: str, time: str, body: bytes) -> str:
    """The value of a `signature` header; URL-encoded, as the official SDKs want it."""
    value = quote(rsa.sign(private, content(path, client, time, body)), safe="")
    return f"algorithm=RSA256,keyVersion=1,signature={value}"


def content(path: str, client: str, time: str, body: bytes) -> bytes:
    """The bytes under a signature."""
    return f"POST {path}\n{client}.{time}.".encode() + body
