"""The members that bodies and queries share, with their rules."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import UNSET, Meta

from acquiring import catalogue
from acquiring.api.lists import Moment as Moment
from acquiring.core import money
from acquiring.core.errors import Problem
from merchants.keys import KeyFacts

MAX_AMOUNT = 999_999_999_999

Amount = Annotated[
    int, Meta(ge=1, le=MAX_AMOUNT, description="Minor units of the currency: 1999 is 19.99 EUR.")
]
Currency = Annotated[
    str, Meta(pattern="^[A-Z]{3}$", description="ISO 4217, such as EUR.", examples=["EUR"])
]
Country = Annotated[
    str, Meta(pattern="^[A-Z]{2}$", description="ISO 3166-1 alpha-2, such as DE.", examples=["DE"])
]
Locale = Annotated[
    str, Meta(pattern="^[a-z]{2,3}([-_][A-Za-z0-9]{2,8})*$", max_length=16, examples=["de-DE"])
]
Email = Annotated[str, Meta(pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$", max_length=254)]
Phone = Annotated[
    str, Meta(pattern=r"^\+[1-9][0-9]{6,14}$", description="E.164, such as +4930123456.")
]
Url = Annotated[str, Meta(pattern=r"^https?://[^\s/?#]+[^\s]*$", max_length=2048)]
Origin = Annotated[
    str,
    Meta(
        pattern=r"^https?://[a-z0-9.-]+(:[0-9]{1,5})?$",
        max_length=255,
        examples=["https://shop.example"],
    ),
]
Id = Annotated[str, Meta(min_length=1, max_length=64)]
Word = Annotated[str, Meta(max_length=64)]
Line = Annotated[str, Meta(max_length=255)]
Text = Annotated[str, Meta(max_length=1000)]
Metadata = Annotated[
    dict[
        Annotated[str, Meta(min_length=1, max_length=40)],
        Annotated[str, Meta(max_length=500)],
    ],
    Meta(max_length=50, description="The merchant's own words; shown again, never read."),
]

Patterns = Annotated[
    list[Annotated[str, Meta(max_length=80)]],
    Meta(min_length=1, max_length=50, description='"*", "payment.*" or "payment.captured".'),
]


def check_currency(code: str, param: str = "currency") -> str:
    """The code; raises Problem for one that ISO 4217 does not have."""
    if not money.is_currency(code):
        raise Problem("invalid_field", f"There is no currency {code}.", param)
    return code


def check_taken(code: str, caller: KeyFacts, param: str = "currency") -> str:
    """The code; raises Problem for one that is none, or that the merchant does not take."""
    check_currency(code, param)
    if caller.currencies and code not in caller.currencies:
        taken = ", ".join(caller.currencies)
        raise Problem("invalid_field", f"The merchant takes {taken}, as its settings say.", param)
    return code


def check_country(code: str, param: str = "country") -> str:
    """The code, "" as it is; raises Problem for one that ISO 3166-1 does not have."""
    if code and code not in catalogue.countries():
        raise Problem("invalid_field", f"There is no country {code}.", param)
    return code


def given(struct: Any) -> dict[str, Any]:
    """The members of a change that were sent."""
    members = {name: getattr(struct, name) for name in struct.__struct_fields__}
    return {name: value for name, value in members.items() if value is not UNSET}


def plain(struct: Any) -> dict[str, Any]:
    """A struct's members that say something."""
    members = {name: getattr(struct, name) for name in struct.__struct_fields__}
    return {name: value for name, value in members.items() if value not in ("", None)}
