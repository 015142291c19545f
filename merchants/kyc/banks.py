"""Bank accounts as each country writes them: an IBAN, or local fields with their check digits."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from stdnum import iban
from stdnum.exceptions import ValidationError as WrongNumber

from merchants.kyc import identifiers, markets
from merchants.kyc.facts import Account
from merchants.kyc.records import Field

CHECKS: dict[str, Callable[[Mapping[str, str]], bool]] = {}
IBAN = Field(
    title="IBAN", pattern=r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}", hint="It is on every statement."
)


def fields(country: str) -> Mapping[str, Field]:
    """The fields that name an account there, by key."""
    bank = markets.market(country).bank
    return {"iban": IBAN} if bank.iban else bank.local


def problem(account: Account, key: str) -> str | None:
    """What is wrong with one field of an account; None when it is right."""
    field, text = fields(account.country)[key], identifiers.compact(account.fields.get(key, ""))
    if not re.fullmatch(field.pattern, text):
        example = f", such as {field.example}" if field.example else ""
        return f"This does not look like {field.title}{example}. {field.hint}".strip()
    return _iban(text, account.country) if key == "iban" else None


def _iban(text: str, country: str) -> str | None:
    try:
        iban.validate(text)
    except WrongNumber:
        return "The check digits of this IBAN are wrong: is a character mistyped?"
    return None if text[:2] == country else f"This IBAN is of {text[:2]}, not of {country}."
