"""An honest merchant: it gives each piece that is asked, with the market's own examples."""

from __future__ import annotations

import datetime
from typing import Any

import phonenumbers

from acquiring.core import clock
from merchants.kyc import addresses, markets
from merchants.kyc.requirements import Requirement, open_ones
from merchants.models import Business
from merchants.onboarding import accounts, applying, documents, parties, queries
from merchants.onboarding.models import Application, Party
from tests.onboarding import sheets

ACTOR = "user:filler"
SHEET = sheets.png()
ACTIVITY: dict[str, Any] = {
    "activity.description": "Lamps of glass and brass, sold to people at home.",
    "activity.website": "https://lamps.example",
    "activity.mcc": "5719",
    "activity.channels": ["online"],
    "activity.customers": "consumers",
    "activity.delivery_days": 3,
    "activity.monthly_volume": 2_000_000,
    "activity.average_payment": 5_000,
    "activity.largest_payment": 50_000,
}


def filled(
    business: Business,
    entity: str = "company",
    mode: str = "live",
    platform_id: Any = None,
    person: dict[str, Any] | None = None,
    **told: Any,
) -> Application:
    """An application of which nothing is missing. `told` are more paths, `__` for a dot; `person`
    are members of the one person behind it.
    """
    application = applying.open_for(business, mode, ACTOR, platform_id)
    return fill(application, entity, person, **told)


def fill(
    application: Application, entity: str = "company", person: dict[str, Any] | None = None,
    **told: Any,
) -> Application:  # fmt: skip
    """The same for an application that is there."""
    market = markets.market(application.country)
    more = {path.replace("__", "."): value for path, value in told.items()}
    own = {"activity.currency": market.currency, "activity.markets": [market.country]}
    applying.tell(application, ACTOR, {"entity": entity, **ACTIVITY, **own, **more})
    application.refresh_from_db()
    name = queries.facts(application).company.legal_name
    _person(application, name if entity == "sole_trader" else "Nora Nordlicht", person or {})
    _account(application, name)
    for _ in range(4):
        wanted = open_ones(queries.facts(application))
        if not wanted:
            break
        give(application, wanted)
        application.refresh_from_db()
    assert open_ones(queries.facts(application)) == []
    return application


def give(application: Application, wanted: list[Requirement]) -> None:
    """Give what is asked."""
    changes = {}
    for one in wanted:
        if one.kind == "paper":
            paper(application, one.path)
        else:
            changes[one.path] = answer(application.country, one)
    if changes:
        applying.tell(application, ACTOR, changes)


def answer(country: str, one: Requirement) -> Any:
    """A value that fits."""
    market, last = markets.market(country), one.path.rpartition(".")[2]
    if ".identifiers." in one.path:
        return market.identifiers[last].example
    if one.kind == "consent":
        return True
    form = addresses.form(country)
    return {
        "line1": "1 Test Street",
        "city": "Testville",
        "region": "Test Region",
        "postal_code": form.example,
        "country": country,
        "nationality": country,
        "formed_on": "2015-05-01",
        "birth_date": "1985-04-03",
        "phone": _phone(country),
        "email": "nora@example.com",
        "politically_exposed": False,
        "share": 10_000,
    }[last]


def paper(application: Application, path: str) -> None:
    """Hand in a paper that is asked at a path."""
    _, kind, *rest = path.split(".")
    owner = next((one for one in rest if one.startswith("per_")), "")
    side = next((int(one) for one in rest if one.isdigit()), 1)
    row = markets.document(application.country, kind)
    today = clock.now().date()
    documents.take(
        application, ACTOR, kind, f"{kind}.png", SHEET,
        party=parties.find(application, owner) if owner else None, side=side,
        issued_on=today - datetime.timedelta(days=5) if row.months else None,
        expires_on=today + datetime.timedelta(days=900) if row.expires else None,
    )  # fmt: skip


def _person(application: Application, name: str, members: dict[str, Any]) -> Party:
    asked = markets.market(application.country).entities[application.entity]
    values = {
        "name": name,
        "roles": sorted({*asked.people, *(["owner"] if asked.owners else [])}),
        "birth_date": "1985-04-03",
        "address.country": application.country,
        **members,
    }
    return parties.add(application, ACTOR, values)


def _account(application: Application, holder: str) -> None:
    market = markets.market(application.country)
    if market.bank.iban:
        fields = {"iban": market.bank.iban}
    else:
        fields = {key: field.example for key, field in market.bank.local.items()}
    accounts.add(application, ACTOR, {
        "currency": market.currency, "country": market.country, "holder": holder, "fields": fields,
    })  # fmt: skip


def _phone(country: str) -> str:
    number = phonenumbers.example_number(country)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
