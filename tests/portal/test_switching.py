"""From one business to another, from test to live and back: the room stays, the thing does not."""

from __future__ import annotations

import pytest
from django.core.exceptions import SuspiciousOperation
from django.test import Client

from acquiring.core import ids
from acquiring.payments import checkout
from merchants import profile, services
from tests import cast

pytestmark = pytest.mark.django_db

LINKS = "/test/links/"


@pytest.fixture
def browser(amber, ambers_shop, chiaras_shop):
    """Amber, who helps out at Chiara's."""
    actor = services.user_actor(chiaras_shop.owner)
    services.add_member(chiaras_shop.business, amber, "support", actor)
    return cast.at_the_desk(amber)


def test_switching_the_business_keeps_the_room(browser, chiaras_shop):
    assert "Amber Lamps · Caravel" in browser.get(LINKS).content.decode()
    form = {"business": chiaras_shop.business.pk, "room": "links", "mode": "test"}
    answer = browser.post("/business/", form)

    assert answer.url == LINKS
    page = browser.get(LINKS).content.decode()
    assert "Chiara Ceramica · Caravel" in page
    assert "Italy · 1 store" in page


@pytest.mark.parametrize("room", ["https://evil.example", "link_create", ""])
def test_a_room_that_is_none_leads_to_the_start(browser, chiaras_shop, room):
    form = {"business": chiaras_shop.business.pk, "room": room, "mode": "test"}

    assert browser.post("/business/", form).url == "/start/"


def test_a_strangers_business_is_not_found(ambers_shop, amber, chiaras_shop):
    browser = cast.at_the_desk(amber)

    answer = browser.post("/business/", {"business": chiaras_shop.business.pk})
    assert answer.status_code == 404


def test_few_businesses_are_listed_many_are_searched(browser, amber):
    assert "business-search" not in browser.get(LINKS).content.decode()
    for number in range(6):
        services.sign_up(amber, f"Shop {number}", "DE")

    assert "business-search" in browser.get(LINKS).content.decode()


def test_the_mode_keeps_the_room_and_is_never_in_doubt(browser, ambers_shop):
    services.approve(ambers_shop.business, "system")
    page = browser.get("/test/customers/").content.decode()

    assert 'data-mode="test"' in page
    assert 'href="/customers/"' in page
    page = browser.get("/customers/").content.decode()
    assert 'data-mode="live"' in page
    assert 'href="/test/customers/"' in page


def test_a_thing_of_one_mode_leads_to_its_list_in_the_other(browser, ambers_shop):
    key = ambers_shop.merchant.keys.get(kind="secret").shown
    page = browser.get(f"/test/developers/api-keys/{key}/rotate/").content.decode()

    assert 'class="cv-mode" href="/developers/api-keys/"' in page


def test_our_failure_shows_its_code_and_says_what_still_works(monkeypatch, db):
    def fails(*_: object) -> None:
        raise RuntimeError("a test breaks the page")

    client = Client(raise_request_exception=False)
    monkeypatch.setattr("acquiring.portal.views.render", fails)
    answer = client.get("/")

    page = answer.content.decode()
    assert answer.status_code == 500
    assert "Payments are not affected" in page
    assert f'data-cv-copy="{answer["X-Request-Id"]}"' in page


def test_what_cannot_be_read_is_answered_in_words(monkeypatch, db):
    def suspicious(*_: object) -> None:
        raise SuspiciousOperation("odd")

    monkeypatch.setattr("acquiring.portal.views.render", suspicious)
    answer = Client().get("/")

    assert answer.status_code == 400
    assert "Nothing was changed" in answer.content.decode()


def test_the_chosen_store_goes_along_from_list_to_list(amber, ambers_shop):
    shop, desk = ambers_shop.merchant, cast.at_the_desk(amber)
    assert "choose another" not in desk.get(LINKS).content.decode(), "there is one store"
    second = profile.create_store(shop, "system", {"name": "Amber at Sea", "country": "DE"})
    shown = ids.show("sto", second.id)
    for title, store in (("At sea", second.id), ("On land", ambers_shop.store.id)):
        checkout.create_link(shop.id, title=title, amount=5, currency="EUR", store_id=store)

    page = desk.get(f"{LINKS}?store={shown}").content.decode()
    assert "At sea" in page
    assert "On land" not in page
    assert f'href="/test/payments/?store={shown}"' in page
    later = desk.get("/test/developers/events/").content.decode()
    assert f'href="/test/refunds/?store={shown}"' in later
    assert "On land" in desk.get(LINKS).content.decode()
    again = desk.get("/test/developers/events/").content.decode()
    assert f'href="/test/refunds/?store={shown}"' not in again, "all stores were looked at last"


def test_refunds_are_narrowed_to_the_store_of_their_payment(amber, ambers_shop):
    profile.create_store(ambers_shop.merchant, "system", {"name": "At Sea", "country": "DE"})
    nowhere = ids.show("sto", ids.new())
    desk = cast.at_the_desk(amber)
    shown = ids.show("sto", ambers_shop.store.id)

    assert (
        "Nothing fits these filters" in desk.get(f"/test/refunds/?store={shown}").content.decode()
    )
    assert "No refund yet" in desk.get(f"/test/refunds/?store={nowhere}").content.decode()
