import re
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from acquiring.core import ids
from merchants import keys, services
from merchants.models import ApiKey
from tests import cast

pytestmark = pytest.mark.django_db

PAGE = "/test/developers/api-keys/"
SECRET = re.compile(r"[a-z]k_(?:test|live)_[0-9A-Za-z]{43}")


def new_key(**choices):
    return {"kind": "secret", "name": "Shop", "once": str(ids.new()), **choices}


@pytest.fixture
def desk(amber, ambers_shop):
    return cast.at_the_desk(amber)


@pytest.fixture
def key(ambers_shop):
    return ApiKey.objects.get(merchant=ambers_shop.merchant, kind="secret")


def test_the_list_shows_no_secret(desk, ambers_shop):
    page = desk.get(PAGE).content.decode()

    assert ambers_shop.secret_key not in page
    assert f"sk_test_…{ambers_shop.secret_key[-4:]}" in page
    assert ambers_shop.publishable_key in page


def test_a_new_key_is_shown_once(desk):
    form = new_key()
    answer = desk.post(f"{PAGE}new/", form)

    secret = SECRET.search(answer.content.decode()).group()
    assert services.authenticate(secret).kind == "secret"
    assert "no-store" in answer["Cache-Control"]
    assert secret not in desk.get(PAGE).content.decode()

    again = desk.post(f"{PAGE}new/", form)
    assert again.url == PAGE
    assert ApiKey.objects.filter(name="Shop").count() == 1


def test_a_restricted_key_gets_what_was_chosen(desk):
    answer = desk.post(f"{PAGE}new/", new_key(kind="restricted", payments="read", refunds="write"))

    facts = services.authenticate(SECRET.search(answer.content.decode()).group())
    assert facts.scopes == {"payments:read", "refunds:read", "refunds:write"}


def test_a_restricted_key_without_a_choice_is_asked_for_one(desk):
    answer = desk.post(f"{PAGE}new/", new_key(kind="restricted"))

    assert "needs at least one scope" in answer.content.decode()
    assert not ApiKey.objects.filter(name="Shop").exists()


def test_rotating_shows_the_successor_and_when_the_old_one_ends(desk, key, ambers_shop):
    assert "The old key works on for" in desk.get(f"{PAGE}{key.shown}/rotate/").content.decode()
    answer = desk.post(f"{PAGE}{key.shown}/rotate/", {"overlap_seconds": 3600})

    page = answer.content.decode()
    assert SECRET.search(page).group() != ambers_shop.secret_key
    assert "works until" in page
    again = desk.post(f"{PAGE}{key.shown}/rotate/", {"overlap_seconds": 3600})
    assert (again.status_code, "already rotated" in again.content.decode()) == (409, True)


def test_a_revoked_key_leaves_the_list(desk, key, ambers_shop):
    assert "cannot be brought back" in desk.get(f"{PAGE}{key.shown}/revoke/").content.decode()
    assert desk.post(f"{PAGE}{key.shown}/revoke/").url == PAGE

    assert key.last4 not in desk.get(PAGE).content.decode()
    assert services.authenticate(ambers_shop.secret_key) is None


def test_bashir_the_developer_may_do_it_too(bashir, ambers_shop):
    answer = cast.at_the_desk(bashir).post(f"{PAGE}new/", new_key())

    assert SECRET.search(answer.content.decode())
    assert ApiKey.objects.get(name="Shop").created_by == bashir


@pytest.mark.parametrize(
    ("role", "looks", "changes"),
    [("owner", 200, 200), ("read_only", 200, 403), ("finance", 403, 403), ("support", 403, 403)],
)
def test_each_role_sees_and_does_its_own(role, looks, changes, bashir, ambers_shop):
    services.add_member(ambers_shop.business, bashir, role, "system")
    browser = cast.at_the_desk(bashir)

    assert browser.get(PAGE).status_code == looks
    assert browser.post(f"{PAGE}new/", new_key()).status_code == changes
    assert ApiKey.objects.filter(name="Shop").exists() == (changes == 200)


