"""Antom's driver, through the client, against Antom's simulator: both signatures, every verb.

The simulator is called in place of the socket; its notifications are carried by hand.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import urlsplit

import pytest

from acquiring.connectors import client
from acquiring.connectors.driver import Ask, BadSignature, Card, Device, Inbound, News, Outcome
from acquiring.connectors.drivers.antom import Antom
from acquiring.core import clock, http
from acquiring.core.money import Money
from acquiring.sandbox import book as books
from acquiring.sandbox import rsa
from acquiring.sandbox.book import Account, Book
from acquiring.sandbox.engine import Delivery, simulators
from acquiring.sandbox.scenarios import scenarios
from acquiring.sandbox.wire import Request

pytestmark = pytest.mark.django_db

DRIVER = Antom()
SIMULATOR = simulators()["antom"]
BASE = "http://127.0.0.1:8001/antom"
numbers = itertools.count(1)


class Shop:
    """A merchant with an account at the simulator, asking through the client."""

    def __init__(self) -> None:
        credentials = SIMULATOR.credentials({})
        ref, url = f"trip-{next(numbers)}", "http://127.0.0.1:8000/in/antom"
        key = credentials["client_id"]
        self.books = books.register(Account("antom", ref, key, credentials, {}, url))
        public = {name: one for name, one in credentials.items() if not name.startswith("_")}
        self.account = client.Account("antom", ref, public, base_url=BASE)

    def wish(self, verb: str, **members: object) -> Ask:
        prefix = {"capture": "cap", "void": "voi", "refund": "ref"}.get(verb, "att")
        plain = {
            "reference": f"{prefix}_{next(numbers)}",
            "payment": "pay_1",
            "money": Money(10000, "PHP"),
            "code": "GCASH",
            "return_url": "https://shop.example/done",
            "webhook_url": "http://127.0.0.1:8000/in/antom/1",
        }
        return Ask(**{**plain, "verb": verb, **members})  # type: ignore[arg-type]

    def ask(self, verb: str, **members: object) -> Outcome:
        return self.say(self.wish(verb, **members))

    def say(self, ask: Ask) -> Outcome:
        return client.perform(DRIVER, ask, self.account).outcome

    def shopper_says(self, outcome: Outcome, choice: str) -> None:
        book = Book(self.books)
        charge = book.charge(outcome.provider_ref)
        assert charge is not None
        SIMULATOR.shopper(book, charge, choice)  # type: ignore[arg-type]
        book.save(charge)

    def news(self, forged: bool = False) -> list[News]:
        """What the notifications on their way tell, oldest first."""
        found = books.rows(
            "SELECT id, name, message::text, created_at FROM sandbox_delivery"
            " WHERE account = %s AND forged = %s ORDER BY id",
            [self.books.ref, forged],
        )
        signer = self.books
        if forged:
            signer = replace(signer, credentials=SIMULATOR.credentials({}))
        told = []
        for number, name, message, created_at in found:
            delivery = Delivery(number, name, json.loads(message), created_at)
            post = SIMULATOR.sign(signer, delivery, clock.now())
            inbound = Inbound("POST", post.url, dict(post.headers), post.body)
            told += DRIVER.news(inbound, self.account.credentials)
        return told


@pytest.fixture
def shop(monkeypatch) -> Iterator[Shop]:
    def send(method: str, url: str, headers: dict, body: bytes = b"", **_: object) -> http.Response:
        parts = urlsplit(url)
        named = {name.lower(): value for name, value in headers.items()}
        path = parts.path.removeprefix("/antom")
        answer = SIMULATOR.serve(Request(method, path, named, parts.query, body))
        return http.Response(answer.status, dict(answer.headers), answer.content(), 1)

    monkeypatch.setattr(http, "send", send)
    client.forget_failures()
    yield Shop()
    client.forget_failures()


def pan(number: str = "4054695723100768") -> dict:
    return {
        "card": Card(number, 3, 2041, "123", "Amber Ash"),
        "code": "CARD",
        "money": Money(10000, "EUR"),
    }


def states(news: list[News]) -> list[tuple[str, str]]:
    return [(one.about, one.outcome.state) for one in news]


def test_a_wallet_payment_is_shown_paid_and_told(shop):
    started = shop.ask("authorize", reference="att_7")

    assert (started.state, started.action["type"]) == ("action", "redirect")
    shop.shopper_says(started, "approve")
    back = shop.ask("resume", reference="att_7", provider_ref=started.provider_ref)
    assert (back.state, back.money) == ("captured", Money(10000, "PHP"))
    [told] = shop.news()
    assert (told.reference, told.provider_ref) == ("att_7", started.provider_ref)
    assert told.outcome.state == "captured"


@pytest.mark.parametrize(
    ("code", "currency", "kind"),
    [("GCASH", "PHP", "app"), ("QRIS", "IDR", "qr"), ("KONBINI", "JPY", "voucher")],
)
def test_every_way_of_asking_the_shopper_is_understood(shop, code, currency, kind):
    phone = Device(user_agent="Mozilla/5.0 (Linux; Android 16)")

    outcome = shop.ask("authorize", code=code, money=Money(50000, currency), device=phone)

    assert (outcome.state, outcome.action["type"]) == ("action", kind)


@pytest.mark.parametrize(
    ("choice", "decline"), [("decline", "wallet_refused"), ("cancel", "shopper_canceled")]
)
def test_a_shopper_who_says_no_is_heard(shop, choice, decline):
    started = shop.ask("authorize")
    shop.shopper_says(started, choice)

    back = shop.ask("resume", provider_ref=started.provider_ref)
    [told] = shop.news()

    assert (back.state, back.decline) == ("declined", decline)
    assert (told.outcome.state, told.outcome.decline) == ("declined", decline)


def test_a_card_is_pending_until_antom_has_captured_it(shop):
    paid = shop.ask("authorize", **pan())

    assert paid.state == "pending"
    assert shop.ask("inquire", provider_ref=paid.provider_ref, code="CARD").state == "captured"
    assert states(shop.news()) == [("payment", "unknown"), ("payment", "captured")]


def test_a_held_card_is_captured_refunded_and_inquired(shop):
    held = shop.ask("authorize", capture="manual", **pan())
    assert held.state == "authorized"
    after = {"provider_ref": held.provider_ref, "code": "CARD"}

    part = shop.wish("capture", money=Money(4000, "EUR"), final=False, **after)
    captured = shop.say(part)
    again = shop.say(replace(part, verb="inquire", target="capture"))
    assert captured == again
    assert (captured.state, captured.money) == ("succeeded", Money(4000, "EUR"))

    wish = shop.wish("refund", money=Money(1500, "EUR"), **after)
    refunded = shop.say(wish)
    found = shop.say(replace(wish, verb="inquire", target="refund"))
    assert (refunded.state, found.state) == ("succeeded", "succeeded")
    assert refunded.operation_ref == found.operation_ref
    too_much = shop.ask("refund", money=Money(2501, "EUR"), **after)
    assert (too_much.state, too_much.decline) == ("failed", "refund_amount_exceeded")
    assert states(shop.news())[1:] == [("capture", "succeeded"), ("refund", "succeeded")]


def test_a_held_card_is_let_go_once(shop):
    held = shop.ask("authorize", capture="manual", **pan())
    wish = shop.wish("void", provider_ref=held.provider_ref)

    assert shop.say(wish).state == "succeeded"
    assert shop.say(replace(wish, verb="inquire", target="void")).state == "succeeded"
    standing = shop.ask("inquire", provider_ref=held.provider_ref, capture="manual", code="CARD")
    assert standing.state == "voided"
    late = shop.ask("capture", money=Money(100, "EUR"), provider_ref=held.provider_ref)
    assert (late.state, late.decline) == ("failed", "capture_refused")


def test_a_card_goes_to_its_issuer_and_back(shop):
    started = shop.ask("authorize", three_ds="required", capture="manual", **pan())
    assert (started.state, started.action["type"]) == ("action", "three_ds")

    shop.shopper_says(started, "approve")
    back = shop.ask("resume", provider_ref=started.provider_ref, capture="manual", code="CARD")

    assert back.state == "authorized"
    assert back.facts["eci"] == "05"


@pytest.mark.parametrize("name", [one for one in scenarios() if one.startswith("decline:")])
def test_every_declined_scenario_is_a_decline(shop, name):
    members = pan() | {"money": Money(scenarios()[name].amount, "EUR")}

    outcome = shop.ask("authorize", **members)

    assert outcome.state in ("declined", "refused", "expired")
    assert bool(outcome.decline) is (outcome.state != "expired")


@pytest.mark.parametrize(
    ("name", "three_ds", "state"),
    [
        ("three_ds_frictionless", "required", "authorized"),
        ("three_ds_challenge", "automatic", "action"),
        ("three_ds_challenge", "skip", "declined"),
        ("three_ds_failed", "automatic", "declined"),
        ("pending_then_paid", "automatic", "pending"),
        ("error_after_charge", "automatic", "unknown"),
    ],
)
def test_every_scenario_of_a_card_begins_as_it_should(shop, name, three_ds, state):
    members = pan() | {"money": Money(scenarios()[name].amount, "EUR")}

    outcome = shop.ask("authorize", three_ds=three_ds, capture="manual", **members)

    assert outcome.state == state


def test_a_lost_answer_is_found_by_our_reference(shop):
    wish = {"reference": "att_9", "capture": "manual", **pan(), "money": Money(6609, "EUR")}
    assert shop.ask("authorize", **wish).state == "unknown"

    found = shop.ask("inquire", reference="att_9", capture="manual", code="CARD")

    assert (found.state, found.money) == ("authorized", Money(6609, "EUR"))
    assert found.provider_ref


def test_a_payment_nobody_has_seen_stays_unknown(shop):
    outcome = shop.ask("inquire", reference="att_10")

    assert (outcome.state, outcome.raw_code) == ("unknown", "ORDER_NOT_EXIST")


def test_a_pending_wallet_is_told_twice(shop):
    started = shop.ask("authorize", money=Money(6604, "PHP"))
    shop.shopper_says(started, "approve")

    assert shop.ask("resume", provider_ref=started.provider_ref).state == "pending"
    book = Book(shop.books)
    charge = book.charge(started.provider_ref)
    SIMULATOR.advance(book, charge, "approve")
    book.save(charge)
    assert states(shop.news()) == [("payment", "pending"), ("payment", "captured")]


def test_an_unpaid_wallet_payment_expires(shop):
    started = shop.ask("authorize")
    book = Book(shop.books)
    charge = book.charge(started.provider_ref)
    SIMULATOR.advance(book, charge, "expire")
    book.save(charge)

    assert shop.ask("inquire", provider_ref=started.provider_ref).state == "expired"
    assert states(shop.news()) == [("payment", "expired")]


@pytest.mark.parametrize(
    ("members", "state"), [({}, "failed"), (pan(), "pending")], ids=["wallet", "card"]
)
def test_a_refund_that_fails_is_heard(shop, members, state):
    currency = "EUR" if members else "PHP"
    total = Money(6617, currency)
    started = shop.ask("authorize", **members | {"money": total})
    if started.state == "action":
        shop.shopper_says(started, "approve")
    wish = shop.wish("refund", money=total, provider_ref=started.provider_ref)

    refunded = shop.say(wish)

    assert refunded.state == state
    if state == "pending":
        found = shop.say(replace(wish, verb="inquire", target="refund"))
        assert (found.state, found.decline) == ("failed", "refund_refused")
        assert states(shop.news())[-1] == ("refund", "failed")


def test_a_bound_wallet_is_debited(shop):
    outcome = shop.ask("authorize", initiator="merchant", extra={"access_token": "2810"})

    assert outcome.state == "captured"


def test_a_wrong_key_is_refused_before_anybody_is_asked(shop):
    stranger = SIMULATOR.credentials({})
    credentials = {**shop.account.credentials, "private_key": stranger["private_key"]}
    shop.account = replace(shop.account, credentials=credentials)

    outcome = shop.ask("authorize")

    assert (outcome.state, outcome.decline) == ("refused", "credentials_refused")


def test_an_answer_of_another_gateway_is_not_believed(shop):
    other = {"gateway_public_key": rsa.new_pair().public}
    shop.account = replace(shop.account, credentials={**shop.account.credentials, **other})

    outcome = shop.ask("authorize")

    assert (outcome.state, outcome.raw_code) == ("unknown", "not_authentic")


def test_a_forged_notification_changes_nothing(shop):
    started = shop.ask("authorize", money=Money(6614, "PHP"))
    shop.shopper_says(started, "approve")

    assert states(shop.news()) == [("payment", "captured")]
    with pytest.raises(BadSignature):
        shop.news(forged=True)
