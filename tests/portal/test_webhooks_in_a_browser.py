"""A developer's afternoon in Chromium: an endpoint, a test event, what came back, once more."""

from __future__ import annotations

from selenium.common.exceptions import StaleElementReferenceException, WebDriverException
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

from acquiring.core import ids
from acquiring.webhooks import dispatch, services
from tests.portal.test_in_a_browser import browser, log_in, look, pytestmark  # noqa: F401
from tests.webhooks.conftest import receiver  # noqa: F401

ROOM = "/test/developers"
MAIN = "main .btn-primary"


def press(browser, selector):  # noqa: F811
    """Press something and wait until its page has gone."""
    browser.execute_script("window.before = true")
    browser.find_element(By.CSS_SELECTOR, selector).click()
    there = "return !window.before && document.readyState === 'complete'"
    # Between two pages Chromium may have neither to ask.
    waiting = WebDriverWait(browser, 20, ignored_exceptions=[WebDriverException])
    waiting.until(lambda _: browser.execute_script(there))


def words(browser) -> str:  # noqa: F811
    return browser.find_element(By.TAG_NAME, "main").text


def test_an_endpoint_is_made_tried_and_a_delivery_sent_again(
    browser,  # noqa: F811
    live_server,
    ambers_shop,
    receiver,  # noqa: F811
):
    receiver.answer = lambda path: 503
    log_in(browser, live_server.url)
    browser.get(f"{live_server.url}{ROOM}/webhooks/")
    press(browser, MAIN)
    browser.find_element(By.NAME, "url").send_keys(f"{receiver.url}/hook")
    assert not browser.find_element(By.NAME, "types").is_displayed()
    browser.find_element(By.CSS_SELECTOR, "input[name=everything][value='']").click()
    browser.find_element(By.CSS_SELECTOR, "input[value='payment.*']").click()
    press(browser, MAIN + "[type=submit]")
    assert browser.find_element(By.ID, "secret").text.startswith("whsec_")

    press(browser, "main form .cv-btn")
    assert "A test event is on its way" in browser.find_element(By.TAG_NAME, "body").text
    dispatch.look()
    assert [body["type"] for body in receiver.bodies()] == ["webhook_endpoint.test"]

    browser.get(f"{live_server.url}{ROOM}/webhooks/")
    assert "Your server answered 503" in words(browser)
    receiver.answer = lambda path: 200
    press(browser, ".dv-detail .btn-primary")
    dispatch.look()
    browser.refresh()
    assert "Your server took it with 200" in words(browser)
    assert len(receiver.got) == 2


def test_arrow_keys_move_through_the_deliveries(
    browser,  # noqa: F811
    live_server,
    ambers_shop,
    receiver,  # noqa: F811
):
    merchant_id = ambers_shop.merchant.pk
    made = services.create_endpoint(merchant_id, f"{receiver.url}/hook", "system")
    for _ in range(2):
        services.send_test_event(merchant_id, ids.show("we", made.endpoint.pk), "system")
    dispatch.look()
    log_in(browser, live_server.url)
    browser.get(f"{live_server.url}{ROOM}/webhooks/")
    rows = browser.find_elements(By.CSS_SELECTOR, "[data-dv-rows] a.cv-rowlink")
    wanted = rows[1].get_attribute("href")
    browser.find_element(By.TAG_NAME, "body").send_keys(Keys.ARROW_DOWN)
    WebDriverWait(browser, 10).until(lambda _: browser.current_url == wanted)


def test_the_rooms_fit_every_screen_and_break_no_rule(browser, live_server, ambers_shop):  # noqa: F811
    log_in(browser, live_server.url)
    pages = ("webhooks/", "webhooks/new/", "events/", "log/", "versions/", "clock/")
    settings = ("business/", "branding/", "sites/", "stores/", "stores/new/", "notifications/")
    for page in (*pages, *(f"../settings/{one}" for one in (*settings, "money/"))):
        look(browser, f"{live_server.url}{ROOM}/{page}".replace("developers/../", ""))


def test_the_preview_wears_what_is_typed(browser, live_server, ambers_shop):  # noqa: F811
    log_in(browser, live_server.url)
    browser.get(f"{live_server.url}/test/settings/branding/")
    browser.find_element(By.NAME, "display_name").send_keys("Lamps & Light")
    browser.execute_script(
        "const c=document.querySelector('[name=colour]'); c.value='#ffff00';"
        "c.dispatchEvent(new Event('input', {bubbles: true}));"
    )
    frame = browser.find_element(By.TAG_NAME, "iframe")

    def worn(_: object) -> bool:
        browser.switch_to.frame(frame)
        try:
            shops = browser.find_elements(By.CSS_SELECTOR, ".co-brand .cv-two")
            return bool(shops) and "Lamps & Light" in shops[0].get_attribute("textContent")
        finally:
            browser.switch_to.default_content()

    waiting = WebDriverWait(browser, 10, ignored_exceptions=[StaleElementReferenceException])
    waiting.until(worn)
    browser.switch_to.frame(frame)
    brand = "getComputedStyle(document.documentElement).getPropertyValue('--cv-brand')"
    shown = browser.execute_script(f"return {brand}").strip()
    red, green, blue = (int(shown[at : at + 2], 16) for at in (1, 3, 5))
    assert red == green < 150, "darkened until white can be read on it"
    assert blue == 0
