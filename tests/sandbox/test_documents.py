"""`docs/testing.md` says what the scenarios and the simulators say."""

from __future__ import annotations

from pathlib import Path

from acquiring import catalogue
from acquiring.sandbox.documents import render_testing
from acquiring.sandbox.scenarios import scenarios

PAGE = Path(__file__).parents[2] / "docs" / "testing.md"


def test_the_documentation_is_what_the_tables_say():
    assert PAGE.read_text("utf-8") == render_testing()


def test_the_documentation_has_every_scenario():
    page = render_testing()

    assert all(one.name in page or one.decline in page for one in scenarios().values())


def test_every_decline_is_a_word_of_the_vocabulary():
    used = {one.decline for one in scenarios().values() if one.decline}

    assert used <= set(catalogue.declines())
