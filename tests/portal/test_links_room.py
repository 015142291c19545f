from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from acquiring.connectors.driver import Outcome
from acquiring.core import addresses, ids
from acquiring.core.models import AuditEntry
from acquiring.payments import checkout, wire
from acquiring.payments.models import CheckoutSession, PaymentLink
from acquiring.portal.links import amounts, sharing
from merchants import services as merchants
from tests import cast
from tests.payments.conftest import Provider, Till

pytestmark = pytest.mark.django_db

PAGE = "/test/links/"


def form(**typed):
    plain = {"title": "Desk lamp", "pricing": "fixed", "amount": "49.00", "currency": "EUR"}
    return {**plain, "use": "once", "once": str(ids.new()), **typed}


@pytest.fixture
def desk(amber, ambers_shop):
    return cast.at_the_desk(amber)


@pytest.fixture
def link(ambers_shop):
    facts = {"title": "Desk lamp", "amount": 4900, "currency": "EUR"}
    return checkout.create_link(ambers_shop.merchant.id, **facts)


@pytest.fixture
def paid(ambers_shop, link, monkeypatch):
    """A visit to the link that ended in a payment."""
    provider = Provider()
    monkeypatch.setattr(wire, "perform", provider.perform)
    session = checkout.open_link(ambers_shop.merchant.id, link.id)
    till = Till(cast.connected(ambers_shop), provider)
    book = till.pay(Outcome("captured"), amount=4900, session_id=session.id).book
    checkout.complete_session(book)
    return book.payment


def test_a_link_is_made_once_however_often_the_form_is_sent(desk, ambers_shop):
    sent = form(reference="INV-7", description="With shade", use="again")
    answer = desk.post(f"{PAGE}new/", sent)
    assert desk.post(f"{PAGE}new/", sent).url == answer.url

    made = PaymentLink.objects.get()
    assert answer.url == f"{PAGE}{made}/"
    assert (made.amount, made.currency, made.reusable) == (4900, "EUR", True)
    assert (made.reference, made.description) == ("INV-7", "With shade")
    kept = AuditEntry.objects.get(action="payment_link.created")
    assert (kept.subject, kept.actor) == (str(made), merchants.user_actor(ambers_shop.owner))


def test_an_open_amount_has_bounds(desk):
    desk.post(f"{PAGE}new/", form(pricing="open", amount="", amount_min="5", amount_max="90,50"))

    made = PaymentLink.objects.get()
    assert (made.amount, made.amount_min, made.amount_max) == (None, 500, 9050)
    page = desk.get(f"{PAGE}{made}/").content.decode()
    assert "5.00<span>EUR</span>" in page


def test_a_link_ends_at_midnight_where_the_merchant_is(desk, ambers_shop):
    ambers_shop.merchant.time_zone = "Asia/Singapore"
    ambers_shop.merchant.save()
    day = timezone.now().date() + timedelta(days=3)
    desk.post(f"{PAGE}new/", form(expires_on=day.isoformat()))

    ends = PaymentLink.objects.get().expires_at
    assert ends.isoformat() == f"{day.isoformat()}T16:00:00+00:00"


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"title": ""}, "Say what the payment is for"),
        ({"amount": ""}, "Enter the amount"),
        ({"amount": "ten"}, "in figures, such as 49.00"),
        ({"amount": "0"}, "more than 0"),
        ({"expires_on": "2020-01-01"}, "This day is over"),
        ({"pricing": "open", "amount_min": "9", "amount_max": "5"}, "smaller than amount_min"),
        ({"methods": ["shells"]}, "shells"),
    ],
)
def test_what_is_wrong_is_said_beside_it_and_nothing_is_lost(desk, typed, said):
    page = desk.post(f"{PAGE}new/", form(reference="INV-7", **typed)).content.decode()

    assert said in page
    assert 'value="INV-7"' in page
    assert not PaymentLink.objects.exists()


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("49", "EUR", 4900),
        ("49.5", "EUR", 4950),
        ("1,249.00", "EUR", 124900),
        ("1.249,00", "EUR", 124900),
        ("1 249,00", "EUR", 124900),
        ("1,249", "EUR", 124900),
        ("5.001", "EUR", 500100),
        ("1,00,000", "INR", 10000000),
        ("1,249,000", "EUR", 124900000),
        ("18,900", "JPY", 18900),
        ("1.249", "KWD", 1249),
        ("12'000.5", "CHF", 1200050),
    ],
)
def test_an_amount_is_read_as_people_write_it(text, currency, minor):
    assert amounts.read(text, currency) == minor


@pytest.mark.parametrize(
    "text", ["", "-5", "1e3", "1.2.3", "5.0001", "1,249.001", "∞", "٤٩", "1,5 JPY"]
)
def test_what_is_no_amount_is_refused(text):
    with pytest.raises(ValueError):
        amounts.read(text, "EUR")


def test_the_preview_shows_the_shoppers_page_as_it_is_typed(desk):
    part = desk.post(f"{PAGE}new/preview/", form(title="Blue <lamp>")).content.decode()

    assert "Blue &lt;lamp&gt;" in part
    assert "€49.00" in part
    assert "<html" not in part
    part = desk.post(f"{PAGE}new/preview/", form(amount="x")).content.decode()
    assert "0.00 EUR" in part


