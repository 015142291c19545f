"""Live buttons of Apple Pay and Google Pay: set up in the portal, shown with what a sheet needs."""

from __future__ import annotations

import json
import re

import pytest

from acquiring.checkout import apple
from acquiring.core import clock, http
from merchants import accounts, keys, services, wallets
from tests import cast
from tests.api.conftest import Api
from tests.checkout.conftest import Shopper
from tests.checkout.test_pay import payments_of
from tests.checkout.test_wallets import sheet
from tests.core.certificates import Signed

pytestmark = pytest.mark.django_db
FACTS = re.compile(r'<script id="co-wallets" type="application/json">(.+?)</script>')
GOOGLE_ID = "BCR2DN4T5678ABCD"


@pytest.fixture
def account(api, ambers_shop):
    """Amber's live account at Adyen, whose place the simulator takes."""
    live = services.approve(ambers_shop.business, "system")
    test = next(one for one in ambers_shop.accounts if one.provider == "adyen")
    row = accounts.add_account(live, "adyen", "system")
    row.base_url = test.base_url
    row.save(update_fields=["base_url"])
    accounts.connect(row, accounts.credentials_of(test), "system")
    return row


@pytest.fixture
def live(account, ambers_shop):
    """Opens a live session and gives its shopper."""
    made = keys.issue(account.merchant, "secret", "system")
    program = Api(ambers_shop, made.secret)

    def make(**more) -> Shopper:
        session = program.post("/checkout_sessions", {"amount": 1999, "currency": "EUR", **more})
        shopper = Shopper(session["url"])
        shopper.session = session
        return shopper

    return make


def facts(shopper: Shopper) -> dict:
    found = FACTS.search(shopper.text())
    return json.loads(found[1]) if found else {}


def apple_values(**more: str) -> dict[str, str]:
    shown = Signed("Apple Pay Merchant Identity", apple=True)
    return {
        wallets.APPLE_ID: "merchant.com.example.shop",
        wallets.CERTIFICATE: shown.pem,
        wallets.KEY: shown.key_pem,
    } | more


def test_a_live_shop_shows_no_button_until_an_account_has_what_it_needs(
    live, account, django_capture_on_commit_callbacks
):
    committed = django_capture_on_commit_callbacks
    shopper = live()
    assert facts(shopper) == {}
    assert "google" not in shopper.look()["Content-Security-Policy"]

    with committed(execute=True):
        wallets.save(account, "google_pay", {wallets.GOOGLE_ID: GOOGLE_ID}, "system")
    known = facts(shopper)

    assert set(known) == {"google_pay"}
    request = known["google_pay"]["request"]
    assert request["merchantInfo"]["merchantId"] == GOOGLE_ID
    (way,) = request["allowedPaymentMethods"]
    merchant = accounts.credentials_of(account)["merchant_account"]
    given = {"gateway": "adyen", "gatewayMerchantId": merchant}
    assert way["tokenizationSpecification"] == {"type": "PAYMENT_GATEWAY", "parameters": given}
    assert {"VISA", "MASTERCARD"} <= set(way["parameters"]["allowedCardNetworks"])
    assert request["transactionInfo"]["totalPrice"] == "19.99"
    assert "script-src 'self' https://pay.google.com;" in shopper.look()["Content-Security-Policy"]

    with committed(execute=True):
        wallets.drop(account, "google_pay", "system")
    assert facts(shopper) == {}


@pytest.mark.parametrize("wallet", ["google_pay", "apple_pay"])
def test_what_a_live_sheet_gives_pays_through_the_account_it_was_made_for(
    live, account, sandbox, settings, wallet
):
    wallets.save(account, wallet, apple_values(google_merchant_id=GOOGLE_ID), "system")
    shopper = live()
    known = facts(shopper)[wallet]
    payload = sheet(
        f"{sandbox.url}/_wallet/{wallet}?gateway=adyen&amount=19.99&currency=EUR&shop=A&once=x"
        f"&back={settings.BASE_URL}/checkout/x/pay&leave={settings.BASE_URL}/checkout/x"
    )[0]

    form = {"method": wallet, "provider": known["provider"], "once": known["once"]}
    answer = shopper.client.post(f"{shopper.path}/pay", form | {"wallet": payload})

    assert answer.status_code == 303
    assert payments_of(shopper)[0].status == "captured"


