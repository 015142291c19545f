"""Midtrans: whole rupiah, Jakarta's clock, tokens, signatures, and what its sandbox refuses."""

from __future__ import annotations

import base64
import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from django.conf import settings

from acquiring import catalogue
from acquiring.connectors.driver import (
    Ask,
    BadSignature,
    Card,
    Inbound,
    Party,
    Reply,
    Unsupported,
    encode,
)
from acquiring.connectors.drivers.midtrans import Midtrans
from acquiring.core.money import Money
from acquiring.sandbox import book as books
from acquiring.sandbox.engine import simulators
from acquiring.sandbox.providers.midtrans import jakarta, mark
from acquiring.sandbox.structure import load
from acquiring.sandbox.wire import Request

MIDTRANS = Midtrans()
SHOPPER = Party("cus_1", "Budi Ash", "budi@shop.example", "+6281234567890")
KEYS = {"server_key": "SB-Mid-server-1", "client_key": "SB-Mid-client-1"}
CARD = Card("4811111111111114", 2, 2030, "123")


def shared(*parts: str) -> dict:
    path = Path(settings.SHARED, "psp_specs", *parts)
    if not path.exists():
        pytest.skip(f"{parts[-1]} is not beside this checkout")
    return json.loads(path.read_text("utf-8"))


def wish(code: str, **members) -> Ask:
    known = {"customer": SHOPPER, "country": "ID", "money": Money(10_000_000, "IDR")}
    known |= {"return_url": "https://shop.example/done"}
    return Ask(verb="authorize", reference="att_1", payment="pay_1", code=code, **known | members)


def heard(key: str, **members):
    told = {"order_id": "att_1", "status_code": "200", "gross_amount": "100000.00"}
    told |= {"transaction_id": "tx_1", "currency": "IDR", "payment_type": "gopay", **members}
    content = "att_1200100000.00" + key
    told["signature_key"] = hashlib.sha512(content.encode()).hexdigest()
    inbound = Inbound("POST", "https://shop.example/in", {}, json.dumps(told).encode())
    return MIDTRANS.news(inbound, KEYS)


def test_the_signature_is_that_of_the_vector():
    vectors = shared("webhook_vectors.json")["vectors"]
    (one,) = [vector for vector in vectors if vector["id"] == "midtrans_derived"]
    account = books.Account("midtrans", "shop", "", {"server_key": one["key"]}, {})

    made = mark({name: one[name] for name in ("order_id", "status_code", "gross_amount")}, account)

    assert made == one["signature"]


def test_sums_are_whole_rupiah():
    assert b'"gross_amount":100000}' in encode(MIDTRANS.ask(wish("gopay")))[0]
    with pytest.raises(ValueError, match="whole rupiah"):
        MIDTRANS.ask(wish("gopay", money=Money(10_000_050, "IDR")))


def test_the_client_key_is_in_the_token_call_alone():
    token = MIDTRANS.wire(MIDTRANS.ask(wish("credit_card", card=CARD)), "https://x.example", KEYS)
    charge = MIDTRANS.wire(MIDTRANS.ask(wish("gopay")), "https://x.example", KEYS)

    assert parse_qs(urlsplit(token.path).query)["client_key"] == ["SB-Mid-client-1"]
    assert b"client" not in charge.body
    assert "client_key" not in charge.path


def test_every_method_is_told_only_what_it_knows():
    for row in catalogue.provider("midtrans").connectors:
        if row.flow == "card":
            continue
        body = json.loads(encode(MIDTRANS.ask(wish(row.code, extra=row.extra)))[0])

        assert not list(load("midtrans").faults("Charge", body)), row.method


@pytest.mark.parametrize("code", ["500", "999", ""])
def test_trouble_in_the_body_of_a_good_answer_settles_nothing(code):
    reply = Reply(200, {}, {"status_code": code, "status_message": "Sorry."})

    assert MIDTRANS.read(wish("gopay"), reply).state == "unknown"


def test_only_cards_are_held():
    with pytest.raises(Unsupported):
        MIDTRANS.ask(wish("gopay", capture="manual"))


def test_news_goes_to_the_address_of_the_call():
    call = MIDTRANS.ask(wish("gopay", webhook_url="https://caravel.example/in/1"))

    assert call.headers["X-Override-Notification"] == "https://caravel.example/in/1"


def test_jakarta_is_seven_hours_ahead():
    assert jakarta(datetime(2026, 11, 21, 20, 0, tzinfo=UTC)) == "2026-11-22 03:00:00"


def test_a_stranger_is_not_believed():
    with pytest.raises(BadSignature):
        heard("SB-Mid-server-2", transaction_status="settlement")


