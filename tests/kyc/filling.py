"""An honest merchant without a database: it answers each piece with the market's own examples."""

from __future__ import annotations

from typing import Any

import phonenumbers

from merchants.kyc import addresses, facts, markets
from merchants.kyc.facts import Facts
from merchants.kyc.requirements import Requirement, open_ones

ROUNDS = 6  # an answer may ask something new: a country, what its addresses have
SHARED: dict[str, Any] = {
    "legal_name": "Nordlicht Lampen",
    "description": "Lamps of glass and brass, sold to people at home.",
    "mcc": "5719",
    "channels": ["online"],
    "customers": "consumers",
    "delivery_days": 3,
    "monthly_volume": 2_000_000,
    "average_payment": 5_000,
    "largest_payment": 50_000,
    "website": "https://lamps.example",
    "holder": "Nordlicht Lampen",
    "name": "Nora Nordlicht",
    "line1": "1 Test Street",
    "city": "Testville",
    "region": "Test Region",
    "formed_on": "2015-05-01",
    "birth_date": "1985-04-03",
    "email": "nora@example.com",
    "politically_exposed": False,
    "share": 10_000,
}


def filled(country: str, entity: str) -> Facts:
    """Facts of which nothing is missing, begun from the country and the kind of entity."""
    plain: dict[str, Any] = {"country": country, "entity": entity}
    for _ in range(ROUNDS):
        known = facts.read(plain)
        wanted = open_ones(known)
        if not wanted:
            return known
        for one in wanted:
            _give(plain, one, country)
    raise AssertionError([f"{one.path}: {one.problem or one.status}" for one in wanted])


def _give(plain: dict[str, Any], one: Requirement, country: str) -> None:
    head, *rest = one.path.split(".")
    if one.kind == "paper":
        _paper(plain, rest)
    elif one.kind == "consent":
        plain.setdefault("declarations", {})[rest[0]] = "2026-01-01T00:00:00Z"
    elif one.kind == "person":
        _person(plain, rest[0] if rest else "owner")
    elif one.path == "accounts":
        _account(plain, country)
    else:
        within = plain if head not in ("people", "accounts") else _of(plain, head, rest.pop(0))
        path = [head, *rest] if within is plain else rest
        _put(within, path, _answer(path[-1], path, country))


def _answer(last: str, path: list[str], country: str) -> Any:
    market = markets.market(country)
    if "identifiers" in path:
        return market.identifiers[last].example
    own = {
        "country": country,
        "nationality": country,
        "markets": [country],
        "currency": market.currency,
        "postal_code": addresses.form(country).example,
        "phone": _phone(country),
    }
    return own[last] if last in own else SHARED[last]


def _person(plain: dict[str, Any], role: str) -> None:
    """One person takes every role."""
    people = plain.setdefault("people", [{"id": "per_1", "roles": []}])
    people[0]["roles"].append(role)


def _account(plain: dict[str, Any], country: str) -> None:
    bank = markets.market(country).bank
    fields = {key: field.example for key, field in bank.local.items()} or {"iban": bank.iban}
    plain["accounts"] = [{"id": "ban_1", "country": country, "fields": fields}]


def _paper(plain: dict[str, Any], rest: list[str]) -> None:
    kind, *more = rest
    owner = next((one for one in more if one.startswith("per_")), "")
    side = next((int(one) for one in more if one.isdigit()), 1)
    papers = plain.setdefault("papers", [])
    papers.append({"id": f"doc_{len(papers)}", "kind": kind, "owner": owner, "side": side})


def _of(plain: dict[str, Any], head: str, part_id: str) -> dict[str, Any]:
    return next(one for one in plain[head] if one["id"] == part_id)


def _put(plain: dict[str, Any], path: list[str], value: Any) -> None:
    for name in path[:-1]:
        plain = plain.setdefault(name, {})
    plain[path[-1]] = value


def _phone(country: str) -> str:
    number = phonenumbers.example_number(country)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
