"""The decline vocabulary and the page made from it."""

from pathlib import Path

import pytest

from acquiring import catalogue

PAGE = Path(__file__).parents[2] / "docs" / "declines.md"
# What would blame the shopper or tell a thief that the card is known.
UNSAID = ("fraud", "stolen", "lost", "suspic", "risk", "blocked", "your fault", "declined", "wrong")

ROWS = catalogue.declines().values()


def test_the_vocabulary_is_wide_enough():
    assert len(ROWS) >= 60


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.code)
def test_the_shopper_is_never_blamed_or_suspected(row):
    assert not [word for word in UNSAID if word in row.shopper.lower()]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.code)
def test_another_route_is_not_offered_what_the_account_holder_refused(row):
    if row.who == "shopper" or row.category in ("funds", "details", "security", "after_payment"):
        assert not row.another_route


def test_a_card_that_was_reported_is_never_tried_again():
    for code in ("lost_card", "stolen_card", "pickup_card", "suspected_fraud"):
        assert not catalogue.decline(code).retryable


def test_a_code_that_does_not_exist_is_a_key_error():
    with pytest.raises(KeyError):
        catalogue.decline("nobody_says_this")


def test_the_documentation_is_what_the_table_says():
    assert PAGE.read_text("utf-8") == catalogue.render_declines()


def test_the_documentation_has_every_code():
    page = catalogue.render_declines()

    assert all(f"| `{row.code}` |" in page for row in ROWS)
