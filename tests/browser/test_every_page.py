"""Every page, at a desk and on a phone, in light and in dark.

Nothing is refused by the content policy, the console is silent, nothing scrolls sideways, axe finds
nothing serious, and the first load is small. A new page is walked because its address exists.
"""

from __future__ import annotations

from urllib.parse import urlsplit
from zlib import crc32

import pytest
from django.test import Client
from selenium.webdriver.remote.webdriver import WebDriver

from tests import cast
from tests.browser import chromium
from tests.browser.chromium import Screen
from tests.browser.walk import address, is_page, page_at, routes

pytestmark = chromium.MARKS

DESK, PHONE = Screen(1440, "light"), Screen(390, "light")
DARK_DESK, DARK_PHONE = Screen(1440, "dark"), Screen(390, "dark")
# What axe judges is much the same at both: half of the pages by the first pair, half by the other.
JUDGED = ((DESK, DARK_PHONE), (PHONE, DARK_DESK))
NARROW = Screen(320, "light")
FIRST_LOAD = 300 * 1024
SHARES = 4
SIGNED_OUT = ("/", "/signup/", "/login/", "/password/reset/", "/confirm-email/", "/nowhere/")


@pytest.fixture
def base(browser, live_server, settings) -> str:
    settings.CSRF_TRUSTED_ORIGINS = [live_server.url]
    chromium.stand_still(browser)
    return live_server.url


def faults(browser: WebDriver, page: bytes, address: str) -> list[str]:
    """What is wrong with a page, a line each. `page` is what its server answers there."""
    browser.get(address)
    found = [f"console: {one}" for one in chromium.complaints(browser)]
    heavy = chromium.weight(browser, page)
    if heavy > FIRST_LOAD:
        found.append(f"its first load is {heavy // 1024} kB")
    judged = JUDGED[crc32(urlsplit(address).path.encode()) % 2]
    for screen in dict.fromkeys((*judged, DESK, PHONE)):
        chromium.resize(browser, screen)
        if over := chromium.sideways(browser, screen):
            found.append(f"{screen}: {over}")
        if screen not in judged:
            continue
        for one in chromium.barriers(browser, contrast_only=screen.theme == "dark"):
            found.append(f"{screen}: {one['rule']}: {' | '.join(one['where'])}")
    chromium.resize(browser, NARROW)
    if over := chromium.sideways(browser, NARROW):
        found.append(f"{NARROW}: {over}")
    return [f"{address} {one}" for one in found]


@pytest.mark.parametrize("share", range(SHARES))
def test_a_page_is_in_order_on_every_screen(browser, base, owner, things, share):
    addresses = [address(one, things) for one in routes() if one.name != "docs-page"]
    mine = sorted(set(addresses))[share::SHARES]
    found = []
    chromium.sign_in(browser, base, owner)
    for path in mine:
        if page := page_at(owner, path):
            found += faults(browser, page, f"{base}{path}")
    assert not found, "\n".join(found)


def test_a_page_before_the_login_is_in_order_too(browser, base, db):
    found = []
    for path in SIGNED_OUT:
        found += faults(browser, Client().get(path).content, f"{base}{path}")
    assert not found, "\n".join(found)


def test_an_empty_shop_is_in_order_too(browser, base, chiaras_shop):
    """The first day: every list says what it is for."""
    chiara = cast.at_the_desk(chiaras_shop.owner)
    bare = [address(one, {}) for one in routes() if one.name.startswith("test:") and not one.needs]
    found = []
    chromium.sign_in(browser, base, chiara)
    chromium.resize(browser, PHONE)
    for path in [*bare, "/developers/api-keys/"]:
        if is_page(chiara, path):
            browser.get(f"{base}{path}")
            found += [f"{path} {one}" for one in chromium.complaints(browser)]
            found += [f"{path} {one}" for one in chromium.barriers(browser)]
            assert not chromium.sideways(browser, PHONE), path
    assert not found, "\n".join(found)
