"""Every country asks what can be answered, and nothing that may not be asked."""

from __future__ import annotations

import csv

import msgspec
import pytest
from django.conf import settings

from acquiring import catalogue
from merchants.kyc import asking, banks, facts, faults, identifiers, markets, modules
from merchants.kyc.checks import activity, countries
from merchants.kyc.facts import Account
from merchants.kyc.records import ENTITIES
from merchants.kyc.requirements import open_ones, requirements
from tests.kyc.filling import filled

COUNTRIES = sorted(markets.markets())
TABLE = settings.SHARED / "kyc" / "requirements.csv"
# Where the shared table names a module that a market does not use, and why.
OTHERWISE = {
    ("AT", "at.businessid"): "it looks at the form only, and wants a small letter",
    ("HU", "hu.anum"): "it knows the first 8 of 11 digits: own:adoszam looks at those",
    ("KR", "kr.brn"): "it looks at the form only: own:korea_business has the check digit",
    ("FR", "fr.nif"): "a tax number of a person: the identity card serves",
}


def test_there_are_at_least_forty_five_countries():
    assert len(COUNTRIES) >= 45


@pytest.mark.parametrize("country", [*COUNTRIES, "FJ", "CI"])
def test_every_kind_of_entity_can_be_walked_from_empty_to_approvable(country):
    market = markets.market(country)
    for entity in market.entities:
        begun = facts.Facts(country=country, entity=entity)
        assert len(open_ones(begun)) > 10
        done = filled(country, entity)
        assert open_ones(done) == []
        assert all(one.why or one.source or one.title for one in requirements(done))


def test_a_kind_that_a_country_has_not_is_absent_with_its_reason():
    for country, market in markets.markets().items():
        assert {*market.entities, *market.absent} == {*ENTITIES}, country
    assert "partnership" in markets.market("JP").absent


def test_a_german_sole_trader_is_asked_for_one_paper():
    done = filled("DE", "sole_trader")

    papers = [one for one in requirements(done) if one.kind == "paper"]
    assert [one.path for one in papers] == ["documents.identity.per_1"]


@pytest.mark.parametrize("country", COUNTRIES)
def test_a_number_that_may_not_be_kept_is_refused_with_the_law(country):
    market = markets.market(country)
    for key, row in market.identifiers.items():
        if row.never_kept:
            assert row.never_kept in (identifiers.problem(market, key, row.example) or "")
            asked = [one for kind in market.entities.values() for one in kind.person_identifiers]
            assert key not in asked


def test_numbers_that_the_law_forbids_to_keep_are_known():
    held = {
        country
        for country in COUNTRIES
        for row in markets.market(country).identifiers.values()
        if row.never_kept
    }
    assert {"JP", "NL", "KR", "IN", "DE", "IE", "FR", "CH", "AU", "CA", "GR", "BE"} <= held


def test_a_number_that_may_not_be_kept_is_shown_as_wrong_where_somebody_gave_it():
    number = markets.market("JP").identifiers["my_number"].example
    person = {"id": "per_1", "roles": ["representative"], "identifiers": {"my_number": number}}
    said = facts.read({"country": "JP", "entity": "company", "people": [person]})

    (wrong,) = [one for one in open_ones(said) if one.path.endswith("my_number")]
    assert wrong.status == "wrong"
    assert "My Number Act" in wrong.problem


def test_who_is_from_elsewhere_is_asked_for_a_passport():
    person = {"id": "per_1", "roles": ["representative"], "nationality": "FR"}
    said = facts.read({"country": "SG", "entity": "company", "people": [person]})

    paths = [one.path for one in requirements(said)]
    assert "people.per_1.identifiers.passport" in paths
    assert "people.per_1.identifiers.nric" not in paths


def test_a_company_that_holds_shares_is_asked_for_the_number_of_its_own_country():
    holder = {"id": "per_1", "kind": "company", "roles": ["owner"], "registration_country": "GB"}
    said = facts.read({"country": "SG", "entity": "company", "people": [holder]})

    assert "people.per_1.identifiers.company_number" in [one.path for one in requirements(said)]


def test_the_american_rule_asks_for_a_controlling_person_and_a_certificate():
    said = facts.Facts(country="US", entity="company")

    paths = [one.path for one in requirements(said)]
    assert "people.controller" in paths
    assert "declarations.owners_certified" in paths
    alone = [one.path for one in requirements(facts.Facts(country="US", entity="sole_trader"))]
    assert "people.controller" not in alone


