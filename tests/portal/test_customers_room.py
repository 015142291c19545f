import csv
import io
import json
import zipfile
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from acquiring.connectors.driver import Outcome
from acquiring.core import ids
from acquiring.core.models import AuditEntry
from acquiring.payments import checkout, models, wire
from acquiring.vault import services as vault
from acquiring.vault.models import Token
from merchants import services as merchants
from tests import cast
from tests.payments.conftest import Provider, Till

pytestmark = pytest.mark.django_db

PAGE = "/test/customers/"


@pytest.fixture
def desk(amber, ambers_shop):
    return cast.at_the_desk(amber)


@pytest.fixture
def dora(ambers_shop):
    facts = {"name": "Dora Demir", "email": "dora@example.com", "phone": "+4930123456"}
    return checkout.create_customer(ambers_shop.merchant.id, reference="C-77", **facts)


@pytest.fixture
def till(ambers_shop, monkeypatch):
    provider = Provider()
    monkeypatch.setattr(wire, "perform", provider.perform)
    return Till(cast.connected(ambers_shop), provider)


@pytest.fixture
def paid(till, dora):
    shopper = {"name": "Dora Demir", "email": "dora@example.com"}
    return till.pay(Outcome("captured"), customer_id=dora.id, shopper=shopper).book.payment


@pytest.fixture
def card(ambers_shop, dora):
    made = vault.tokenize(
        ambers_shop.merchant.id,
        "4242424242424242",
        12,
        2031,
        customer_id=dora.id,
        reusable=True,
    )
    return made.token


@pytest.mark.parametrize(
    "words", ["dora", "DORA@ex", "demir", "C-77", "{shown}", "{tail}", "  dora   demir "]
)
def test_a_customer_is_found_by_what_one_knows(desk, dora, ambers_shop, words):
    checkout.create_customer(ambers_shop.merchant.id, name="Emil Ek", email="emil@example.com")
    words = words.format(shown=str(dora), tail=str(dora)[-6:])
    page = desk.get(PAGE, {"q": words}).content.decode()

    assert "Dora Demir" in page
    assert "Emil Ek" not in page


@pytest.mark.parametrize("words", ["ora", "C-7", "%", "_ora", "x" * 300, "cus_zz", "\\"])
def test_nobody_is_found_by_what_fits_nobody(desk, dora, words):
    page = desk.get(PAGE, {"q": words}).content.decode()
    assert "No customer fits" in page


def test_without_customers_the_page_says_what_they_are_for(desk):
    assert "Shoppers who come back" in desk.get(PAGE).content.decode()


def test_older_customers_are_a_page_further(desk, dora, ambers_shop):
    for number in range(50):
        checkout.create_customer(ambers_shop.merchant.id, name=f"Shopper {number}")
    page = desk.get(PAGE)

    assert "Dora Demir" not in page.content.decode()
    assert "Dora Demir" in desk.get(f"{PAGE}{page.context['listing'].older}").content.decode()


def test_a_customer_shows_what_they_paid_and_their_cards(desk, dora, paid, card):
    page = desk.get(f"{PAGE}{dora}/").content.decode()

    for said in ("Dora Demir", "dora@example.com", "+4930123456", "C-77", "Visa ·· 4242", "12/31"):
        assert said in page
    assert page.count("19.99<span>EUR</span>") == 2
    assert "4242424242424242" not in page


def test_a_card_is_removed_for_good(desk, dora, card, ambers_shop):
    address = f"{PAGE}{dora}/cards/{ids.show('tok', card.id)}/remove/"
    assert "cannot be undone" in desk.get(address).content.decode()
    assert desk.post(address).url == f"{PAGE}{dora}/"

    row = Token.objects.get(id=card.id)
    assert (row.status, row.sealed) == ("erased", None)
    assert desk.post(address).status_code == 404
    kept = AuditEntry.objects.get(action="token.erased")
    assert kept.actor == merchants.user_actor(ambers_shop.owner)


def test_the_page_before_erasing_says_what_goes_and_what_stays(desk, dora, paid, card):
    page = desk.get(f"{PAGE}{dora}/erase/").content.decode()

    assert "1 saved card: it can no longer be charged" in page
    assert "1 payment, " in page
    assert "19.99<span>EUR</span></bdi> captured" in page
    assert "Erase Dora Demir" in page


def test_an_erased_customer_is_gone_and_their_payments_stay(desk, dora, paid, card, ambers_shop):
    assert desk.post(f"{PAGE}{dora}/erase/").url == PAGE

    assert desk.get(f"{PAGE}{dora}/").status_code == 404
    assert "Dora" not in desk.get(PAGE).content.decode()
    row = models.Payment.objects.get(id=paid.id)
    assert (row.shopper, row.amount_captured) == ({}, 1999)
    assert Token.objects.get(id=card.id).sealed is None
    kept = AuditEntry.objects.get(action="customer.erased")
    assert (kept.subject, kept.changes) == (str(dora), {})
    assert kept.actor == merchants.user_actor(ambers_shop.owner)


