"""A live wallet is opened on a phone: the two sheets have stand-ins, all else is real."""

from __future__ import annotations

import json

import pytest
from django.conf import settings as configured
from selenium.webdriver.common.by import By

from acquiring.core import addresses
from acquiring.payments import checkout
from merchants import accounts, services, wallets
from tests.checkout import test_in_a_browser as journeys
from tests.checkout.test_in_a_browser import browser, patiently, sees  # noqa: F401 (fixtures)
from tests.checkout.test_live_wallets import GOOGLE_ID, apple_values
from tests.checkout.test_wallets import sheet

pytestmark = journeys.pytestmark
HERE = configured.BASE_URL  # as the simulators know it

# What a browser has by itself, and what Google's script would bring.
SHEETS = """
const payloads = %s;
window.ended = [];
window.ApplePaySession = class {
  static canMakePayments() { return true; }
  begin() { this.onpaymentauthorized({ payment: { token: payloads.apple_pay } }); }
  completePayment(end) { sessionStorage.ended = end.status; }
};
Object.assign(window.ApplePaySession, { STATUS_SUCCESS: 0, STATUS_FAILURE: 1 });
window.google = { payments: { api: { PaymentsClient: class {
  isReadyToPay() { return Promise.resolve({ result: true }); }
  loadPaymentData() { return Promise.resolve(payloads.google_pay); }
} } } };
const append = Element.prototype.append;
Element.prototype.append = function (...nodes) {
  const loaded = nodes.find((node) => node.src && node.src.startsWith("https://pay.google.com/"));
  if (loaded) { setTimeout(() => loaded.dispatchEvent(new Event("load")), 0); return undefined; }
  return append.apply(this, nodes);
};
"""


@pytest.fixture
def shop(browser, sandbox, ambers_shop):  # noqa: F811
    """Amber's live merchant with both wallets at Adyen, whose place the simulator takes."""
    live = services.approve(ambers_shop.business, "system")
    test = next(one for one in ambers_shop.accounts if one.provider == "adyen")
    services.connect_sandbox(test)
    row = accounts.add_account(live, "adyen", "system")
    row.base_url = test.base_url
    row.save(update_fields=["base_url"])
    accounts.connect(row, accounts.credentials_of(test), "system")
    for wallet in ("apple_pay", "google_pay"):
        wallets.save(row, wallet, apple_values(google_merchant_id=GOOGLE_ID), "system")
    place = f"{sandbox.url}/_wallet/%s?gateway=adyen&amount=19.99&currency=EUR&shop=A&once=x"
    ways = f"&back={HERE}/checkout/x/pay&leave={HERE}/checkout/x"
    payloads = {
        "google_pay": json.loads(sheet(place % "google_pay" + ways)[0]),
        "apple_pay": json.loads(sheet(place % "apple_pay" + ways)[2]),  # the one that is declined
    }
    script = {"source": SHEETS % json.dumps(payloads)}
    browser.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", script)
    return live


def test_a_declined_apple_pay_is_told_and_google_pay_pays_instead(browser, shop):  # noqa: F811
    session = checkout.open_session(shop.id, amount=1999, currency="EUR", country="NL")
    browser.get(addresses.checkout_url(shop.id, session.id))
    button = '[data-co-express="%s"]'

    def open_wallet(code: str) -> None:
        patiently(browser).until(
            lambda driver: driver.find_element(By.CSS_SELECTOR, button % code).is_displayed()
        )
        browser.find_element(By.CSS_SELECTOR, button % code).click()

    open_wallet("apple_pay")
    sees(browser, "did not approve the payment")
    assert browser.execute_script("return sessionStorage.ended") == "1"  # no tick on the sheet
    open_wallet("google_pay")
    sees(browser, "Thank you, your payment is through")
    assert journeys.status_of(session) == ["declined", "captured"]
    journeys.look(browser)
