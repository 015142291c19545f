"""What the tables of markets say to people is said in every language of the portal."""

from __future__ import annotations

import pytest
from django.utils.translation import override

from acquiring.portal.business.words import say
from merchants.kyc import industries, markets, modules

MARKETS = [*markets.markets().values(), markets.default()]


def sentences() -> set[str]:
    """Hints, reasons and declarations. Titles may be local names, which stay as they are."""
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
def test_most_titles_are_translated_and_the_others_are_local_names(language):
    titles = {row.title for market in MARKETS for row in market.identifiers.values()}
    titles |= {row.title for market in MARKETS for row in market.documents.values()}
    titles |= {row.title for market in MARKETS for row in market.entities.values()}
    with override(language):
        left = [one for one in titles if say(one) == one]
    assert len(left) < len(titles) * 0.2
    assert not [one for one in left if " or " in one or " of the " in one]
