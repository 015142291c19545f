"""The journeys of a shopper on a phone, in Chromium: nothing refused, nothing sideways, no trap."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webdriver import WebDriver
from selenium.webdriver.support.ui import WebDriverWait

from acquiring.core import addresses
from acquiring.payments import checkout, models
from merchants import services, sites
from tests.browser import chromium
from tests.sandbox_process import Sandbox

PATIENCE_SECONDS = 20
WIDTHS = (1440, 390, 320)

pytestmark = chromium.MARKS


@pytest.fixture
def browser(browser, live_server, settings) -> WebDriver:
    """A phone, for which the live server is the platform."""
    settings.BASE_URL = live_server.url
    as_wide_as(browser, 390)
    return browser


@pytest.fixture
def visit(browser, sandbox: Sandbox, ambers_shop):
    """Opens a session's page; gives the session."""
    for account in ambers_shop.accounts:
        services.connect_sandbox(account)

    def go(amount: int = 1999, **facts) -> models.CheckoutSession:
        merchant = ambers_shop.merchant.id
        facts = {"currency": "EUR", "country": "NL", **facts}
        session = checkout.open_session(merchant, amount=amount, **facts)
        browser.get(addresses.checkout_url(merchant, session.id))
        return session

    return go


def as_wide_as(browser: WebDriver, width: int) -> None:
    screen = {"width": width, "height": 844, "deviceScaleFactor": 1, "mobile": width < 768}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", screen)


def look(browser: WebDriver) -> None:
    """The page fits every width, and nothing in it was refused or broke."""
    for width in WIDTHS:
        as_wide_as(browser, width)
        found = browser.execute_script("return document.documentElement.scrollWidth")
        assert found <= width, (browser.current_url, width)
    as_wide_as(browser, 390)
    clean(browser)


def clean(browser: WebDriver) -> None:
    assert [entry["message"] for entry in browser.get_log("browser")] == []


def patiently(browser: WebDriver) -> WebDriverWait:
    """Wait; between two pages Chromium may have neither to ask."""
    return WebDriverWait(browser, PATIENCE_SECONDS, ignored_exceptions=[WebDriverException])


def sees(browser: WebDriver, words: str) -> None:
    """Wait until the page says these words."""
    patiently(browser).until(
        lambda driver: words in driver.find_element(By.TAG_NAME, "main").text, f"{words!r}"
    )


def choose(browser: WebDriver, method: str) -> None:
    browser.find_element(By.CSS_SELECTOR, f"input[value={method}]").click()


def press(browser: WebDriver) -> None:
    browser.find_element(By.CSS_SELECTOR, "[data-co-pay]").click()


def type_card(browser: WebDriver, number: str = "4242424242424242", code: str = "123") -> None:
    """Only the first field is clicked: the rest is reached as the digits fill up."""
    choose(browser, "card")
    browser.find_element(By.ID, "number").send_keys(number)
    browser.switch_to.active_element.send_keys("1231")
    browser.switch_to.active_element.send_keys(code)


def status_of(session: models.CheckoutSession) -> list[str]:
    rows = models.Payment.objects.filter(session_id=session.id).order_by("id")
    return [row.status for row in rows]


def answer(browser: WebDriver, choice: str) -> None:
    """On the simulator's page of a bank or an issuer."""
    button = f"button[value={choice}]"
    patiently(browser).until(lambda driver: driver.find_elements(By.CSS_SELECTOR, button))
    browser.get_log("browser")
    browser.find_element(By.CSS_SELECTOR, button).click()


def test_a_card_is_typed_in_one_go_and_pays(browser, visit):
    session = visit()
    look(browser)
    type_card(browser)
    values = [
        browser.find_element(By.ID, name).get_attribute("value")
        for name in ("number", "expiry", "code")
    ]
    assert values == ["4242 4242 4242 4242", "12 / 31", "123"]
    look(browser)
    press(browser)
    sees(browser, "Thank you, your payment is through")
    look(browser)
    assert status_of(session) == ["captured"]


def test_a_mistake_is_told_when_the_field_is_left_and_goes_when_mended(browser, visit):
    visit()
    choose(browser, "card")
    number = browser.find_element(By.ID, "number")
    number.send_keys("4242 4242 4242 4241")
    mistake = browser.find_element(By.ID, "number-mistake")
    assert not mistake.is_displayed()
    browser.find_element(By.ID, "holder").click()
    assert "One of the digits is wrong" in mistake.text
    assert number.get_attribute("aria-invalid") == "true"
    number.send_keys("\b2")
    assert not mistake.is_displayed()
    press(browser)
    assert browser.switch_to.active_element.get_attribute("id") == "expiry"
    clean(browser)


def test_american_express_has_its_own_grouping_and_code(browser, visit):
    visit()
    choose(browser, "card")
    browser.find_element(By.ID, "number").send_keys("378282246310005")
    assert browser.find_element(By.ID, "number").get_attribute("value") == "3782 822463 10005"
    code = browser.find_element(By.ID, "code")
    code.send_keys("123")
    browser.find_element(By.ID, "holder").click()
    assert "4 digits" in browser.find_element(By.ID, "code-mistake").text


def test_the_issuer_asks_and_the_shopper_comes_back_paid(browser, visit):
    session = visit(amount=6602)
    type_card(browser)
    press(browser)
    answer(browser, "approve")
    sees(browser, "Thank you, your payment is through")
    clean(browser)
    assert status_of(session) == ["captured"]


