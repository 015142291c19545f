"""A piece that is asked: what it is, whether it was given, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Literal

import msgspec

from acquiring import catalogue
from acquiring.core.money import is_currency
from merchants.kyc import addresses
from merchants.kyc.facts import Address
from merchants.kyc.records import Market

Step = Literal["company", "activity", "accounts", "people", "documents", "send"]
Kind = Literal["text", "date", "country", "choice", "money", "number", "person", "paper", "consent"]
LONGEST = 300
NUMBER_WHY = {
    "company": "The register knows the business by it.",
    "tax": "It stands on your invoices and is compared with the register.",
    "person": "It tells people of the same name apart.",
}


class Requirement(msgspec.Struct, frozen=True):
    """One piece. `path` is where it belongs in the facts; `problem` says what is wrong with it;
    `why` and `source` why it is asked and by which rule.
    """

    path: str
    step: Step
    kind: Kind
    title: str
    status: Literal["given", "due", "wrong"]
    problem: str = ""
    why: str = ""
    source: str = ""


Checker = Callable[[str], str | None]  # a text to what is wrong with it


def address(at: str, step: Step, given: Address, law: str) -> Iterator[Requirement]:
    """The parts of an address as its country has them."""
    form = addresses.form(given.country)
    parts: dict[str, tuple[str, str, Checker]] = {
        "city": ("Town", given.city, name),
        "region": (form.region, given.region, name),
        "postal_code": (
            form.code,
            given.postal_code,
            partial(addresses.postal_code_problem, given.country),
        ),
    }
    yield piece(f"{at}.line1", step, "text", "Street and number", given.line1, name, "", law)
    for key, (title, text, check) in parts.items():
        if key in form.asked or text:
            yield piece(f"{at}.{key}", step, "text", title, text, check, "", law)
    yield piece(f"{at}.country", step, "country", "Country", given.country, country, "", law)


def piece(
    path: str, step: Step, kind: Kind, title: str, given: str, check: Checker,
    why: str = "", source: str = "",
) -> Requirement:  # fmt: skip
    """One piece of text: given, due or wrong by its check."""
    text = given.strip()
    if not text:
        return Requirement(path, step, kind, title, "due", "", why, source)
    problem = check(text)
    status: Literal["given", "wrong"] = "wrong" if problem else "given"
    return Requirement(path, step, kind, title, status, problem or "", why, source)


def law_of(market: Market) -> str:
    """The law that a market's questions rest on."""
    return market.laws[0] if market.laws else ""


def number(value: int | None) -> str:
    """A number as the text that is looked at."""
    return "" if value is None else str(value)


def said(problem: str | None) -> Checker:
    """A check whose answer is known already."""
    return lambda _: problem


def anything(text: str) -> None:
    """Every text is right."""
    return


def name(text: str) -> str | None:
    """What is wrong with a name or a line."""
    return None if 2 <= len(text) <= LONGEST else f"This has 2 to {LONGEST} characters."


def sentence(text: str) -> str | None:
    """What is wrong with a description."""
    return None if len(text) >= 20 else "Please say it in a sentence of at least 20 characters."


def country(text: str) -> str | None:
    """What is wrong with a country code."""
    return None if text in catalogue.countries() else f"There is no country {text[:10]!r}."


def countries(text: str) -> str | None:
    """What is wrong with country codes, blanks between them."""
    return next((problem for one in text.split() if (problem := country(one))), None)


def currency(text: str) -> str | None:
    """What is wrong with a currency code."""
    return None if is_currency(text) else f"There is no currency {text[:10]!r}."


def positive(text: str) -> str | None:
    """What is wrong with an amount in minor units."""
    return None if int(text) > 0 else "This is more than nothing."


def days(text: str) -> str | None:
    """What is wrong with days of delivery."""
    return None if 0 <= int(text) <= 730 else "This is 0 to 730 days."


def share(text: str) -> str | None:
    """What is wrong with a share in basis points."""
    return None if 0 < int(text) <= 10_000 else "A share is more than 0 and at most 100 %."
