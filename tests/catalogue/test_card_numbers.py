"""Brands are told by the first digits; numbers are published test numbers."""

import pytest

from acquiring import catalogue

PUBLISHED = {
    "4242424242424242": "visa",
    "4000056655665556": "visa",
    "5555555555554444": "mastercard",
    "2223003122003222": "mastercard",
    "5200828282828210": "mastercard",
    "378282246310005": "amex",
    "371449635398431": "amex",
    "6011111111111117": "discover",
    "6011000990139424": "discover",
    "3056930009020004": "diners",
    "36227206271667": "diners",
    "3566002020360505": "jcb",
    "6200000000000005": "unionpay",
    "6771798021000008": "maestro",
    "5066991111111118": "elo",
    "6062828888666688": "hipercard",
}


@pytest.mark.parametrize(("number", "brand"), PUBLISHED.items())
def test_published_numbers_are_recognised_with_their_length(number, brand):
    found = catalogue.brand_of(number)

    assert found.code == brand
    assert len(number) in found.lengths


def test_the_first_digit_is_enough_where_it_decides():
    assert catalogue.brand_of("4").code == "visa"
    assert catalogue.brand_of("5") is None
    assert catalogue.brand_of("") is None


def test_a_range_inside_another_brands_range_is_its_own_brand():
    assert catalogue.brand_of("650031").code == "elo"
    assert catalogue.brand_of("650001").code == "discover"


def test_the_security_code_of_american_express_has_four_digits():
    assert catalogue.brand_of("34").security_code_digits == 4
