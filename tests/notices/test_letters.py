"""Letters: queued in the commit of their cause, sent once, tried again, and then forgotten."""

from __future__ import annotations

import re
import smtplib
from datetime import timedelta

import pytest
from django.conf import settings as configured
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend

from acquiring.connectors.driver import Outcome
from acquiring.core import clock
from acquiring.notices import drawing, posting, services
from acquiring.notices.models import Letter
from acquiring.payments import money
from merchants import branding
from tests.notices.conftest import read_news, send_letters

pytestmark = pytest.mark.django_db

SHOPPER = {"customer": {"name": "Mia Keller", "email": "mia@example.com"}}


@pytest.fixture
def receipts(merchant_id, settings, tmp_path):
    """Amber wants her shoppers to have receipts, in her shop's colour."""
    settings.EMAIL_DIR = str(tmp_path)
    wanted = {"receipts": True, "colour": "#ffd400", "receipt_footer": "Amber Lamps, Berlin"}
    wanted["support_email"] = "help@amber.example"
    branding.change(merchant_id, "system", wanted)


def test_a_receipt_of_a_store_wears_its_look(till, receipts, ambers_shop):
    store = ambers_shop.store.pk
    branding.change(till.merchant.id, "system", {"display_name": "Amber Airport"}, store)
    till.pay(Outcome("captured", provider_ref="pi_1"), shopper=SHOPPER, store_id=store)
    read_news()
    send_letters()

    (letter,) = mail.outbox
    assert letter.from_email.startswith("Amber Airport <")
    assert "Amber Lamps, Berlin" in letter.body


def test_a_receipt_is_the_shops_in_the_shoppers_language(till, receipts):
    book = till.pay(
        Outcome("captured", provider_ref="pi_1"),
        shopper=SHOPPER, locale="zh-CN", reference="order-7",
    ).book  # fmt: skip
    read_news()
    assert send_letters() == 1

    (letter,) = mail.outbox
    html = letter.alternatives[0][0]
    assert letter.to == ["mia@example.com"]
    assert letter.from_email.startswith("Amber Lamps <")
    assert letter.reply_to == ["help@amber.example"]
    assert "€19.99" in letter.subject
    assert "Amber Lamps" in letter.subject
    assert 'lang="zh-hans"' in html
    assert "background:#ffd400" in html
    assert "color:#10222c;font-weight:600;font-size:13px" in html  # ink on a light colour
    for text in (letter.body, html):
        assert "order-7" in text
        assert "Visa ·· 4242" in text
        assert f"pay_{book.payment.id.hex}" in text
        assert "Amber Lamps, Berlin" in text
        assert "4242424242424242" not in text
        assert "Caravel" not in text
        assert "http" not in text


def test_a_language_we_do_not_write_is_english(till, receipts):
    till.pay(Outcome("captured", provider_ref="pi_1"), shopper=SHOPPER, locale="th-TH")
    read_news()
    send_letters()

    assert mail.outbox[0].subject == "Paid: €19.99 to Amber Lamps"


def test_no_receipt_unless_the_merchant_wants_it(till, merchant_id, receipts):
    branding.change(merchant_id, "system", {"receipts": False})
    till.pay(Outcome("captured", provider_ref="pi_1"), shopper=SHOPPER)
    read_news()

    assert not Letter.objects.exists()


def test_a_sandbox_writes_to_no_stranger(till, receipts, settings):
    settings.EMAIL_DIR = ""
    till.pay(Outcome("captured", provider_ref="pi_1"), shopper=SHOPPER)
    read_news()

    assert not Letter.objects.exists()


def test_a_refund_is_told_to_the_shopper(till, receipts, merchant_id):
    book = till.pay(Outcome("captured", provider_ref="pi_1"), shopper=SHOPPER).book
    till.provider.says(Outcome("succeeded", operation_ref="re_1"))
    money.refund(merchant_id, book.payment.id, 500, "requested_by_customer")
    read_news()
    send_letters()

    assert mail.outbox[1].subject == "On its way back: €5.00 from Amber Lamps"


def test_a_letter_of_the_same_name_is_written_once(db):
    for _ in range(2):
        services.write("once", "emails/receipt", "a@example.com", "en", {})

    assert Letter.objects.count() == 1


def reset_letter():
    facts = {"password_reset_url": f"{configured.BASE_URL}/password/reset/key/secret"}
    services.write("reset", "account/email/password_reset_key", "a@example.com", "zh-hant", facts)
    return Letter.objects.get()


def test_what_has_left_is_forgotten(db):
    letter = reset_letter()
    assert send_letters() == 1
    assert send_letters() == 0

    letter.refresh_from_db()
    assert (letter.status, letter.facts, letter.recipient) == ("sent", {}, "a…@example.com")
    assert "secret" in mail.outbox[0].body
    assert f"let_{letter.pk.hex}@" in mail.outbox[0].extra_headers["Message-ID"]


class Broken(EmailBackend):
    """A mail server that is away."""

    fault: Exception = ConnectionRefusedError()

    def send_messages(self, messages):
        raise self.fault


def test_a_mail_server_that_is_away_is_asked_again_later(db, monkeypatch):
    monkeypatch.setattr(posting, "get_connection", Broken)
    letter = reset_letter()
    assert send_letters() == 0
    letter.refresh_from_db()
    assert (letter.status, letter.tries, letter.error) == ("pending", 1, "ConnectionRefusedError")
    assert send_letters() == 0

    monkeypatch.undo()
    with clock.shifted(timedelta(seconds=posting.DELAYS_SECONDS[0] + 1)):
        assert send_letters() == 1


def test_after_the_last_try_it_is_over(db, monkeypatch):
    monkeypatch.setattr(posting, "get_connection", Broken)
    letter = reset_letter()
    ahead = timedelta()
    for _ in range(len(posting.DELAYS_SECONDS) + 1):
        with clock.shifted(ahead):
            send_letters()
        ahead += timedelta(seconds=posting.DELAYS_SECONDS[-1] + 1)

    letter.refresh_from_db()
    assert (letter.status, letter.facts) == ("failed", {})


def test_an_address_that_does_not_exist_is_not_tried_again(db, monkeypatch):
    refused = {"a@example.com": (550, b"no such user")}
    monkeypatch.setattr(Broken, "fault", smtplib.SMTPRecipientsRefused(refused))
    monkeypatch.setattr(posting, "get_connection", Broken)
    letter = reset_letter()
    send_letters()

    letter.refresh_from_db()
    assert letter.status == "failed"


def test_a_worker_that_died_while_sending_is_replaced(db):
    reset_letter()
    assert len(posting._claim()) == 1
    assert send_letters() == 0
    with clock.shifted(posting.LEASE + timedelta(seconds=1)):
        assert send_letters() == 1


def test_ink_can_be_read_on_every_colour():
    assert drawing.ink_on("#000000") == drawing.WHITE
    assert drawing.ink_on("#ffd400") == drawing.INK


def test_links_lead_home(db):
    reset_letter()
    send_letters()

    html = mail.outbox[0].alternatives[0][0]
    assert set(re.findall(r'href="(https?://[^/"]+)', html)) == {configured.BASE_URL}
    assert "<form" not in html
    assert "<img" not in html
