"""Apple Pay and Google Pay: buttons above the list, the sandbox's sheet, the way to the bank."""

from __future__ import annotations

import html
import json
import re
from urllib.parse import parse_qs, urlsplit

import pytest

from acquiring.core import http
from acquiring.vault.models import Token
from tests.checkout.test_pay import payments_of

pytestmark = pytest.mark.django_db

BUTTON = re.compile(r'href="([^"]+)"[^>]*data-co-express="(\w+)"')
CARD = re.compile(r'name="wallet" value="([^"]+)"')
APPROVED, MASTERCARD, DECLINED = range(3)


def buttons(shopper) -> dict[str, str]:
    return {code: html.unescape(url) for url, code in BUTTON.findall(shopper.text())}


def sheet(url: str) -> list[str]:
    """The payloads that the wallet's sheet offers."""
    reply = http.send("GET", url, {}, b"")
    assert reply.status == 200, reply.body
    return [html.unescape(one) for one in CARD.findall(reply.body.decode())]


def press(shopper, wallet: str, card: int = APPROVED, payload: str = ""):
    """Open the sheet, choose a card, and come back as its form does."""
    url = buttons(shopper)[wallet]
    asked = {name: one[0] for name, one in parse_qs(urlsplit(url).query).items()}
    form = {"method": wallet, "provider": asked["gateway"], "once": asked["once"]}
    payload = payload or sheet(url)[card]
    return shopper.client.post(f"{shopper.path}/pay", form | {"wallet": payload})


def only(shop, provider: str) -> None:
    """Let this provider alone carry the shop's payments."""
    for account in shop.accounts:
        if account.provider != provider:
            account.enabled = False
            account.save(update_fields=["enabled"])


@pytest.mark.parametrize(
    ("provider", "wallet"),
    [("adyen", "apple_pay"), ("adyen", "google_pay"), ("stripe", "google_pay")],
)
def test_a_wallet_pays_with_what_its_sheet_gave(api, ambers_shop, open_session, provider, wallet):
    only(ambers_shop, provider)
    shopper = open_session(return_url="https://shop.example/done")

    assert press(shopper, wallet, MASTERCARD).status_code == 303

    payment = payments_of(shopper)[0]
    assert payment.status == "captured"
    shown = api.get(f"/checkout_sessions/{shopper.session['id']}")
    assert shown["status"] == "complete"
    told = api.get(f"/payments/{shown['payment']}")["payment_method"]
    assert told == {"type": wallet, "wallet": {"network": "mastercard", "last4": "4444"}}
    assert "·· 4444" in shopper.text()


def test_a_declined_wallet_leaves_the_order_open(ambers_shop, api, open_session):
    for provider, wallet in (("adyen", "apple_pay"), ("stripe", "google_pay")):
        shopper = open_session()
        press(shopper, wallet, DECLINED)
        assert payments_of(shopper)[0].status == "declined"
        assert "did not approve the payment" in shopper.text(), provider


def test_the_sheet_is_for_the_provider_that_takes_the_payment(api, ambers_shop, open_session):
    only(ambers_shop, "adyen")
    shopper = open_session()
    url = buttons(shopper)["google_pay"]
    token = json.loads(sheet(url)[0])["paymentMethodData"]["tokenizationData"]["token"]
    assert set(json.loads(token)) == {"signature", "protocolVersion", "signedMessage"}

    press(shopper, "google_pay")
    (attempt,) = payments_of(shopper)[0].decision["routes"]
    assert attempt["provider"] == "adyen"


@pytest.mark.parametrize("payload", ["", "{}", "[]", '{"paymentMethodData": 7}', "x" * 30_000])
def test_what_no_wallet_gives_is_refused_in_words(api, open_session, payload):
    shopper = open_session()
    for wallet in ("apple_pay", "google_pay"):
        answer = press(shopper, wallet, payload=payload or " ")
        assert answer.status_code == 422
        assert "The wallet gave no payment" in answer.content.decode()
    assert payments_of(shopper) == []


def test_a_payload_that_was_changed_pays_nothing(api, ambers_shop, open_session):
    only(ambers_shop, "adyen")
    shopper = open_session()
    for wallet, path in (
        ("apple_pay", ("paymentData",)),
        ("google_pay", ("paymentMethodData", "tokenizationData")),
    ):
        payload = json.loads(sheet(buttons(shopper)[wallet])[0])
        part = payload
        for name in path:
            part = part[name]
        if wallet == "apple_pay":
            part["signature"] = "AAAA"
        else:
            part["token"] = part["token"].replace("signature", "signatura")
        press(shopper, wallet, payload=json.dumps(payload))
    assert {one.status for one in payments_of(shopper)} == {"declined"}
    assert {one.decline_code for one in payments_of(shopper)} == {"token_invalid"}


def test_the_payload_lies_sealed_in_the_vault_and_nowhere_else(api, open_session):
    shopper = open_session()
    payload = sheet(buttons(shopper)["apple_pay"])[0]
    secret = json.loads(payload)["paymentData"]["data"]

    page = press(shopper, "apple_pay", payload=payload)

    token = Token.objects.get(last4="4242", exp_month=0)
    assert (token.brand, token.reusable, token.fingerprint) == ("visa", False, "")
    assert token.used_for == shopper.session["id"]
    assert secret.encode() not in bytes(token.sealed)
    payment = payments_of(shopper)[0]
    for text in (page.content.decode(), str(payment.method_details), str(payment.decision)):
        assert secret not in text


def test_a_session_without_wallets_shows_no_button(open_session, api):
    assert buttons(open_session(payment_methods=["card", "ideal"])) == {}
    assert set(buttons(open_session(payment_methods=["google_pay"]))) == {"google_pay"}


def test_the_sheet_leads_nowhere_but_back_to_us(api, sandbox):
    answer = http.send(
        "GET", f"{sandbox.url}/_wallet/apple_pay?back=https://evil.example/", {}, b""
    )
    assert answer.status == 400


def test_apple_reads_the_file_of_the_domain_where_one_is_set(client, settings):
    path = "/.well-known/apple-developer-merchantid-domain-association"
    assert client.get(path).status_code == 404
    settings.APPLE_PAY_DOMAIN_FILE = "7B227073704964223A"
    answer = client.get(path)
    assert answer.content == b"7B227073704964223A"
    assert answer["Content-Type"].startswith("text/plain")
