"""What the vault does: seal and unseal for every room, and keep cards behind tokens.

A token's handle is `tok_<32 hex>`. When a security code was typed, the handle given to the browser
carries it on: `tok_<32 hex>.<sealed code>`, good for 15 minutes and for that token only. The code
exists on no disk of ours, which is what the card schemes demand.
"""

from __future__ import annotations

import base64
import binascii
import json
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from acquiring.core import audit, clock, ids
from acquiring.core.errors import Problem
from acquiring.vault import cards, keys, rows
from acquiring.vault.cards import CardSecret
from acquiring.vault.models import Token
from acquiring.vault.sealing import Unreadable, fingerprint, seal, unseal, unseal_all

__all__ = [
    "CardSecret",
    "Unreadable",
    "agree",
    "card",
    "describe",
    "erase",
    "erase_customer",
    "find",
    "fingerprint",
    "keep",
    "kept",
    "reveal",
    "rotate_data_key",
    "seal",
    "tokenize",
    "unseal",
    "unseal_all",
    "wipe",
]

SINGLE_USE_SECONDS = 3600
CVC_SECONDS = 15 * 60
WIPE_BATCH = 1000


class Tokenized(NamedTuple):
    """A kept card and the handle to give out; the handle may carry a sealed security code."""

    token: Token
    handle: str


def card(
    merchant_id: UUID,
    number: object,
    exp_month: object,
    exp_year: object,
    cvc: object = "",
    holder: object = "",
    *,
    param: str = "payment_method.card",
    now: datetime | None = None,
) -> CardSecret:
    """A checked card that is not kept. `now` is the merchant's moment (an expiry is judged by it).

    Raises Problem naming the member of `param` and the rule it broke.
    """
    digits, brand = cards.check_number(number, f"{param}.number")
    month, year = cards.check_expiry(exp_month, exp_year, param, now or clock.now())
    return CardSecret(
        number=digits,
        exp_month=month,
        exp_year=year,
        cvc=cards.check_cvc(cvc, digits, f"{param}.cvc"),
        holder=cards.check_holder(holder, f"{param}.holder"),
        brand=brand,
        last4=digits[-4:],
        bin=digits[: 8 if len(digits) >= 16 else 6],
        fingerprint=fingerprint(merchant_id, digits),
    )


def tokenize(
    merchant_id: UUID,
    number: object,
    exp_month: object,
    exp_year: object,
    cvc: object = "",
    holder: object = "",
    customer_id: UUID | None = None,
    reusable: bool = False,
    *,
    param: str = "card",
    now: datetime | None = None,
) -> Tokenized:
    """Keep a card: for one payment within the hour, or, `reusable`, until it is erased.

    Raises Problem as `card` does.
    """
    secret = card(merchant_id, number, exp_month, exp_year, cvc, holder, param=param, now=now)
    token_id = ids.new()
    expires_at = None if reusable else clock.now() + timedelta(seconds=SINGLE_USE_SECONDS)
    sealed = seal(merchant_id, _pack(secret), _card_purpose(token_id))
    token = Token(
        id=token_id,
        merchant_id=merchant_id,
        customer_id=customer_id,
        reusable=reusable,
        sealed=sealed,
        fingerprint=secret.fingerprint,
        brand=secret.brand,
        bin=secret.bin,
        last4=secret.last4,
        exp_month=secret.exp_month,
        exp_year=secret.exp_year,
        expires_at=expires_at,
        created_at=clock.now(),
    )
    rows.insert(token, sealed)
    return Tokenized(token, _handle(merchant_id, token_id, secret.cvc))


def reveal(
    merchant_id: UUID, handle: str, used_for: str = "", param: str = "payment_method.token"
) -> CardSecret:
    """The card behind a handle, with its security code when the handle carries a fresh one.

    A single-use token is claimed by `used_for` (an outside id such as `pay_…`): the same subject
    may reveal it again, another may not. Raises Problem when there is no such token, when it was
    used, has expired or was erased, or when the security code is no longer good.
    """
    text, _, sealed_cvc = handle.partition(".")
    token_id = ids.read("tok", text, param)
    row = rows.find(merchant_id, token_id)
    if row is None:
        raise Problem("not_found", f"There is no token {text}.", param)
    if row.sealed is None or (row.expires_at is not None and row.expires_at <= clock.now()):
        raise Problem("invalid_state", "The token has expired or was erased.", param)
    if not row.reusable and not rows.claim(merchant_id, token_id, used_for):
        raise Problem("invalid_state", "The token was already used; it serves once.", param)
    number, holder = json.loads(unseal(merchant_id, row.sealed, _card_purpose(token_id)))
    return CardSecret(
        number=number,
        exp_month=row.exp_month,
        exp_year=row.exp_year,
        cvc=_open_cvc(merchant_id, token_id, sealed_cvc, param) if sealed_cvc else "",
        holder=holder,
        brand=row.brand,
        last4=row.last4,
        bin=row.bin,
        fingerprint=row.fingerprint,
        token_id=token_id,
        reusable=row.reusable,
        network_reference=row.network_reference,
    )


