"""Numbers of companies and people, and the other texts of an application: what is wrong with one.

Check digits by python-stdnum where it has the number, else by a check of our own (`CHECKS`).
"""

from __future__ import annotations

import importlib
import re
import unicodedata
from collections.abc import Callable

import phonenumbers
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator, validate_email
from stdnum.exceptions import ValidationError as WrongNumber

from merchants.kyc import check_digits
from merchants.kyc.records import Identifier, Market

SEPARATORS = " -./"
CHECKS: dict[str, Callable[[str], bool]] = {  # `own:<name>` -> whether the check digits agree
    "adoszam": check_digits.adoszam,
    "cccd": check_digits.cccd,
    "egypt_national": check_digits.egypt_national,
    "emirates_id": check_digits.luhn_number,
    "gesellschaftsregister": check_digits.gesellschaftsregister,
    "hkid": check_digits.hkid,
    "korea_business": check_digits.korea_business,
    "kuwait_civil": check_digits.kuwait_civil,
    "lithuania_company": check_digits.lithuania_company,
    "nic_lk": check_digits.nic_lk,
    "nric_sg": check_digits.nric_sg,
    "qid": check_digits.qid,
    "saudi_id": check_digits.luhn_number,
    "taiwan_national": check_digits.taiwan_national,
}


def compact(text: str, separators: str = SEPARATORS) -> str:
    """The number without what people write between its figures, in upper case, with the figures
    0 to 9 whatever the script they were typed in.
    """
    folded = unicodedata.normalize("NFKC", text).strip()
    kept = (one for one in folded if one not in separators)
    return "".join(str(int(one)) if one.isdecimal() else one for one in kept).upper()


def problem(market: Market, key: str, text: str) -> str | None:
    """What is wrong with a number of this kind; None when it is right."""
    return forbidden(market, key) or fault(market.identifiers[key], text)


def forbidden(market: Market, key: str) -> str | None:
    """Why a number of this kind may not be kept, if it may not: then it is never stored."""
    row = market.identifiers.get(key)
    if row is None or not row.never_kept:
        return None
    return f"Please take this number away: we may not keep it ({row.never_kept})."


def fault(row: Identifier, text: str) -> str | None:
    """What is wrong with the look or the check digits of a number; None when it is right."""
    given = compact(text, row.separators)
    if row.pattern and not re.fullmatch(row.pattern, given):
        return _looks(row)
    if row.check and not any(_agrees(one, given) for one in row.check.split("|")):
        return f"The check digit of this {row.title} is wrong: is a character mistyped?"
    return None


def phone(text: str) -> str | None:
    """What is wrong with an international phone number."""
    try:
        good = phonenumbers.is_valid_number(phonenumbers.parse(text))
    except phonenumbers.NumberParseException:
        good = False
    return None if good else "Write it with + and the country code, such as +65 6123 4567."


def email(text: str) -> str | None:
    """What is wrong with an e-mail address."""
    try:
        validate_email(text)
    except ValidationError:
        return "This is no e-mail address."
    return None


def website(text: str) -> str | None:
    """What is wrong with the address of a website."""
    try:
        URLValidator(schemes=["https", "http"])(text)
    except ValidationError:
        return "Write the whole address, such as https://shop.example."
    return None


def _agrees(check: str, text: str) -> bool:
    if check.startswith("own:"):
        return CHECKS[check.removeprefix("own:")](text)
    try:
        importlib.import_module(f"stdnum.{check}").validate(text)
    except WrongNumber:
        return False
    return True


def _looks(row: Identifier) -> str:
    example = f", such as {row.example}" if row.example else ""
    return f"This does not look like a {row.title}{example}. {row.hint}".strip()
