"""What an application still lacks: every piece a market asks for, given, missing or wrong.

The list is computed from the facts each time, so a change of country, entity or ownership asks
what the new case needs and forgets what it does not. The wizard, the API and the reviewer read the
same list.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Literal

from acquiring import catalogue
from merchants.kyc import (
    asking,
    banks,
    identifiers,
    industries,
    markets,
    modules,
    ownership,
    people,
)
from merchants.kyc.asking import Checker, Kind, Requirement, Step
from merchants.kyc.facts import Account, Facts
from merchants.kyc.records import Asked, Market, Role

__all__ = ["CONSENTS", "STEPS", "Kind", "Requirement", "Step", "open_ones", "requirements"]

STEPS: tuple[Step, ...] = ("company", "activity", "accounts", "people", "documents", "send")
CONSENT_TITLES = {
    "true_and_complete": "What I said is true and complete",
    "terms": "The business agrees to the terms of service",
    "screening": "The people named know that their names are checked",
}
CONSENTS = tuple(CONSENT_TITLES)


def requirements(facts: Facts) -> list[Requirement]:
    """Everything asked of this application, in the order of the steps."""
    if facts.country not in catalogue.countries():
        return [
            asking.piece("country", "company", "country", "Country", facts.country, asking.country)
        ]
    market = markets.market(facts.country)
    if facts.entity not in market.entities:
        return [
            asking.piece("entity", "company", "choice", "Kind of legal entity", "", asking.anything)
        ]
    asked = market.entities[facts.entity]  # type: ignore[index]
    return [
        *_company(facts, market, asked),
        *_activity(facts),
        *_accounts(facts, market),
        *people.asked_of(facts, market, asked),
        *_papers(facts, market, asked),
        *_consents(facts, market),
    ]


def open_ones(facts: Facts) -> list[Requirement]:
    """Those that are missing or wrong; none is left when the application may be sent."""
    return [one for one in requirements(facts) if one.status != "given"]


def _company(facts: Facts, market: Market, asked: Asked) -> Iterator[Requirement]:
    company, law = facts.company, asking.law_of(market)
    yield asking.piece(
        "company.legal_name", "company", "text", "Legal name", company.legal_name, asking.name,
        "The name under which the register knows the business.", law,
    )  # fmt: skip
    for key in (*asked.identifiers, *asked.optional):
        row, given = market.identifiers[key], company.identifiers.get(key, "")
        if given or key in asked.identifiers:
            yield asking.piece(
                f"company.identifiers.{key}", "company", "text", row.title, given,
                partial(identifiers.problem, market, key),
                row.why or asking.NUMBER_WHY[row.of], law,
            )  # fmt: skip
    if facts.entity != "sole_trader":
        formed = company.formed_on.isoformat() if company.formed_on else ""
        yield asking.piece(
            "company.formed_on", "company", "date", "Date of formation", formed, asking.anything,
            "It must be the one in the register.", law,
        )  # fmt: skip
    yield from asking.address(
        "company.registered_address", "company", company.registered_address, law
    )
    if company.operating_address is not None:
        at = "company.operating_address"
        yield from asking.address(at, "company", company.operating_address, law)
    yield asking.piece(
        "company.phone", "company", "text", "Phone", company.phone, identifiers.phone
    )


def _activity(facts: Facts) -> Iterator[Requirement]:
    said = facts.activity
    rows: tuple[tuple[str, Kind, str, str, Checker, str], ...] = (
        ("description", "text", "What you sell", said.description, asking.sentence,
         "It decides which rules of the card schemes apply."),
        ("mcc", "choice", "Line of business", said.mcc, industries.problem,
         "Schemes and acquirers price and permit by merchant category code (ISO 18245)."),
        ("channels", "choice", "Where you sell", " ".join(said.channels), asking.anything, ""),
        ("customers", "choice", "To whom you sell", said.customers, asking.anything, ""),
        ("markets", "country", "Countries of your shoppers", " ".join(said.markets),
         asking.countries, "It tells which payment methods and which local rules come with them."),
        ("delivery_days", "number", "Days from payment to delivery",
         asking.number(said.delivery_days), asking.days,
         "What is paid long before it is delivered may have to be paid back."),
        ("currency", "choice", "Currency of these figures", said.currency, asking.currency, ""),
        ("monthly_volume", "money", "Expected volume a month", asking.number(said.monthly_volume),
         asking.positive, "Your limits begin here and grow with you."),
        ("average_payment", "money", "Average payment", asking.number(said.average_payment),
         asking.positive, ""),
        ("largest_payment", "money", "Largest payment", asking.number(said.largest_payment),
         asking.positive, ""),
    )  # fmt: skip
    for key, kind, title, given, check, why in rows:
        yield asking.piece(f"activity.{key}", "activity", kind, title, given, check, why)
    if {"online", "app", "marketplace"} & set(said.channels):
        yield asking.piece(
            "activity.website", "activity", "text", "Website or app page", said.website,
            identifiers.website, "Schemes want to see what shoppers see before they pay.",
        )  # fmt: skip
    for licence in industries.licences_asked(said.mcc, facts.country):
        given = said.licences.get(licence.key, "")
        yield asking.piece(
            f"activity.licences.{licence.key}", "activity", "text", licence.licence, given,
            asking.name, licence.reason, licence.source,
        )  # fmt: skip


def _accounts(facts: Facts, market: Market) -> Iterator[Requirement]:
    why = "It must be held in the name of the business: nobody else is paid."
    if not facts.accounts:
        yield asking.piece("accounts", "accounts", "text", "Bank account", "", asking.anything, why)
    for account in facts.accounts:
        yield from _account(account, why)
    if len({one.currency for one in facts.accounts}) < len(facts.accounts):
        twice = "There is one account for each currency."
        yield Requirement("accounts", "accounts", "text", "Bank account", "wrong", twice, why)


def _account(account: Account, why: str) -> Iterator[Requirement]:
    at = f"accounts.{account.id}"
    yield asking.piece(
        f"{at}.currency", "accounts", "choice", "Currency", account.currency, asking.currency
    )
    yield asking.piece(
        f"{at}.country",
        "accounts",
        "country",
        "Country of the bank",
        account.country,
        asking.country,
    )
    yield asking.piece(
        f"{at}.holder", "accounts", "text", "Account holder", account.holder, asking.name, why
    )
    if account.country in catalogue.countries():
        for key, field in banks.fields(account.country, account.fields).items():
            given = account.fields.get(key, "")
            yield asking.piece(
                f"{at}.fields.{key}", "accounts", "text", field.title, given,
                asking.said(banks.problem(account, key)),
            )  # fmt: skip


def _papers(facts: Facts, market: Market, asked: Asked) -> Iterator[Requirement]:
    small = ownership.below(facts, market.owner_line) if asked.owners else set()
    for key in asked.documents:
        row = markets.document(market.country, key)
        bearers = [one for one in _bearers(facts, row.roles) if one not in small]
        owners = [""] if row.of == "business" else bearers
        for owner in owners:
            for side in range(1, row.sides + 1):
                yield _paper(facts, market, key, owner, side)


def _paper(facts: Facts, market: Market, key: str, owner: str, side: int) -> Requirement:
    row = markets.document(market.country, key)
    papers = [one for one in facts.papers if (one.kind, one.owner, one.side) == (key, owner, side)]
    path = f"documents.{key}" + (f".{owner}" if owner else "") + (f".{side}" if side > 1 else "")
    status: Literal["given", "due", "wrong"] = "due"
    problem = ""
    if any(one.status != "refused" for one in papers):
        status = "given"
    elif papers:
        status, problem = "wrong", papers[-1].reason
    return Requirement(
        path, "documents", "paper", row.title, status, problem, row.why, asking.law_of(market)
    )


def _consents(facts: Facts, market: Market) -> Iterator[Requirement]:
    own = {key: (CONSENT_TITLES[key], "") for key in CONSENTS}
    for key, (title, law) in (own | modules.declarations(market, facts.entity)).items():
        yield asking.piece(
            f"declarations.{key}", "send", "consent", title,
            facts.declarations.get(key, ""), asking.anything, "", law,
        )  # fmt: skip


def _bearers(facts: Facts, roles: tuple[Role, ...]) -> list[str]:
    people = [one for one in facts.people if one.kind == "person"]
    return [one.id for one in people if not roles or set(roles) & set(one.roles)]
