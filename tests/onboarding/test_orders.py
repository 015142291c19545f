"""However an application was told, the same words ask for the same pieces."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from merchants.kyc.requirements import requirements
from merchants.onboarding import applying, parties, queries
from merchants.onboarding.models import Application

pytestmark = pytest.mark.django_db
WORDS = {
    "entity": "company",
    "company.legal_name": "Testco Lamps",
    "company.identifiers.register_number": "Berlin (Charlottenburg) HRB 12345",
    "company.registered_address.line1": "1 Test Street",
    "company.registered_address.country": "DE",
    "activity.mcc": "5719",
    "activity.channels": ["online"],
    "activity.average_payment": 5_000,
    "declarations.terms": True,
}
PEOPLE = {
    "Nora Nordlicht": {"roles": ["owner", "director"], "share": 6_000},
    "Olaf Osten": {"roles": ["owner"], "share": 4_000, "nationality": "DE"},
}
DETOURS = {
    "entity": "sole_trader",
    "company.identifiers.vat": "DE123456788",
    "activity.mcc": "7995",
    "activity.channels": ["in_store"],
    "company.trading_name": "Lamps",
    "declarations.screening": True,
}


@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(order=st.permutations([*WORDS, *PEOPLE]), detours=st.lists(st.sampled_from(sorted(DETOURS))))
def test_any_order_of_telling_adding_and_removing_ends_in_the_same_requirements(
    ambers_shop, order, detours
):
    Application.objects.all().delete()
    application = applying.open_for(ambers_shop.business, "live", "user:amber")
    passing = parties.add(application, "user:amber", {"name": "Pia Passing", "share": 5_000})
    for path in detours:
        applying.tell(application, "user:amber", {path: DETOURS[path]})
    for path in detours:
        applying.tell(application, "user:amber", {path: None})
    for name in order:
        if name in PEOPLE:
            parties.add(application, "user:amber", {"name": name, **PEOPLE[name]})
        else:
            applying.tell(application, "user:amber", {name: WORDS[name]})
    parties.remove(application, "user:amber", passing.shown)
    application.refresh_from_db()

    assert shown(application) == EXPECTED.setdefault("all", shown(application))
    assert len(shown(application)) > 30


EXPECTED: dict[str, list] = {}


def shown(application: Application) -> list:
    """The requirements with names in place of ids."""
    facts = queries.facts(application)
    called = {one.id: one.name for one in facts.people}
    rows = []
    for one in requirements(facts):
        path = one.path
        for per_id, name in called.items():
            path = path.replace(per_id, name)
        rows.append((path, one.status, one.problem))
    return sorted(rows)