def test_modules_say_how_long_things_are_kept_and_when_they_are_looked_at_again():
    for country in COUNTRIES:
        market = markets.market(country)
        assert 5 <= modules.retention_years(market) <= 10
        assert modules.recheck_months(market, "high") <= modules.recheck_months(market, "low")
    assert modules.retention_years(markets.market("BR")) == 10
    assert modules.exemptions(markets.market("DE"))["low_value"].limit == {"EUR": 3_000}
    assert modules.exemptions(markets.market("GB"))["transaction_risk_3"].limit == {"GBP": 44_000}
    assert modules.exemptions(markets.market("US")) == {}


def test_an_unknown_member_of_a_market_or_of_facts_is_refused():
    text = (markets.HERE / "SG.toml").read_bytes() + b'\n[identifiers.uen.colour]\nred = "x"\n'
    with pytest.raises(msgspec.ValidationError, match="unknown field"):
        msgspec.toml.decode(text, type=markets.Market)
    with pytest.raises(msgspec.ValidationError, match="unknown field `shoe_size`"):
        facts.read({"company": {"shoe_size": "43"}})


def test_the_tables_have_no_fault():
    assert faults.check() == []


def test_a_fault_is_named(monkeypatch):
    market = markets.market("SG")
    uen = msgspec.structs.replace(market.identifiers["uen"], example="202012345A")
    company = msgspec.structs.replace(
        market.entities["company"], documents=("parchment",), identifiers=("uen", "crown")
    )
    broken = msgspec.structs.replace(
        market,
        currency="XXB",
        laws=(),
        absent={"company": "none"},
        identifiers=market.identifiers | {"uen": uen},
        entities=market.entities | {"company": company},
    )
    monkeypatch.setattr(markets, "markets", lambda: {"SG": broken})

    found = " ".join(faults.check())
    for word in ("XXB", "laws", "absent", "202012345A", "'parchment'", "'crown'"):
        assert word in found


def test_an_account_may_be_given_as_iban_or_in_the_country_s_own_way():
    local = Account(country="GB", fields={"sort_code": "60-16-13", "account_number": "31926819"})
    iban = Account(country="GB", fields={"iban": "GB29 NWBK 6016 1331 9268 19"})

    assert [banks.problem(local, key) for key in banks.fields("GB", local.fields)] == [None, None]
    assert list(banks.fields("GB", iban.fields)) == ["iban"]
    assert banks.problem(iban, "iban") is None


def test_an_iban_of_another_country_is_named():
    account = Account(country="DE", fields={"iban": "FR1420041010050500013M02606"})
    assert banks.problem(account, "iban") == "This IBAN is of FR, not of DE."


def test_the_bank_of_an_iban_is_known():
    account = Account(country="DE", fields={"iban": "DE89370400440532013000"})
    assert banks.bank_name(account) == "Commerzbank"
    assert banks.bank_name(Account(country="DE", fields={"iban": "nonsense"})) == ""


def test_an_address_has_the_parts_that_its_country_has():
    def parts(country):
        given = facts.Address(country=country)
        rows = asking.address("at", "company", given, "")
        return [one.path.removeprefix("at.") for one in rows]

    assert parts("SG") == ["line1", "postal_code", "country"]
    assert parts("HK") == ["line1", "region", "country"]
    assert parts("US") == ["line1", "city", "region", "postal_code", "country"]


@pytest.mark.skipif(not TABLE.exists(), reason="the shared table of requirements is not here")
def test_the_markets_agree_with_the_shared_table():
    with TABLE.open(encoding="utf-8") as lines:
        rows = {row["country"]: row for row in csv.DictReader(lines)}
    assert set(rows) == set(COUNTRIES)
    for country, row in rows.items():
        market = markets.market(country)
        assert market.currency == row["currency"]
        assert bool(market.bank.iban) == ("iban" in row["bank_format"]), country
        percent = float(row["beneficial_owner_threshold_pct"].split()[0])
        assert market.owner_line.basis_points == percent * 100, country
        used = {one for known in market.identifiers.values() for one in known.check.split("|")}
        for column in ("company_id_stdnum", "tax_id_stdnum", "person_id_stdnum"):
            for module in filter(None, row[column].split("|")):
                assert module in used or (country, module) in OTHERWISE, (country, module)


def test_every_currency_of_a_country_that_may_be_served_has_a_rough_rate():
    served = (one for code, one in catalogue.countries().items()
              if countries.standing(code) != "call_for_action")  # fmt: skip

    assert {one.currency for one in served if one.currency} <= activity.rates().keys()
