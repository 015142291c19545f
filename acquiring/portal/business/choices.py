"""What a question offers to choose from, and what is likely before anything was said."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext, pgettext

from acquiring import catalogue
from acquiring.core import money
from acquiring.portal.business import words
from acquiring.portal.business.facts_at import Looks
from acquiring.portal.forms import countries
from merchants.kyc import industries, markets
from merchants.kyc.facts import Facts
from merchants.kyc.records import ROLES

Options = tuple[tuple[str, Any], ...]


def channels() -> Options:
    """Where a business sells."""
    return (
        ("online", gettext("On a website")),
        ("app", gettext("In an app")),
        ("in_store", gettext("In a shop")),
        ("phone", gettext("By phone or post")),
        ("marketplace", gettext("On a marketplace of others")),
    )


def customers() -> Options:
    """To whom it sells."""
    return (
        ("consumers", gettext("Consumers")),
        ("businesses", gettext("Businesses")),
        ("both", gettext("Both")),
    )


def roles() -> dict[str, str]:
    """What somebody may be to a business."""
    return {
        "owner": pgettext("role", "Owns a part"),
        "director": pgettext("role", "Director"),
        "representative": pgettext("role", "Acts and signs for the business"),
        "controller": pgettext("role", "Controls it another way"),
    }


def entities() -> dict[str, tuple[str, str]]:
    """The kinds of legal entity, each with what it is."""
    return {
        "company": (gettext("Company"), gettext("A legal entity of its own, with shares")),
        "partnership": (gettext("Partnership"), gettext("Two or more run it together")),
        "sole_trader": (gettext("Sole trader"), gettext("One person in their own name")),
        "non_profit": (
            gettext("Association, charity or foundation"),
            gettext("Nobody takes a profit out of it"),
        ),
        "public_body": (gettext("Public body"), gettext("A state, a town, a public school")),
    }


def options(facts: Facts, path: str, look: Looks) -> Options:
    """The choices of one question; none where one types."""
    leaf = path.rpartition(".")[2]
    if leaf in {"country", "nationality", "registration_country"}:
        return tuple(countries())
    if leaf == "markets":
        return _shoppers(facts)
    if leaf == "currency":
        return _currencies(facts)
    if leaf == "channels":
        return channels()
    if leaf == "customers":
        return customers()
    if leaf == "roles":
        return tuple((key, title) for key, title in roles().items() if key in _roles(facts))
    if leaf == "through":
        return _companies(facts, path)
    if look == "yes_no":
        return (("no", gettext("No")), ("yes", gettext("Yes")))
    return ()


def guess(facts: Facts, path: str) -> Any:
    """What most businesses of this kind would say: a country, a currency, the holder's name."""
    leaf = path.rpartition(".")[2]
    if leaf == "country" and path != "country":
        return facts.country
    if leaf == "currency" and facts.country in catalogue.countries():
        return markets.market(facts.country).currency
    if leaf == "holder":
        return facts.company.legal_name
    if leaf == "markets" and not facts.activity.markets:
        return (facts.country,)
    return "" if leaf not in {"channels", "roles"} else ()


def unit(facts: Facts, path: str, look: Looks) -> str:
    """What stands behind a figure."""
    if look == "money":
        return facts.activity.currency or str(guess(facts, "activity.currency"))
    if look == "percent":
        return "%"
    return gettext("days") if look == "days" else ""


def label(path: str, value: Any) -> str:
    """What a combobox shows for its value."""
    if path.endswith(".mcc") and value:
        known = industries.industries().get(str(value))
        return f"{value} · {words.line(known)}" if known else str(value)
    return ""


def warning(facts: Facts, path: str, value: Any) -> str:
    """What follows from an answer and is better known at once: a line we do not take."""
    if not path.endswith(".mcc") or value not in industries.industries():
        return ""
    policy = industries.policy(str(value), facts.country)
    return policy.reason if policy.outcome == "refuse" else ""


def _roles(facts: Facts) -> list[str]:
    entity = markets.market(facts.country).entities.get(facts.entity or "company")
    if facts.entity != "sole_trader" or entity is None:
        return list(ROLES)
    return [one for one in ROLES if one in entity.people or (one == "owner" and entity.owners)]


def _companies(facts: Facts, path: str) -> Options:
    own = path.split(".")[1]
    held = [one for one in facts.people if one.kind == "company" and one.id != own]
    direct = ("", gettext("Nobody: held directly"))
    return (direct, *((one.id, one.name or gettext("A company")) for one in held))


def options_of_currency(asking_facts: Facts) -> Options:
    """The currencies an account may be in, the likeliest first."""
    return _currencies(asking_facts)


def _shoppers(facts: Facts) -> Options:
    """Every country, the chosen ones and the own one first."""
    first = [facts.country, *facts.activity.markets]
    rows = [row for row in countries() if row[0]]
    return tuple(sorted(rows, key=lambda row: row[0] not in first))


def _currencies(facts: Facts) -> Options:
    first = [str(guess(facts, "activity.currency")), "USD", "EUR", "GBP"]
    rest = [code for code in sorted(money.currencies()) if code not in first]
    return tuple((code, code) for code in [*dict.fromkeys(first), *rest] if code)
