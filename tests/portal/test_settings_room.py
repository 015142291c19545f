"""The settings: the business, its look, its stores, money, time, and each person's notices."""

from __future__ import annotations

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from acquiring.core import ids
from acquiring.core.models import AuditEntry
from merchants import branding, profile, queries, services
from merchants.models import Merchant, Store
from tests import cast
from tests.merchants.test_branding import png, svg

pytestmark = pytest.mark.django_db
ROOM = "/test/settings"
BUSINESS = {
    "trading_name": "Amber Light",
    "website": "https://amber.example",
    "support_email": "help@amber.example",
    "support_phone": "+49 30 1234567",
    "statement_descriptor": "AMBER LIGHT",
}
LOOK = {
    "display_name": "Amber",
    "colour": "#aa3300",
    "radius": "4",
    "terms_url": "",
    "privacy_url": "",
    "receipt_footer": "Thank you",
}
MONEY = {"default_currency": "EUR", "time_zone": "Europe/Berlin", "language": "en"}
PAGES = ("business/", "branding/", "sites/", "stores/", "notifications/", "money/")


@pytest.fixture
def desk(ambers_shop):
    return cast.at_the_desk(ambers_shop.owner)


def test_the_business_is_described_and_the_change_written_down(desk, ambers_shop):
    answer = desk.post(f"{ROOM}/business/", BUSINESS, follow=True)

    assert "Saved" in answer.content.decode()
    look = queries.branding(ambers_shop.merchant.id)
    assert (look.name, look.support_phone) == ("Amber Light", "+49301234567")
    assert look.statement_descriptor == "AMBER LIGHT"
    actions = set(AuditEntry.objects.values_list("action", flat=True))
    assert {"business.changed", "branding.changed", "merchant.changed"} <= actions


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("trading_name", "", "Enter the trading name"),
        ("website", "amber", "An address begins with https://"),
        ("support_email", "amber", "An e-mail address has one @"),
        ("support_phone", "030", "A telephone number begins with +"),
        ("statement_descriptor", "abc", "It has 5 to 22 letters"),
    ],
)
def test_what_is_wrong_is_said_beside_it_and_nothing_is_saved(
    desk, ambers_shop, field, value, words
):
    answer = desk.post(f"{ROOM}/business/", {**BUSINESS, field: value})

    page = answer.content.decode()
    assert answer.status_code == 422
    assert words in page
    assert f'id="id_{field}_error"' in page
    assert queries.branding(ambers_shop.merchant.id).support_email == ""
    ambers_shop.business.refresh_from_db()
    assert ambers_shop.business.website == ""


def test_a_logo_is_put_up_and_taken_down(desk, ambers_shop):
    logo = SimpleUploadedFile("logo.exe", png(), "text/plain")
    desk.post(f"{ROOM}/branding/", {**LOOK, "logo": logo})

    look = queries.branding(ambers_shop.merchant.id)
    assert (look.name, look.colour, look.radius) == ("Amber", "#aa3300", 4)
    assert desk.get(look.logo_url)["Content-Type"] == "image/png"
    assert look.logo_url in preview(desk, f"{ROOM}/branding/")

    desk.post(f"{ROOM}/branding/", {**LOOK, "remove_logo": "on"})
    assert queries.branding(ambers_shop.merchant.id).logo_url == ""


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (svg("<script>alert(1)</script>"), "more than drawing"),
        (b"MZ" * 99, "PNG, JPEG or SVG"),
        (png() + b"x" * 600_000, "at most 512 kB"),
    ],
)
def test_a_file_that_is_no_picture_changes_nothing(desk, ambers_shop, given, words):
    logo = SimpleUploadedFile("logo.png", given, "image/png")
    answer = desk.post(f"{ROOM}/branding/", {**LOOK, "logo": logo})

    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert queries.branding(ambers_shop.merchant.id).colour == "#0b6785"


@pytest.mark.parametrize(("field", "value"), [("radius", "99"), ("radius", ""), ("colour", "red")])
def test_a_look_has_its_limits(desk, field, value):
    assert desk.post(f"{ROOM}/branding/", {**LOOK, field: value}).status_code == 422


