"""What every simulated provider would pay out, fetched as its merchant fetches it."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Mapping
from dataclasses import replace
from time import monotonic_ns
from urllib.parse import urlencode

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from acquiring.connectors.breaker import Breaker
from acquiring.connectors.conversation import Conversation
from acquiring.connectors.driver import Call, Driver
from acquiring.connectors.exchange import Timeouts
from acquiring.connectors.registry import drivers
from acquiring.core import clock, http
from acquiring.core.money import exponent, rescale
from acquiring.sandbox import control, settling
from acquiring.sandbox.book import Book, Charge
from acquiring.sandbox.engine import simulators
from acquiring.sandbox.scenarios import spoilings
from acquiring.sandbox.settlements import COLUMNS, PATH, ordinary
from acquiring.sandbox.settling import Statement
from acquiring.sandbox.wire import Refuse
from tests.connectors.shop import SIMULATED, _wired  # noqa: F401 (a fixture)
from tests.connectors.story import Story, connectors, every_simulated

pytestmark = pytest.mark.django_db

DAY = 86_400
every_driver = pytest.mark.parametrize("driver", SIMULATED, ids=lambda one: one.name)


def fetch(story: Story, path: str) -> http.Response:
    """A call about no payment, let in as the provider lets its merchants in."""
    shop, driver, now = story.shop, story.driver, clock.now()
    keys, base = shop.here.credentials, shop.here.base_url
    if driver.name in BY_BODY:
        kind, body = BY_BODY[driver.name](keys, path)
        return http.send("POST", f"{base}{path}", {"Content-Type": kind}, body)
    stamp = now.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    stamps = {"X-Date": stamp, "Request-Time": stamp, "Content-Type": "application/json"}
    by_post = driver.name in ("adyen", "antom", "ebanx")
    call = Call("POST", path, {}, stamps) if by_post else Call("GET", path, headers=stamps)
    breaker = Breaker(monotonic_ns)
    held = Conversation(driver, story.ask, shop.here, base, Timeouts(), breaker, False)
    reply = held.fetch(call)
    if reply is None:  # not even signed in
        return http.Response(401, {}, b"", 1)
    return http.Response(reply.status, reply.headers, reply.text.encode(), 1)


def fiuus(keys: Mapping[str, str], path: str) -> tuple[str, bytes]:
    merchant = keys["merchant_id"]
    key = hashlib.md5(f"{path}{merchant}{keys['secret_key']}".encode()).hexdigest()
    form = urlencode({"MerchantID": merchant, "skey": key})
    return "application/x-www-form-urlencoded", form.encode()


def nuveis(keys: Mapping[str, str], path: str) -> tuple[str, bytes]:
    at = f"{clock.now():%Y%m%d%H%M%S}"
    parts = (keys["merchant_id"], keys["site_id"], at, keys["secret_key"])
    names = ("merchantId", "merchantSiteId", "timeStamp", "checksum")
    proof = hashlib.sha256("".join(parts).encode()).hexdigest()
    return "application/json", orjson.dumps(dict(zip(names, (*parts[:3], proof), strict=True)))


BY_BODY = {"fiuu": fiuus, "nuvei": nuveis}


def statements(story: Story) -> list[Statement]:
    return settling.statements(Book(story.shop.there), story.shop.simulator)


def paid(story: Story) -> Story:
    """Paid and captured, whatever that takes."""
    story.pay()
    if "authorized" in story.heard() | {story.begun.state}:
        story.shop.then(story.ask, story.begun, "capture")
    elif story.charges()[-1].state == "pending":
        control.push(story.driver.name, story.charges()[-1].id, "approve")
        story.heard()
    return story


def settled(driver: Driver, how: str = "") -> Story:
    """A payment, and part of it given back where that can be; then the day is over."""
    story = paid(Story(driver, "approve"))
    row = next(row for row in connectors(driver) if row.method == story.ask.method)
    step = row.multiple_of.get(story.ask.money.currency, 1)
    half = story.ask.money.amount // 2 // step * step
    if row.refund in ("partial", "full"):
        story.refund(half if row.refund == "partial" else 0)
    if how:
        day = story.shop.there.now().date().isoformat()
        control.spoil(story.shop.simulator, story.shop.there.ref, day, how)
    story.wait(DAY)
    return story


@every_driver
def test_a_merchant_fetches_the_statement_of_a_day(driver):
    story = settled(driver)
    charge = story.charges()[-1]
    listed = fetch(story, PATH)
    assert listed.status == 200
    (one,) = orjson.loads(listed.body)["settlements"]

    reply = fetch(story, one["file"])

    assert reply.status == 200
    assert reply.body == fetch(story, one["file"]).body
    rows = list(csv.DictReader(io.StringIO(reply.body.decode())))
    assert list(rows[0]) == list(COLUMNS)
    assert rows[0]["type"] == "capture"
    named = {rows[0]["payment"], rows[0]["merchant_reference"]}
    assert named & {story.begun.provider_ref, story.ask.reference}
    assert {row["type"] for row in rows} >= ({"refund"} if charge.refunded else set())
    assert rows[-1]["type"] == "payout"
    assert [rows[-1][name] for name in ("gross", "fee", "net")] == [
        one[name] for name in ("gross", "fee", "net")
    ]


@every_driver
def test_a_stranger_gets_no_statement(driver):
    story = settled(driver)
    stranger = story.shop.simulator.credentials({})
    story.shop.here = replace(story.shop.here, credentials=stranger)

    reply = fetch(story, PATH)

    assert b"settlements" not in reply.body


@every_simulated
def test_a_closed_day_stays_as_it_is(driver):
    story = settled(driver)
    (first,) = statements(story)
    again = Story(driver, "approve")
    again.shop = story.shop
    paid(again)
    story.wait(DAY)

    newer, kept = statements(story)

    assert ordinary(kept) == ordinary(first)
    assert newer.day > kept.day
    day = first.day.isoformat()
    with pytest.raises(Refuse):
        control.spoil(story.shop.simulator, story.shop.there.ref, day, "line_twice")


@every_simulated
@pytest.mark.parametrize("how", spoilings())
def test_a_spoiled_statement_adds_up_and_is_wrong(driver, how):
    story = settled(driver, how)
    (wrong,) = statements(story)
    captured = sum(one.captured for one in story.charges())
    refunded = sum(one.refunded for one in story.charges())
    true = theirs(wrong, captured - refunded)
    unit = 10**wrong.places
    payments = [line.payment for line in wrong.lines]

    assert wrong.spoiled == how
    assert wrong.net == sum(line.net for line in wrong.lines)
    assert (
        wrong.gross
        == {
            "line_missing": true - theirs(wrong, captured),
            "amount_differs": true + unit,
            "line_twice": true + theirs(wrong, captured),
            "line_unknown": true + 12 * unit,
        }[how]
    )
    assert any(one.startswith("unknown") for one in payments) == (how == "line_unknown")


def test_statements_count_as_the_provider_counts():
    for driver in drivers().values():
        assert dict(driver.exponents) == settling.terms(driver.name).exponents, driver.name


def test_only_known_faults_and_real_days_can_be_chosen():
    story = paid(Story(drivers()["stripe"], "approve"))
    shop = story.shop
    for day, how in (("2026-13-01", "line_twice"), ("2030-01-01", "line_of_another_day")):
        with pytest.raises(Refuse) as refused:
            control.spoil(shop.simulator, shop.there.ref, day, how)
        assert refused.value.answer.status == 400


def test_money_that_moves_on_a_closed_day_goes_into_the_next():
    story = settled(drivers()["adyen"])
    (first,) = statements(story)
    story.wait(-DAY)
    again = Story(story.driver, "approve")
    again.shop = story.shop
    paid(again)
    story.wait(2 * DAY)

    newer, kept = statements(story)

    assert ordinary(kept) == ordinary(first)
    assert newer.day > first.day
    assert len(newer.lines) == 1


def theirs(statement: Statement, amount: int) -> int:
    return rescale(amount, exponent(statement.currency), statement.places)


# What happens to a payment: how much is asked for, how much of it is captured, given back in up
# to three steps, and whether the rest is disputed. Shares are in per cent.
PAYMENTS = some.lists(
    some.tuples(
        some.integers(1, 10**9),
        some.sampled_from(["EUR", "JPY", "KWD"]),
        some.integers(1, 100),
        some.lists(some.integers(1, 40), max_size=3),
        some.booleans(),
    ),
    min_size=1,
    max_size=8,
)
QUICK = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))


@QUICK
@given(payments=PAYMENTS)
def test_the_sums_of_any_mix_are_the_statements_totals(payments):
    """Three providers: in whole units, with a decimal point, and one that asks its own way."""
    for name in ("checkout", "xendit", "adyen"):
        simulator = simulators()[name]
        story = Story(drivers()[name], "approve")
        book, expected = Book(story.shop.there), {}
        for number, payment in enumerate(payments):
            currency, gross = play(book, f"{story.shop.there.ref}-{number}", *payment)
            expected[currency] = expected.get(currency, 0) + gross
        story.wait(DAY)
        made = settling.statements(Book(story.shop.there), simulator)

        assert {one.currency: one.gross for one in made} == expected
        for one in made:
            assert one.net == one.gross - one.fee == sum(line.net for line in one.lines)
            assert all(type(line.gross) is int and type(line.fee) is int for line in one.lines)


def play(
    book: Book, name: str, amount: int, currency: str, share: int, backs: list, disputed: bool
) -> tuple[str, int]:
    """Let a payment go its way in the book; what it adds to the gross of its currency."""
    charge = Charge(name, amount, currency, "card", "authorized", names=[name])
    book.open(charge)
    charge.captured, charge.state = max(1, amount * share // 100), "captured"
    book.save(charge)
    for one in backs:
        left = charge.captured - charge.refunded
        charge.refunded += min(left, max(1, charge.captured * one // 100))
        book.save(charge, {"id": f"{name}-{one}"})
    if disputed:
        book.charge_back(charge)
    return currency, charge.captured - charge.refunded - (charge.captured if disputed else 0)
