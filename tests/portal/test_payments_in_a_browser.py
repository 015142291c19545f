"""Support in Chromium: find a payment, give part of it back, see it in the story."""

from __future__ import annotations

import pytest
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

from acquiring.connectors.driver import Outcome
from acquiring.core import ids
from acquiring.payments import queries, wire
from tests import cast
from tests.payments.conftest import Provider, Till
from tests.portal.test_in_a_browser import browser, log_in, look, pytestmark  # noqa: F401

PAGE = "/test/payments/"


@pytest.fixture
def till(ambers_shop, monkeypatch):
    provider = Provider()
    monkeypatch.setattr(wire, "perform", provider.perform)
    return Till(cast.connected(ambers_shop), provider)


@pytest.fixture
def paid(till):
    shopper = {"customer": {"name": "Ines Moreau", "email": "ines@example.com"}}
    till.pay(Outcome("declined", decline="do_not_honor"), Outcome("captured"), amount=700)
    return till.pay(Outcome("captured"), amount=24890, reference="LM-1", shopper=shopper).book


def wait(browser, truth):  # noqa: F811
    gone = [StaleElementReferenceException]
    WebDriverWait(browser, 10, ignored_exceptions=gone).until(lambda _: truth())


def words(browser) -> str:  # noqa: F811
    return browser.find_element(By.TAG_NAME, "body").text


def test_a_payment_is_found_and_partly_refunded(browser, live_server, till, paid):  # noqa: F811
    till.provider.says(Outcome("succeeded"))
    log_in(browser, live_server.url)
    browser.get(f"{live_server.url}{PAGE}")
    browser.find_element(By.NAME, "q").send_keys("ines@example.com" + Keys.ENTER)
    wait(browser, lambda: len(browser.find_elements(By.CSS_SELECTOR, ".cv-rowlink")) == 1)
    browser.find_element(By.CSS_SELECTOR, "td.a4").click()
    wait(browser, lambda: "Timeline" in words(browser))

    browser.find_element(By.TAG_NAME, "body").send_keys("r")
    wait(browser, lambda: browser.find_elements(By.CSS_SELECTOR, "dialog[open]"))
    amount = browser.find_element(By.CSS_SELECTOR, "dialog input[name=amount]")
    amount.clear()
    amount.send_keys("49.00")
    button = browser.find_element(By.CSS_SELECTOR, "dialog button[type=submit]")
    wait(browser, lambda: button.text == "Refund 49.00 EUR")
    button.click()

    wait(browser, lambda: "49.00 EUR refunded" in words(browser))
    assert "by Amber" in words(browser)
    assert "Partly refunded" in words(browser)
    assert queries.book(till.id, paid.payment.id).payment.amount_refunded == 4900


def test_the_room_fits_every_screen(browser, live_server, till, paid):  # noqa: F811
    till.provider.says(Outcome("succeeded"))
    log_in(browser, live_server.url)
    one = f"{PAGE}{ids.show('pay', paid.payment.id)}/"
    held = till.pay(Outcome("authorized"), capture_method="manual").book
    other = f"{PAGE}{ids.show('pay', held.payment.id)}/"
    chosen = f"{PAGE}chosen/?only={ids.show('pay', paid.payment.id)}"
    pages = (PAGE, one, f"{one}?steps=every", f"{one}?again=1", f"{one}refund/", chosen)
    for page in (*pages, f"{other}capture/", f"{other}cancel/", "/test/refunds/"):
        look(browser, f"{live_server.url}{page}")


def test_choosing_payments_brings_the_bar(browser, live_server, till, paid):  # noqa: F811
    log_in(browser, live_server.url)
    browser.set_window_size(1440, 900)
    browser.get(f"{live_server.url}{PAGE}")
    bar = browser.find_element(By.ID, "chosen")
    assert not bar.is_displayed()
    browser.find_element(By.CSS_SELECTOR, "td.pt-pick input").click()
    assert bar.is_displayed()
    bar.find_element(By.CSS_SELECTOR, "[type=submit]").click()
    wait(browser, lambda: "Together" in words(browser))
    assert "248.90" in words(browser)