def preview(desk, page: str) -> str:
    """The checkout inside the frame of a page of settings."""
    frame = re.search(r'<iframe src="([^"]+)"', desk.get(page).content.decode())
    return desk.get(frame[1]).content.decode()


def typed(desk, form: dict, query: str = "") -> str:
    """The checkout in the look that is being typed."""
    told = desk.post(f"{ROOM}/branding/draft/{query}", form).json()
    return desk.get(told["address"]).content.decode()


def test_the_preview_is_the_checkout_in_what_is_typed(desk, ambers_shop):
    page = typed(desk, {**LOOK, "display_name": "Amber <Lamps>", "radius": "99"})

    assert "Amber &lt;Lamps&gt;" in page
    assert "How would you like to pay?" in page
    sheet = re.search(r'href="(/checkout/preview/[^"]+/look.css)"', page)[1]
    css = desk.get(sheet).content.decode()
    assert "--cv-brand:#aa3300" in css
    assert "--co-r:8px" in css, "what cannot be is not tried on"
    assert queries.branding(ambers_shop.merchant.id).colour == "#0b6785", "nothing is saved"


def test_a_store_has_a_look_of_its_own_and_gives_it_up_again(desk, ambers_shop):
    merchant, store = ambers_shop.merchant.id, ambers_shop.store.pk
    profile.create_store(ambers_shop.merchant, "system", {"name": "Airport", "country": "SG"})
    desk.post(f"{ROOM}/branding/", LOOK)
    query = f"?store={ids.show('sto', store)}"
    form = {**LOOK, "display_name": "Amber Airport", "colour": "#00aa33", "support_phone": "x"}
    as_all = {"inherits": [one for one in branding.OWN if one not in {"display_name", "colour"}]}

    assert "Amber Airport" in typed(desk, form | as_all, query)
    saved = desk.post(f"{ROOM}/branding/{query}", form | as_all)
    assert saved["Location"].endswith(query)
    look = queries.branding(merchant, store)
    assert (look.name, look.colour, look.radius) == ("Amber Airport", "#00aa33", 4)
    assert queries.branding(merchant).name == "Amber"
    page = desk.get(f"{ROOM}/branding/").content.decode()
    assert "2 of its own" in page
    assert "Its own" in desk.get(f"{ROOM}/stores/").content.decode()

    desk.post(f"{ROOM}/branding/{query}", form | {"reset": "all"})
    assert queries.branding(merchant, store).name == "Amber"
    assert branding.stores_apart(merchant) == {}


def test_a_stores_own_mistake_is_said(desk, ambers_shop):
    query = f"?store={ids.show('sto', ambers_shop.store.pk)}"
    answer = desk.post(f"{ROOM}/branding/{query}", {**LOOK, "support_phone": "x"})
    assert answer.status_code == 422
    assert "A telephone number begins with +" in answer.content.decode()


def test_a_strangers_store_has_no_look_here(desk, chiaras_shop):
    query = f"?store={ids.show('sto', chiaras_shop.store.pk)}"
    assert desk.get(f"{ROOM}/branding/{query}").status_code == 404
    assert desk.post(f"{ROOM}/branding/draft/{query}", LOOK).status_code == 404


def test_sites_that_may_show_the_checkout_are_named(desk, ambers_shop):
    wanted = "https://Shop.Example/\nhttp://localhost:3000, https://shop.example:443"
    desk.post(f"{ROOM}/sites/", {"checkout_origins": wanted})

    ambers_shop.merchant.refresh_from_db()
    assert ambers_shop.merchant.checkout_origins == [
        "https://shop.example",
        "http://localhost:3000",
    ]
    page = desk.get(f"{ROOM}/sites/").content.decode()
    assert "http://localhost:3000" in page
    assert "/js/checkout.js" in page

    wrong = desk.post(f"{ROOM}/sites/", {"checkout_origins": "https://a.example\nshop"})
    assert wrong.status_code == 422
    assert "shop: A site is https:// and a host" in wrong.content.decode()
    ambers_shop.merchant.refresh_from_db()
    assert len(ambers_shop.merchant.checkout_origins) == 2


