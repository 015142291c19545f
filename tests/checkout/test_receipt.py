"""The shopper's receipt: a page to print, and a file that needs nobody."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.django_db


def receipt(shopper, query: str = ""):
    return shopper.client.get(f"{shopper.path}/receipt{query}")


def test_a_paid_order_leads_to_its_receipt(api, open_session):
    shopper = open_session(reference="order-7", description="Two lamps")
    shopper.pay()
    assert f'href="{shopper.path}/receipt"' in shopper.text()

    page = receipt(shopper).content.decode()
    for words in ("order-7", "Two lamps", "Visa ·· 4242", "19.99", "pay_", "No money moved"):
        assert words in page


def test_the_file_stands_alone(api, open_session):
    shopper = open_session(reference="order-7")
    shopper.pay()

    answer = receipt(shopper, "?download")
    text = answer.content.decode()
    assert answer["Content-Disposition"].startswith('attachment; filename="receipt-pay_')
    assert "order-7" in text
    assert "Visa ·· 4242" in text
    for foreign in ("<script", "<link", "src=", "href=", shopper.path):
        assert foreign not in text
    assert "tabular-nums" in text


def test_the_receipt_speaks_the_shoppers_language(api, open_session):
    shopper = open_session(locale="ar")
    shopper.pay()
    text = receipt(shopper, "?download").content.decode()
    assert '<html lang="ar" dir="rtl">' in text
    assert "الإيصال" in text


def test_what_is_not_paid_has_no_receipt(api, open_session):
    shopper = open_session(amount=6623)
    assert receipt(shopper).status_code == 404
    shopper.pay()
    assert receipt(shopper, "?download").status_code == 404
