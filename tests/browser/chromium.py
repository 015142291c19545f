"""Chromium as the tests use it: signed in by a cookie, and watched for every complaint.

It is started once for a session; every test gets a tab of its own, in a browser that remembers
nothing of the test before.
"""

from __future__ import annotations

import gzip
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.test import Client
from pytest_django.live_server_helper import LiveServer
from selenium import webdriver
from selenium.webdriver.remote.webdriver import WebDriver

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
CHROMEDRIVER = shutil.which("chromedriver")
MISSING = not (CHROMIUM and CHROMEDRIVER)
WHY_NOT = "needs chromium and chromedriver on the path"
MARKS = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(MISSING, reason=WHY_NOT),
]
AXE = Path(__file__).parent / "vendor" / "axe.min.js"
STATIC = settings.BASE_DIR / "templates" / "static"
LAZY = ("vendor/echarts/", "vendor/swagger-ui/")  # loaded where a chart or the reference is seen
GRAVE = {"serious", "critical"}
_EVERY_RULE = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
_RUN_AXE = """
const [only, done] = arguments;
const how = {preload: false, resultTypes: ["violations"], selectors: false, runOnly: only};
axe.run({exclude: ["#reference .swagger-ui"]}, how).then(
  (found) => done(found.violations.map((one) => ({
    rule: one.id, impact: one.impact, where: one.nodes.slice(0, 3).map((node) => node.html),
  }))),
  (error) => done([{rule: "axe itself", impact: "critical", where: [String(error)]}]));
"""
_WIDEST = """
const over = document.documentElement.scrollWidth - arguments[0];
if (over <= 0) return "";
const wide = [...document.body.querySelectorAll("*")].filter(
  (one) => one.getBoundingClientRect().right > arguments[0] + 0.5)[0];
return `${over} px too wide: ${wide ? wide.outerHTML.slice(0, 120) : ""}`;
"""
_SET_THEME = """
if (document.documentElement.getAttribute("data-bs-theme") !== arguments[0]) {
  document.documentElement.setAttribute("data-bs-theme", arguments[0]);
  document.dispatchEvent(new Event("cv:theme"));
}
"""
_LOADED = "return performance.getEntriesByType('resource').map((one) => one.name)"


class Screen(NamedTuple):
    """A width in CSS pixels and a theme."""

    width: int
    theme: str

    def __str__(self) -> str:
        return f"{self.width} {self.theme}"


@contextmanager
def chromium() -> Iterator[WebDriver]:
    """A browser, closed at the end."""
    options = webdriver.ChromeOptions()
    options.binary_location = str(CHROMIUM)
    for argument in (
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--hide-scrollbars",
        "--lang=en",
    ):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options, webdriver.ChromeService(str(CHROMEDRIVER)))
    driver.set_script_timeout(30)
    try:
        yield driver
    finally:
        driver.quit()


@pytest.fixture(scope="session")
def one_browser(django_db_setup: None, live_server: LiveServer) -> Iterator[WebDriver]:
    """The process itself, gone before the server it talks to; tests ask for `browser`."""
    with chromium() as browser:
        yield browser


@pytest.fixture
def browser(one_browser: WebDriver, live_server: LiveServer, settings: Any) -> Iterator[WebDriver]:
    """One empty tab before the live server."""
    settings.ALLOWED_HOSTS = ["*"]
    one_browser.implicitly_wait(0)
    yield one_browser
    _forget_everything(one_browser)


def _forget_everything(browser: WebDriver) -> None:
    """Another tab instead of those there are; no cookie, stored word or complaint is left."""
    used = browser.window_handles
    browser.switch_to.new_window("tab")
    fresh = browser.current_window_handle
    for one in used:
        browser.switch_to.window(one)
        browser.close()
    browser.switch_to.window(fresh)
    browser.execute_cdp_cmd("Network.clearBrowserCookies", {})
    browser.execute_cdp_cmd("Storage.clearDataForOrigin", {"origin": "*", "storageTypes": "all"})
    browser.get_log("browser")


def stand_still(browser: WebDriver) -> None:
    """What moves by itself does not, in this tab."""
    still = [{"name": "prefers-reduced-motion", "value": "reduce"}]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": still})


def sign_in(browser: WebDriver, base: str, client: Client) -> None:
    """Give the browser the session of a client that is logged in."""
    name = settings.SESSION_COOKIE_NAME
    cookie = {"name": name, "value": client.cookies[name].value, "url": base}
    browser.execute_cdp_cmd("Network.setCookie", cookie)


def resize(browser: WebDriver, screen: Screen, height: int = 844) -> None:
    """The page as this screen shows it."""
    metrics = {"width": screen.width, "height": height, "deviceScaleFactor": 1}
    metrics["mobile"] = screen.width < 768
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    browser.execute_script(_SET_THEME, screen.theme)


def complaints(browser: WebDriver) -> list[str]:
    """What the console said since the last time: errors, refused styles and scripts."""
    return [
        entry["message"]
        for entry in browser.get_log("browser")
        if entry["level"] in ("SEVERE", "WARNING") and not _is_the_page(browser, entry["message"])
    ]


def _is_the_page(browser: WebDriver, message: str) -> bool:
    """Whether the console only says that the page itself is a 404, which some are, or that a page
    made for a frame brings no icon.
    """
    itself = message.startswith(browser.current_url.partition("#")[0])
    return "status of 4" in message and (itself or "/favicon.ico" in message)


def sideways(browser: WebDriver, screen: Screen) -> str:
    """What makes the page wider than the screen; nothing when it fits."""
    return browser.execute_script(_WIDEST, screen.width)


def barriers(browser: WebDriver, contrast_only: bool = False) -> list[dict[str, Any]]:
    """What axe finds that keeps people out. Colours are all that a theme changes. The inside of
    the API reference is Swagger UI's, with barriers of its own that no sheet of ours mends.
    """
    if not browser.execute_script("return !!window.axe"):
        browser.execute_script(AXE.read_text(encoding="utf-8"))
    only = {"type": "tag", "values": _EVERY_RULE}
    if contrast_only:
        only = {"type": "rule", "values": ["color-contrast"]}
    found = browser.execute_async_script(_RUN_AXE, only)
    return [one for one in found if one["impact"] in GRAVE]


def weight(browser: WebDriver, page: bytes) -> int:
    """Bytes, compressed, of the page and all that it has loaded at once in this browser."""
    total = len(gzip.compress(page))
    names = {urlsplit(one).path for one in browser.execute_script(_LOADED)}
    for name in names:
        inside = name.removeprefix("/static/")
        if inside != name and not inside.startswith(LAZY):
            total += _compressed(inside)
    return total


@cache
def _compressed(name: str) -> int:
    content = (STATIC / name).read_bytes()
    return len(content) if name.endswith(".woff2") else len(gzip.compress(content))