def test_apples_button_goes_when_the_certificate_ends(live, account):
    wallets.save(account, "apple_pay", apple_values(), "system")
    account.refresh_from_db()
    known = accounts.wallets_of(account)["apple_pay"]
    assert known[wallets.ENDS] > clock.now().isoformat()
    accounts.keep_wallets(account, {"apple_pay": known | {wallets.ENDS: clock.now().isoformat()}})

    assert facts(live()) == {}


def test_apple_is_shown_the_certificate_and_nobody_else_is(live, account, monkeypatch):
    values = apple_values()
    wallets.save(account, "apple_pay", values, "system")
    sent = []

    def answer(method, url, headers, body, **how):
        sent.append((url, json.loads(body), how["certificate"]))
        return http.Response(200, {}, b'{"merchantSessionIdentifier":"SSH1"}', 1)

    monkeypatch.setattr(apple.http, "send", answer)
    shopper = live()
    ask = {"provider": "adyen", "url": "https://apple-pay-gateway.apple.com/paymentservices/x"}
    assert shopper.do("apple-pay", **ask).json() == {"merchantSessionIdentifier": "SSH1"}
    ((url, body, shown),) = sent
    assert url == "https://apple-pay-gateway.apple.com/paymentservices/paymentSession"
    assert (shown.chain, shown.key) == (
        values["certificate"].strip(),
        values["certificate_key"].strip(),
    )
    assert body == {
        "merchantIdentifier": "merchant.com.example.shop",
        "displayName": "Amber Lamps",
        "initiative": "web",
        "initiativeContext": "127.0.0.1",
    }
    for url in (
        "https://evil.example/paymentservices/startSession",
        "https://apple-pay-gateway.apple.com.evil.example/",
        "https://evil.example#apple-pay-gateway.apple.com",
        "",
    ):
        assert shopper.do("apple-pay", provider="adyen", url=url).status_code == 400
    assert shopper.do("apple-pay", **(ask | {"provider": "stripe"})).status_code >= 400
    assert len(sent) == 1


def test_a_test_session_asks_apple_nothing(open_session, monkeypatch):
    monkeypatch.setattr(apple.http, "send", pytest.fail)
    url = "https://apple-pay-gateway.apple.com/paymentservices/startSession"
    assert open_session().do("apple-pay", provider="adyen", url=url).status_code >= 400


def test_the_portal_takes_only_what_will_work(account, ambers_shop):
    client = cast.at_the_desk(ambers_shop.owner)
    shown = f"acc_{account.id.hex}"
    page = f"/accounts/{shown}/wallets/apple_pay/"
    other = Signed("Apple Pay Merchant Identity", apple=True)
    for wrong, said in (
        ({wallets.CERTIFICATE: "hello"}, "begins with -----BEGIN"),
        ({wallets.KEY: other.key_pem}, "does not belong to the certificate"),
        ({wallets.CERTIFICATE: Signed("x").pem}, "no merchant identity certificate"),
        ({wallets.CERTIFICATE: Signed("x", apple=True, hours=-1).pem}, "This certificate ended"),
        ({wallets.APPLE_ID: ""}, "Enter: Your merchant identifier"),
    ):
        answer = client.post(page, apple_values(**wrong))
        assert answer.status_code == 422
        assert said in answer.content.decode().replace("&#x27;", "'"), said
    values = apple_values()
    assert client.post(page, values).status_code == 302
    overview = client.get(f"/accounts/{shown}/").content.decode()
    assert "Show no more" in overview
    assert values[wallets.KEY].splitlines()[1] not in overview + client.get(page).content.decode()
    assert (
        client.post(f"/accounts/{shown}/wallets/google_pay/", {wallets.GOOGLE_ID: "x"}).status_code
        == 422
    )
    assert client.post(f"{page}drop/").status_code == 302
    account.refresh_from_db()
    assert accounts.wallets_of(account) == {}
    assert client.get(f"/accounts/{shown}/wallets/samsung_pay/").status_code == 404