def test_currencies_and_time_are_chosen(desk, ambers_shop):
    desk.post(f"{ROOM}/money/", {**MONEY, "currencies": ["EUR", "USD"]})
    merchant = Merchant.objects.get(pk=ambers_shop.merchant.pk)
    assert (merchant.currencies, merchant.time_zone) == (["EUR", "USD"], "Europe/Berlin")

    answer = desk.post(f"{ROOM}/money/", {**MONEY, "currencies": ["USD"]})
    assert "The default currency is one of those you take" in answer.content.decode()


def test_stores_are_opened_renamed_and_closed(desk, ambers_shop):
    form = {"name": "Airport", "country": "SG", "website": ""}
    desk.post(f"{ROOM}/stores/new/", form)
    made = Store.objects.get(merchant=ambers_shop.merchant, name="Airport")
    here = f"{ROOM}/stores/{ids.show('sto', made.pk)}/"

    desk.post(here, {"name": "Airport T3", "website": ""})
    assert "Airport T3" in desk.get(f"{ROOM}/stores/").content.decode()
    desk.post(f"{here}close/")
    assert desk.get(here).status_code == 404
    only = f"{ROOM}/stores/{ids.show('sto', ambers_shop.store.pk)}/close/"
    assert "at least one open store" in desk.post(only, follow=True).content.decode()


def test_a_person_chooses_what_to_hear_and_how_to_read(desk, ambers_shop):
    desk.post(f"{ROOM}/notifications/", {"refund.failed:email": "on"})
    chosen = queries.notice_preferences(ambers_shop.owner.pk, ambers_shop.merchant.pk)
    assert chosen["refund.failed"] == {"email"}
    assert chosen["dispute.opened"] == set()
    assert "portal" in chosen["api_key.created"]

    desk.post(f"{ROOM}/reading/", {"time_zone": "Asia/Shanghai", "language": "zh-hans"})
    ambers_shop.owner.refresh_from_db()
    assert (ambers_shop.owner.time_zone, ambers_shop.owner.language) == ("Asia/Shanghai", "zh-hans")
    assert "设置" in desk.get(f"{ROOM}/notifications/").content.decode()


def test_notices_are_those_of_ones_role(ambers_shop):
    analyst = cast.person("Ana")
    services.add_member(ambers_shop.business, analyst, "analyst", "system")
    page = cast.at_the_desk(analyst).get(f"{ROOM}/notifications/").content.decode()

    assert "dispute.opened:email" in page
    assert "api_key.created" not in page


def test_who_may_only_look_sees_who_can_change(ambers_shop, bashir):
    desk = cast.at_the_desk(bashir)

    page = desk.get(f"{ROOM}/business/").content.decode()
    assert "You can look, but not change this" in page
    assert desk.post(f"{ROOM}/business/", BUSINESS).status_code == 403
    assert desk.post(f"{ROOM}/branding/", LOOK).status_code == 403
    assert desk.post(f"{ROOM}/money/", MONEY).status_code == 403
    assert desk.post(f"{ROOM}/sites/", {"checkout_origins": ""}).status_code == 403
    shown = ids.show("sto", ambers_shop.store.pk)
    assert desk.post(f"{ROOM}/stores/{shown}/", {"name": "Mine"}).status_code == 403
    assert desk.post(f"{ROOM}/stores/{shown}/close/").status_code == 403
    assert desk.get(f"{ROOM}/stores/new/").status_code == 403


def test_nobody_sees_anothers_store(ambers_shop, chiaras_shop):
    stranger = cast.at_the_desk(chiaras_shop.owner)
    shown = ids.show("sto", ambers_shop.store.pk)

    assert stranger.get(f"{ROOM}/stores/{shown}/").status_code == 404
    assert stranger.post(f"{ROOM}/stores/{shown}/close/").status_code == 404
    assert "Amber" not in stranger.get(f"{ROOM}/stores/").content.decode()


def test_every_page_keeps_its_budget(desk):
    for page in PAGES:
        with CaptureQueriesContext(connection) as asked:
            assert desk.get(f"{ROOM}/{page}").status_code == 200
        assert len(asked) <= 12, (page, len(asked))
