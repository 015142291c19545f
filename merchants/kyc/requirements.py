"""What an application still lacks: every piece a market asks for, given, missing or wrong.

The list is computed from the facts each time, so a change of country, entity or ownership asks
what the new case needs and forgets what it does not. The wizard, the API and the reviewer read the
same list.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Literal

import msgspec

from acquiring import catalogue
from acquiring.core.money import is_currency
from merchants.kyc import addresses, banks, identifiers, industries, markets, ownership
from merchants.kyc.facts import Account, Address, Facts, Party
from merchants.kyc.records import Asked, Market, Role

Step = Literal["company", "activity", "accounts", "people", "documents", "send"]
Kind = Literal["text", "date", "country", "choice", "money", "number", "person", "paper", "consent"]
STEPS: tuple[Step, ...] = ("company", "activity", "accounts", "people", "documents", "send")
CONSENTS = ("true_and_complete", "terms", "screening")
LONGEST = 300


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


def requirements(facts: Facts) -> list[Requirement]:
    """Everything asked of this application, in the order of the steps."""
    if facts.country not in catalogue.countries():
        return [_asked("country", "company", "country", "Country", facts.country, _country)]
    market = markets.market(facts.country)
    if facts.entity not in market.entities:
        return [_asked("entity", "company", "choice", "Kind of legal entity", "", _none)]
    asked = market.entities[facts.entity]  # type: ignore[index]
    return [
        *_company(facts, market, asked),
        *_activity(facts),
        *_accounts(facts, market),
        *_people(facts, market, asked),
        *_papers(facts, market, asked),
        *_consents(facts),
    ]


def open_ones(facts: Facts) -> list[Requirement]:
    """Those that are missing or wrong; none is left when the application may be sent."""
    return [one for one in requirements(facts) if one.status != "given"]


def _company(facts: Facts, market: Market, asked: Asked) -> Iterator[Requirement]:
    company, law = facts.company, _source(market)
    yield _asked(
        "company.legal_name", "company", "text", "Legal name", company.legal_name, _name,
        "The name under which the register knows the business.", law,
    )  # fmt: skip
    for key in (*asked.identifiers, *asked.optional):
        row, given = market.identifiers[key], company.identifiers.get(key, "")
        if given or key in asked.identifiers:
            yield _asked(
                f"company.identifiers.{key}", "company", "text", row.title, given,
                partial(identifiers.problem, market, key), row.why or NUMBER_WHY[row.of], law,
            )  # fmt: skip
    if facts.entity != "sole_trader":
        formed = company.formed_on.isoformat() if company.formed_on else ""
        yield _asked(
            "company.formed_on", "company", "date", "Date of formation", formed, _none,
            "It must be the one in the register.", law,
        )  # fmt: skip
    yield from _address("company.registered_address", "company", company.registered_address, law)
    yield _asked("company.phone", "company", "text", "Phone", company.phone, identifiers.phone)


def _activity(facts: Facts) -> Iterator[Requirement]:
    said = facts.activity
    rows: tuple[tuple[str, Kind, str, str, Checker, str], ...] = (
        ("description", "text", "What you sell", said.description, _sentence,
         "It decides which rules of the card schemes apply."),
        ("mcc", "choice", "Line of business", said.mcc, industries.problem,
         "Schemes and acquirers price and permit by merchant category code (ISO 18245)."),
        ("channels", "choice", "Where you sell", " ".join(said.channels), _none, ""),
        ("customers", "choice", "To whom you sell", said.customers, _none, ""),
        ("markets", "country", "Countries of your shoppers", " ".join(said.markets),
         _countries, "It tells which payment methods and which local rules come with them."),
        ("delivery_days", "number", "Days from payment to delivery", _number(said.delivery_days),
         _days, "What is paid long before it is delivered may have to be paid back."),
        ("currency", "choice", "Currency of these figures", said.currency, _currency, ""),
        ("monthly_volume", "money", "Expected volume a month", _number(said.monthly_volume),
         _positive, "Your limits begin here and grow with you."),
        ("average_payment", "money", "Average payment", _number(said.average_payment),
         _positive, ""),
        ("largest_payment", "money", "Largest payment", _number(said.largest_payment),
         _positive, ""),
    )  # fmt: skip
    for key, kind, title, given, check, why in rows:
        yield _asked(f"activity.{key}", "activity", kind, title, given, check, why)
    if {"online", "app", "marketplace"} & set(said.channels):
        yield _asked(
            "activity.website", "activity", "text", "Website or app page", said.website,
            identifiers.website, "Schemes want to see what shoppers see before they pay.",
        )  # fmt: skip
    for licence in industries.licences_asked(said.mcc, facts.country):
        given = said.licences.get(licence.key, "")
        yield _asked(
            f"activity.licences.{licence.key}", "activity", "text", licence.licence, given, _name,
            licence.reason, licence.source,
        )  # fmt: skip


def _accounts(facts: Facts, market: Market) -> Iterator[Requirement]:
    why = "It must be held in the name of the business: nobody else is paid."
    if not facts.accounts:
        yield _asked("accounts", "accounts", "text", "Bank account", "", _none, why)
    for account in facts.accounts:
        yield from _account(account, why)
    if len({one.currency for one in facts.accounts}) < len(facts.accounts):
        twice = "There is one account for each currency."
        yield Requirement("accounts", "accounts", "text", "Bank account", "wrong", twice, why)


def _account(account: Account, why: str) -> Iterator[Requirement]:
    at = f"accounts.{account.id}"
    yield _asked(f"{at}.currency", "accounts", "choice", "Currency", account.currency, _currency)
    yield _asked(
        f"{at}.country", "accounts", "country", "Country of the bank", account.country, _country
    )
    yield _asked(f"{at}.holder", "accounts", "text", "Account holder", account.holder, _name, why)
    if account.country in catalogue.countries():
        for key, field in banks.fields(account.country, account.fields).items():
            given = account.fields.get(key, "")
            yield _asked(
                f"{at}.fields.{key}", "accounts", "text", field.title, given,
                _said(banks.problem(account, key)),
            )  # fmt: skip


def _people(facts: Facts, market: Market, asked: Asked) -> Iterator[Requirement]:
    law = _source(market)
    for role in asked.people:
        held = " ".join(one.id for one in facts.people if role in one.roles)
        yield _asked(
            f"people.{role}", "people", "person", ROLE_TITLES[role], held, _none,
            ROLE_WHY[role], law,
        )  # fmt: skip
    if asked.owners:
        problem = ownership.problem(facts, market.owner_line)
        status: Literal["given", "wrong"] = "wrong" if problem else "given"
        yield Requirement(
            "people", "people", "person", "Owners", status, problem or "", ROLE_WHY["owner"], law
        )
    for party in facts.people:
        yield from _party(party, market, asked, law)


def _party(party: Party, market: Market, asked: Asked, law: str) -> Iterator[Requirement]:
    at = f"people.{party.id}"
    yield _asked(f"{at}.name", "people", "text", "Full name", party.name, _name, "", law)
    if party.kind == "company":
        yield _asked(
            f"{at}.registration_country", "people", "country", "Country of registration",
            party.registration_country, _country, "", law,
        )  # fmt: skip
    else:
        yield from _person(party, market, asked, law)
    yield from _address(f"{at}.address", "people", party.address, law)
    if "owner" in party.roles and asked.owners:
        yield _asked(
            f"{at}.share", "people", "number", "Share", _number(party.share), _share, "", law
        )


def _person(party: Party, market: Market, asked: Asked, law: str) -> Iterator[Requirement]:
    at = f"people.{party.id}"
    born = party.birth_date.isoformat() if party.birth_date else ""
    yield _asked(
        f"{at}.birth_date", "people", "date", "Date of birth", born, _none,
        "Many people share a name; few share a name and a day.", law,
    )  # fmt: skip
    yield _asked(
        f"{at}.nationality", "people", "country", "Nationality", party.nationality, _country
    )
    keys = [key for key in asked.person_identifiers if party.identifiers.get(key)]
    for key in keys or asked.person_identifiers[:1]:
        row = market.identifiers[key]
        yield _asked(
            f"{at}.identifiers.{key}", "people", "text", row.title, party.identifiers.get(key, ""),
            partial(identifiers.problem, market, key), row.why or NUMBER_WHY[row.of], law,
        )  # fmt: skip
    exposed = "" if party.politically_exposed is None else "said"
    yield _asked(
        f"{at}.politically_exposed", "people", "choice", "Holds a high public office",
        exposed, _none, "The law asks for closer care then, not for a refusal.", law,
    )  # fmt: skip
    if "representative" in party.roles:
        yield _asked(f"{at}.email", "people", "text", "E-mail", party.email, identifiers.email)


def _papers(facts: Facts, market: Market, asked: Asked) -> Iterator[Requirement]:
    for key in asked.documents:
        row = markets.document(market.country, key)
        owners = [""] if row.of == "business" else _bearers(facts, row.roles)
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
        path, "documents", "paper", row.title, status, problem, row.why, _source(market)
    )


def _consents(facts: Facts) -> Iterator[Requirement]:
    for key in CONSENTS:
        yield _asked(
            f"declarations.{key}", "send", "consent", CONSENT_TITLES[key],
            facts.declarations.get(key, ""), _none,
        )  # fmt: skip


def _bearers(facts: Facts, roles: tuple[Role, ...]) -> list[str]:
    people = [one for one in facts.people if one.kind == "person"]
    return [one.id for one in people if not roles or set(roles) & set(one.roles)]


def _address(at: str, step: Step, address: Address, law: str) -> Iterator[Requirement]:
    form = addresses.form(address.country)
    parts: dict[str, tuple[str, str, Checker]] = {
        "city": ("Town", address.city, _name),
        "region": (form.region, address.region, _name),
        "postal_code": (form.code, address.postal_code, partial(_postal_code, address.country)),
    }
    yield _asked(f"{at}.line1", step, "text", "Street and number", address.line1, _name, "", law)
    for key, (title, given, check) in parts.items():
        if key in form.asked or given:
            yield _asked(f"{at}.{key}", step, "text", title, given, check, "", law)
    yield _asked(f"{at}.country", step, "country", "Country", address.country, _country, "", law)


def _postal_code(country: str, text: str) -> str | None:
    return addresses.postal_code_problem(country, text)


def _asked(
    path: str, step: Step, kind: Kind, title: str, given: str, check: Checker,
    why: str = "", source: str = "",
) -> Requirement:  # fmt: skip
    text = given.strip()
    if not text:
        return Requirement(path, step, kind, title, "due", "", why, source)
    problem = check(text)
    status: Literal["given", "wrong"] = "wrong" if problem else "given"
    return Requirement(path, step, kind, title, status, problem or "", why, source)


def _source(market: Market) -> str:
    return market.laws[0] if market.laws else ""


def _number(value: int | None) -> str:
    return "" if value is None else str(value)


def _said(problem: str | None) -> Checker:
    return lambda _: problem


def _none(text: str) -> None:
    return None


def _name(text: str) -> str | None:
    return None if 2 <= len(text) <= LONGEST else f"This has 2 to {LONGEST} characters."


def _sentence(text: str) -> str | None:
    return None if len(text) >= 20 else "Please say it in a sentence of at least 20 characters."


def _country(text: str) -> str | None:
    return None if text in catalogue.countries() else f"There is no country {text[:10]!r}."


def _countries(text: str) -> str | None:
    return next((problem for one in text.split() if (problem := _country(one))), None)


def _currency(text: str) -> str | None:
    return None if is_currency(text) else f"There is no currency {text[:10]!r}."


def _positive(text: str) -> str | None:
    return None if int(text) > 0 else "This is more than nothing."


def _days(text: str) -> str | None:
    return None if 0 <= int(text) <= 730 else "This is 0 to 730 days."


def _share(text: str) -> str | None:
    return None if 0 < int(text) <= 10_000 else "A share is more than 0 and at most 100 %."


ROLE_TITLES = {
    "owner": "An owner",
    "director": "A director",
    "representative": "A person who acts for the business",
    "controller": "A person who controls the business",
}
ROLE_WHY = {
    "owner": "The law asks who stands behind a business, down to the people.",
    "director": "Those who run a business answer for it.",
    "representative": "Somebody must be entitled to sign for the business.",
    "controller": "Besides the owners, one person with significant control is named.",
}
NUMBER_WHY = {
    "company": "The register knows the business by it.",
    "tax": "It stands on your invoices and is compared with the register.",
    "person": "It tells people of the same name apart.",
}
CONSENT_TITLES = {
    "true_and_complete": "What I said is true and complete",
    "terms": "The business agrees to the terms of service",
    "screening": "The people named know that their names are checked",
}
