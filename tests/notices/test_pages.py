"""The notifications page, the admin's previews and the mailbox of a developer's machine."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from acquiring.notices import posting, queries, samples, services
from merchants import branding
from merchants.models import User
from tests import cast

pytestmark = pytest.mark.django_db

PAGE = "/test/notifications/"


def tell(merchant_id, number, kind="balance.negative"):
    facts = {"currency": "EUR", "amount": -number, "host": f"shop{number}.example", "url": "-"}
    services.tell(merchant_id, kind, "we_1", facts, once=f"{kind}:{number}")


@pytest.fixture
def browser(ambers_shop, amber):
    return cast.at_the_desk(amber)


def test_notices_are_listed_with_what_is_unread(browser, merchant_id):
    tell(merchant_id, 500)
    page = browser.get(PAGE).content.decode()

    assert "Your balance in EUR is below zero: \u22125.00 EUR" in page
    assert "1 is unread" in page


def test_a_notice_opens_its_subject_and_is_read(browser, merchant_id, amber):
    tell(merchant_id, 500)
    (notice,) = queries.notices(merchant_id, amber.pk)
    answer = browser.post(f"{PAGE}{notice.shown}/open/")

    assert answer.status_code == 302
    assert answer.url.startswith("/test/")
    assert queries.unread_count(amber, merchant_id) == 0


def test_marking_one_and_all_as_read(browser, merchant_id, amber):
    for number in (1, 2, 3):
        tell(merchant_id, number)
    first = queries.notices(merchant_id, amber.pk)[0]
    browser.post(f"{PAGE}read/", {"notice": first.shown})
    assert queries.unread_count(amber, merchant_id) == 2
    answer = browser.post(f"{PAGE}read/", {"show": "unread"})

    assert queries.unread_count(amber, merchant_id) == 0
    assert answer.url == f"{PAGE}?show=unread"


def test_the_list_is_filtered_by_its_address(browser, merchant_id):
    tell(merchant_id, 500)
    tell(merchant_id, 7, "webhook_endpoint.failing")
    page = browser.get(PAGE, {"group": "Developers", "show": "unread"}).content.decode()

    assert "shop7.example has taken no webhook" in page
    assert "below zero" not in page


def test_pages_of_fifty_by_cursor_and_few_queries(
    browser, merchant_id, django_assert_max_num_queries
):
    for number in range(60):
        tell(merchant_id, number)
    with django_assert_max_num_queries(12):
        page = browser.get(PAGE).content.decode()
    assert page.count("<li data-unread") == 50

    older = re.search(r'href="(\?before=[^"]+)"', page).group(1)
    assert browser.get(PAGE + older).content.decode().count("<li data-unread") == 10


def test_somebody_elses_notice_is_not_found(browser, chiaras_shop):
    tell(chiaras_shop.merchant.id, 500)
    (notice,) = queries.notices(chiaras_shop.merchant.id, chiaras_shop.owner.pk)

    assert browser.post(f"{PAGE}{notice.shown}/open/").status_code == 404


def test_the_page_speaks_the_readers_language(browser, merchant_id):
    tell(merchant_id, 500)
    browser.post("/language/", {"language": "zh-hans", "next": "/"})
    page = browser.get(PAGE).content.decode()

    assert "余额" in page
    assert "below zero" not in page


@pytest.mark.parametrize("language", samples.LANGUAGES)
@pytest.mark.parametrize("name", samples.SAMPLES)
def test_every_letter_in_every_language_has_its_two_forms(name, language):
    drawn = samples.draw(name, language)

    assert drawn.subject
    assert drawn.subject == drawn.subject.strip()
    assert f'lang="{language}"' in drawn.html
    for form in (drawn.text, drawn.html):
        assert "%(" not in form
        assert "{{" not in form
    links = re.findall(r'href="([^"]+)"', drawn.html)
    assert all(link.replace("&amp;", "&") in drawn.text for link in links)
    if language != "en":
        assert re.search(r"[\u4e00-\u9fff]", drawn.subject)


@pytest.fixture
def staff(db):
    person = User.objects.create_superuser("staff@example.com", cast.PASSWORD)
    client = Client()
    client.force_login(person, "django.contrib.auth.backends.ModelBackend")
    return client


def test_the_admin_shows_every_letter_in_a_frame_of_its_own(staff, browser):
    page = staff.get("/admin/notices/letter/preview/", {"letter": "receipt"}).content.decode()
    assert "iframe sandbox" in page
    assert all(name in page for name in samples.SAMPLES)

    answer = staff.get("/admin/notices/letter/preview/receipt/zh-hans/html")
    assert answer.status_code == 200
    assert "sandbox" in answer["Content-Security-Policy"]
    assert answer["X-Frame-Options"] == "SAMEORIGIN"
    assert staff.get("/admin/notices/letter/preview/receipt/xx/html").status_code == 404
    assert browser.get("/admin/notices/letter/preview/receipt/en/html").status_code == 302


@pytest.fixture
def mailbox(settings, tmp_path):
    """A developer's machine that has written one letter."""
    settings.EMAIL_DIR = settings.EMAIL_FILE_PATH = str(tmp_path)
    settings.BASE_URL = "http://127.0.0.1:8000"
    backend = "django.core.mail.backends.filebased.EmailBackend"
    facts = {"password_reset_url": "http://127.0.0.1:8000/password/reset/key/x"}
    services.write("1", "account/email/password_reset_key", "a@example.com", "zh-hans", facts)
    settings.EMAIL_BACKEND = backend
    posting.send_due()
    return settings


