"""The Standard Webhooks scheme: who sent this, and was it changed.

Source of the protocol facts: the Standard Webhooks specification. A secret is `whsec_` and the
Base64 of 24 to 64 random bytes; the signature is `v1,` and the Base64 of HMAC-SHA256 over
`<webhook-id>.<webhook-timestamp>.<body>`, the timestamp in whole seconds. While a secret is being
rotated the header carries one signature per secret, space-separated.
"""

from __future__ import annotations

import base64
import hmac
import secrets
from collections.abc import Sequence
from datetime import datetime

PREFIX = "whsec_"
SECRET_BYTES = 32


def new_secret() -> str:
    """A fresh secret in its outside form."""
    return PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def headers(
    message_id: str, moment: datetime, body: bytes, secrets_in_force: Sequence[str]
) -> dict[str, str]:
    """The three headers of a message."""
    timestamp = str(int(moment.timestamp()))
    signatures = [_sign(secret, message_id, timestamp, body) for secret in secrets_in_force]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(signatures),
    }


def _sign(secret: str, message_id: str, timestamp: str, body: bytes) -> str:
    key = base64.b64decode(secret.removeprefix(PREFIX))
    digest = hmac.digest(key, b".".join([message_id.encode(), timestamp.encode(), body]), "sha256")
    return f"v1,{base64.b64encode(digest).decode()}"
