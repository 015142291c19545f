"""What the general suites cannot know about Nuvei."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from urllib.parse import urlencode

import pytest

from acquiring.connectors.driver import Ask, BadSignature, Card, Inbound, Reply
from acquiring.connectors.registry import driver
from acquiring.connectors.vocabulary.nuvei import checksum
from acquiring.core.money import Money
from acquiring.sandbox.wire import Request
from tests.connectors.shop import Shop, _wired  # noqa: F401 (the shop's wire)

NUVEI = driver("nuvei")
ACCOUNT = {"merchant_id": "123", "site_id": "456", "secret_key": "sk_sim"}
MONEY = Money(1999, "EUR")
ASK = Ask(verb="capture", reference="cap_1", payment="pay_1", money=MONEY, provider_ref="711")


@pytest.mark.parametrize(
    ("money", "text"),
    [(Money(1990, "EUR"), "19.90"), (Money(1999, "JPY"), "1999"), (Money(1234, "KWD"), "1.234")],
)
def test_an_amount_has_the_decimals_of_its_currency(money, text):
    assert NUVEI.ask(replace(ASK, money=money)).body["amount"] == text


def test_a_payments_checksum_is_the_published_one():
    body = {"merchantId": "123", "merchantSiteId": "456", "clientRequestId": "R1"}
    body |= {"amount": "49.99", "currency": "USD", "timeStamp": "20261121123045"}

    known = "357a6a55a0071209b67d4e6c14d15ad54a597a0c3fe4607ec5e5a768ac81cbc4"
    assert checksum("/payment.do", body, "sk_sim") == known


def test_a_call_bears_the_time_in_utc_and_a_checksum_over_its_members():
    known = {**ACCOUNT, "sent_at": "2026-11-21T13:30:45+01:00"}
    call = NUVEI.ask(replace(ASK, webhook_url="https://caravel.example/in"))
    body = json.loads(NUVEI.wire(call, "https://ppp-test.nuvei.com/ppp/api/v1", known).body)

    summed = "123456cap_171119.99EUR711https://caravel.example/in20261121123045sk_sim"
    assert body["checksum"] == hashlib.sha256(summed.encode()).hexdigest()


def notified(**members: str) -> Inbound:
    told = {"totalAmount": "49.99", "currency": "USD", "PPP_TransactionID": "412345678"}
    told |= {"responseTimeStamp": "2026-11-21.12:31:05", "Status": "APPROVED", "productId": "P1"}
    known = "82ee5139d92bb2851f077fc943816983b6af263bd18429e36d543575d80be68d"
    told |= {"advanceResponseChecksum": known, "TransactionID": "7119", **members}
    return Inbound("POST", "https://caravel.example/in", {}, urlencode(told).encode())


@pytest.mark.parametrize(
    ("kind", "ours", "about"),
    [("Sale", "att_1", "payment"), ("Credit", "ref_1", "refund"), ("Settle", "711", "capture")],
)
def test_a_notification_is_signed_but_only_makes_us_inquire(kind, ours, about):
    told = {"transactionType": kind, "clientUniqueId": ours}

    (news,) = NUVEI.news(notified(**told), ACCOUNT)
    assert (news.about, news.outcome.state) == (about, "unknown")
    assert news.reference == ours or news.operation_ref == "7119"
    for bad in ({"Status": "DECLINED"}, {"totalAmount": "1.00"}, {"advanceResponseChecksum": ""}):
        with pytest.raises(BadSignature):
            NUVEI.news(notified(**told, **bad), ACCOUNT)


def test_a_card_that_may_be_challenged_is_sent_once():
    card = Card("4761344136141390", 9, 2030, "217", "Amber Ash")
    ask = replace(ASK, verb="authorize", reference="att_1", card=card, provider_ref="")
    asked = NUVEI.read(ask, Reply(200, {}, {"status": "SUCCESS", "sessionToken": "s"}))
    kept = replace(ask, step=asked.step, kept=asked.keep)
    opened = NUVEI.read(kept, Reply(200, {}, {"status": "SUCCESS", "ccTempToken": "t"}))

    assert asked.call.body["cardData"]["cardNumber"] == card.number
    assert opened.call.body["paymentOption"] == {"card": {"ccTempToken": "t"}}


def call(shop: Shop, path: str, body: dict, **changed: str) -> tuple:
    """A call past our driver: status and code."""
    known = shop.here.credentials
    body = {"merchantId": known["merchant_id"], "merchantSiteId": known["site_id"], **body}
    body |= {"clientRequestId": "r1", "timeStamp": "20261121123045"}
    body["checksum"] = checksum(path, body, known["secret_key"])
    sent = json.dumps({**body, **changed}).encode()
    answer = shop.simulator.serve(Request("POST", path, {}, "", sent))
    return answer.body["status"], answer.body.get("errCode")


@pytest.mark.django_db
def test_the_simulator_refuses_what_nuvei_refuses():
    shop = Shop(NUVEI)
    pay = {"amount": "19.99", "currency": "EUR", "sessionToken": "strange"}

    assert call(shop, "/getSessionToken.do", {}, checksum="0") == ("ERROR", 1001)
    assert call(shop, "/getSessionToken.do", {}, merchantId="1") == ("ERROR", 1013)
    assert call(shop, "/getSessionToken.do", {"colour": "red"}) == ("ERROR", 1019)
    assert call(shop, "/payment.do", pay) == ("ERROR", 1069)


@pytest.mark.django_db
def test_no_more_is_settled_or_refunded_than_there_is_and_only_once():
    shop = Shop(NUVEI)
    ask = shop.card(capture="manual")
    held = shop.does(ask)

    def does(verb: str, amount: int) -> str:
        return shop.then(ask, held, verb, money=Money(amount, ask.money.currency))[1].state

    assert does("refund", 1) == "refused"  # nothing was taken
    assert does("capture", 2000) == "failed"
    assert does("capture", 1500) == "succeeded"
    assert does("capture", 499) == "failed"
    assert does("refund", 1501) == "failed"
    assert does("refund", 1500) == "succeeded"