def test_chiara_finds_none_of_ambers_keys(chiara, chiaras_shop, key):
    browser = cast.at_the_desk(chiara)

    assert key.last4 not in browser.get(PAGE).content.decode()
    for verb in ("show", "rotate", "revoke"):
        answer = browser.post(f"{PAGE}{key.shown}/{verb}/", {"overlap_seconds": 0})
        assert answer.status_code == 404, verb
        assert browser.get(f"{PAGE}{key.shown}/{verb}/").status_code in {404, 405}
    key.refresh_from_db()
    assert (key.revoked_at, key.expires_at) == (None, None)


@pytest.mark.parametrize("verb", ["rotate", "revoke"])
@pytest.mark.parametrize("name", ["key_x", "nonsense", "pay_" + "0" * 32, "key_" + "0" * 32])
def test_a_key_that_is_none_is_not_found(desk, verb, name):
    assert desk.get(f"{PAGE}{name}/{verb}/").status_code == 404


def test_a_stranger_is_asked_to_sign_in(ambers_shop, key):
    for address in (PAGE, f"{PAGE}new/", f"{PAGE}{key.shown}/revoke/"):
        assert Client().get(address).url.startswith("/login/?next=/test/developers/")


def test_live_leads_to_the_application_first(desk):
    assert desk.get("/developers/api-keys/").url == "/business-details/"
    assert desk.get("/developers/api-keys/new/").url == "/business-details/"


def test_a_live_key_needs_the_password_again_after_a_while(desk, ambers_shop):
    services.approve(ambers_shop.business, "system")
    form = new_key()
    assert SECRET.search(desk.post("/developers/api-keys/new/", form).content.decode())

    with time_machine.travel(timezone.now() + timedelta(minutes=16)):
        later = new_key(name="Later")
        answer = desk.post("/developers/api-keys/new/", later)
        assert answer.url.startswith("/login/again/")
        assert not ApiKey.objects.filter(name="Later").exists()
        assert "Your password once more" in desk.get(answer.url).content.decode()
        wrong = desk.post(answer.url, {"password": "no"})
        assert "This is not your password" in wrong.content.decode()
        waits = desk.post(answer.url, {"password": cast.PASSWORD}, follow=True)
        assert "Nothing has happened yet" in waits.content.decode()
        done = desk.post("/developers/api-keys/new/", later)
        assert SECRET.search(done.content.decode()).group().startswith("sk_live_")

        test_key = desk.post(f"{PAGE}new/", new_key(name="Test"))
        assert SECRET.search(test_key.content.decode())


def test_test_keys_and_live_keys_do_not_meet(desk, ambers_shop, key):
    live = services.approve(ambers_shop.business, "system")
    issued = keys.issue(live, "secret", "system")

    assert issued.key.last4 not in desk.get(PAGE).content.decode()
    assert desk.get(f"/developers/api-keys/{key.shown}/revoke/").status_code == 404


def test_who_works_for_two_businesses_can_switch(desk, amber, ambers_shop, chiaras_shop):
    services.add_member(chiaras_shop.business, amber, "developer", "system")
    desk.post("/business/", {"business": str(chiaras_shop.business.pk)})

    page = desk.get(PAGE).content.decode()
    assert chiaras_shop.publishable_key in page
    assert ambers_shop.publishable_key not in page


def test_nobody_switches_to_a_business_that_is_not_theirs(desk, chiaras_shop):
    answer = desk.post("/business/", {"business": str(chiaras_shop.business.pk)})

    assert answer.status_code == 404


def test_who_works_nowhere_is_told_so(chiara):
    answer = cast.at_the_desk(chiara).get(PAGE)

    assert answer.status_code == 403
    assert "do not work for a business" in answer.content.decode()


def test_a_page_of_keys_costs_few_queries(desk, ambers_shop, django_assert_max_num_queries):
    for number in range(20):
        keys.issue(ambers_shop.merchant, "secret", "system", name=f"key {number}")

    with django_assert_max_num_queries(8):
        desk.get(PAGE)
