"""The notifications page, the admin's previews and the mailbox of a developer's machine."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from acquiring.notices import queries, samples, services
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
    assert browser.get(PAGE, {"before": "nonsense"}).status_code == 404


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
