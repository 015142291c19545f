"""Cards as the vault reads them: spacing forgiven, everything else checked and named."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from acquiring.catalogue import brand_of
from acquiring.core.errors import Problem

HOLDER_CHARACTERS = 100
YEARS_AHEAD = 30
SPACING = str.maketrans("", "", " -\u00a0\u2009\u202f")


@dataclass(frozen=True, slots=True)
class CardSecret:
    """A card in the clear, for one call. Never stored, never logged; printing it shows four digits.

    `bin` is the first eight digits of numbers of 16 and more, the first six of shorter ones.
    """

    number: str
    exp_month: int
    exp_year: int
    cvc: str
    holder: str
    brand: str
    last4: str
    bin: str
    fingerprint: str
    token_id: UUID | None = None
    reusable: bool = False  # a saved card, which may be charged again
    network_reference: str = ""  # the scheme's id of the first payment of its agreement

    def __repr__(self) -> str:
        return f"CardSecret({self.brand} …{self.last4})"

    __str__ = __repr__


def check_number(text: object, param: str) -> tuple[str, str]:
    """The digits and the brand's code of a typed card number; raises Problem."""
    number = str(text or "").translate(SPACING)
    if not number:
        raise Problem("missing_field", "The card needs its number.", param)
    if not number.isascii() or not number.isdigit():
        raise Problem("invalid_field", "A card number has only digits.", param)
    brand = brand_of(number)
    if brand is None:
        if not 12 <= len(number) <= 19:
            raise Problem("invalid_field", "A card number has 12 to 19 digits.", param)
    elif len(number) not in brand.lengths:
        lengths = " or ".join(str(length) for length in brand.lengths)
        raise Problem("invalid_field", f"{brand.name} numbers have {lengths} digits.", param)
    if (brand is None or brand.luhn) and not passes_luhn(number):
        raise Problem("invalid_field", "The card number has a wrong digit (Luhn check).", param)
    return number, brand.code if brand else "unknown"


def check_expiry(month: object, year: object, param: str, now: datetime) -> tuple[int, int]:
    """Month and four-digit year of an expiry that is not past; raises Problem."""
    if not _whole(month) or not 1 <= int(month) <= 12:  # type: ignore[call-overload]
        raise Problem("invalid_field", "exp_month is a number from 1 to 12.", f"{param}.exp_month")
    if not _whole(year):
        raise Problem("invalid_field", "exp_year is a year, such as 2031.", f"{param}.exp_year")
    exp_month, exp_year = int(month), int(year)  # type: ignore[call-overload]
    if exp_year < 100:
        exp_year += 2000
    if (exp_year, exp_month) < (now.year, now.month):
        raise Problem("invalid_field", "The card has expired.", f"{param}.exp_year")
    if exp_year > now.year + YEARS_AHEAD:
        raise Problem(
            "invalid_field", f"No card is valid for over {YEARS_AHEAD} years.", f"{param}.exp_year"
        )
    return exp_month, exp_year


def check_cvc(text: object, number: str, param: str) -> str:
    """The security code as digits of the brand's length, "" when none was given; raises Problem."""
    cvc = str(text or "").strip()
    if not cvc:
        return ""
    brand = brand_of(number)
    lengths = (brand.security_code_digits,) if brand else (3, 4)
    if not (cvc.isascii() and cvc.isdigit() and len(cvc) in lengths):
        digits = " or ".join(str(length) for length in lengths)
        raise Problem("invalid_field", f"The security code has {digits} digits.", param)
    return cvc


def check_holder(text: object, param: str) -> str:
    """The holder's name, trimmed; raises Problem when it is too long or is not text."""
    holder = " ".join(str(text or "").split())
    if len(holder) > HOLDER_CHARACTERS:
        raise Problem(
            "invalid_field", f"The name has at most {HOLDER_CHARACTERS} characters.", param
        )
    # A card number in the name field is a mistake that would otherwise be stored in the clear.
    if sum(character.isdigit() for character in holder) >= 12:
        raise Problem("invalid_field", "The name on the card is no number.", param)
    return holder


def passes_luhn(number: str) -> bool:
    """Whether the last digit is the check digit of ISO/IEC 7812-1 annex B."""
    digits = [int(character) for character in reversed(number)]
    doubled = sum(sum(divmod(2 * digit, 10)) for digit in digits[1::2])
    return (sum(digits[::2]) + doubled) % 10 == 0


def _whole(value: object) -> bool:
    if isinstance(value, bool):
        return False
    return isinstance(value, int) or (
        isinstance(value, str) and value.isascii() and value.isdigit()
    )
