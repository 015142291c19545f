"""What every list does alike: pages by cursor, filters in the address, and each person's taste."""

from __future__ import annotations

import re

import pytest
from django.test import RequestFactory

from acquiring.payments import checkout, queries
from acquiring.portal import tabs
from acquiring.portal.listing import Column, Filter, Listing
from acquiring.portal.tabs import View
from merchants import habits
from merchants import queries as merchants
from tests import cast

pytestmark = pytest.mark.django_db

LINKS = "/test/links/"
STATUS = Filter("status", "Status", choices=(("open", "Open"), ("paid", "Paid")))
COLUMNS = (Column("method", "Method"), Column("id", "Id", usual=False))


@pytest.fixture
def desk(amber, ambers_shop):
    return merchants.desk(amber, "test")


@pytest.fixture
def browser(amber, ambers_shop):
    return cast.at_the_desk(amber)


def listed(desk, address="", found=None, part="", **more):
    request = RequestFactory().get(f"/{address}", headers={"HX-Target": part} if part else {})
    request.resolver_match = type("Match", (), {"url_name": "payments"})()
    rows = queries.links(desk.tenant.id) if found is None else found
    return Listing(request, desk, lambda given, zone: rows, "pl", **more)


def titles(listing):
    return [row.title for row in listing.rows]


@pytest.fixture
def links(ambers_shop):
    return [
        checkout.create_link(
            ambers_shop.merchant.id, title=f"Lamp {number}", amount=100, currency="EUR"
        )
        for number in range(7)
    ]


def test_pages_go_from_the_newest_to_the_oldest_and_back(desk, links):
    first = listed(desk, size=3)
    second = listed(desk, first.older, size=3)
    third = listed(desk, second.older, size=3)

    assert titles(first) == ["Lamp 6", "Lamp 5", "Lamp 4"]
    assert titles(second) == ["Lamp 3", "Lamp 2", "Lamp 1"]
    assert titles(third) == ["Lamp 0"]
    assert (first.newer, third.older) == ("", "")
    back = listed(desk, third.newer, size=3)
    assert titles(back) == titles(second)
    assert titles(listed(desk, back.newer, size=3)) == titles(first)
    assert not listed(desk, back.newer, size=3).newer


def test_a_new_row_does_not_shift_the_pages(desk, links, ambers_shop):
    older = listed(desk, size=3).older
    checkout.create_link(ambers_shop.merchant.id, title="New", amount=100, currency="EUR")

    assert titles(listed(desk, older, size=3)) == ["Lamp 3", "Lamp 2", "Lamp 1"]


def test_a_broken_cursor_shows_the_first_page(desk, links):
    assert titles(listed(desk, "?before=pl_nonsense", size=3))[0] == "Lamp 6"


def test_a_page_costs_one_query(desk, links, django_assert_num_queries):
    with django_assert_num_queries(1):
        listed(desk, "?status=open", size=3, filters=[STATUS])


def test_a_filter_says_what_it_is_set_to_and_how_to_take_it_off(desk):
    filters = [STATUS, Filter("when", "Date", "dates"), Filter("amount", "Amount", "amount")]
    shown = listed(desk, "?status=paid&when_from=2026-11-01&amount_to=50&q=x", filters=filters)

    assert [one.words for one in shown.on] == ["Paid", "from 2026-11-01", "up to 50"]
    assert shown.on[0].without == "?when_from=2026-11-01&amount_to=50&q=x"
    assert shown.narrowed
    assert not listed(desk, "?when_from=soon&status=no", filters=filters).narrowed


def test_columns_and_dense_rows_are_the_persons_own_unless_the_address_says(desk, amber):
    assert listed(desk, columns=COLUMNS).shown == ["method"]
    habits.show_columns(amber, desk.business, "payments", ["id", "gone"])
    habits.be_compact(amber, desk.business, "payments", True)
    later = merchants.desk(amber, "live")

    assert listed(later, columns=COLUMNS, found=[]).shown == ["id"]
    assert listed(later, columns=COLUMNS, found=[]).compact
    asked = listed(later, "?columns=method&compact=0", columns=COLUMNS, found=[])
    assert (asked.shown, asked.compact) == (["method"], False)


