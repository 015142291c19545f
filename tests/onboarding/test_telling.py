"""An application is told piece by piece, in any order, and keeps what was said."""

from __future__ import annotations

import pytest

from acquiring.core.errors import Problem
from merchants.kyc import requirements as kyc
from merchants.onboarding import accounts, applying, parties, queries
from merchants.onboarding.models import Application

pytestmark = pytest.mark.django_db


@pytest.fixture
def application(ambers_shop) -> Application:
    return applying.open_for(ambers_shop.business, "live", "user:amber")


def test_there_is_one_application_of_a_business_and_a_mode(ambers_shop, application):
    again = applying.open_for(ambers_shop.business, "live", "user:amber")
    test = applying.open_for(ambers_shop.business, "test", "user:amber")

    assert again.pk == application.pk != test.pk
    assert (application.country, application.status) == ("DE", "draft")


def test_what_the_sign_up_said_is_not_asked_again(application):
    assert queries.facts(application).company.legal_name == "Amber Lamps"


def test_what_was_told_is_kept_and_what_is_taken_back_is_gone(application):
    applying.tell(application, "user:amber", {
        "entity": "company",
        "company.identifiers.vat": "DE136695976",
        "company.registered_address.city": "Berlin",
        "activity.monthly_volume": 500_000,
        "declarations.terms": True,
    })  # fmt: skip
    told = applying.tell(application, "user:amber", {"activity.monthly_volume": None})

    facts = queries.facts(told)
    assert facts.entity == "company"
    assert facts.company.identifiers == {"vat": "DE136695976"}
    assert facts.company.registered_address.city == "Berlin"
    assert facts.activity.monthly_volume is None
    assert list(facts.declarations) == ["terms"]
    assert "DE136695976" not in str(Application.objects.values_list("facts").get(pk=told.pk))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("company.formed_on", "yesterday"),
        ("activity.monthly_volume", "much"),
        ("activity.channels", ["smoke signals"]),
        ("company.shoe_size", "43"),
        ("company", {"legal_name": "X"}),
        ("company.identifiers", {"vat": "X"}),
        ("company.legal_name.first", "X"),
        ("declarations.terms", "yes"),
        ("entity", "tribe"),
        ("country", "XX"),
        ("people.per_1.name", "X"),
        ("status", "approved"),
        ("company.legal_name", "x" * 3000),
        ("company.legal_name", "nul\x00"),
        ("activity.licences", {"nul\x00": "X"}),
    ],
)
def test_a_value_without_a_place_is_refused_by_its_path_and_nothing_is_kept(
    application, path, value
):
    with pytest.raises(Problem) as refused:
        applying.tell(application, "user:amber", {"entity": "company", path: value})

    assert refused.value.param.split(".")[0] == path.split(".")[0]
    application.refresh_from_db()
    assert application.version == 1


def test_an_old_version_is_refused_and_says_so(application):
    applying.tell(application, "user:amber", {"entity": "company"}, version=1)

    with pytest.raises(Problem) as refused:
        applying.tell(application, "user:amber", {"entity": "partnership"}, version=1)
    assert refused.value.code == "conflict"


def test_a_person_is_added_changed_and_removed(application):
    party = parties.add(application, "user:amber", {
        "name": "Amber Example", "roles": ["owner"], "share": 10_000, "address.city": "Berlin",
    })  # fmt: skip
    applying.tell(application, "user:amber", {f"people.{party.shown}.birth_date": "1990-02-03"})

    (known,) = queries.facts(application).people
    assert (known.id, known.share, known.address.city) == (party.shown, 10_000, "Berlin")
    assert known.birth_date.isoformat() == "1990-02-03"

    parties.remove(application, "user:amber", party.shown)
    assert queries.facts(application).people == ()


def test_a_bank_account_shows_its_last_four_and_seals_the_rest(application):
    row = accounts.add(application, "user:amber", {
        "currency": "EUR", "country": "DE", "holder": "Amber Lamps",
        "fields.iban": "DE89 3704 0044 0532 0130 00",
    })  # fmt: skip

    assert row.last4 == "3000"
    assert b"3704" not in bytes(row.sealed)
    (known,) = queries.facts(application).accounts
    assert known.fields["iban"] == "DE89 3704 0044 0532 0130 00"


def test_nobody_reaches_a_person_or_an_account_of_another_application(application, chiaras_shop):
    other = applying.open_for(chiaras_shop.business, "live", "user:chiara")
    party = parties.add(other, "user:chiara", {"name": "Chiara Example"})

    with pytest.raises(Problem, match="There is no person"):
        parties.change(application, "user:amber", party.shown, {"name": "Mine"})
    with pytest.raises(Problem, match="There is no person"):
        parties.remove(application, "user:amber", party.shown)


@pytest.mark.parametrize(
    ("room", "values", "param"),
    [
        (parties, {"name": "x" * 301}, "people.name"),
        (accounts, {"currency": "EURO"}, "accounts.currency"),
        (accounts, {"country": "GERMANY"}, "accounts.country"),
        (accounts, {"holder": "x" * 301}, "accounts.holder"),
    ],
)
def test_what_has_no_room_is_refused_by_its_name(application, room, values, param):
    with pytest.raises(Problem) as refused:
        room.add(application, "user:amber", values)

    assert refused.value.param == param


def test_an_account_in_a_country_that_is_none_is_kept_and_wrong(application):
    account = accounts.add(application, "user:amber", {"country": "XX", "fields.iban": "1"})

    asked = {one.path: one.status for one in kyc.requirements(queries.facts(application))}
    assert asked.get(f"accounts.{account.shown}.country", "wrong") == "wrong"


def test_a_number_that_may_not_be_kept_is_refused_by_its_path_and_stored_nowhere(application):
    person = parties.add(application, "user:amber", {"name": "Nora Nordlicht", "nationality": "JP"})
    at = f"people.{person.shown}.identifiers"

    for key in ("tax_id", "my_number"):  # the first is the business's country's, the other hers
        with pytest.raises(Problem) as refused:
            applying.tell(application, "user:amber", {f"{at}.{key}": "123456789012"})
        assert (refused.value.code, refused.value.param) == ("invalid_field", f"{at}.{key}")
        assert "may not keep it" in refused.value.message
        with pytest.raises(Problem):
            parties.add(application, "user:amber", {
                "name": "Nora", "nationality": "JP", "identifiers": {key: "123456789012"},
            })  # fmt: skip
    with pytest.raises(Problem):
        applying.tell(application, "user:amber", {"company.identifiers.tax_id": "86095742719"})

    said = queries.facts(application)
    assert (said.company.identifiers, [one.identifiers for one in said.people]) == ({}, [{}])
