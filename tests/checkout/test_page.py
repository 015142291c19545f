"""The page around the form: whose it is, in which language, and what it lets happen."""

from __future__ import annotations

import gzip
import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from acquiring.checkout import formats, shops
from acquiring.core import addresses, clock, ids
from acquiring.payments import checkout
from merchants import branding, sites
from tests.checkout.conftest import Shopper

pytestmark = pytest.mark.django_db
MOST_BYTES = 25_000
MOST_QUERIES = 20


def test_the_page_is_for_the_shopper_alone(open_session):
    headers = open_session().look().headers
    assert headers["Cache-Control"] == "no-store"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["X-Frame-Options"] == "DENY"
    policy = headers["Content-Security-Policy"]
    for rule in ("default-src 'none'", "form-action 'self'", "frame-ancestors 'none'"):
        assert rule in policy
    assert "unsafe" not in policy


def test_no_cookie_is_set(open_session):
    shopper = open_session()
    shopper.pay()
    assert not shopper.client.cookies


def test_only_a_site_the_shop_named_may_frame_it(open_session, ambers_shop):
    shop = "https://shop.example"
    sites.change(ambers_shop.merchant.id, "system", [shop, "https://other.example"])
    shopper = open_session()
    framed = shopper.look(f"?embedded={shop}")
    assert f"frame-ancestors {shop}" in framed["Content-Security-Policy"]
    assert "other.example" not in framed["Content-Security-Policy"]
    assert "X-Frame-Options" not in framed.headers
    assert f'data-co-host="{shop}"' in framed.content.decode()
    for query in ("", "?embedded=https://evil.example", "?embedded"):
        refused = shopper.look(query)
        assert "frame-ancestors 'none'" in refused["Content-Security-Policy"]
        assert "data-co-host" not in refused.content.decode()


def test_a_session_may_be_for_fewer_sites_than_the_shop_has(open_session, api, ambers_shop):
    one, other = "https://one.example", "https://other.example"
    sites.change(ambers_shop.merchant.id, "system", [one, other])
    shopper = open_session(allowed_origins=[one])
    assert f"frame-ancestors {one}" in framing(shopper, one)
    assert "frame-ancestors 'none'" in framing(shopper, other)
    body = {"amount": 1, "currency": "EUR", "allowed_origins": [one, "https://third.example"]}
    refused = api.post("/checkout_sessions", body)
    assert (refused.status, refused.param) == (400, "allowed_origins[1]")


def test_a_site_that_is_taken_out_of_the_settings_frames_nothing_any_more(
    open_session, ambers_shop
):
    shop = "https://shop.example"
    sites.change(ambers_shop.merchant.id, "system", [shop])
    shopper = open_session(allowed_origins=[shop])
    sites.change(ambers_shop.merchant.id, "system", [])
    assert "frame-ancestors 'none'" in framing(shopper, shop)


def test_a_payment_link_opens_in_the_frame_too(ambers_shop):
    shop, merchant = "https://shop.example", ambers_shop.merchant.id
    sites.change(merchant, "system", [shop])
    fixed = checkout.create_link(merchant, amount=500, currency="EUR", title="Tea")
    named = checkout.create_link(merchant, currency="EUR", title="Gift")
    shopper = Shopper(addresses.link_url(merchant, named.id))
    assert f"frame-ancestors {shop}" in framing(shopper, shop)
    opened = Shopper(addresses.link_url(merchant, fixed.id)).look(f"?embedded={shop}")
    assert opened["Location"].endswith("?embedded=https%3A%2F%2Fshop.example")


def framing(shopper, site: str) -> str:
    return shopper.look(f"?embedded={site}")["Content-Security-Policy"]


def test_an_origin_is_an_origin(api):
    for wrong in ("https://shop.example/path", "shop.example", "https://a b", "javascript:x"):
        body = {"amount": 1, "currency": "EUR", "allowed_origins": [wrong]}
        assert api.post("/checkout_sessions", body).param.startswith("allowed_origins")


@pytest.mark.parametrize(
    "path", ["/checkout/x", "/pay/x", f"/checkout/{'A' * 43}", f"/pay/{'A' * 43}"]
)
def test_an_address_of_nobodys_says_so(path):
    answer = Client(SERVER_NAME="127.0.0.1").get(path)
    assert (answer.status_code, b"nothing to pay here" in answer.content) == (404, True)


def test_a_session_is_opened_by_its_own_merchant_alone(open_session, chiaras_shop):
    session = ids.read("cs", open_session().session["id"])
    stolen = addresses.token(chiaras_shop.merchant.id, session)
    assert Shopper(f"/checkout/{stolen}").look().status_code == 404


def test_the_language_is_the_shoppers(open_session):
    shopper = open_session(locale="zh-CN")
    page = shopper.text()
    assert '<html lang="zh-hans" dir="ltr">' in page
    assert "您想怎样付款？" in page
    assert "How would you like to pay?" in shopper.text("?locale=en")
    assert "您想怎樣付款？" in shopper.text("?locale=zh-TW")
    assert "How would you like to pay?" in open_session().text("?locale=tlh")


def test_the_chosen_language_stays_on_the_way_back(open_session):
    shopper = open_session()
    page = shopper.text("?locale=zh-CN")
    action = re.search(r'action="(/checkout/[^"]+/pay\?locale=zh-CN)"', page)
    assert action
    once = re.search(r'name="once" value="(\w+)"', page)
    form = {"once": once[1], "method": "ideal"}
    shopper.client.post(action[1], form)
    assert '<html lang="zh-hans"' in shopper.text()


