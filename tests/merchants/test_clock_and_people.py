import json
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from acquiring.core import clock, http
from acquiring.core.errors import Problem
from acquiring.core.http import NotSent, Response
from acquiring.core.memory import forget_everything
from merchants import roles, services
from merchants.models import Merchant, User
from tests import cast

pytestmark = pytest.mark.django_db
A_DAY = timedelta(days=1)


@pytest.fixture
def told(monkeypatch):
    said = []

    def send(method, url, headers, body, **timeouts):
        said.append(json.loads(body))
        return Response(200, {}, b"{}", 1)

    monkeypatch.setattr(http, "send", send)
    return said


def test_a_test_merchants_time_moves_alone(told, ambers_shop, chiaras_shop):
    services.advance_clock(ambers_shop.merchant.id, 86_400)

    assert services.now_for(ambers_shop.merchant.id) - clock.now() > A_DAY - timedelta(seconds=5)
    assert services.now_for(chiaras_shop.merchant.id) - clock.now() < timedelta(seconds=5)
    assert [said["ahead_seconds"] for said in told] == [86_400]


@pytest.mark.parametrize("seconds", [0, -1, 401 * 86_400])
def test_time_only_goes_forward_and_not_too_far(told, ambers_shop, seconds):
    with pytest.raises(Problem) as problem:
        services.advance_clock(ambers_shop.merchant.id, seconds)
    assert problem.value.code == "invalid_field"


def test_a_live_merchants_time_is_everyones(told, ambers_shop):
    live = services.approve(ambers_shop.business, "system")

    with pytest.raises(Problem) as problem:
        services.advance_clock(live.id, 60)
    assert problem.value.code == "test_only"
    with pytest.raises(IntegrityError), transaction.atomic():
        Merchant.objects.filter(pk=live.pk).update(clock_ahead_seconds=60)


def test_a_clock_the_simulators_did_not_hear_of_is_told_so(monkeypatch, ambers_shop):
    def send(*args, **keywords):
        raise NotSent("away")

    monkeypatch.setattr(http, "send", send)
    with pytest.raises(Problem) as problem:
        services.advance_clock(ambers_shop.merchant.id, 60)
    assert problem.value.code == "unavailable"


def test_the_present_is_read_once_in_a_while(ambers_shop, django_assert_num_queries):
    forget_everything()
    with django_assert_num_queries(1):
        services.now_for(ambers_shop.merchant.id)
        services.now_for(ambers_shop.merchant.id)


def test_news_go_to_those_who_work_there(ambers_shop, bashir, chiaras_shop):
    merchant = ambers_shop.merchant.id

    assert services.people_to_notify(merchant) == [ambers_shop.owner, bashir]
    assert services.people_to_notify(merchant, ["owner"]) == [ambers_shop.owner]
    User.objects.filter(pk=bashir.pk).update(is_active=False)
    assert services.people_to_notify(merchant) == [ambers_shop.owner]


def test_an_address_is_one_person_whatever_its_case(amber):
    assert User.objects.get_by_natural_key("AMBER@Example.com") == amber
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.create(email="Amber@EXAMPLE.com")


def test_a_role_is_one_of_the_table(ambers_shop, bashir):
    with pytest.raises(Problem) as problem:
        services.add_member(ambers_shop.business, bashir, "king", "system")
    assert problem.value.param == "role"


def test_owners_may_do_everything_and_readers_nothing():
    assert roles.roles()["owner"] == set(roles.permissions())
    assert all(one.endswith(".view") for one in roles.roles()["read_only"])
    assert roles.may("developer", "keys.change")
    assert not roles.may("finance", "keys.change")
    assert not roles.may("stranger", "keys.view")
    with pytest.raises(KeyError):
        roles.may("owner", "keys.chnage")


def test_every_pattern_of_the_roles_table_means_something():
    for name, row in roles._table("roles")["roles"].items():
        for pattern in row["may"]:
            stem = pattern.strip("*").strip(".")
            assert any(stem in one for one in roles.permissions()), (name, pattern)


def test_a_person_can_work_for_two_businesses(amber, ambers_shop, chiaras_shop):
    services.add_member(chiaras_shop.business, amber, "support", "system")

    assert amber.businesses.count() == 2
    assert cast.PASSWORD not in str(amber.__dict__)
