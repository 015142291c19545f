"""Who is owned to half by listed persons, in sum and through others, is treated as listed."""

import pytest

from merchants.screening.ownership import Holding, Step, blocked_by_ownership


def chain(target, holdings, listed):
    return blocked_by_ownership(target, [Holding(*one) for one in holdings], listed)


def test_half_owned_by_one_is_blocked_and_less_is_not():
    assert chain("shop", [("x", "shop", 5000)], {"x"}) == (Step("shop", (("x", 5000),), 5000),)
    assert chain("shop", [("x", "shop", 4999)], {"x"}) is None


def test_the_shares_of_several_listed_owners_add_up():
    found = chain(
        "shop", [("x", "shop", 2500), ("y", "shop", 2500), ("z", "shop", 5000)], {"x", "y"}
    )

    assert found == (Step("shop", (("x", 2500), ("y", 2500)), 5000),)


def test_a_blocked_company_counts_in_full_further_down():
    holdings = [("x", "holding", 5000), ("holding", "middle", 5000), ("middle", "shop", 5000)]

    found = chain("shop", holdings, {"x"})

    assert [step.owned for step in found] == ["holding", "middle", "shop"]


def test_a_company_that_is_not_blocked_counts_for_nothing():
    holdings = [("x", "holding", 4900), ("holding", "shop", 10000), ("x", "shop", 0)]

    assert chain("shop", holdings, {"x"}) is None


def test_direct_and_indirect_shares_add_up():
    holdings = [("x", "holding", 6000), ("holding", "shop", 2500), ("y", "shop", 2500)]

    assert chain("shop", holdings, {"x", "y"})[-1].share == 5000


def test_rings_of_holdings_end():
    ring = [("a", "b", 6000), ("b", "a", 6000), ("b", "shop", 6000)]

    assert chain("shop", ring, {"x"}) is None
    assert [step.owned for step in chain("shop", [*ring, ("x", "a", 5000)], {"x"})] == [
        "a",
        "b",
        "shop",
    ]


def test_who_is_listed_needs_no_chain():
    assert chain("x", [], {"x"}) == ()


def test_only_the_steps_that_lead_there_are_told():
    found = chain("shop", [("x", "shop", 9000), ("x", "other", 9000)], {"x"})

    assert [step.owned for step in found] == ["shop"]


def test_a_share_beyond_the_whole_is_refused():
    with pytest.raises(ValueError, match="20000 basis points"):
        chain("shop", [("x", "shop", 20000)], {"x"})
