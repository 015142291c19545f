"""What the tables of markets say to people is said in every language of the portal."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.utils.translation import override

from merchants.kyc import industries, markets, modules, people
from merchants.kyc.checks import activity
from merchants.onboarding import papers
from merchants.onboarding.saying import say

MARKETS = [*markets.markets().values(), markets.default()]


def sentences() -> set[str]:
    """Hints, reasons and declarations."""
    numbers = [row for market in MARKETS for row in market.identifiers.values()]
    papers = [row for market in MARKETS for row in market.documents.values()]
    papers += markets.documents().values()
    fields = [field for market in MARKETS for field in market.bank.local.values()]
    said = {text for row in numbers for text in (row.hint, row.why, row.never_kept)}
    said |= {text for row in papers for text in (row.hint, row.why)}
    said |= {field.hint for field in fields}
    said |= {text for market in MARKETS for text in market.absent.values()}
    said |= {asked.why for market in MARKETS for asked in market.entities.values()}
    said |= {row.title for row in markets.documents().values()}
    said |= {text for row in modules.modules().values() for text in row.declarations.values()}
    for row in industries.categories().values():
        said |= {row.title, row.reason, row.licence}
    return said - {""}


@pytest.mark.parametrize("language", ["zh-hans", "zh-hant"])
def test_what_a_market_says_is_translated(language):
    with override(language):
        missing = sorted(text for text in sentences() if say(text) == text)
    assert missing == [], "add them to templates/locale/markets/*/LC_MESSAGES/django.po; compile"


@pytest.mark.parametrize("language", ["zh-hans", "zh-hant"])
def test_every_title_says_in_the_readers_language_what_it_is(language):
    """The local name stands beside it."""
    titles = {row.title for market in MARKETS for row in market.identifiers.values()}
    titles |= {row.title for market in MARKETS for row in market.documents.values()}
    titles |= {row.title for market in MARKETS for row in market.entities.values()}
    titles |= {row.title for market in MARKETS for row in market.bank.local.values()}
    with override(language):
        left = sorted(one for one in titles if say(one) == one)
    assert left == [], "add them to templates/locale/markets/*/LC_MESSAGES/django.po; compile"


@pytest.mark.parametrize("language", ["zh-hans", "zh-hant"])
def test_why_a_file_is_not_taken_is_said_in_the_readers_language(language):
    with override(language):
        assert [one for one in refusals() if say(one) == one] == []
        assert "GIF" in say("This is a GIF file. A paper is a JPEG, PNG or HEIC picture or a PDF.")
        assert "paper" not in say(
            "This is a GIF file. A paper is a JPEG, PNG or HEIC picture or a PDF."
        )


@pytest.mark.parametrize("language", ["zh-hans", "zh-hant"])
def test_what_stands_in_a_sentence_is_said_in_the_readers_language_too(language):
    pieces = [*people.ROLE_TITLES.values(), *activity.PAGE_WORDS.values()]
    with override(language):
        assert [one for one in pieces if say(one) == one] == []
        lacking = say("Still missing: A director, Identity card or passport.")
        wrong = say("Legal name: this is missing.")
    for told in (lacking, wrong):
        assert not re.search("[A-Za-z]", told), told


def refusals() -> list[str]:
    """Every sentence with which a file is refused, "7" where something stands in."""
    found = []
    for path in sorted(Path(papers.__file__).parent.glob("*.py")):
        for call in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "Refused":
                found += list(_sentence(call.args[0]))
    assert len(found) > 15
    return found


def _sentence(said: ast.expr) -> Iterator[str]:
    if isinstance(said, ast.Constant):
        yield str(said.value)
    elif isinstance(said, ast.JoinedStr):
        yield "".join(
            str(one.value) if isinstance(one, ast.Constant) else "7" for one in said.values
        )
