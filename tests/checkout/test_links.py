"""Payment links: fixed and open amounts, for one payment or many, and what a closed one says."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlsplit

import pytest

from acquiring.core import clock
from acquiring.payments import models
from tests.checkout.conftest import Shopper

pytestmark = pytest.mark.django_db


@pytest.fixture
def make_link(api):
    def make(**facts) -> Shopper:
        link = api.post("/payment_links", {"title": "Desk lamp", "currency": "EUR", **facts})
        assert "url" in link, link
        shopper = Shopper(link["url"])
        shopper.link = link
        return shopper

    return make


def opened(answer) -> Shopper:
    assert answer.status_code == 303, answer.content.decode()
    assert urlsplit(answer["Location"]).path.startswith("/checkout/")
    return Shopper(answer["Location"])


def test_a_fixed_amount_opens_its_checkout_at_once(make_link, api):
    link = make_link(amount=4900, return_url="https://shop.example/thanks")
    shopper = opened(link.look())
    assert "Desk lamp" in shopper.text()
    shopper.pay()
    assert "https://shop.example/thanks?payment=pay_" in shopper.text()
    session = models.CheckoutSession.objects.get()
    assert (session.amount, session.status) == (4900, "complete")


def test_a_reusable_link_takes_many_payments(make_link):
    link = make_link(amount=4900)
    assert opened(link.look()).path != opened(link.look()).path


def test_a_link_for_one_payment_takes_one(make_link):
    link = make_link(amount=4900, reusable=False)
    first, second = opened(link.look()), opened(link.look())
    assert first.path == second.path
    first.pay()
    answer = link.look()
    assert (answer.status_code, b"This was paid already" in answer.content) == (410, True)


def test_the_shopper_names_an_open_amount_within_its_bounds(make_link):
    link = make_link(amount_min=500, amount_max=10000)
    assert "From €5.00 to €100.00" in link.text()
    for wrong in ("4.99", "100.01", "x", ""):
        answer = link.client.post(link.path, {"amount": wrong})
        assert answer.status_code == 422
        assert "Type an amount from €5.00 to €100.00." in answer.content.decode()
    shopper = opened(link.client.post(link.path, {"amount": "25.50"}))
    assert "€25.50" in shopper.text()


def test_a_closed_or_expired_link_says_so(make_link, api):
    link = make_link(amount=4900, expires_at=clock.rfc3339(clock.now() + timedelta(days=1)))
    with clock.shifted(timedelta(days=2)):
        assert "This link has expired" in link.text()
    api.post(f"/payment_links/{link.link['id']}", {"active": False})
    answer = link.look()
    assert (answer.status_code, b"This link is closed" in answer.content) == (410, True)
    assert models.CheckoutSession.objects.count() == 0
