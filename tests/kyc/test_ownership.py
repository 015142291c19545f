"""Who owns a business in the end, through any chain."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from merchants.kyc import facts, ownership
from merchants.kyc.facts import Facts
from merchants.kyc.records import Line
from merchants.kyc.requirements import requirements

QUARTER = Line(basis_points=2500)
MORE = Line(basis_points=2500, more_than=True)


def owners(*rows: dict) -> Facts:
    people = [{"id": f"per_{place}", "roles": ["owner"], **row} for place, row in enumerate(rows)]
    return facts.read({"country": "SG", "entity": "company", "people": people})


def company(**row) -> dict:
    return {"kind": "company", **row}


def test_a_quarter_reaches_the_line_or_not_as_the_country_has_it():
    said = owners({"share": 2500}, {"share": 7500})

    assert ownership.beneficial(said, QUARTER) == ["per_1", "per_0"]
    assert ownership.beneficial(said, MORE) == ["per_1"]


def test_shares_multiply_along_a_chain():
    said = owners(
        company(name="Hold Ltd", share=6000), {"share": 5000, "through": "per_0"}, {"share": 4000}
    )

    assert ownership.effective(said)["per_1"] == Fraction(30, 100)
    assert ownership.beneficial(said, QUARTER) == ["per_2", "per_1"]
    assert ownership.problem(said, QUARTER) is None


def test_what_one_person_holds_on_two_ways_counts_together():
    nora = {"name": "Nora Nordlicht", "birth_date": "1985-04-03"}
    said = owners(
        {**nora, "share": 1500},
        company(name="Hold Ltd", share=8000),
        {**nora, "name": "NORA  nordlicht", "share": 1500, "through": "per_1"},
        {"name": "Bo", "share": 8500, "through": "per_1"},
    )

    assert ownership.beneficial(said, QUARTER) == ["per_3", "per_0", "per_2"]


def test_people_of_the_same_name_without_a_day_are_two():
    said = owners({"name": "Bo Berg", "share": 1500}, {"name": "Bo Berg", "share": 1500})
    assert ownership.beneficial(said, QUARTER) == []


def test_a_company_above_the_line_must_be_followed_to_people():
    said = owners(company(name="Hold Ltd", share=10_000), {"roles": ["director"]})
    assert "who owns Hold Ltd: it holds 100 %" in (ownership.problem(said, QUARTER) or "")


def test_shares_that_go_round_never_reach_the_business():
    said = owners(
        company(name="A", share=6000, through="per_1"), company(share=6000, through="per_0")
    )
    assert "go round" in (ownership.problem(said, QUARTER) or "")


def test_more_than_the_whole_is_refused_at_each_level():
    said = owners(
        company(share=10_000), {"share": 6000, "through": "per_0"},
        {"share": 6000, "through": "per_0"},
    )  # fmt: skip
    assert "120 %" in (ownership.problem(said, QUARTER) or "")


def test_shares_are_held_through_companies_that_are_named():
    ghost = owners({"share": 6000, "through": "per_9"})
    person = owners({"share": 10_000}, {"share": 6000, "through": "per_0"})

    assert "not named" in (ownership.problem(ghost, QUARTER) or "")
    assert "through a company only" in (ownership.problem(person, QUARTER) or "")


def test_when_nobody_reaches_the_line_somebody_who_controls_is_named():
    many = [{"share": 1000} for _ in range(10)]
    assert "name the person who controls" in (ownership.problem(owners(*many), QUARTER) or "")
    run = [*many, {"roles": ["director"]}]
    assert ownership.problem(owners(*run), QUARTER) is None


@st.composite
def chains(draw):
    """Rows in any order: each holds of the business or of a company named before it."""
    count = draw(st.integers(1, 7))
    rows, left = [], {"": 10_000}
    for place in range(count):
        through = draw(st.sampled_from(sorted(left)))
        share = draw(st.integers(0, left[through]))
        left[through] -= share
        kind = draw(st.sampled_from(["person", "company"]))
        rows.append({"id": f"per_{place}", "kind": kind, "share": share, "through": through})
        if kind == "company":
            left[f"per_{place}"] = 10_000
    return draw(st.permutations(rows))


@settings(max_examples=50)
@given(chains())
def test_no_chain_makes_more_than_the_whole_and_order_does_not_matter(rows):
    said = facts.read({"people": rows})
    shares = ownership.effective(said)

    people = [one.id for one in said.people if one.kind == "person"]
    assert 0 <= sum(shares[one] for one in people) <= 1
    assert shares == ownership.effective(facts.read({"people": rows[::-1]}))
    top = [one.id for one in said.people if not one.through]
    assert sum(shares[one] for one in top) <= 1


@settings(max_examples=50)
@given(chains(), st.integers(1, 10_000))
def test_who_is_named_holds_enough_and_nobody_else_does(rows, line):
    said = facts.read({"people": rows})
    named = ownership.beneficial(said, Line(basis_points=line))
    for one in said.people:
        enough = ownership.effective(said)[one.id] * 10_000 >= line
        assert (one.id in named) == (enough and one.kind == "person")


def test_an_owner_under_the_line_is_named_and_not_identified():
    said = owners({"share": 9500}, {"share": 500}, {"share": 500, "roles": ["owner", "director"]})

    assert ownership.below(said, QUARTER) == {"per_1"}
    paths = [one.path for one in requirements(said)]
    assert "people.per_1.birth_date" in paths
    assert "people.per_1.identifiers.nric" not in paths
    assert "documents.identity.per_1" not in paths
    assert "documents.identity.per_0" in paths
    assert "documents.identity.per_2" in paths
