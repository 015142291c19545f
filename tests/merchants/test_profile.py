"""What a business says about itself, its stores, and what it takes."""

from __future__ import annotations

import pytest

from acquiring.core import ids
from acquiring.core.errors import Problem
from acquiring.core.models import AuditEntry
from merchants import keys, profile, queries
from merchants.models import Merchant

pytestmark = pytest.mark.django_db


def said(action):
    return AuditEntry.objects.get(action=action).changes


def test_the_trading_name_is_the_name_everywhere(ambers_shop):
    profile.change_business(ambers_shop.business, "system", {"trading_name": " Amber  Light "})

    assert Merchant.objects.get(pk=ambers_shop.merchant.pk).name == "Amber Light"
    assert said("business.changed") == {"trading_name": ["Amber Lamps", "Amber Light"]}


def test_what_did_not_change_is_not_written_down(ambers_shop):
    profile.change_business(ambers_shop.business, "system", {"trading_name": "Amber Lamps"})

    assert not AuditEntry.objects.filter(action="business.changed").exists()


def test_a_key_knows_what_its_merchant_takes(ambers_shop, django_capture_on_commit_callbacks):
    assert keys.authenticate(ambers_shop.secret_key).currencies == ()
    with django_capture_on_commit_callbacks(execute=True):
        profile.change_merchant(ambers_shop.merchant.id, "system", {"currencies": ["usd", "EUR"]})

    assert keys.authenticate(ambers_shop.secret_key).currencies == ("EUR", "USD")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("currencies", ["EUR", "QQQ"]),
        ("currencies", ["USD"]),
        ("default_currency", "EURO"),
        ("statement_descriptor", "abc"),
        ("statement_descriptor", "12345"),
        ("statement_descriptor", "Lämpchen"),
        ("time_zone", "Mars/Olympus"),
        ("language", "tlh"),
    ],
)
def test_what_cannot_be_is_refused_by_name(ambers_shop, name, value):
    with pytest.raises(Problem) as refused:
        profile.change_merchant(ambers_shop.merchant.id, "system", {name: value})
    assert refused.value.param == name


def test_a_person_has_a_time_and_a_language_of_their_own(ambers_shop):
    profile.change_person(ambers_shop.owner, {"time_zone": "Asia/Singapore", "language": "zh-hans"})

    ambers_shop.owner.refresh_from_db()
    assert ambers_shop.owner.time_zone == "Asia/Singapore"
    with pytest.raises(Problem):
        profile.change_person(ambers_shop.owner, {"time_zone": "Nowhere"})


def test_stores_open_change_and_close(ambers_shop):
    merchant = ambers_shop.merchant
    wanted = {"name": "Airport", "country": "sg", "website": "https://air.example"}
    made = profile.create_store(merchant, "system", wanted)
    shown = ids.show("sto", made.id)
    assert (made.country, made.currency) == ("SG", "SGD")

    profile.change_store(merchant.id, shown, "system", {"name": "Airport T3"})
    assert [one.name for one in queries.stores(merchant.id)] == ["Amber Lamps", "Airport T3"]

    profile.close_store(merchant.id, shown, "system")
    assert [one.name for one in queries.stores(merchant.id)] == ["Amber Lamps"]
    with pytest.raises(Problem):
        queries.store_id(merchant.id, shown)


def test_the_last_store_stays_open(ambers_shop):
    with pytest.raises(Problem, match="at least one"):
        profile.close_store(
            ambers_shop.merchant.id, ids.show("sto", ambers_shop.store.id), "system"
        )


def test_nobody_closes_anothers_store(ambers_shop, chiaras_shop):
    with pytest.raises(Problem, match="no open store"):
        profile.close_store(
            chiaras_shop.merchant.id, ids.show("sto", ambers_shop.store.id), "system"
        )