def test_what_a_payment_under_way_needs_is_forgotten_once_it_is_decided(desk, dora, till):
    shopper = {"name": "Dora Demir"}
    book = till.pay(Outcome("pending"), customer_id=dora.id, shopper=shopper).book
    assert "1 payment is not decided yet" in desk.get(f"{PAGE}{dora}/erase/").content.decode()
    desk.post(f"{PAGE}{dora}/erase/")
    row = models.Payment.objects.get(id=book.payment.id)
    assert (row.shopper, checkout.forget_erased()) == (shopper, 0)

    assert till.hears(book, "payment", Outcome("captured"))
    assert checkout.forget_erased() == 1
    row.refresh_from_db()
    assert (row.status, row.shopper) == ("captured", {})


def test_erasing_a_live_customer_asks_for_the_password_after_a_while(desk, ambers_shop):
    live = merchants.approve(ambers_shop.business, "system")
    dora = checkout.create_customer(live.id, name="Dora Demir")
    with time_machine.travel(timezone.now() + timedelta(minutes=16)):
        answer = desk.post(f"/customers/{dora}/erase/")
    assert answer.url.startswith("/login/again/")
    dora.refresh_from_db()
    assert dora.name == "Dora Demir"


def test_a_person_gets_all_that_is_kept_about_them(desk, dora, paid, card):
    answer = desk.post(f"{PAGE}{dora}/data/")

    assert answer["Content-Type"] == "application/zip"
    box = zipfile.ZipFile(io.BytesIO(answer.content))
    whole = json.loads(box.read("customer.json"))
    assert whole["customer"]["email"] == "dora@example.com"
    assert whole["payments"][0]["shopper"]["name"] == "Dora Demir"
    assert whole["saved_cards"][0]["last4"] == "4242"
    lines = list(csv.reader(io.StringIO(box.read("payments.csv").decode("utf-8-sig"))))
    assert (lines[1][0], lines[1][3]) == (ids.show("pay", paid.id), "19.99")
    assert {"refunds.csv", "cards.csv"} < set(box.namelist())
    assert AuditEntry.objects.filter(action="customer.exported", subject=str(dora)).exists()


def test_who_may_only_look_is_told_who_may_more(bashir, dora, ambers_shop):
    merchants.add_member(ambers_shop.business, bashir, "analyst", "system")
    browser = cast.at_the_desk(bashir)

    page = browser.get(f"{PAGE}{dora}/").content.decode()
    assert "That is for: Owner, Administrator, Support" in page
    assert f"{PAGE}{dora}/erase/" not in page
    assert browser.get(f"{PAGE}{dora}/erase/").status_code == 403
    assert browser.post(f"{PAGE}{dora}/erase/").status_code == 403
    assert browser.post(f"{PAGE}{dora}/data/").status_code == 403


def test_chiara_finds_none_of_ambers_customers(chiara, chiaras_shop, dora, card):
    browser = cast.at_the_desk(chiara)
    own = checkout.create_customer(chiaras_shop.merchant.id, name="Own")
    token = ids.show("tok", card.id)

    assert "Dora" not in browser.get(PAGE, {"q": "dora"}).content.decode()
    for rest in ("", "erase/", f"cards/{token}/remove/"):
        assert browser.get(f"{PAGE}{dora}/{rest}").status_code == 404
    for rest in ("erase/", "data/", f"cards/{token}/remove/"):
        assert browser.post(f"{PAGE}{dora}/{rest}").status_code == 404
    assert browser.post(f"{PAGE}{own}/cards/{token}/remove/").status_code == 404
    dora.refresh_from_db()
    assert dora.name == "Dora Demir"


@pytest.mark.parametrize("shown", ["cus_x", "pay_" + "0" * 32, "cus_" + "0" * 32])
def test_a_customer_that_is_none_is_not_found(desk, shown):
    assert desk.get(f"{PAGE}{shown}/").status_code == 404


def test_pages_of_customers_cost_few_queries(
    desk, dora, paid, card, ambers_shop, django_assert_max_num_queries
):
    for number in range(30):
        checkout.create_customer(ambers_shop.merchant.id, name=f"Shopper {number}")

    with django_assert_max_num_queries(12):
        desk.get(PAGE, {"q": "shopper"})
    with django_assert_max_num_queries(20):
        desk.get(f"{PAGE}{dora}/")
