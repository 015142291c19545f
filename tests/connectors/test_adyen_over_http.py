"""Adyen's driver and Adyen's simulator over real HTTP, webhooks included: every scenario."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass, replace
from urllib.parse import parse_qs, urlsplit

import pytest

from acquiring.connectors import client
from acquiring.connectors.client import Account, Timeouts, perform
from acquiring.connectors.driver import Ask, BadSignature, Inbound, News, Outcome
from acquiring.core.money import Money
from acquiring.sandbox.scenarios import scenarios
from tests.connectors.adyen_case import ADYEN, ASK
from tests.sandbox_process import Inbox, Sandbox, Shop, inbox, sandbox, sandbox_process

__all__ = ["inbox", "sandbox", "sandbox_process"]
PATIENCE = Timeouts(connect_seconds=2, read_seconds=2)


@dataclass
class Till:
    """A shop at the simulator, asking through the client and listening to its webhooks."""

    shop: Shop
    inbox: Inbox
    account: Account

    def does(self, ask: Ask, again: bool = False) -> Outcome:
        return perform(ADYEN, ask, self.account, timeouts=PATIENCE, again=again).outcome

    def pays(self, amount: int = 1999, **members) -> tuple[Ask, Outcome]:
        ask = replace(ASK, money=Money(amount, "EUR"), reference=fresh("att"), **members)
        return ask, self.does(ask)

    def later(self, verb: str, paid: Outcome, amount: int) -> tuple[Ask, Outcome]:
        ask = replace(
            ASK,
            verb=verb,
            card=None,
            reference=fresh(verb[:3]),
            provider_ref=paid.provider_ref,
            money=Money(amount, "EUR"),
        )
        return ask, self.does(ask)

    def news(self) -> list[News]:
        """What came so far and is believed."""
        found: list[News] = []
        for headers, body in list(self.inbox.got):
            inbound = Inbound("POST", self.inbox.url, headers, body)
            try:
                found += ADYEN.news(inbound, self.account.credentials)
            except BadSignature:
                continue
        return found

    def hears(self, reference: str, seconds: float = 8) -> list[str]:
        """The states told about our reference, as soon as there is one."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            told = [one.outcome.state for one in self.news() if one.reference == reference]
            if told:
                return told
            time.sleep(0.05)
        return []


def fresh(prefix: str) -> str:
    return f"{prefix}_{secrets.token_hex(16)}"


@pytest.fixture
def till(sandbox: Sandbox, inbox: Inbox) -> Till:
    inbox.answer = ADYEN.acknowledge(Inbound("POST", inbox.url, {}, b""), {})[0]
    shop = sandbox.register("adyen", inbox.url)
    shop.switch(hang_seconds=4)
    client.forget_failures()
    account = Account("adyen", shop.ref, shop.credentials, base_url=f"{sandbox.url}/adyen")
    return Till(shop, inbox, account)


def test_a_card_goes_to_its_issuer_and_back(till):
    ask, asked = till.pays(three_ds="required", capture="manual")
    back = till.shop.sandbox.choose(asked.action["url"], "approve")
    returned = {name: one[0] for name, one in parse_qs(urlsplit(back).query).items()}
    done = till.does(replace(ask, verb="resume", card=None, returned=returned))

    assert (asked.state, done.state) == ("action", "authorized")
    assert done.facts["liability_shift"] == "true"
    assert till.hears(ask.reference) == ["authorized"]


def test_a_hold_is_captured_in_parts_refunded_and_let_go(till):
    _, held = till.pays(capture="manual")
    steps = [
        till.later("capture", held, 500),
        till.later("capture", held, 700),
        till.later("refund", held, 300),
        till.later("void", held, 799),
        till.later("refund", held, 1000),
    ]

    assert [outcome.state for _, outcome in steps] == ["pending"] * 5
    told = [till.hears(ask.reference) for ask, _ in steps]
    assert told == [["succeeded"], ["succeeded"], ["succeeded"], ["succeeded"], ["failed"]]
    [charge] = till.shop.charges()
    assert (charge["captured"], charge["refunded"]) == (1200, 300)


def test_a_bank_decides_and_the_shopper_need_not_come_back(till):
    asks = {}
    for choice in ("approve", "decline", "cancel"):
        ask, asked = till.pays(card=None, code="ideal")
        till.shop.sandbox.choose(asked.action["url"], choice)
        asks[choice] = ask.reference

    told = {choice: till.hears(reference) for choice, reference in asks.items()}
    assert told == {"approve": ["captured"], "decline": ["declined"], "cancel": ["declined"]}


# The first answer to a hold with a scenario, and what is told afterwards.
ENDINGS = {
    "three_ds_frictionless": ("authorized", "authorized"),
    "three_ds_failed": ("declined", "declined"),
    "pending_then_paid": ("pending", "authorized"),
    "pending_then_failed": ("pending", "declined"),
    "pending_then_expired": ("pending", "expired"),
    "timeout": ("authorized", "authorized"),  # the second call gets the answer that was kept
    "error_after_charge": ("unknown", "authorized"),
    "webhook_twice": ("authorized", "authorized"),
    "webhook_reordered": ("authorized", "authorized"),
    "webhook_forged": ("authorized", "authorized"),
}


def test_every_scenario_ends_as_its_name_says(till):
    started = {name: till.pays(scenarios()[name].amount, capture="manual") for name in ENDINGS}
    found = {
        name: (outcome.state, till.hears(ask.reference)[-1])
        for name, (ask, outcome) in started.items()
    }

    assert found == ENDINGS
    assert len(till.shop.charges()) == len(ENDINGS)
    assert len(till.hears(started["webhook_twice"][0].reference)) == 2


def test_silence_without_a_charge_can_be_asked_again(till):
    ask, lost = till.pays(scenarios()["timeout_uncharged"].amount)

    assert lost.state == "unknown"
    assert till.shop.charges() == []
    assert till.hears(ask.reference, seconds=0.5) == []


def test_what_fails_afterwards_is_told(till):
    _, held = till.pays(scenarios()["capture_failure"].amount, capture="manual")
    capture, _ = till.later("capture", held, 100)
    _, paid = till.pays(scenarios()["refund_failure"].amount)
    refund, _ = till.later("refund", paid, 100)

    assert till.hears(capture.reference) == ["failed"]
    assert till.hears(refund.reference) == ["failed"]


def test_a_dispute_is_told(till):
    _, paid = till.pays()
    till.shop.push(paid.provider_ref, "dispute")
    till.inbox.wait(3)

    told = [one for one in till.news() if one.about == "dispute"]
    assert [one.outcome.state for one in told] == ["chargeback_open", "chargeback_open"]
    assert {one.provider_ref for one in told} == {paid.provider_ref}


def test_an_outage_is_unknown_and_leaves_no_charge(till):
    till.shop.switch(outage_percent=100)

    assert till.pays()[1].state == "unknown"
    assert till.shop.charges() == []