def test_a_bank_is_reached_by_redirect_and_the_back_button_is_no_trap(browser, visit):
    session = visit(return_url="https://shop.example/done")
    address = browser.current_url
    choose(browser, "ideal")
    press(browser)
    sees(browser, "We take you to iDEAL")
    clean(browser)
    patiently(browser).until(lambda driver: not driver.current_url.startswith(address))
    browser.back()
    sees(browser, "Continue to iDEAL")
    browser.find_element(By.CSS_SELECTOR, "[data-co-away]").click()
    answer(browser, "approve")
    sees(browser, "Thank you, your payment is through")
    browser.find_element(By.CSS_SELECTOR, "[data-co-stay]").click()
    assert not browser.find_element(By.CSS_SELECTOR, "[data-co-countdown]").is_displayed()
    clean(browser)
    assert status_of(session) == ["captured"]


def test_a_declined_card_leads_to_another_way(browser, visit):
    session = visit()
    type_card(browser, "4000000000009995")
    press(browser)
    sees(browser, "Your bank did not approve this card")
    look(browser)
    assert browser.switch_to.active_element.get_attribute("role") == "alert"
    chosen = browser.find_element(By.CSS_SELECTOR, "input[name=method]:checked")
    assert chosen.get_attribute("value") == "ideal"
    press(browser)
    answer(browser, "approve")
    sees(browser, "Thank you, your payment is through")
    clean(browser)
    assert status_of(session) == ["declined", "captured"]


def test_the_page_that_waits_moves_on_by_itself(browser, visit, ambers_shop):
    session = visit()
    choose(browser, "ideal")
    browser.execute_script("document.querySelector('[data-co-form]').target = '_blank'")
    press(browser)
    patiently(browser).until(lambda driver: len(driver.window_handles) == 2)
    patiently(browser).until(lambda _: status_of(session))
    browser.get(addresses.checkout_url(ambers_shop.merchant.id, session.id))
    sees(browser, "Waiting for you to confirm")
    look(browser)
    first = browser.current_window_handle
    other = next(one for one in browser.window_handles if one != first)
    browser.switch_to.window(other)
    answer(browser, "approve")
    browser.switch_to.window(first)
    sees(browser, "Thank you, your payment is through")


def test_it_is_paid_in_arabic_from_right_to_left(browser, visit):
    session = visit(locale="ar")
    root = browser.find_element(By.TAG_NAME, "html")
    assert (root.get_attribute("lang"), root.get_attribute("dir")) in {("ar", "rtl"), ("en", "ltr")}
    look(browser)
    type_card(browser)
    press(browser)
    patiently(browser).until(lambda _: status_of(session) == ["captured"])


@pytest.fixture
def shop_page() -> Iterator[tuple[str, list[str]]]:
    """A merchant's page at an origin of its own: its address and the one frame it shows."""
    shown: list[str] = []

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            if self.path == "/":
                heard = (
                    "window.heard=[];addEventListener('message',e=>heard.push([e.origin,e.data]))"
                )
                frame = f'<iframe src="{shown[-1]}" width="380" height="800"></iframe>'
                self.wfile.write(f"<script>{heard}</script>{frame}".encode())

        def log_message(self, *_arguments: object) -> None:
            """Tests are read, not logs."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Page)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", shown
    server.shutdown()


def test_a_shops_page_frames_it_and_hears_what_happens(
    browser, visit, shop_page, live_server, ambers_shop
):
    origin, shown = shop_page
    sites.change(ambers_shop.merchant.id, "system", [origin])
    session = visit()
    shown.append(f"{browser.current_url}?embedded={origin}")
    as_wide_as(browser, 1440)
    browser.get(f"{origin}/")
    browser.switch_to.frame(0)
    choose(browser, "card")
    for name, typed in (("number", "4242424242424242"), ("expiry", "1231"), ("code", "123")):
        browser.find_element(By.ID, name).send_keys(typed)
    press(browser)
    sees(browser, "Thank you, your payment is through")
    browser.switch_to.default_content()
    heard = browser.execute_script("return heard")
    assert {one[0] for one in heard} == {live_server.url}
    said = [one[1] for one in heard]
    assert {one["source"] for one in said} == {"caravel-checkout"}
    assert [one["type"] for one in said if one["type"] != "resize"] == [
        "ready",
        "ready",
        "completed",
    ]
    assert said[-1 if said[-1]["type"] == "completed" else -2]["status"] == "captured"
    assert any(one.get("height", 0) > 300 for one in said)
    assert status_of(session) == ["captured"]


def test_no_other_page_may_frame_it(browser, visit, shop_page, ambers_shop):
    origin, shown = shop_page
    sites.change(ambers_shop.merchant.id, "system", ["https://shop.example"])
    visit()
    shown.append(f"{browser.current_url}?embedded={origin}")
    browser.get(f"{origin}/")
    assert "frame-ancestors" in " ".join(one["message"] for one in browser.get_log("browser"))


def test_a_customer_pays_with_a_saved_card(browser, visit, ambers_shop):
    merchant = ambers_shop.merchant.id
    customer = checkout.create_customer(merchant, name="Sanne", email="sanne@example.com")
    visit(customer_id=customer.id)
    type_card(browser)
    browser.find_element(By.NAME, "save").click()
    press(browser)
    sees(browser, "Your card is saved for your next order here")
    session = visit(amount=500, customer_id=customer.id)
    look(browser)
    press(browser)
    sees(browser, "Thank you, your payment is through")
    assert status_of(session) == ["captured"]
