"""The scenarios of the sandbox, the same at every provider, as our drivers hear them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from acquiring.catalogue import Connector
from acquiring.connectors.client import perform
from acquiring.connectors.driver import Driver
from acquiring.sandbox.book import LATE
from acquiring.sandbox.engine import simulators
from acquiring.sandbox.scenarios import scenarios
from tests.connectors.shop import _impatient, _wired  # noqa: F401 (fixtures)
from tests.connectors.story import (
    LOST,
    PAID,
    SETTLED,
    Story,
    connectors,
    every_simulated,
    played,
    show,
    without_cards,
)

pytestmark = pytest.mark.django_db

PENDING = {
    "pending_then_paid": PAID,
    "pending_then_failed": LOST,
    "pending_then_expired": LOST,
}
FOUND = PAID | {"action", "pending"}


@every_simulated
def test_what_a_simulator_cannot_play_is_a_scenario_and_has_a_reason(driver):
    for name, reason in simulators()[driver.name].cannot.items():
        assert name in scenarios() or name == "outage"
        assert len(reason) > 20


@every_simulated
@pytest.mark.parametrize("scenario", PENDING)
def test_what_pends_is_settled_later(driver, scenario):
    with played(driver, scenario):
        story = Story(driver, scenario, without_cards(driver)).pay()
        early = story.heard()
        show(not early & SETTLED, f"settled at once: {early}")

        late = story.wait().heard()
        show(late & PENDING[scenario], f"never settled: {late}")
        assert not late & (SETTLED - PENDING[scenario])
        assert (story.charges()[-1].captured > 0) == (scenario == "pending_then_paid")


@every_simulated
def test_a_webhook_that_comes_twice_says_the_same_twice(driver):
    story = Story(driver, "webhook_twice").pay()
    told = [one for *_, news in story.deliveries() for one in news]

    assert told
    assert all(told.count(one) == 2 for one in told)
    assert len(story.charges()) == 1
    assert story.heard() & PAID


@every_simulated
def test_before_a_late_webhook_an_inquiry_finds_the_payment(driver):
    story = Story(driver, "webhook_late").pay()
    assert story.deliveries()
    assert all(due - made >= LATE for _, made, due, _ in story.deliveries())

    assert story.asked() & PAID or "inquire" not in driver.verbs
    assert story.heard() & PAID


@every_simulated
def test_the_order_of_webhooks_says_nothing(driver):
    """What came of the payment first is told after what was done with it."""
    with played(driver, "webhook_reordered"):
        story = Story(driver, "webhook_reordered", followed(driver)).pay()
        first = len(story.deliveries())
        if "authorized" in story.heard() | {story.begun.state}:
            story.shop.then(story.ask, story.begun, "capture")
        elif "refund" in driver.verbs:
            story.refund()
        show(len(story.deliveries()) > first or first > 1, "one webhook is all there is")

        sent = [number for number, *_ in story.deliveries()]
        assert sent[-1] == min(sent)
        told = {one.outcome.state for *_, news in story.deliveries() for one in news}
        assert not told & LOST


@every_simulated
def test_without_any_webhook_the_payment_is_found(driver):
    with played(driver, "webhook_never"):
        story = Story(driver, "webhook_never").pay()

        assert not story.deliveries()
        show((story.asked() | {story.begun.state}) & PAID, "nobody can be asked")


@every_simulated
@pytest.mark.usefixtures("_impatient")
@pytest.mark.parametrize("scenario", ["timeout", "error_after_charge"])
def test_a_charge_whose_answer_never_came_is_found(driver, scenario):
    with played(driver, scenario):
        story = Story(driver, scenario).begin()
        show(story.charges(), "nobody was asked")
        # A call that may be repeated was: the provider may have told what the first came to.
        assert story.begun.state == "unknown" or "authorize" in driver.resendable

        told = story.heard()
        if told == {"unknown"}:
            told |= story.shop.named(story.ask)
        assert told & FOUND
        assert not told & LOST
        once(story)


@every_simulated
@pytest.mark.usefixtures("_impatient")
def test_silence_without_a_charge_is_unknown_and_stays_uncharged(driver):
    with played(driver, "timeout_uncharged"):
        story = Story(driver, "timeout_uncharged").begin()
        show(story.begun.state == "unknown", "somebody answered")

        assert story.heard() <= {"unknown"}
        assert not any(one.captured or one.state != "action" for one in story.charges())


@every_simulated
def test_a_partial_outage_charges_nothing_twice(driver):
    with played(driver, "outage"):
        story = Story(driver, "approve").switch(outage_percent=50)
        shop, first = story.shop, story.ask
        asks = [replace(first, reference=f"{first.reference}{one}") for one in "abcd"]
        held = [perform(driver, ask, shop.here) for ask in asks]
        failed = [call for one in held for call in one.calls if (call.status or 503) >= 500]
        show(failed, "every call was answered")

        assert {one.outcome.state for one in held} <= FOUND | {"unknown", "refused"}
        assert len(story.charges()) <= len(asks) or driver.opens_anew


def once(story: Story) -> None:
    """One payment is one charge; pages that nobody has paid on are no charges."""
    made = story.charges()
    assert len(made) == 1 or (story.driver.opens_anew and not any(one.captured for one in made))


def followed(driver: Driver) -> list[Connector]:
    """Methods whose payments can be followed by something, where there are any."""
    rows = connectors(driver)
    return [row for row in rows if row.capture != "automatic" or row.refund] or rows
