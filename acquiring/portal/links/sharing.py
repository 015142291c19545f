"""How a payment link reaches a shopper: a few words in their language, and a QR code."""

from __future__ import annotations

import tomllib
from decimal import Decimal
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any

import segno
from babel import Locale
from babel.numbers import format_currency

from acquiring.core import addresses
from acquiring.core.money import Money
from acquiring.payments.models import PaymentLink

PIXELS_A_DOT = 16  # of the PNG: large enough to be printed on a counter card


@lru_cache(maxsize=1)
def languages() -> dict[str, dict[str, str]]:
    """By language: its own name, and what to say with a fixed and with an open amount."""
    return tomllib.loads((Path(__file__).parent / "data" / "share.toml").read_text("utf-8"))


def text(link: PaymentLink, shop: str, language: str) -> str:
    """What to send with a link. English where we do not speak the language."""
    known = language if language in languages() else "en"
    words = languages()[known]["open" if link.amount is None else "fixed"]
    amount = "" if link.amount is None else local(Money(link.amount, link.currency), known)
    return words.format(shop=shop, title=link.title, amount=amount, url=address(link))


def local(money: Money, language: str) -> str:
    """An amount as people of a language write it."""
    locale = Locale.parse(language.replace("_", "-"), sep="-")
    return format_currency(Decimal(money.major()), money.currency, locale=locale)


def address(link: PaymentLink) -> str:
    """Where the shopper pays."""
    return addresses.link_url(link.merchant_id, link.id)


def picture(link: PaymentLink, kind: str) -> bytes:
    """The address as a QR code; `kind` is svg or png. Black on white, with its quiet zone."""
    into = BytesIO()
    looks: dict[str, Any] = {"xmldecl": False} if kind == "svg" else {}
    scale = 8 if kind == "svg" else PIXELS_A_DOT
    segno.make(address(link), error="m", micro=False).save(
        into, kind=kind, scale=scale, border=4, light="#ffffff", **looks
    )
    return into.getvalue()
