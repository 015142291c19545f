"""The pages as a person meets them, in Chromium: nothing refused, nothing sideways."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webdriver import WebDriver
from selenium.webdriver.support.wait import WebDriverWait

from merchants import services
from tests import cast
from tests.browser import chromium

PATIENCE_SECONDS = 15  # a busy machine's page may take a while to come
WIDTHS = (1440, 768, 390, 320)
KEYS = "/test/developers/api-keys/"

pytestmark = chromium.MARKS


@pytest.fixture
def browser(browser, live_server, settings) -> WebDriver:
    """The same, more patient."""
    settings.CSRF_TRUSTED_ORIGINS = [live_server.url]
    browser.implicitly_wait(PATIENCE_SECONDS)
    return browser


def look(browser: WebDriver, address: str) -> None:
    """Open a page; it must fit every width and break no rule of the content policy."""
    browser.get(address)
    for width in WIDTHS:
        screen = {"width": width, "height": 844, "deviceScaleFactor": 1, "mobile": width < 768}
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", screen)
        found = browser.execute_script("return document.documentElement.scrollWidth")
        assert found <= width, (address, width)
    for entry in browser.get_log("browser"):
        assert "404 (Not Found)" in entry["message"], (address, entry["message"])


def log_in(browser: WebDriver, base: str) -> None:
    browser.get(f"{base}/login/?way=password")
    browser.find_element(By.NAME, "login").send_keys("amber@example.com")
    browser.find_element(By.NAME, "password").send_keys(cast.PASSWORD)
    browser.find_element(By.CSS_SELECTOR, "main .btn-primary").click()
    arrives(browser, "/login/", at_last=False)


def arrives(browser: WebDriver, path: str, at_last: bool = True) -> None:
    """Wait until the browser is at an address that begins so, or has left it."""
    WebDriverWait(browser, PATIENCE_SECONDS).until(
        lambda driver: urlsplit(driver.current_url).path.startswith(path) is at_last
    )


def test_the_workspace_fits_every_screen(browser, live_server, ambers_shop):
    log_in(browser, live_server.url)
    key = ambers_shop.merchant.keys.get(kind="secret").shown
    pages = (KEYS, f"{KEYS}new/", f"{KEYS}{key}/rotate/", f"{KEYS}{key}/revoke/")
    for page in (*pages, "/developers/api-keys/"):
        look(browser, f"{live_server.url}{page}")


def test_a_key_made_by_hand_works(browser, live_server, ambers_shop):
    log_in(browser, live_server.url)
    browser.get(f"{live_server.url}{KEYS}")
    browser.find_element(By.CSS_SELECTOR, "main .btn-primary").click()
    arrives(browser, f"{KEYS}new/")
    scopes = browser.find_element(By.CSS_SELECTOR, ".pt-scopes")
    assert not scopes.is_displayed()
    browser.find_element(By.CSS_SELECTOR, "input[value=restricted]").click()
    assert scopes.is_displayed()
    browser.find_element(By.CSS_SELECTOR, "select[name=payments] option[value=read]").click()
    browser.find_element(By.NAME, "name").send_keys("Warehouse")
    browser.find_element(By.CSS_SELECTOR, "main form[method=post] button.btn-primary").click()

    secret = browser.find_element(By.ID, "secret").text
    assert re.fullmatch(r"rk_test_[0-9A-Za-z]{43}", secret)
    assert services.authenticate(secret).scopes == {"payments:read"}


def test_light_and_dark_are_one_press_apart(browser, live_server):
    browser.get(f"{live_server.url}/login/")
    root = browser.find_element(By.TAG_NAME, "html")
    before = root.get_attribute("data-bs-theme")
    browser.find_element(By.CSS_SELECTOR, "[data-cv-theme]").click()

    assert root.get_attribute("data-bs-theme") != before
    browser.refresh()
    after = browser.find_element(By.TAG_NAME, "html").get_attribute("data-bs-theme")
    assert after != before
