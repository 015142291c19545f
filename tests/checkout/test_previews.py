"""The checkout in a look that is tried on: the same page, with nothing behind it."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from acquiring.core import clock
from acquiring.payments.models import CheckoutSession
from merchants import branding, drafts

pytestmark = pytest.mark.django_db


@pytest.fixture
def look(ambers_shop):
    """Gets the preview of a draft."""

    def get(store=None, **typed):
        token = drafts.sign(ambers_shop.merchant, store, typed)
        return Client(SERVER_NAME="127.0.0.1").get(reverse("checkout_preview", args=[token]))

    return get


def test_it_is_the_page_that_shoppers_get(look, open_session):
    shopper = open_session(4900, reference="1042").text("?locale=en")
    preview = look().content.decode()
    assert sorted(ways(preview)) == sorted(ways(shopper)) != []
    assert CheckoutSession.objects.count() == 1, "the preview opened none"


def test_only_our_own_pages_show_it_and_nothing_leaves_it(look):
    policy = look()["Content-Security-Policy"]
    assert "frame-ancestors 'self'" in policy
    assert "form-action 'none'" in policy


def test_a_name_that_is_emptied_is_the_merchants(look, ambers_shop):
    branding.change(ambers_shop.merchant.id, "system", {"display_name": "Lamps"})
    assert "Amber Lamps" in look(display_name="").content.decode()


def test_nobody_else_makes_a_page_say_what_they_like(look):
    token = look(display_name="Lamps").wsgi_request.path.rsplit("/", 1)[1]
    client = Client(SERVER_NAME="127.0.0.1")
    for page in ("checkout_preview", "checkout_preview_look"):
        assert client.get(reverse(page, args=[f"x{token}"])).status_code == 404


def test_its_address_is_soon_void(look, ambers_shop, monkeypatch):
    token = drafts.sign(ambers_shop.merchant, None, {})
    monkeypatch.setattr(drafts, "LIFE_SECONDS", -1)
    answer = Client(SERVER_NAME="127.0.0.1").get(reverse("checkout_preview", args=[token]))
    assert answer.status_code == 404


def test_a_moved_clock_leaves_it_open(look, ambers_shop):
    with clock.shifted(timedelta(days=40)):
        assert look().status_code == 200


def ways(page: str) -> list[str]:
    return re.findall(r'name="method" value="([^"]+)"', page)
