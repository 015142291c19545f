"""The people and companies behind a business: what is asked of each."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Literal

from acquiring import catalogue
from merchants.kyc import asking, identifiers, markets, ownership
from merchants.kyc.asking import Requirement
from merchants.kyc.facts import Facts, Party
from merchants.kyc.records import Asked, Market

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


def asked_of(facts: Facts, market: Market, asked: Asked) -> Iterator[Requirement]:
    """Who must be there, who owns it, and what is asked of each of them."""
    law = asking.law_of(market)
    for role in asked.people:
        held = " ".join(one.id for one in facts.people if role in one.roles)
        yield asking.piece(
            f"people.{role}", "people", "person", ROLE_TITLES[role], held, asking.anything,
            ROLE_WHY[role], law,
        )  # fmt: skip
    if asked.owners:
        problem = ownership.problem(facts, market.owner_line)
        status: Literal["given", "wrong"] = "wrong" if problem else "given"
        yield Requirement(
            "people", "people", "person", "Owners", status, problem or "", ROLE_WHY["owner"], law
        )
    small = ownership.below(facts, market.owner_line) if asked.owners else set()
    for party in facts.people:
        yield from _party(party, market, asked, law, small)


def _party(
    party: Party, market: Market, asked: Asked, law: str, small: set[str]
) -> Iterator[Requirement]:
    """`small` are the owners under the line: they are named and screened, not identified."""
    at = f"people.{party.id}"
    yield asking.piece(
        f"{at}.name", "people", "text", "Full name", party.name, asking.name, "", law
    )
    if party.kind == "company":
        yield asking.piece(
            f"{at}.registration_country", "people", "country", "Country of registration",
            party.registration_country, asking.country, "", law,
        )  # fmt: skip
        yield from _company_number(party, law)
    else:
        yield from _person(party, market, asked, law, party.id in small)
    yield from asking.address(f"{at}.address", "people", party.address, law)
    if "owner" in party.roles and asked.owners:
        yield asking.piece(
            f"{at}.share", "people", "number", "Share", asking.number(party.share),
            asking.share, "", law,
        )  # fmt: skip


def _person(
    party: Party, market: Market, asked: Asked, law: str, is_small: bool
) -> Iterator[Requirement]:
    at = f"people.{party.id}"
    born = party.birth_date.isoformat() if party.birth_date else ""
    yield asking.piece(
        f"{at}.birth_date", "people", "date", "Date of birth", born, asking.anything,
        "Many people share a name; few share a name and a day.", law,
    )  # fmt: skip
    yield asking.piece(
        f"{at}.nationality", "people", "country", "Nationality", party.nationality, asking.country
    )
    for key in _person_numbers(party, market, asked, is_small):
        row = market.identifiers[key]
        yield asking.piece(
            f"{at}.identifiers.{key}", "people", "text", row.title, party.identifiers.get(key, ""),
            partial(identifiers.problem, market, key), row.why or asking.NUMBER_WHY[row.of], law,
        )  # fmt: skip
    exposed = "" if party.politically_exposed is None else "said"
    yield asking.piece(
        f"{at}.politically_exposed", "people", "choice", "Holds a high public office",
        exposed, asking.anything, "The law asks for closer care then, not for a refusal.", law,
    )  # fmt: skip
    if "representative" in party.roles:
        yield asking.piece(
            f"{at}.email", "people", "text", "E-mail", party.email, identifiers.email
        )


def _person_numbers(party: Party, market: Market, asked: Asked, is_small: bool) -> list[str]:
    """The numbers that were given, of those that serve or may not be kept; else the one to ask, if
    any: the country's own, the passport of who is from elsewhere.
    """
    known = (key for key in party.identifiers if key in market.identifiers)
    given = [key for key in known if market.identifiers[key].of == "person"]
    serving = [key for key in given if key in asked.person_identifiers]
    elsewhere = party.nationality not in ("", market.country)
    if not serving and not is_small:
        first = "passport" if elsewhere else asked.person_identifiers[0]
        serving = [first] if first in asked.person_identifiers else [asked.person_identifiers[0]]
    return serving + [key for key in given if market.identifiers[key].never_kept]


def _company_number(party: Party, law: str) -> Iterator[Requirement]:
    """The number of a company that holds shares, as its own country knows it."""
    if party.registration_country not in catalogue.countries():
        return
    theirs = markets.market(party.registration_country)
    keys = [key for key, row in theirs.identifiers.items() if row.of == "company"]
    own = theirs.entities["company"].identifiers
    key = next((one for one in keys if party.identifiers.get(one)), [*own, *keys][0])
    yield asking.piece(
        f"people.{party.id}.identifiers.{key}", "people", "text", theirs.identifiers[key].title,
        party.identifiers.get(key, ""), partial(identifiers.problem, theirs, key),
        asking.NUMBER_WHY["company"], law,
    )  # fmt: skip