def test_every_refund_of_the_list_is_told():
    refunds = [{"refund_key": f"ref_{one}", "refund_amount": "500.00"} for one in (1, 2)]

    news = heard("SB-Mid-server-1", transaction_status="partial_refund", refunds=refunds)

    assert [one.reference for one in news] == ["ref_1", "ref_2"]
    assert news[0].outcome.money == Money(50_000, "IDR")


def test_a_card_that_a_person_looks_at_is_not_yet_taken():
    told = {"transaction_status": "capture", "fraud_status": "challenge"}

    assert heard("SB-Mid-server-1", payment_type="credit_card", **told) == []


def test_a_chargeback_is_a_dispute():
    (news,) = heard("SB-Mid-server-1", transaction_status="chargeback")

    assert (news.about, news.outcome.state) == ("dispute", "chargeback_open")


# The simulator.


def account() -> books.Account:
    found = books.account_by_ref("midtrans", "shop")
    if found is None:
        made = simulators()["midtrans"].credentials({})
        found = books.Account("midtrans", "shop", made["server_key"], made, {})
        books.register(found)
    return found


def call(path: str, body: dict | None = None, key: str = "", query: str = "") -> tuple[int, dict]:
    pair = base64.b64encode(f"{key or account().key}:".encode()).decode()
    sent = json.dumps(body).encode() if body is not None else b""
    method = "GET" if body is None else "POST"
    headers = {"authorization": f"Basic {pair}"}
    answer = simulators()["midtrans"].serve(Request(method, f"/v2/{path}", headers, query, sent))
    return answer.status, json.loads(answer.content())


def charge(order: str = "o1", kind: str = "qris", amount: int = 100_000, **members) -> dict:
    details = {"order_id": order, "gross_amount": amount}
    return call("charge", {"payment_type": kind, "transaction_details": details, **members})[1]


def token(number: str = "4811111111111114") -> str:
    card = {"card_number": number, "card_exp_month": "02", "card_exp_year": "2030"}
    card |= {"card_cvv": "123", "client_key": account().credentials["client_key"]}
    return call("token", query=urlencode(card))[1]["token_id"]


@pytest.mark.django_db
def test_a_stranger_is_turned_away():
    status, said = call("o1/status", key="SB-Mid-server-0")

    assert (status, said["status_code"]) == (401, "401")


@pytest.mark.django_db
def test_an_answer_means_what_its_body_says():
    status, said = call("nothing/status")

    assert (status, said["status_code"]) == (200, "404")


@pytest.mark.django_db
def test_an_order_id_is_good_for_one_transaction():
    first = charge()

    assert (first["status_code"], first["gross_amount"]) == ("201", "100000.00")
    assert charge()["status_code"] == "406"
    assert call("o1/status")[1]["transaction_id"] == first["transaction_id"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("kind", "members", "code"),
    [
        ("qris", {"colour": "red"}, "400"),
        ("bank_transfer", {"bank_transfer": {"bank": "bsi"}}, "400"),
        ("bank_transfer", {}, "400"),
        ("akulaku", {}, "400"),
        ("akulaku", {"item_details": [{"price": 1, "quantity": 1, "name": "Tea"}]}, "400"),
        ("carrier_pigeon", {}, "402"),
    ],
)
def test_what_is_not_documented_is_refused(kind, members, code):
    assert charge(kind=kind, **members)["status_code"] == code


@pytest.mark.django_db
def test_a_token_is_good_for_one_charge_and_a_kept_one_for_many():
    once = token()
    kept = charge(kind="credit_card", credit_card={"token_id": once, "save_token_id": True})
    saved = {"token_id": kept["saved_token_id"]}

    assert charge("o2", "credit_card", credit_card={"token_id": once})["status_code"] == "411"
    for order in ("o3", "o4"):
        assert charge(order, "credit_card", credit_card=saved)["transaction_status"] == "capture"


@pytest.mark.django_db
def test_the_published_card_is_denied():
    said = charge(kind="credit_card", credit_card={"token_id": token("4911111111111113")})

    assert (said["status_code"], said["transaction_status"]) == ("202", "deny")
    assert said["channel_response_code"] == "05"


@pytest.mark.django_db
def test_no_more_is_taken_than_held_nor_given_back_than_taken():
    held = charge(kind="credit_card", credit_card={"token_id": token(), "type": "authorize"})
    wanted = {"transaction_id": held["transaction_id"], "gross_amount": 100_001}

    assert call("capture", wanted)[1]["status_code"] == "400"
    assert call("capture", wanted | {"gross_amount": 60_000})[1]["gross_amount"] == "60000.00"
    assert call("o1/refund", {"refund_key": "r1", "amount": 60_001})[1]["status_code"] == "412"
    assert call("o1/refund", {"refund_key": "r1", "amount": 60_000})[1]["status_code"] == "200"
    assert call("o1/status")[1]["transaction_status"] == "refund"
    assert call("o1/cancel", {})[1]["status_code"] == "412"
