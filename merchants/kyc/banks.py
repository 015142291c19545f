"""Bank accounts as each country writes them: an IBAN, or local fields with their check digits."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from stdnum import iban
from stdnum.ar import cbu
from stdnum.exceptions import InvalidComponent
from stdnum.exceptions import ValidationError as WrongNumber
from stdnum.nz import bankaccount as nz_account
from stdnum.us import rtn

from acquiring import catalogue
from merchants.kyc import check_digits, identifiers, markets, names
from merchants.kyc.facts import Account, Facts
from merchants.kyc.records import Bank, Field

Fields = Mapping[str, str]

# `own:<name>` -> whether the check digits over an account's fields (compact) agree
CHECKS: dict[str, Callable[[Fields], bool]] = {
    "aba": lambda given: rtn.is_valid(given["routing_number"]),
    "cbu": lambda given: cbu.is_valid(given["cbu"]),
    "cci": lambda given: check_digits.cci(given["cci"]),
    "clabe": lambda given: check_digits.clabe(given["clabe"]),
    "nuban": lambda given: check_digits.nuban(given["bank_code"], given["account_number"]),
    "nz": lambda given: nz_account.is_valid(given["account_number"]),
    "rib": lambda given: check_digits.rib_morocco(given["rib"]),
}
IBAN_PATTERN = r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}"


def fields(country: str, given: Fields | None = None) -> dict[str, Field]:
    """The fields that name an account there, by key.

    Where either an IBAN or local fields serve, those are meant that were begun with: the local
    ones, unless an IBAN is `given`. A country that there is not has none.
    """
    if country not in catalogue.countries():
        return {}
    bank = markets.market(country).bank
    if bank.iban and (not bank.local or (given and given.get("iban"))):
        return {"iban": _iban_field(bank)}
    return dict(bank.local)


def problem(account: Account, key: str) -> str | None:
    """What is wrong with one field of an account; None when it is right.

    Check digits over several fields are looked at once all of them look right; what is wrong is
    said of the last.
    """
    asked = fields(account.country, account.fields)
    given = {one: identifiers.compact(account.fields.get(one, "")) for one in asked}
    if not _looks(asked[key], given[key]):
        example = f", such as {asked[key].example}" if asked[key].example else ""
        return f"This does not look like {asked[key].title}{example}. {asked[key].hint}".strip()
    if key == "iban":
        return _iban(given[key], account.country)
    check = markets.market(account.country).bank.check.removeprefix("own:")
    if not check or key != list(asked)[-1]:
        return None
    if not all(_looks(field, given[one]) for one, field in asked.items()):
        return None
    return None if CHECKS[check](given) else _mistyped(asked)


def bank_name(account: Account) -> str:
    """The bank of an IBAN or BIC by the public lists of schwifty; empty where they have it not.

    The lists are read at the first use only: what nobody asks for costs no memory.
    """
    from schwifty import BIC, IBAN
    from schwifty.exceptions import SchwiftyException

    iban, bic = (identifiers.compact(account.fields.get(key, "")) for key in ("iban", "bic"))
    try:
        if iban:
            return IBAN(iban).bank_name or ""
        return next(iter(BIC(bic).bank_names), "") if bic else ""
    except SchwiftyException:
        return ""


def payees(facts: Facts) -> list[Account]:
    """The accounts whose holder is neither the business nor anybody named behind it."""
    own = (facts.company.legal_name, facts.company.trading_name)
    behind = (name for one in facts.people for name in (one.name, one.native_name))
    known = {names.fold(name) for name in (*own, *behind)}
    return [one for one in facts.accounts if one.holder and names.fold(one.holder) not in known]


def _iban_field(bank: Bank) -> Field:
    hint = "It is on every statement."
    return Field(title="IBAN", pattern=IBAN_PATTERN, example=bank.iban, hint=hint)


def _iban(text: str, country: str) -> str | None:
    try:
        iban.validate(text, check_country=False)
        iban.validate(text)
    except InvalidComponent:
        pass  # a bank that the library's list has not: banks are founded faster than lists change
    except WrongNumber:
        return "The check digits of this IBAN are wrong: is a character mistyped?"
    if text[:2] in ("FR", "MC") and not check_digits.rib_france(text):
        return "The RIB key in this IBAN is wrong: is a character mistyped?"
    return None if text[:2] == country else f"This IBAN is of {text[:2]}, not of {country}."


def _looks(field: Field, text: str) -> bool:
    return re.fullmatch(field.pattern, text) is not None


def _mistyped(asked: Mapping[str, Field]) -> str:
    titles = " and ".join(field.title.lower() for field in asked.values())
    return f"The check digits of {titles} do not agree: is a figure mistyped?"
