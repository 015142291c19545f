"""The pages that wait, in Chromium: they fit every width, count down, copy, and break no policy."""

from __future__ import annotations

import re

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from tests.checkout.test_in_a_browser import (
    PATIENCE_SECONDS,
    as_wide_as,
    browser,  # noqa: F401 (a fixture)
    choose,
    clean,
    look,
    press,
    pytestmark,  # noqa: F401 (needs a browser, and a database of its own)
    visit,  # noqa: F401 (a fixture)
)

TYPED = {
    "customer.name": "Sanne de Vries",
    "customer.email": "sanne@example.com",
    "customer.phone": "+351912345678",
    "details.code": "777123",
}


@pytest.fixture
def waiting(browser, visit):  # noqa: F811 (fixtures)
    """Opens a session, pays by its one method, and gives the driver on the page that waits."""

    def go(method: str, amount: int, currency: str, country: str, **facts):
        visit(amount, currency=currency, country=country, methods=[method], **facts)
        choose(browser, method)
        for name, text in TYPED.items():
            for field in browser.find_elements(By.NAME, f"{method}.{name}"):
                field.send_keys(text)
        press(browser)
        WebDriverWait(browser, PATIENCE_SECONDS).until(
            lambda driver: driver.find_elements(By.CSS_SELECTOR, ".co-wait")
        )
        return browser

    return go


CASES = [
    ("paynow", 38900, "SGD", "SG"),
    ("oxxo", 179000, "MXN", "MX"),
    ("konbini", 4500, "JPY", "JP"),
    ("bank_transfer", 24890, "EUR", "DE"),
    ("mbway", 4500, "EUR", "PT"),
    ("blik", 4500, "PLN", "PL"),
]


@pytest.mark.parametrize("case", CASES, ids=[case[0] for case in CASES])
def test_it_fits_every_screen_in_both_directions(waiting, case):
    driver = waiting(*case)
    if case[0] == "blik":
        clean(driver)  # confirmed within seconds: there is nothing more to look at
        return
    look(driver)
    as_wide_as(driver, 390)
    driver.get(f"{driver.current_url.partition('?')[0]}?locale=ar")
    assert driver.find_element(By.TAG_NAME, "html").get_attribute("dir") == "rtl"
    look(driver)


def test_the_time_that_is_left_runs_and_the_code_is_drawn(waiting):
    driver = waiting("paynow", 38900, "SGD", "SG")
    clock = driver.find_element(By.CSS_SELECTOR, "[data-co-clock]")
    before = clock.text
    assert re.fullmatch(r"\d+:\d\d left", before)
    WebDriverWait(driver, PATIENCE_SECONDS).until(lambda _: clock.text != before)
    drawn = "return document.querySelector('.co-qr img').naturalWidth"
    assert driver.execute_script(drawn) > 0
    driver.find_element(By.CSS_SELECTOR, "[data-co-fresh] button").click()
    WebDriverWait(driver, PATIENCE_SECONDS).until(
        lambda one: one.find_elements(By.CSS_SELECTOR, "[data-co-clock]")
    )
    clean(driver)


def test_numbers_are_copied_by_a_press(waiting):
    driver = waiting("bank_transfer", 24890, "EUR", "DE")
    driver.execute_script("navigator.clipboard.writeText = (text) => { window.kept = text; "
                          "return Promise.resolve(); }")  # fmt: skip
    button = driver.find_element(By.CSS_SELECTOR, ".is-loud [data-co-copy]")
    driver.execute_script("arguments[0].click()", button)
    reference = button.get_attribute("data-co-copy")
    WebDriverWait(driver, PATIENCE_SECONDS).until(lambda _: "Copied" in button.text)
    assert driver.execute_script("return kept") == reference
    clean(driver)


def test_a_request_can_be_sent_again_after_a_while(waiting):
    driver = waiting("mbway", 4500, "EUR", "PT")
    again = driver.find_element(By.CSS_SELECTOR, "[data-co-fresh]")
    assert not again.is_displayed()
