"""The drop-in script: a shop's page with a strict policy opens the checkout and hears of it."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import quote

import pytest
from django.test import Client
from selenium.common.exceptions import NoSuchElementException, StaleElementReferenceException
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webdriver import WebDriver
from selenium.webdriver.support.ui import WebDriverWait

from acquiring.checkout import script
from acquiring.core import addresses
from merchants import sites
from tests.browser import chromium
from tests.checkout.test_in_a_browser import (
    PATIENCE_SECONDS,
    as_wide_as,
    browser,  # noqa: F401 (a fixture)
    clean,
    press,
    type_card,
    visit,  # noqa: F401 (a fixture)
)

HERE = Path(__file__).parent


def marked(test):
    for mark in chromium.MARKS:
        test = mark(test)
    return test


@pytest.fixture
def shop(live_server) -> Iterator[str]:
    """A shop's own site, whose policy allows no inline style and no stranger's script."""
    policy = (
        f"default-src 'none'; script-src 'self' {live_server.url}; style-src 'none'; "
        f"img-src data:; frame-src {live_server.url}; base-uri 'none'"
    )
    pages = {
        "/": ("text/html", (HERE / "shop.html").read_text().replace("{caravel}", live_server.url)),
        "/shop.js": ("text/javascript", (HERE / "shop.js").read_text()),
    }

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            kind, text = pages[self.path.partition("?")[0]]
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Security-Policy", policy)
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_arguments: object) -> None:
            """Tests are read, not logs."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Page)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


@pytest.fixture
def opened(browser, visit, shop, ambers_shop):  # noqa: F811 (fixtures)
    """Opens the checkout from the shop's page; gives the driver."""

    def go(mode: str = "overlay", width: int = 1440, allowed: bool = True) -> WebDriver:
        sites.change(ambers_shop.merchant.id, "system", [shop] if allowed else [])
        session = visit()
        address = addresses.checkout_url(ambers_shop.merchant.id, session.id)
        as_wide_as(browser, width)
        browser.get(f"{shop}/?mode={mode}&checkout={quote(address, safe='')}")
        browser.get_log("browser")
        browser.find_element(By.ID, "pay").click()
        return browser

    return go


def reads(driver: WebDriver, words: str) -> None:
    """Wait until the frame says so; while it loads there is nothing in it to find."""
    away = (NoSuchElementException, StaleElementReferenceException)
    WebDriverWait(driver, PATIENCE_SECONDS, ignored_exceptions=away).until(
        lambda one: words in one.find_element(By.TAG_NAME, "main").text, words
    )


def hears(driver: WebDriver, word: str) -> None:
    WebDriverWait(driver, PATIENCE_SECONDS).until(
        lambda one: any(said.startswith(word) for said in one.execute_script("return heard")),
        f"{word}: {driver.execute_script('return heard')}",
    )


@marked
def test_an_overlay_takes_the_payment_and_tells_the_shop(opened):
    driver = opened()
    hears(driver, "ready")
    dialog = driver.find_element(By.TAG_NAME, "dialog")
    assert dialog.size["width"] == 480
    lock = "return document.documentElement.style.overflow"
    assert driver.execute_script(lock) == "hidden"
    clean(driver)
    driver.switch_to.frame(0)
    type_card(driver)
    press(driver)
    reads(driver, "Thank you, your payment is through")
    driver.switch_to.default_content()
    hears(driver, "complete captured pay_")
    driver.find_element(By.CSS_SELECTOR, "dialog > button").click()
    assert driver.execute_script("return heard").count("cancel") == 0
    assert driver.find_elements(By.TAG_NAME, "dialog") == []
    assert driver.execute_script(lock) == ""
    assert driver.switch_to.active_element.get_attribute("id") == "pay"
    clean(driver)


@marked
def test_escape_leaves_from_within_the_frame_and_on_a_phone_it_is_the_whole_screen(opened):
    driver = opened(width=390)
    hears(driver, "ready")
    size = driver.find_element(By.TAG_NAME, "dialog").size
    assert (size["width"], size["height"]) == (390, 844)
    driver.switch_to.frame(0)
    driver.find_element(By.TAG_NAME, "body").send_keys(Keys.ESCAPE)
    driver.switch_to.default_content()
    hears(driver, "cancel")
    assert driver.find_elements(By.TAG_NAME, "dialog") == []


@marked
def test_inline_it_is_as_tall_as_what_it_shows(opened):
    driver = opened("inline")
    hears(driver, "ready")
    frame = driver.find_element(By.CSS_SELECTOR, "#here > iframe")
    WebDriverWait(driver, PATIENCE_SECONDS).until(lambda _: frame.size["height"] != 640)
    driver.switch_to.frame(0)
    tall = driver.execute_script("return document.documentElement.scrollHeight")
    driver.switch_to.default_content()
    assert abs(frame.size["height"] - tall) <= 2
    # What anybody else says is not believed.
    lie = "postMessage({source: 'caravel-checkout', type: 'completed', payment: 'pay_x'}, '*')"
    driver.execute_script(lie)
    assert not any("complete" in said for said in driver.execute_script("return heard"))


def test_the_script_is_small_and_kept():
    client = Client(SERVER_NAME="127.0.0.1")
    answer = client.get("/js/checkout.js")
    assert answer["Content-Type"].startswith("text/javascript")
    assert len(gzip.compress(answer.content)) < 15_000
    assert answer["Cache-Control"] == "public, max-age=3600"
    pinned = client.get(f"/js/checkout.js?v={script.version()}")
    assert "immutable" in pinned["Cache-Control"]
    again = client.get("/js/checkout.js", HTTP_IF_NONE_MATCH=answer["ETag"])
    assert (again.status_code, again.content) == (304, b"")
