from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from acquiring.core import clock, ids
from acquiring.core.errors import Problem
from acquiring.core.memory import forget_everything
from merchants import keys, services
from merchants.models import ApiKey, Doorplate

pytestmark = pytest.mark.django_db


@pytest.fixture
def key(ambers_shop):
    return ApiKey.objects.get(merchant=ambers_shop.merchant, kind="secret")


def test_a_key_says_whose_it_is(ambers_shop):
    facts = services.authenticate(ambers_shop.secret_key)

    assert facts.merchant_id == ambers_shop.merchant.id
    assert facts.business_id == ambers_shop.business.id
    assert (facts.mode, facts.kind, facts.active) == ("test", "secret", True)
    assert facts.allows("payments:write")
    assert facts.allows("payments:read")
    assert not facts.allows("api_keys:write")
    assert facts.actor == f"key:{ids.show('key', facts.key_id)}"


@pytest.mark.parametrize("text", ["", "sk_test_", "sk_test_" + "x" * 43, "é", "x" * 10_000])
def test_what_is_no_key_opens_nothing(text, ambers_shop):
    assert services.authenticate(text) is None


def test_the_key_itself_is_not_stored(ambers_shop, key):
    stored = str(list(ApiKey.objects.filter(kind="secret").values())) + str(
        list(Doorplate.objects.values())
    )

    assert ambers_shop.secret_key[8:] not in stored
    assert key.last4 == ambers_shop.secret_key[-4:]
    with pytest.raises(IntegrityError), transaction.atomic():
        ApiKey.objects.filter(id=key.id).update(plain=ambers_shop.secret_key)


def test_a_remembered_key_costs_no_query(ambers_shop, django_assert_num_queries):
    services.authenticate(ambers_shop.secret_key)

    with django_assert_num_queries(0):
        services.authenticate(ambers_shop.secret_key)


def test_an_unknown_key_is_not_looked_up_again_at_once(ambers_shop, django_assert_num_queries):
    services.authenticate("sk_test_guess")

    with django_assert_num_queries(0):
        assert services.authenticate("sk_test_guess") is None


def test_the_last_use_is_noted_once_a_minute(ambers_shop, key):
    services.authenticate(ambers_shop.secret_key)
    key.refresh_from_db()
    first = key.last_used_at

    forget_everything()
    with clock.shifted(timedelta(seconds=30)):
        services.authenticate(ambers_shop.secret_key)
    key.refresh_from_db()
    assert key.last_used_at == first

    forget_everything()
    with clock.shifted(timedelta(seconds=90)):
        services.authenticate(ambers_shop.secret_key)
    key.refresh_from_db()
    assert key.last_used_at > first


def test_a_revoked_key_stops_at_once_in_this_process(
    ambers_shop, key, django_capture_on_commit_callbacks
):
    services.authenticate(ambers_shop.secret_key)
    with django_capture_on_commit_callbacks(execute=True):
        keys.revoke(key, "system")

    assert services.authenticate(ambers_shop.secret_key) is None
    with pytest.raises(Problem, match="already revoked"):
        keys.revoke(key, "system")


def test_a_rotated_key_works_through_its_overlap(
    ambers_shop, key, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        successor = keys.rotate(key, "system", overlap_seconds=3600)

    assert services.authenticate(successor.secret).merchant_id == ambers_shop.merchant.id
    assert services.authenticate(ambers_shop.secret_key) is not None
    with clock.shifted(timedelta(seconds=3601)):
        assert services.authenticate(ambers_shop.secret_key) is None
        assert services.authenticate(successor.secret) is not None


def test_a_rotated_key_is_not_rotated_again(key):
    keys.rotate(key, "system")

    with pytest.raises(Problem, match="already rotated"):
        keys.rotate(key, "system")


@pytest.mark.parametrize("seconds", [-1, 8 * 86_400])
def test_an_overlap_has_limits(key, seconds):
    with pytest.raises(Problem) as problem:
        keys.rotate(key, "system", overlap_seconds=seconds)
    assert problem.value.param == "overlap_seconds"


def test_a_restricted_key_does_what_it_was_given(ambers_shop):
    issued = keys.issue(
        ambers_shop.merchant, "restricted", "system", scopes=["payments:read", "refunds:write"]
    )

    facts = services.authenticate(issued.secret)
    assert issued.secret.startswith("rk_test_")
    assert facts.scopes == {"payments:read", "refunds:read", "refunds:write"}


@pytest.mark.parametrize(
    ("kind", "scopes", "param"),
    [
        ("master", [], "kind"),
        ("restricted", [], "scopes"),
        ("restricted", ["payments:fly"], "scopes"),
        ("restricted", ["yachts:read"], "scopes"),
        ("restricted", ["api_keys:write"], "scopes"),
        ("secret", ["payments:read"], "scopes"),
    ],
)
def test_a_key_that_cannot_be_is_refused_by_field(ambers_shop, kind, scopes, param):
    with pytest.raises(Problem) as problem:
        keys.issue(ambers_shop.merchant, kind, "system", scopes=scopes)
    assert problem.value.param == param


def test_a_management_key_manages_keys_and_takes_no_payment(ambers_shop):
    issued = keys.issue(ambers_shop.merchant, "management", "system")

    facts = services.authenticate(issued.secret)
    assert facts.scopes == {"api_keys:read", "api_keys:write"}


def test_the_key_of_the_first_day_is_shown_once(ambers_shop, key):
    assert keys.show_once(key, "system") == ambers_shop.secret_key
    with pytest.raises(Problem, match="already shown"):
        keys.show_once(key, "system")


def test_a_suspended_business_stops_live_but_not_test(ambers_shop):
    live = services.approve(ambers_shop.business, "system")
    issued = keys.issue(live, "secret", "system")
    assert issued.secret.startswith("sk_live_")
    assert services.authenticate(issued.secret).active

    services.suspend(ambers_shop.business, "system")
    forget_everything()
    assert not services.authenticate(issued.secret).active
    assert services.authenticate(ambers_shop.secret_key).active


def test_keys_are_long_and_all_different():
    made = {keys._random() for _ in range(1000)}

    assert len(made) == 1000
    assert {len(one) for one in made} == {43}
