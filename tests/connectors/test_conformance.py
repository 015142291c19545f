"""What every driver must do, checked for every driver found and every recorded exchange."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from acquiring import catalogue
from acquiring.connectors.driver import (
    OPERATION_STATES,
    PAYMENT_STATES,
    Driver,
    Reply,
    encode,
    flatten,
)
from acquiring.connectors.registry import drivers
from tests.connectors.contract import (
    PUBLISHED,
    ask_of,
    contract,
    exchanges,
    told,
    wire_of,
)

DRIVERS = list(drivers().values())
EXCHANGES = [(one, entry) for one in DRIVERS for entry in exchanges(one.name)]

GOOD = {
    "authorize": {"authorized", "captured"},
    "resume": {"authorized", "captured"},
    "inquire": {"authorized", "captured", "succeeded"},
}
BAD = {
    "authorize": {"declined", "refused"},
    "resume": {"declined", "refused"},
    "inquire": {"declined", "failed", "unknown", "expired"},
}
ACCEPTED = {"succeeded", "pending"}  # many providers only promise to try
TURNED_DOWN = {"failed", "refused"}
OPEN = {"unknown", "pending", "action"}
LOST = {"declined", "refused", "voided", "expired", "failed"}  # no money in any of them

every_driver = pytest.mark.parametrize("driver", DRIVERS, ids=lambda one: one.name)
every_asking_driver = pytest.mark.parametrize(
    "driver", [one for one in DRIVERS if not one.asks_nobody], ids=lambda one: one.name
)
every_exchange = pytest.mark.parametrize(
    ("driver", "entry"),
    EXCHANGES,
    ids=[f"{one.name}: {entry['name']}" for one, entry in EXCHANGES],
)

DOCUMENTED = [(one, entry) for one, entry in EXCHANGES if one.name in PUBLISHED]
every_documented_exchange = pytest.mark.parametrize(
    ("driver", "entry"),
    DOCUMENTED,
    ids=[f"{one.name}: {entry['name']}" for one, entry in DOCUMENTED],
)


def reply_of(entry: dict) -> Reply:
    """The reply of an exchange; a `text` is what came where it is not JSON."""
    reply = entry["reply"]
    body = reply.get("body", {})
    headers = {"content-type": "application/json", **reply.get("headers", {})}
    return Reply(reply["status"], headers, body, reply.get("text") or json.dumps(body))


def outcome_of(driver: Driver, entry: dict) -> dict:
    return told(driver.read(ask_of(entry), reply_of(entry)))


@every_driver
def test_it_says_who_it_is(driver):
    assert driver.title
    assert driver.live.startswith("https://")
    assert set(driver.secret_credentials) <= set(driver.credentials)
    assert driver.resendable <= driver.verbs
    assert driver.name in catalogue.providers()


@every_exchange
def test_it_speaks_the_providers_language(driver, entry):
    ask, wanted = ask_of(entry), entry["call"]
    if ask.step:
        assert any(one["outcome"].get("call") == wanted for one in exchanges(driver.name))
        return
    call = driver.ask(ask)

    assert (call.method, call.path) == (wanted["method"], wanted["path"])
    assert dict(call.query) == wanted.get("query", {})
    for name, value in wanted.get("headers", {}).items():
        assert call.headers.get(name) == value
    if call.encoding == "form":
        assert dict(flatten(call.body or {})) == wanted.get("body", {})
    else:
        assert json.loads(encode(call)[0] or "null") == wanted.get("body")


@every_exchange
def test_it_understands_the_answer(driver, entry):
    assert outcome_of(driver, entry) == entry["outcome"]


@every_exchange
def test_every_state_belongs_to_what_was_asked(driver, entry):
    ask = ask_of(entry)
    if "step" in entry["outcome"]:
        return
    about_payment = ask.verb in ("authorize", "resume")
    about_payment |= ask.verb == "inquire" and ask.target == "payment"

    states = PAYMENT_STATES if about_payment else OPERATION_STATES

    assert entry["outcome"]["state"] in states


@every_exchange
def test_every_no_has_a_reason_of_the_catalogue(driver, entry):
    outcome = entry["outcome"]

    if outcome.get("state") in ("declined", "refused", "failed"):
        assert outcome["decline"] in catalogue.declines()
    else:
        assert "decline" not in outcome


@every_documented_exchange
def test_every_call_is_one_the_provider_documents(driver, entry):
    contract(driver.name).check_call(wire_of(driver, entry))


@every_documented_exchange
def test_every_recorded_answer_is_one_the_provider_documents(driver, entry):
    reply = entry["reply"]

    contract(driver.name).check_reply(wire_of(driver, entry), reply["status"], reply.get("body"))


@every_exchange
def test_a_word_nobody_knows_never_settles_anything(driver, entry):
    """One word of the answer at a time is replaced by one that does not exist yet."""
    state = entry["outcome"].get("state", "unknown")
    if entry["reply"]["status"] >= 400 or state == "unknown":
        return
    for body in one_strange_word(entry["reply"].get("body", {})):
        heard = state_of(driver, entry, body)

        assert heard == state or heard in OPEN or {state, heard} <= LOST


def state_of(driver: Driver, entry: dict, body: dict) -> str:
    """As the client hears it: a driver that stumbles knows nothing."""
    try:
        heard = driver.read(ask_of(entry), replace(reply_of(entry), body=body))
        return getattr(heard, "state", "unknown")
    except Exception:
        return "unknown"


def one_strange_word(value: Any) -> Iterator[Any]:
    """Every copy of a value in which one text is another."""
    members = value.items() if isinstance(value, dict) else enumerate(value)
    for name, one in members:
        strange = ["a_word_of_next_year"] if isinstance(one, str) else []
        for other in one_strange_word(one) if isinstance(one, dict | list) else strange:
            copy = value.copy()
            copy[name] = other
            yield copy


@every_driver
def test_a_state_word_is_mapped_or_unknown(driver):
    assert driver.state("a_word_of_next_year") == "unknown"
    assert set(driver.states.values()) <= PAYMENT_STATES | OPERATION_STATES


@every_asking_driver
def test_every_decline_is_one_of_the_catalogue(driver):
    assert driver.declines
    assert set(driver.declines.values()) <= set(catalogue.declines())
    assert driver.decline("a_code_of_next_year") in catalogue.declines()


@every_asking_driver
def test_every_verb_was_heard_saying_yes_and_no(driver):
    heard: dict[str, set] = {verb: set() for verb in driver.verbs}
    for entry in exchanges(driver.name):
        heard[entry["verb"]].add(entry["outcome"].get("state", ""))

    rows, good = catalogue.provider(driver.name).connectors, GOOD
    # Nothing is paid but on a page or a phone: the yes is only ever told afterwards.
    if all(row.flow in ("redirect", "push") for row in rows):
        good = {**GOOD, "authorize": GOOD["authorize"] | {"action"}}
    for verb, states in heard.items():
        assert states & good.get(verb, ACCEPTED), f"no recorded success of {verb}"
        assert states & BAD.get(verb, TURNED_DOWN), f"no recorded refusal of {verb}"
    assert "action" in heard["authorize"], "no recorded next step of authorize"


@every_driver
def test_it_has_the_verbs_its_connectors_promise(driver):
    for connector in catalogue.provider(driver.name).connectors:
        promised = {"authorize"}
        promised |= {"capture"} if connector.capture in ("both", "manual") else set()
        promised |= {"void"} if connector.void else set()
        promised |= {"refund"} if connector.refund in ("partial", "full") else set()
        promised |= {"resume"} if connector.flow in ("card", "redirect") else set()
        assert promised <= driver.verbs, connector.method


@every_driver
def test_its_exponents_are_the_catalogues(driver):
    assert dict(driver.exponents) == dict(catalogue.provider(driver.name).exponents)


@every_driver
def test_silence_can_always_be_resolved(driver):
    """By an inquiry, or by sending the same call again; one of the two must be possible."""
    assert "inquire" in driver.verbs or "authorize" in driver.resendable
