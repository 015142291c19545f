"""Amounts as JSON numbers lose no digit and never pass through a float."""

from __future__ import annotations

import json
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as values

from acquiring.connectors.driver import Call, encode
from acquiring.connectors.numbers import number
from acquiring.core.money import Money

CURRENCIES = values.sampled_from(["EUR", "JPY", "KWD", "IDR", "CLP"])


@given(values.integers(0, 10**17), CURRENCIES)
def test_an_amount_is_the_number_it_says(amount, currency):
    money = Money(amount, currency)

    body, _ = encode(Call("POST", "/", {"amount": number(money), "note": "5 \\u0000 9.99"}))

    read = json.loads(body, parse_float=Decimal, parse_int=Decimal)
    assert read["amount"] == Decimal(money.major())
    assert read["note"] == "5 \\u0000 9.99"


def test_decimals_are_written_out():
    body, _ = encode(Call("POST", "/", {"amount": number(Money(1990, "EUR"))}))

    assert body == b'{"amount":19.90}'
