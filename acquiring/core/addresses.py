"""The addresses we give to shoppers: a checkout session's page, a payment link's, the way back.

The first two end in a token of 43 characters, the bytes of the merchant's id and of the row's in
base64url. So the page knows its tenant before it asks the database, and nobody finds a page by
counting: a row's id carries 74 random bits.
"""

from __future__ import annotations

import base64
import binascii
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit
from uuid import UUID

from django.conf import settings

from acquiring.core.errors import Problem

TOKEN_BYTES = 32
TOKEN_CHARACTERS = 43


def checkout_url(merchant_id: UUID, session_id: UUID) -> str:
    """Where a shopper pays a checkout session."""
    return f"{settings.BASE_URL}/checkout/{token(merchant_id, session_id)}"


def link_url(merchant_id: UUID, link_id: UUID) -> str:
    """Where a payment link opens a checkout."""
    return f"{settings.BASE_URL}/pay/{token(merchant_id, link_id)}"


def return_url(merchant_id: UUID, attempt_id: UUID) -> str:
    """Where a bank, a wallet or an issuer sends the shopper of an attempt back to."""
    return f"{settings.BASE_URL}/return/{merchant_id.hex}/{attempt_id.hex}"


def shared_return_url(merchant_id: UUID, account_id: UUID) -> str:
    """The same for every payment of an account, to be told the provider beforehand."""
    return f"{settings.BASE_URL}/return/{merchant_id.hex}/account/{account_id.hex}"


def token(merchant_id: UUID, row_id: UUID) -> str:
    """The part of an address that names a merchant and a row of theirs."""
    return base64.urlsafe_b64encode(merchant_id.bytes + row_id.bytes).decode().rstrip("=")


def read_token(text: str) -> tuple[UUID, UUID]:
    """The merchant's id and the row's; raises Problem `not_found` for what is no token."""
    try:
        found = base64.b64decode(f"{text}=", altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        found = b""
    if len(text) != TOKEN_CHARACTERS or len(found) != TOKEN_BYTES:
        raise Problem("not_found", "This address leads to no checkout.")
    return UUID(bytes=found[:16]), UUID(bytes=found[16:])


def told(address: str, **facts: str) -> str:
    """The address with these facts in its query; what it already says of them gives way."""
    parts = urlsplit(address)
    kept = [pair for pair in parse_qsl(parts.query, keep_blank_values=True) if pair[0] not in facts]
    return urlunsplit(parts._replace(query=urlencode([*kept, *facts.items()])))
