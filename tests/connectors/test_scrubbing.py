"""Nothing secret and nobody's data survives in the wire log."""

from __future__ import annotations

import json
from dataclasses import replace
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acquiring.connectors.client import Account, perform
from acquiring.connectors.driver import Card, Party
from acquiring.connectors.scrubbing import KEPT_CHARACTERS, LARGEST_BYTES, Scrubber
from tests.connectors.contract import account_of, ask_of
from tests.connectors.network import answer, network
from tests.connectors.test_conformance import every_exchange

__all__ = ["network"]

NUMBER, CVC = "4242424242424242", "987"
CREDENTIAL = "sk_test_51-very=secret&value"
SCRUBBER = Scrubber(frozenset({"name"}), [NUMBER, CREDENTIAL], [CVC])
JSON, FORM = "application/json", "application/x-www-form-urlencoded"


@every_exchange
def test_no_exchange_leaves_a_secret_in_its_log(driver, entry, network):
    """Every exchange of every driver, with a provider that repeats all it was told."""
    ask = replace(ask_of(entry), customer=Party("cus_1", "Chiara Conti", "chiara@shop.example"))
    if ask.card:
        ask = replace(ask, card=Card(NUMBER, 12, 2031, CVC, "Chiara Conti"))
    credentials = account_of(driver)
    secret = driver.secret_credentials or driver.credentials
    told = [NUMBER, CVC, "Chiara Conti", "chiara@shop.example", *credentials.values()]
    said = entry["reply"].get("body", {})
    members = said if isinstance(said, dict) else {"list": said}
    body = {**members, "echo": told, "text": " ".join(told)}
    network.plays(*[answer(entry["reply"]["status"], body, {"x-echo": NUMBER})] * 2)

    log = repr(perform(driver, ask, Account(driver.name, "acc_1", credentials)).calls)

    assert log.count("Sent(") >= 1
    hidden = ["chiara@shop.example", "Chiara Conti", *(credentials[name] for name in secret)]
    hidden += [NUMBER, f"'{CVC}'", f'"{CVC}"', f"={CVC}&"] if ask.card else []
    for value in hidden:
        assert value not in log
        assert json.dumps(value)[1:-1] not in log


members = st.recursive(
    st.sampled_from([NUMBER, CVC, CREDENTIAL, int(NUMBER), int(CVC), "plain", None, True, 7]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(max_size=8) | st.just(NUMBER), inner, max_size=4)
    ),
    max_leaves=12,
)
glue = st.text(alphabet=" .,:;/-_()äZ", min_size=1, max_size=3)


@given(members)
def test_json_gives_nothing_away(value):
    kept = SCRUBBER.body(json.dumps(value).encode(), JSON)

    assert_nothing_left(kept)
    json.loads(kept)


@given(st.lists(st.tuples(st.text(max_size=8), st.sampled_from([NUMBER, CVC, CREDENTIAL, "a"]))))
def test_a_form_gives_nothing_away(pairs):
    assert_nothing_left(SCRUBBER.body(urlencode(pairs).encode(), FORM))


@given(glue, glue, glue, glue)
def test_free_text_gives_nothing_away(first, second, third, fourth):
    text = f"{first}{NUMBER}{second}{CVC}{third}{CREDENTIAL}{fourth}"

    assert_nothing_left(SCRUBBER.body(text.encode(), "text/plain"))
    assert_nothing_left(SCRUBBER.url(f"https://provider.example/{NUMBER}?{urlencode({'q': text})}"))
    assert_nothing_left(str(SCRUBBER.headers({"X-Note": text})))


def assert_nothing_left(kept: str) -> None:
    assert NUMBER not in kept
    assert CREDENTIAL not in kept
    standing_alone = "".join(one if one.isalnum() else " " for one in kept).split()
    assert CVC not in standing_alone


@given(st.from_regex(r"[2-6][0-9]{12,17}", fullmatch=True), glue)
def test_a_card_number_is_known_by_its_check_digit(digits, between):
    number = digits + check_digit(digits)
    stranger = Scrubber(frozenset(), [])

    for text in (number, f"x{between}{number}{between}x", json.dumps({"any": number})):
        kept = stranger.body(text.encode(), JSON)
        assert number not in kept
        assert f"{number[:6]}***{number[-4:]}" in kept


def check_digit(digits: str) -> str:
    """Luhn: the digit that makes the weighted sum a multiple of ten."""
    doubled = [int(one) * (2 - place % 2) for place, one in enumerate(reversed(digits))]
    return str(-sum(one // 10 + one % 10 for one in doubled) % 10)


@pytest.mark.parametrize(
    "text", ["4242 4242 4242 4242", "4242-4242-4242-4242", "3782 822463 10005"]
)
def test_a_card_number_written_in_groups_is_masked(text):
    assert text not in Scrubber(frozenset(), []).body(f"card {text} 12/30".encode(), "text/plain")


def test_an_order_number_stays_readable():
    kept = SCRUBBER.body(b'{"order":"4242424242424241","amount":1999,"id":"pi_3Pga"}', JSON)

    assert kept == '{"order":"4242424242424241","amount":1999,"id":"pi_3Pga"}'


@pytest.mark.parametrize(
    ("body", "content_type", "kept"),
    [
        (b'{"card":{"CVC":"111","name":"A"}}', JSON, '{"card":{"CVC":"***","name":"***"}}'),
        (b'{"password":{"a":1},"pin":null}', JSON, '{"password":"***","pin":null}'),
        (b"a[card][cvc]=111&b=x%20y", FORM, "a[card][cvc]=***&b=x y"),
        (b"token[0]=t&c", FORM, "token[0]=***&c="),
        (b"", JSON, ""),
    ],
)
def test_named_members_are_masked_wherever_they_are(body, content_type, kept):
    assert SCRUBBER.body(body, content_type) == kept


def test_named_headers_are_masked_in_any_case():
    kept = SCRUBBER.headers({"AUTHORIZATION": "Bearer x", "X-Api-Key": "k", "Accept": "*/*"})

    assert kept == {"AUTHORIZATION": "***", "X-Api-Key": "***", "Accept": "*/*"}


def test_what_is_kept_is_bounded():
    assert len(SCRUBBER.body(b"x" * LARGEST_BYTES, "text/plain")) == KEPT_CHARACTERS
    assert SCRUBBER.body(b"x" * (LARGEST_BYTES + 1), "text/plain") == "(131073 bytes, not kept)"


def test_a_number_cut_by_the_bound_is_masked_first():
    text = "x" * (KEPT_CHARACTERS - 12) + " " + NUMBER

    assert NUMBER[:8] not in Scrubber(frozenset(), []).body(text.encode(), "text/plain")
