"""A passkey made and used in a browser, with an authenticator that the browser itself plays."""

from __future__ import annotations

from selenium.webdriver.common.by import By
from selenium.webdriver.common.virtual_authenticator import VirtualAuthenticatorOptions
from selenium.webdriver.support.ui import WebDriverWait

from tests import cast
from tests.browser import chromium

pytestmark = chromium.MARKS


def test_a_passkey_signs_in_without_a_password(browser, live_server, ambers_shop):
    base = live_server.url.replace("127.0.0.1", "localhost")
    owner = cast.at_the_desk(ambers_shop.owner)
    authenticator = VirtualAuthenticatorOptions(
        transport="internal", has_resident_key=True, has_user_verification=True,
        is_user_verified=True,
    )  # fmt: skip
    browser.add_virtual_authenticator(authenticator)
    chromium.sign_in(browser, base, owner)
    browser.get(f"{base}/security/passkeys/new/")
    browser.find_element(By.CSS_SELECTOR, "form[data-passkey] [type=submit]").click()
    wait = WebDriverWait(browser, 10)
    wait.until(lambda one: one.current_url == f"{base}/security/codes/")
    assert "Keep these codes" in browser.page_source
    browser.get(f"{base}/security/")
    assert "Passkey 1" in browser.page_source

    browser.delete_all_cookies()
    browser.get(f"{base}/login/")
    browser.find_element(By.CSS_SELECTOR, "form[data-passkey] [type=submit]").click()
    wait.until(lambda one: one.current_url == f"{base}/test/overview/")
