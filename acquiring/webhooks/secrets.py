"""An endpoint's signing secrets: sealed by the vault, shown once, rotated with an overlap."""

from __future__ import annotations

from datetime import timedelta

from acquiring.core import clock
from acquiring.vault import services as vault
from acquiring.webhooks import signing
from acquiring.webhooks.models import Endpoint


def give(endpoint: Endpoint) -> str:
    """Put a fresh secret on an endpoint, unsaved; returns it, to be shown this once."""
    secret = signing.new_secret()
    endpoint.secret = vault.seal(endpoint.merchant_id, secret.encode(), _purpose(endpoint))
    return secret


def replace(endpoint: Endpoint, overlap: timedelta) -> str:
    """Give a new secret, unsaved, while the one until now signs as well for `overlap`."""
    endpoint.previous_secret = endpoint.secret if overlap else None
    endpoint.previous_until = clock.now() + overlap if overlap else None
    return give(endpoint)


def in_force(endpoint: Endpoint) -> list[str]:
    """The secrets that sign now, the newest first."""
    sealed = [endpoint.secret]
    until = endpoint.previous_until
    if endpoint.previous_secret and until and until > clock.now():
        sealed.append(endpoint.previous_secret)
    purpose = _purpose(endpoint)
    return [vault.unseal(endpoint.merchant_id, bytes(one), purpose).decode() for one in sealed]


def _purpose(endpoint: Endpoint) -> str:
    return f"webhook endpoint:{endpoint.id}"