def test_a_developer_reads_what_would_have_been_sent(client, mailbox):
    page = client.get("/dev/mailbox/").content.decode()
    (address,) = re.findall(r'href="(/dev/mailbox/[^"]+~0/)"', page)
    answer = client.get(address)
    shown = answer.content.decode()

    assert "a@example.com" in page
    assert '<iframe class="mb-frame" sandbox' in shown
    assert "http://127.0.0.1:8000/password/reset/key/x" in shown
    assert "frame-src 'self'" in answer["Content-Security-Policy"]
    assert "unsafe-inline" not in answer["Content-Security-Policy"]
    framed = client.get(f"{address}html")
    assert 'lang="zh-hans"' in framed.content.decode()
    assert framed["X-Frame-Options"] == "SAMEORIGIN"
    assert "sandbox" in framed["Content-Security-Policy"]
    assert "script-src" not in framed["Content-Security-Policy"]
    assert client.get("/dev/mailbox/..%2Fsecret.log~0/").status_code == 404


def test_nobody_from_elsewhere_reads_it(client, mailbox, staff, browser):
    for elsewhere in ({"REMOTE_ADDR": "203.0.113.7"}, {"HTTP_X_FORWARDED_FOR": "203.0.113.7"}):
        assert client.get("/dev/mailbox/", **elsewhere).status_code == 403
        assert browser.get("/dev/mailbox/", **elsewhere).status_code == 403
        assert staff.get("/dev/mailbox/", **elsewhere).status_code == 200
    mailbox.BASE_URL = "https://pay.example.com"
    assert client.get("/dev/mailbox/").status_code == 403


def test_where_letters_are_sent_there_is_no_mailbox(staff, settings):
    settings.EMAIL_DIR = ""
    assert staff.get("/dev/mailbox/").status_code == 404


def test_receipts_are_switched_on_in_the_settings(browser, merchant_id):
    form = {"colour": "#0b6785", "radius": "8", "receipts": "on"}
    answer = browser.post("/test/settings/branding/", form)

    assert answer.status_code == 302
    assert branding.look(merchant_id).receipts
    page = browser.get("/test/settings/branding/").content.decode()
    assert re.search(r'<input type="checkbox" name="receipts"[^>]*checked', page)
