"""A shopper pays on our page, without scripts: every form works by itself."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest

pytestmark = pytest.mark.django_db


def test_a_card_pays_and_the_page_shows_the_receipt(api, open_session):
    shopper = open_session(reference="order-7", return_url="https://shop.example/done")
    answer = shopper.pay()
    assert answer.status_code == 303
    assert urlsplit(answer["Location"]).path == shopper.path
    page = shopper.text()
    assert "your payment is through" in page
    assert "order-7" in page
    assert "Visa ·· 4242" in page
    assert "https://shop.example/done?payment=pay_" in page
    assert api.get(f"/checkout_sessions/{shopper.session['id']}")["status"] == "complete"