def test_the_list_says_where_each_link_stands(desk, ambers_shop, link, paid):
    ended = checkout.create_link(
        ambers_shop.merchant.id,
        title="Gone",
        amount=1,
        currency="EUR",
        expires_at=timezone.now() + timedelta(days=1),
    )
    closed = checkout.create_link(ambers_shop.merchant.id, title="Shut", amount=1, currency="EUR")
    checkout.change_link(ambers_shop.merchant.id, str(closed), active=False)
    with time_machine.travel(timezone.now() + timedelta(days=2)):
        page = desk.get(PAGE).content.decode()
    for said in ("Desk lamp", "1 time", "Gone", "Expired", "Shut", "Closed", str(ended)):
        assert said in page
    page = desk.get(f"{PAGE}?status=inactive").content.decode()
    assert "Shut" in page
    assert "Desk lamp" not in page


def test_older_links_are_a_page_further(desk, ambers_shop):
    for number in range(51):
        facts = {"title": f"Lamp {number}.", "amount": 1, "currency": "EUR"}
        checkout.create_link(ambers_shop.merchant.id, **facts)
    page = desk.get(PAGE)
    assert "Lamp 0." not in page.content.decode()

    older = page.context["listing"].older
    assert "Lamp 0." in desk.get(f"{PAGE}{older}").content.decode()


def test_no_links_yet_says_what_they_are_for(desk):
    assert "Take a payment without a shop" in desk.get(PAGE).content.decode()
    assert "Nothing fits these filters" in desk.get(f"{PAGE}?status=inactive").content.decode()


def test_a_link_shows_its_address_its_payments_and_its_money(desk, link, paid):
    page = desk.get(f"{PAGE}{link}/").content.decode()

    assert addresses.link_url(link.merchant_id, link.id) in page
    assert page.count("49.00<span>EUR</span>") >= 3


@pytest.mark.parametrize("language", sorted(sharing.languages()))
def test_what_to_send_is_in_the_shoppers_language(desk, link, language):
    part = desk.get(
        f"{PAGE}{link}/", {"language": language}, headers={"HX-Target": "share"}
    ).content.decode()

    assert f'lang="{language}"' in part
    assert sharing.address(link) in part
    assert "<html" not in part
    assert "{" not in part


def test_the_code_opens_the_link_and_can_be_kept(desk, link):
    drawn = desk.get(f"{PAGE}{link}/qr.svg")
    assert (drawn["Content-Type"], drawn.content[:4]) == ("image/svg+xml", b"<svg")
    assert b"style=" not in drawn.content
    kept = desk.get(f"{PAGE}{link}/qr.png?keep")
    assert kept.content.startswith(b"\x89PNG")
    assert kept["Content-Disposition"] == f'attachment; filename="{link}.png"'


def test_a_link_is_closed_and_opened_again(desk, link):
    desk.post(f"{PAGE}{link}/switch/", {"active": "0"})
    assert "nobody can pay with it" in desk.get(f"{PAGE}{link}/").content.decode()
    desk.post(f"{PAGE}{link}/switch/", {"active": "1"})
    link.refresh_from_db()
    assert link.active
    kept = AuditEntry.objects.filter(action="payment_link.updated").order_by("id")
    assert [one.changes for one in kept] == [{"active": [True, False]}, {"active": [False, True]}]


def test_who_may_only_look_is_told_who_may_more(bashir, ambers_shop, link):
    merchants.add_member(ambers_shop.business, bashir, "finance", "system")
    browser = cast.at_the_desk(bashir)

    for address in (PAGE, f"{PAGE}{link}/"):
        page = browser.get(address).content.decode()
        assert "That is for: Owner" in page
        assert "disabled" in page
    assert browser.get(f"{PAGE}new/").status_code == 403
    assert browser.post(f"{PAGE}new/", form()).status_code == 403
    assert browser.post(f"{PAGE}{link}/switch/", {"active": "0"}).status_code == 403


def test_chiara_finds_none_of_ambers_links(chiara, chiaras_shop, link):
    browser = cast.at_the_desk(chiara)

    assert "Desk lamp" not in browser.get(PAGE).content.decode()
    for rest in ("", "qr.svg", "qr.png"):
        assert browser.get(f"{PAGE}{link}/{rest}").status_code == 404
    assert browser.post(f"{PAGE}{link}/switch/", {"active": "0"}).status_code == 404
    assert browser.get(f"{PAGE}?after={link}").status_code == 200
    link.refresh_from_db()
    assert link.active


@pytest.mark.parametrize("shown", ["pl_x", "pay_" + "0" * 32, "pl_" + "0" * 32])
def test_a_link_that_is_none_is_not_found(desk, shown):
    assert desk.get(f"{PAGE}{shown}/").status_code == 404


def test_pages_of_links_cost_few_queries(
    desk, link, paid, ambers_shop, django_assert_max_num_queries
):
    for number in range(30):
        facts = {"title": f"Lamp {number}", "amount": 1, "currency": "EUR"}
        checkout.create_link(ambers_shop.merchant.id, **facts)
    assert CheckoutSession.objects.exists()

    with django_assert_max_num_queries(12):
        desk.get(PAGE)
    with django_assert_max_num_queries(20):
        desk.get(f"{PAGE}{link}/")
    with django_assert_max_num_queries(15):
        desk.get(f"{PAGE}new/")