def describe(token: Token) -> dict[str, Any]:
    """What anyone may see of a kept card, as the API shows it."""
    return {
        "brand": token.brand,
        "bin": token.bin,
        "last4": token.last4,
        "exp_month": token.exp_month,
        "exp_year": token.exp_year,
        "fingerprint": token.fingerprint,
    }


def keep(merchant_id: UUID, token_id: UUID, customer_id: UUID | None = None) -> None:
    """Make a single-use token reusable, for a customer: the shopper agreed to save the card."""
    changed = _active(merchant_id, token_id).update(
        reusable=True, expires_at=None, customer_id=customer_id
    )
    if not changed:
        raise Problem("not_found", f"There is no token {ids.show('tok', token_id)}.", "token")


def agree(
    merchant_id: UUID, token_id: UUID, network_reference: str, agreement: dict[str, Any]
) -> None:
    """Note what the scheme answered to the first payment of an agreement.

    `network_reference` is the scheme's transaction id; the merchant's later payments repeat it.
    """
    _active(merchant_id, token_id).update(
        network_reference=network_reference[:100], agreement=agreement
    )


def erase(merchant_id: UUID, token_id: UUID, actor: str = "") -> bool:
    """Forget a card for good; what a person may see of it stays. False when it already was.

    An `actor` is written into the audit log.
    """
    with transaction.atomic():
        erased = _active(merchant_id, token_id).update(sealed=None, status=Token.Status.ERASED)
        if erased and actor:
            audit.record(actor, "token.erased", ids.show("tok", token_id), merchant_id)
    return bool(erased)


def erase_customer(merchant_id: UUID, customer_id: UUID) -> int:
    """Forget every card kept for a customer; returns how many."""
    kept = Token.objects.filter(
        merchant_id=merchant_id, customer_id=customer_id, status=Token.Status.ACTIVE
    )
    return kept.update(sealed=None, status=Token.Status.ERASED)


def find(merchant_id: UUID, shown: str) -> Token:
    """A token by its outside id, erased ones too. Raises Problem `not_found`."""
    token = Token.objects.filter(merchant_id=merchant_id, id=ids.read("tok", shown)).first()
    if token is None:
        raise Problem("not_found", f"There is no token {shown}.")
    return token


def kept(merchant_id: UUID, customer_id: UUID | None = None) -> QuerySet[Token]:
    """The merchant's reusable cards that can still be used, newest first; one customer's or all."""
    found = Token.objects.filter(
        merchant_id=merchant_id, reusable=True, status=Token.Status.ACTIVE
    ).order_by("-id")
    return found.filter(customer_id=customer_id) if customer_id else found


def wipe(limit: int = WIPE_BATCH) -> int:
    """Erase up to `limit` single-use cards whose hour is over; returns how many."""
    over = Token.objects.filter(sealed__isnull=False, expires_at__lt=clock.now())
    due = list(over.values_list("merchant_id", "id")[:limit])
    for merchant_id, token_id in due:
        erase(merchant_id, token_id)
    return len(due)


def rotate_data_key(merchant_id: UUID) -> int:
    """Seal the merchant's kept cards anew under a fresh data key; returns how many.

    What other rooms sealed stays readable under the former key until they seal it again.
    """
    keys.rotate(merchant_id)
    kept = Token.objects.filter(merchant_id=merchant_id, sealed__isnull=False)
    moved = 0
    for token_id, sealed in kept.values_list("id", "sealed").iterator(chunk_size=WIPE_BATCH):
        purpose = _card_purpose(token_id)
        again = seal(merchant_id, unseal(merchant_id, sealed or b"", purpose), purpose)
        moved += kept.filter(id=token_id).update(sealed=again)
    return moved


def _active(merchant_id: UUID, token_id: UUID) -> QuerySet[Token]:
    return Token.objects.filter(merchant_id=merchant_id, id=token_id, status=Token.Status.ACTIVE)


def _pack(secret: CardSecret) -> bytes:
    return json.dumps([secret.number, secret.holder], ensure_ascii=False).encode()


def _card_purpose(token_id: UUID) -> str:
    return f"card:{token_id.hex}"


def _cvc_purpose(token_id: UUID) -> str:
    return f"security code:{token_id.hex}"


def _handle(merchant_id: UUID, token_id: UUID, cvc: str) -> str:
    shown = ids.show("tok", token_id)
    if not cvc:
        return shown
    stamped = f"{int(clock.now().timestamp())} {cvc}".encode()
    sealed = seal(merchant_id, stamped, _cvc_purpose(token_id))
    return f"{shown}.{base64.urlsafe_b64encode(sealed).decode().rstrip('=')}"


def _open_cvc(merchant_id: UUID, token_id: UUID, text: str, param: str) -> str:
    try:
        sealed = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        stamped = unseal(merchant_id, sealed, _cvc_purpose(token_id)).decode()
    except (Unreadable, binascii.Error, ValueError) as error:
        raise Problem(
            "invalid_field", "The part of the token behind the dot does not belong to it.", param
        ) from error
    sealed_at, _, cvc = stamped.partition(" ")
    if clock.now().timestamp() - int(sealed_at) > CVC_SECONDS:
        raise Problem(
            "invalid_field", "The security code is older than 15 minutes; ask for it again.", param
        )
    return cvc