def test_a_browsers_language_is_heard(open_session):
    shopper = open_session()
    page = shopper.client.get(shopper.path, HTTP_ACCEPT_LANGUAGE="zh-HK,zh;q=0.9").content.decode()
    assert '<html lang="zh-hant"' in page


def test_amounts_are_written_and_read_in_the_page_language():
    with translation.override("de"):
        assert formats.money(124890, "EUR") == "1.248,90\xa0€"
        assert formats.typed_money("1.248,90", "EUR") == 124890
        assert formats.typed_money("12.5", "EUR") == 1250
    with translation.override("ar"):
        assert "248.90" in formats.money(24890, "EUR").replace(",", ".")
    with translation.override("en"):
        assert formats.typed_money("1,248.90", "EUR") == 124890
        assert formats.typed_money("500", "JPY") == 500
        for wrong in ("", "x", "1.234", "-"):
            with pytest.raises(ValueError):
                formats.typed_money(wrong, "EUR")


@pytest.mark.parametrize(
    "colour", ["#ffff00", "#ffffff", "#000000", "#ff0080", "#0b6785", "#7f7f7f"]
)
def test_a_shops_colour_can_be_read_on_both_grounds(colour):
    for ground in (shops.WHITE, shops.NIGHT):
        moved = shops.on(colour, ground)
        rgb = tuple(int(moved[at : at + 2], 16) for at in (1, 3, 5))
        assert shops.contrast(rgb, ground) >= 45


def test_the_shops_look_is_the_pages(open_session, ambers_shop):
    branding.change(
        ambers_shop.merchant.id, "system", {"colour": "#ffcc00", "display_name": "Lamps"}
    )
    shopper = open_session()
    page = shopper.text()
    assert "Lamps" in page
    address = re.search(r'href="(/checkout/[^"]+/look.css\?\w+)"', page)[1]
    sheet = shopper.client.get(address)
    assert sheet["Content-Type"].startswith("text/css")
    assert "--cv-brand:#" in sheet.content.decode()
    assert "#ffcc00" not in sheet.content.decode().partition("}")[0]


def test_a_test_is_marked_as_one(open_session):
    assert "Test mode: no money moves" in open_session().text()


def test_time_runs_out_and_a_link_starts_again(api, open_session):
    shopper = open_session()
    with clock.shifted(timedelta(hours=25)):
        assert "The time to pay is over" in shopper.text()
        assert "Start again" not in shopper.text()
        assert shopper.pay(once="late").status_code == 303
        assert shopper.do("again").status_code == 303

    link = api.post("/payment_links", {"title": "Lamp", "currency": "EUR", "amount": 4900})
    visit = Shopper(link["url"])
    opened = Shopper(visit.look()["Location"])
    with clock.shifted(timedelta(hours=25)):
        assert "Start again" in opened.text()
        fresh = Shopper(opened.do("again")["Location"])
        assert fresh.path != opened.path
        assert "€49.00" in fresh.text()


def test_a_page_that_waits_is_cheap_to_ask(open_session):
    shopper = open_session()
    shopper.pay("ideal")
    before = shopper.status()
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert shopper.status() == before
    assert len(queries) <= 8
    assert before["mark"].startswith("action.")


def test_a_page_asks_the_database_little(open_session):
    shopper = open_session(country="NL")
    shopper.text()
    with CaptureQueriesContext(connection) as queries:
        shopper.text()
    assert len(queries) <= MOST_QUERIES


def test_who_asks_too_fast_is_slowed_down(open_session):
    shopper = open_session()
    answers = [shopper.client.get(f"{shopper.path}/status").status_code for _ in range(60)]
    assert answers[0] == 200
    assert answers[-1] == 429


def test_a_shop_that_may_not_sell_takes_nothing(open_session, ambers_shop):
    shopper = open_session()
    once = shopper.once()
    ambers_shop.merchant.status = "suspended"
    ambers_shop.merchant.save()
    answer = shopper.pay(once=once)
    assert b"takes no payments right now" in answer.content


def test_the_page_is_light(open_session):
    """HTML, styles, script and icons; fonts and logos may come late."""
    page = open_session(country="NL").look().content
    files = ("tokens.css", "fonts.css", "theme.js", "checkout/checkout.css", "checkout/checkout.js")
    static = Path(settings.BASE_DIR) / "templates" / "static"
    parts = [page] + [(static / name).read_bytes() for name in (*files, "checkout/icons.svg")]
    assert sum(len(gzip.compress(part)) for part in parts) <= MOST_BYTES


def test_no_template_carries_inline_style_or_script():
    for path in (Path(settings.BASE_DIR) / "templates" / "checkout").rglob("*.html"):
        text = path.read_text("utf-8")
        assert not re.search(r"\sstyle=|\son\w+=|<style", text), path.name
        assert not re.search(r"<script(?![^>]* src=)", text), path.name


def test_a_stores_checkout_and_links_wear_the_stores_look(open_session, ambers_shop):
    merchant, store = ambers_shop.merchant.id, ambers_shop.store.pk
    branding.change(merchant, "system", {"display_name": "Airport", "colour": "#ffcc00"}, store)
    shown = ids.show("sto", store)
    assert "Airport" in open_session(store=shown).text()
    assert "Airport" not in open_session().text()
    link = checkout.create_link(merchant, currency="EUR", title="Gift", store_id=store)
    page = Shopper(addresses.link_url(merchant, link.id))
    assert "Airport" in page.text()
    sheet = re.search(r'href="(/pay/[^"]+/look.css\?\w+)"', page.text())[1]
    assert "--cv-brand:#" in page.client.get(sheet).content.decode()
