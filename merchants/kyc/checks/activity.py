"""Checks of what is sold: the line of business, its licence, its figures, its website."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import msgspec

from acquiring.core import money
from merchants.kyc import industries, names
from merchants.kyc.checks.records import Known, Seen
from merchants.kyc.facts import Facts

LONGEST_TEXT = 100_000
ADVANCE_DAYS = 30  # paid so long before delivery, a month's volume may have to be paid back


class Tickets(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A payment of a line of business above which its figures look like another line's."""

    first: str  # merchant category codes, inclusive
    last: str
    usual_usd: int


@lru_cache(maxsize=1)
def rates() -> dict[str, str]:
    """Units of a currency for one US dollar, of `data/rough_rates.toml`."""
    path = Path(__file__).parent.parent / "data" / "rough_rates.toml"
    return msgspec.toml.decode(path.read_bytes(), type=dict[str, dict[str, str]])["units"]


@lru_cache(maxsize=1)
def tickets() -> tuple[Tickets, ...]:
    """The rows of `data/tickets.toml`."""
    path = Path(__file__).parent.parent / "data" / "tickets.toml"
    return msgspec.toml.decode(path.read_bytes(), type=dict[str, tuple[Tickets, ...]])["rows"]


def minor_units_of_dollars(dollars: int, currency: str) -> int:
    """So many US dollars in minor units of a currency, at the rough rate. Without one: as many
    units as dollars, which errs to the careful side for all but a few currencies.
    """
    whole, _, rest = rates().get(currency, "1").partition(".")
    scale = 10 ** len(rest)
    return dollars * int(whole + rest) * 10 ** money.exponent(currency) // scale


def line_of_business(facts: Facts, known: Known) -> Iterator[Seen]:
    """The line of business is one that may be taken there."""
    if not facts.activity.mcc:
        return
    policy = industries.policy(facts.activity.mcc, facts.country, facts.activity.description)
    evidence = {"mcc": facts.activity.mcc, "category": policy.title, "reason": policy.reason}
    words = f"{facts.activity.mcc} in {facts.country}: {policy.outcome}. {policy.reason}".strip()
    yield Seen("activity.mcc", policy.outcome, words, evidence)


def licences(facts: Facts, known: Known) -> Iterator[Seen]:
    """What needs a licence has given the licence's number; a person confirms it."""
    for licence in industries.licences_asked(facts.activity.mcc, facts.country):
        given = facts.activity.licences.get(licence.key, "")
        at, evidence = f"activity.licences.{licence.key}", {"licence": licence.licence}
        if given:
            yield Seen(at, "given", f"{licence.licence}: {given[:60]}", evidence)
        else:
            yield Seen(at, "missing", f"{licence.licence} is missing. {licence.reason}", evidence)


def figures(facts: Facts, known: Known) -> Iterator[Seen]:
    """The figures agree with each other."""
    said = facts.activity
    if not (said.monthly_volume and said.average_payment and said.largest_payment):
        return
    evidence = {"payments": said.monthly_volume // max(1, said.average_payment)}
    if said.average_payment > said.largest_payment:
        words = "The average payment is larger than the largest one."
        yield Seen("activity.average_payment", "impossible", words, evidence)
    elif said.largest_payment > said.monthly_volume * 2:
        words = "The largest payment is more than two months' volume."
        yield Seen("activity.largest_payment", "unlikely", words, evidence)
    else:
        words = f"About {evidence['payments']} payments a month."
        yield Seen("activity.monthly_volume", "agree", words, evidence)


def ticket(facts: Facts, known: Known) -> Iterator[Seen]:
    """The average payment is one that this line of business has."""
    said = facts.activity
    row = next((one for one in tickets() if one.first <= said.mcc <= one.last), None)
    if row is None or not said.average_payment or not money.is_currency(said.currency):
        return
    usual = minor_units_of_dollars(row.usual_usd, said.currency)
    evidence = {"mcc": said.mcc, "usual_usd": row.usual_usd}
    saw = "usual" if said.average_payment <= usual else "unusual"
    words = f"Payments of {said.mcc} are seldom above about {row.usual_usd} USD."
    yield Seen("activity.average_payment", saw, words, evidence)


def volume(facts: Facts, known: Known) -> Iterator[Seen]:
    """The expected volume is one that the line's risk tier bears without a closer look."""
    said = facts.activity
    if not said.mcc or not said.monthly_volume or not money.is_currency(said.currency):
        return
    tier = industries.policy(said.mcc, facts.country).tier
    most = VOLUME_USD[tier]
    evidence = {"tier": tier, "most_usd": most}
    saw = "borne" if said.monthly_volume <= minor_units_of_dollars(most, said.currency) else "large"
    words = f"A line of {tier} risk is looked at closer from {most} USD a month on."
    yield Seen("activity.monthly_volume", saw, words, evidence)


def delivery(facts: Facts, known: Known) -> Iterator[Seen]:
    """How long shoppers wait for what they have paid for."""
    days = facts.activity.delivery_days
    if days is not None:
        saw = "advance" if days > ADVANCE_DAYS else "prompt"
        yield Seen("activity.delivery_days", saw, f"Delivered after {days} days.", {"days": days})


def website(facts: Facts, known: Known) -> Iterator[Seen]:
    """The website answers."""
    at, told = "activity.website", known.website
    if not facts.activity.website:
        return
    if told.state != "answered":
        yield Seen(at, told.state, "The website was not looked at.")
    elif not told.reachable:
        yield Seen(at, "down", f"The website answers with {told.status or 'nothing'}.")
    else:
        yield Seen(at, "up", f"The website answers with {told.status}.")


def website_names(facts: Facts, known: Known) -> Iterator[Seen]:
    """The website names the business that wants to be paid there."""
    if not known.website.reachable:
        return
    text = f" {names.fold(known.website.text, LONGEST_TEXT)} "
    called = [one for one in (facts.company.legal_name, facts.company.trading_name) if one]
    found = [one for one in called if f" {' '.join(names.words(one))} " in text]
    saw = "named" if found else "not_named"
    words = "It names the business." if found else "It names neither legal nor trading name."
    yield Seen("activity.website", saw, words)


def website_pages(facts: Facts, known: Known) -> Iterator[Seen]:
    """A shopper finds terms, refunds and a way to write or call."""
    if not known.website.reachable:
        return
    wanted = ["terms", "refunds", "contact"]
    missing = [PAGE_WORDS[one] for one in wanted if one not in known.website.pages]
    evidence = {"missing": ", ".join(missing)}
    saw = "missing" if missing else "there"
    words = f"Missing: {evidence['missing']}." if missing else "Terms, refunds and contact found."
    yield Seen("activity.website", saw, words, evidence)


# Of industries' tiers; from there on a person looks. Lines of our own, to be set by the acquirer.
VOLUME_USD = {"standard": 500_000, "elevated": 150_000, "high": 30_000, "restricted": 0}
PAGE_WORDS = {
    "terms": "terms and conditions",
    "refunds": "how returns and refunds work",
    "contact": "a way to reach you",
}
CHECKS = {
    "line_of_business": line_of_business,
    "licences": licences,
    "figures": figures,
    "ticket": ticket,
    "volume": volume,
    "delivery": delivery,
    "website": website,
    "website_names": website_names,
    "website_pages": website_pages,
}
