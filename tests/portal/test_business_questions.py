"""The questions of every market, made of its data alone."""

from __future__ import annotations

import pytest
from django.utils.translation import override
from msgspec.structs import replace

from acquiring.portal.business import facts_at, listed, steps, words
from acquiring.portal.business.questions import Asking
from merchants.kyc import markets
from merchants.kyc.facts import Account, Activity, Address, Company, Facts, Party
from merchants.kyc.records import ROLES

COUNTRIES = [*markets.markets(), "FJ"]  # Fiji has no file of its own
PEOPLE = (
    Party(id="per_1", roles=ROLES, name="Mei Tan", share=6000),
    Party(id="per_2", kind="company", roles=("owner",), name="Holding", share=4000),
    Party(id="per_3", roles=("owner",), share=10_000, through="per_2", nationality="FR"),
)


@pytest.mark.parametrize("country", COUNTRIES)
def test_every_requirement_of_a_market_has_its_field(country):
    """Whatever is asked can be answered: each piece is a question, a person, or a paper."""
    for entity in markets.market(country).entities:
        account = Account(id="ban_1", currency="EUR", country=country)
        home = Address(country=country)
        people = [replace(one, address=home) for one in PEOPLE]
        people[1] = replace(people[1], registration_country=country)
        facts = Facts(
            country=country,
            entity=entity,
            activity=Activity(mcc="7995", channels=("online",)),
            company=Company(registered_address=home),
            people=tuple(people),
            accounts=(account,),
        )
        asking = Asking(facts)
        fields = {
            one.path
            for step, of in (
                ("company", ""), ("activity", ""), ("send", ""), ("accounts", "ban_1"),
                ("people", "per_1"), ("people", "per_2"), ("people", "per_3"),
            )
            for group in asking.groups(step, of)
            for one in group.questions
        }  # fmt: skip
        papers = {slot.asked.path for holder in listed.papers(asking) for slot in holder.slots}
        wholes = {
            path for path in asking.asked if path.startswith("people") and path.count(".") < 2
        }
        wholes |= {"accounts"} & asking.asked.keys()
        assert asking.asked.keys() - fields - papers - wholes == set(), (country, entity)


def test_a_chain_of_companies_is_drawn_with_what_each_holds_in_the_end():
    tree = listed.holdings(Asking(Facts(country="SG", entity="company", people=PEOPLE)))

    assert [(one.name, one.share) for one in tree] == [("Mei Tan", "60%"), ("Holding", "40%")]
    assert [(one.whole, one.reached) for one in tree[1].above] == [("40%", True)]


def test_shares_that_go_round_are_drawn_once():
    round_ = (
        Party(id="per_1", kind="company", name="A", share=5000, through="per_2"),
        Party(id="per_2", kind="company", name="B", share=5000, through="per_1"),
    )

    assert listed.holdings(Asking(Facts(country="SG", entity="company", people=round_))) == []


def test_steps_count_what_is_open_and_say_nothing_is_wrong_before_somebody_begins():
    stages = steps.stages(Asking(Facts(country="SG", entity="company")))

    assert [one.key for one in stages] == list(steps.TITLES)
    assert all(one.due and not one.wrong for one in stages)


@pytest.mark.parametrize(
    ("look", "typed", "kept"),
    [
        ("money", "1,249.50", 124_950),
        ("money", "1.249,50", 124_950),
        ("percent", "33.33", 3333),
        ("percent", "25 %", 2500),
        ("days", "5", 5),
        ("yes_no", "no", False),
        ("date", "1987-09-04", "1987-09-04"),
        ("ticks", "online", ["online"]),
        ("text", "  ", None),
    ],
)
def test_what_is_typed_is_kept_as_the_facts_want_it(look, typed, kept):
    assert facts_at.value(look, [typed], "EUR") == kept


@pytest.mark.parametrize(
    ("look", "typed"),
    [("money", "much"), ("money", "-5"), ("percent", "101"), ("percent", "1.234"),
     ("percent", "NaN"), ("days", "soon"), ("date", "4 Sep 1987")],
)  # fmt: skip
def test_what_cannot_be_read_says_how_to_write_it(look, typed):
    with pytest.raises(facts_at.NotThat, match="such as"):
        facts_at.value(look, [typed], "EUR")


@pytest.mark.parametrize(
    "said",
    [
        "The check digit of this Unique Entity Number (UEN) is wrong: is a character mistyped?",
        "Shares add up to 110 %, they cannot be more than 100 %.",
        "This does not look like a NRIC or FIN, such as S1234567D. It is on the front.",
        "Mei Tan holds shares through somebody who is not named.",
        "The Identity card or passport is out of date. Please send a valid one.",
        "What I said is true and complete",
    ],
)
@pytest.mark.parametrize("language", ["zh-hans", "zh-hant"])
def test_what_the_checks_say_is_said_in_the_readers_language(said, language):
    with override(language):
        assert words.say(said) != said
    with override("en"):
        assert words.say(said) == said
