"""Checks of bank accounts: where they are, in what currency, and in whose name."""

from __future__ import annotations

from collections.abc import Iterator

from acquiring import catalogue
from merchants.kyc import banks, names
from merchants.kyc.checks import countries
from merchants.kyc.checks.records import Holder, Known, Seen
from merchants.kyc.facts import Account, Facts

# The Single Euro Payments Area of the European Payments Council: one way to pay, one IBAN.
SEPA = frozenset(
    "AD AL AT BE BG CH CY CZ DE DK EE ES FI FR GB GI GR HR HU IE IS IT LI LT LU LV MC MD ME MK MT"
    " NL NO PL PT RO RS SE SI SK SM VA".split()
)
EVERYWHERE = frozenset({"USD", "EUR"})  # accounts in them are kept in most countries


def bank_numbers(facts: Facts, known: Known) -> Iterator[Seen]:
    """Each field has the form and the check digits of its country."""
    for account in facts.accounts:
        if account.country not in catalogue.countries():
            continue
        for key in banks.fields(account.country, account.fields):
            problem = banks.problem(account, key)
            at = f"accounts.{account.id}.fields.{key}"
            saw, words = ("wrong", problem) if problem else ("right", "Well formed.")
            yield Seen(at, saw, words)


def bank_country(facts: Facts, known: Known) -> Iterator[Seen]:
    """The bank is where the business is, or in the same payment area."""
    for account in facts.accounts:
        if account.country:
            words = f"The bank is in {account.country}, the business in {facts.country}."
            evidence = {"country": account.country}
            where = _where(account.country, facts.country)
            yield Seen(f"accounts.{account.id}.country", where, words, evidence)
            if countries.standing(account.country) != "none":
                yield Seen(f"accounts.{account.id}.country", "listed", words, evidence)


def bank_currency(facts: Facts, known: Known) -> Iterator[Seen]:
    """The account's currency is one that banks there keep accounts in."""
    for account in facts.accounts:
        place = catalogue.countries().get(account.country)
        if place and account.currency:
            at_home = account.currency in EVERYWHERE | {place.currency}
            saw = "usual" if at_home else "unusual"
            words = f"{account.currency} at a bank of {account.country}."
            yield Seen(f"accounts.{account.id}.currency", saw, words)


def bank_holder(facts: Facts, known: Known) -> Iterator[Seen]:
    """The holder, as given, is the business."""
    for account in facts.accounts:
        if account.holder:
            likeness = names.best(account.holder, _own_names(facts))
            words = f"Holder {account.holder!r}, business {facts.company.legal_name!r}: {likeness}."
            yield Seen(f"accounts.{account.id}.holder", likeness, words)


def bank_name(facts: Facts, known: Known) -> Iterator[Seen]:
    """The bank itself says that the holder is who was given."""
    for account in facts.accounts:
        told = known.holders.get(account.id, Holder())
        saw = told.answer if told.state == "answered" else told.state
        yield Seen(f"accounts.{account.id}.holder", saw, f"{BANK_WORDS[saw]} {_shown(account)}")


def _where(bank: str, business: str) -> str:
    if bank == business:
        return "home"
    return "area" if {bank, business} <= SEPA else "abroad"


def _own_names(facts: Facts) -> list[str]:
    own = [facts.company.legal_name, facts.company.trading_name]
    if facts.entity == "sole_trader":
        own += [one.name for one in facts.people if one.kind == "person"]
    return own


def _shown(account: Account) -> str:
    return f"({account.currency} account in {account.country})"


BANK_WORDS = {
    "match": "The bank knows this holder.",
    "close": "The bank knows a holder of a similar name.",
    "differs": "The bank knows another holder.",
    "unknown": "The bank does not say who holds it.",
    "away": "The bank could not be asked.",
    "off": "No bank was asked.",
}
CHECKS = {
    "bank_numbers": bank_numbers,
    "bank_country": bank_country,
    "bank_currency": bank_currency,
    "bank_holder": bank_holder,
    "bank_name": bank_name,
}
