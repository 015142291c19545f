"""The documentation, the notifications and the mailbox in Chromium: nothing refused or sideways."""

from __future__ import annotations

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.wait import WebDriverWait

from acquiring.notices import services
from tests.portal.test_in_a_browser import browser, log_in, look, pytestmark  # noqa: F401

PAGES = ("/docs", "/docs/quickstart", "/docs/webhooks", "/docs/declines", "/docs/search?q=refund")


@pytest.mark.parametrize("page", PAGES)
def test_the_documentation_fits_every_screen(browser, live_server, page):  # noqa: F811
    look(browser, f"{live_server.url}{page}")


def test_a_reader_searches_while_typing_and_keeps_a_language(browser, live_server):  # noqa: F811
    browser.get(f"{live_server.url}/docs/concepts")
    browser.find_element(By.TAG_NAME, "body").send_keys("/")
    browser.switch_to.active_element.send_keys("verify")
    WebDriverWait(browser, 5).until(
        lambda driver: driver.find_elements(By.CSS_SELECTOR, "#dc-hits a[href$='#verify']")
    )
    browser.switch_to.active_element.send_keys(Keys.ARROW_DOWN + Keys.NULL)
    browser.switch_to.active_element.send_keys(Keys.ENTER)
    WebDriverWait(browser, 5).until(lambda driver: "webhooks#verify" in driver.current_url)

    shown = "return getComputedStyle(document.querySelector('.language-go').closest('pre')).display"
    browser.find_element(By.CSS_SELECTOR, "input[value=Go]").send_keys(Keys.SPACE)
    browser.refresh()
    assert browser.find_element(By.CSS_SELECTOR, "input[value=Go]").is_selected()
    assert browser.execute_script(shown) != "none"
    for entry in browser.get_log("browser"):
        raise AssertionError(entry["message"])


def test_notifications_and_mailbox_fit_every_screen(
    browser,  # noqa: F811
    live_server,
    ambers_shop,
    settings,
    tmp_path,
):
    settings.EMAIL_DIR = str(tmp_path)
    settings.BASE_URL = live_server.url
    services.tell(
        ambers_shop.merchant.id, "balance.negative", "", {"currency": "EUR", "amount": -1}, "one"
    )
    log_in(browser, live_server.url)
    for page in ("/test/notifications/", "/dev/mailbox/"):
        look(browser, f"{live_server.url}{page}")
