"""What the sandbox's scenarios do to a payment that was made: captures, refunds, disputes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from acquiring import catalogue
from acquiring.catalogue import Connector
from acquiring.connectors.driver import Driver
from acquiring.sandbox import control
from acquiring.sandbox.engine import simulators
from acquiring.sandbox.wire import Refuse
from tests.connectors.shop import _wired  # noqa: F401 (a fixture)
from tests.connectors.story import (
    DRIVERS,
    Story,
    connectors,
    every_simulated,
    played,
    show,
)

pytestmark = pytest.mark.django_db

# What is refunded besides cards; kinds that go alike share a name.
KINDS = {
    "redirect": {"bank_redirect", "open_banking", "real_time", "pay_later"},
    "wallet": {"wallet", "mobile_money", "qr"},
    "bank": {"bank_transfer", "virtual_account", "direct_debit"},
    "voucher": {"voucher", "gift_card", "carrier_billing"},
}
DISPUTED = {"chargeback_open", "inquiry_open", "lost", "unknown"}
REFUNDED = ("partial", "full")


def refundable(driver: Driver) -> list[Connector]:
    return [row for row in connectors(driver) if row.refund in REFUNDED]


def first_of(driver: Driver, kinds: set[str]) -> Connector | None:
    """The first refundable method of these kinds."""
    rows = [row for row in refundable(driver) if catalogue.method(row.method).kind in kinds]
    return rows[0] if rows else None


FURTHER = [
    pytest.param(driver, row, id=f"{driver.name}: {name}: {row.method}")
    for driver in DRIVERS
    for name, kinds in KINDS.items()
    if (row := first_of(driver, kinds))
]
every_further_kind = pytest.mark.parametrize(("driver", "row"), FURTHER)
every_held = pytest.mark.parametrize(
    "driver",
    [one for one in DRIVERS if connectors(one, flow="card", capture="both")],
    ids=lambda one: one.name,
)


def captured(story: Story) -> Story:
    """The money is there: what is only held is taken."""
    if "authorized" in story.heard() | {story.begun.state}:
        _, done = story.shop.then(story.ask, story.begun, "capture")
        assert done.state in ("succeeded", "pending")
        story.shop.news()
    elif story.charges()[-1].state == "pending":  # a direct debit takes its days
        control.push(story.driver.name, story.charges()[-1].id, "approve")
        story.heard()
    assert story.charges()[-1].captured
    return story


@every_held
def test_a_capture_fails(driver):
    with played(driver, "capture_failure"):
        rows = connectors(driver, flow="card", capture="both")
        story = Story(driver, "capture_failure", rows).begin(capture="manual").agree()
        assert "authorized" in story.heard() | {story.begun.state}
        asked, taken = story.shop.then(story.ask, story.begun, "capture")

        told = story.shop.states("capture", asked, taken)
        show(told & {"failed", "refused"}, f"captured all the same: {told}")
        assert "succeeded" not in told
        assert story.charges()[-1].captured == 0


@every_simulated
def test_a_refund_fails(driver):
    with played(driver, "refund_failure"):
        show(refundable(driver), "nothing can be given back")
        story = captured(Story(driver, "refund_failure", refundable(driver)).pay())
        asked, begun = story.refund()

        told = story.shop.states("refund", asked, begun)
        show(told & {"failed", "refused"}, f"never failed: {told}")
        if "succeeded" in told:  # some say so first, and take it back
            later = replace(
                asked, verb="inquire", target="refund", operation_ref=begun.operation_ref
            )
            assert story.wait().shop.does(later).state == "failed"
        assert story.charges()[-1].refunded == 0


@every_simulated
def test_a_refund_pends_and_then_succeeds(driver):
    with played(driver, "refund_pending"):
        show(refundable(driver), "nothing can be given back")
        story = captured(Story(driver, "refund_pending", refundable(driver)).pay())
        asked, begun = story.refund()
        show(begun.state == "pending", f"done at once: {begun.state}")

        told = story.wait().shop.states("refund", asked, begun)
        assert "succeeded" in told
        assert not told & {"failed", "refused"}


@every_further_kind
def test_a_payment_of_every_refundable_kind_is_given_back(driver, row):
    story = captured(Story(driver, "approve", [row]).pay())
    asked, begun = story.refund()

    assert "succeeded" in story.wait().shop.states("refund", asked, begun)
    assert story.charges()[-1].refunded == story.ask.money.amount


@every_simulated
def test_a_dispute_is_told(driver):
    with played(driver, "dispute"):
        story = captured(Story(driver, "dispute").pay())
        story.wait()

        told = [one for one in story.shop.news() if one.about == "dispute"]
        show(told, "nobody tells")
        assert told[0].outcome.state in DISPUTED
        news, kept = told[0], story.begun.keep.values()
        names = [story.ask.reference, story.begun.provider_ref, *kept]
        subjects = (news.reference, news.provider_ref, news.outcome.facts.get("payment"))
        assert any(one and one in names for one in subjects)


@every_simulated
def test_a_person_raises_a_dispute_only_where_there_are_any(driver):
    story = captured(Story(driver, "approve").pay())
    charge = story.charges()[-1]

    if reason := simulators()[driver.name].cannot.get("dispute"):
        with pytest.raises(Refuse) as refused:
            control.push(driver.name, charge.id, "dispute")
        assert reason in refused.value.answer.body["message"]
    else:
        control.push(driver.name, charge.id, "dispute")
        assert [one for one in story.shop.news() if one.about == "dispute"]