def test_a_view_is_saved_opened_and_forgotten(browser, links):
    saved = {"what": "save", "title": " Switched  off ", "query": "status=inactive"}
    answer = browser.post("/test/lists/links/", saved)
    assert answer.url == f"{LINKS}?status=inactive"
    page = browser.get(answer.url).content.decode()

    tab = re.search(r'<a href="\?status=inactive" aria-current="page">Switched off</a>', page)
    assert tab, "the tab of the view that is open"
    assert "Forget this view" in page
    assert "Switched off" not in browser.get("/links/").content.decode(), "a view is of one mode"
    gone = {"what": "forget", "view": "Switched off", "query": ""}
    assert browser.post("/test/lists/links/", gone).url == LINKS
    assert "Forget this view" not in browser.get(f"{LINKS}?status=inactive").content.decode()


def test_the_same_name_keeps_the_newer_filters(amber, desk):
    for query in ("status=open", "status=paid"):
        habits.save_view(amber, desk.business, "links", "test", "Mine", query)

    kept = merchants.desk(amber, "test").habits
    assert habits.taste(kept, "links", "test").views == (("Mine", "status=paid"),)


@pytest.mark.parametrize("title", ["", " ", "x" * 41])
def test_a_view_without_a_proper_name_is_refused_in_words(browser, title):
    form = {"what": "save", "title": title, "query": "q=x"}
    page = browser.post("/test/lists/links/", form, follow=True).content.decode()

    assert "1 to 40 characters" in page


def test_views_have_an_end(amber, desk):
    for number in range(habits.MOST_VIEWS):
        habits.save_view(amber, desk.business, "links", "test", f"View {number}", "q=x")
    with pytest.raises(Exception, match="at most 12 saved views"):
        habits.save_view(amber, desk.business, "links", "test", "One more", "q=x")


def test_there_is_no_taste_in_what_is_no_list(browser):
    assert browser.post("/test/lists/nothing/", {"what": "compact"}).status_code == 404


def test_bashir_sees_the_list_his_own_way(browser, bashir, links):
    browser.post("/test/lists/links/", {"what": "compact"})

    assert "data-compact" in browser.get(LINKS).content.decode()
    assert "data-compact" not in cast.at_the_desk(bashir).get(LINKS).content.decode()


def test_tabs_say_how_much_each_finds_in_one_query_and_remember_it(
    amber, desk, links, django_assert_num_queries
):
    habits.save_view(amber, desk.business, "payments", "test", "Small", "amount_to=5")
    views = [View("All"), View("Open", "status=open")]
    kept = merchants.desk(amber, "test")
    with django_assert_num_queries(1):
        counted = listed(kept, part="tabs", views=views)

    assert not counted.uncounted
    assert [(tab.title, tab.found) for tab in counted.tabs] == [
        ("All", None),
        ("Open", (7, False)),
        ("Small", (7, False)),
    ]
    with django_assert_num_queries(1):
        assert not listed(kept, views=views).uncounted


def test_counting_stops(monkeypatch, desk, links):
    monkeypatch.setattr(tabs, "COUNTED", 5)
    counted = listed(desk, part="tabs", views=[View("Open", "status=open")])
    assert counted.tabs[0].found == (5, True)


def test_a_page_asks_for_its_counts_when_it_is_there(browser, links):
    assert 'hx-get="/test/links/"' in browser.get(LINKS).content.decode()
    part = browser.get(LINKS, headers={"HX-Request": "true", "HX-Target": "tabs"}).content.decode()

    assert "<html" not in part
    assert re.search(r'Open<span class="cv-count">7</span>', part)


def test_what_a_filter_does_not_offer_is_passed_over(desk, links):
    asked = []
    request = RequestFactory().get("/?status=nonsense&q=x")

    def find(given, zone):
        asked.append(given)
        return queries.links(desk.tenant.id)

    Listing(request, desk, find, "pl", [STATUS])
    assert asked == [{"q": "x"}]
