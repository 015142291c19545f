"""Screening answers clear, hit or stale; hits become cases that people decide and that are kept."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.conf import settings
from django.test import override_settings

from acquiring.core import clock
from acquiring.core.errors import Problem
from acquiring.core.models import AuditEntry
from merchants.screening import cases, lists, queries, rules, services
from merchants.screening.models import Hit, Screening, Subject
from merchants.screening.party import Party
from tests.screening.conftest import listed_person

pytestmark = pytest.mark.django_db


def test_who_is_on_no_list_is_clear(publish):
    publish()

    answer = services.screen(Party("person", ("Ursula Beispielfrau",), "owner"))

    assert (answer.decision, answer.hits, answer.versions) == ("clear", (), {"un": 1})
    row = Screening.objects.get(pk=answer.screening_id)
    assert (row.decision, row.lists, row.stale, row.score) == ("clear", {"un": 1}, [], 0)


def test_who_is_listed_is_a_hit_with_its_reasons(publish):
    publish()

    answer = services.screen(listed_person(birth_date="1970-01-01", countries=("DE",)))

    assert (answer.decision, answer.score) == ("hit", 1.0)
    hit = answer.hits[0]
    assert (hit.source, hit.entry.id, hit.entry.name) == ("un", "TEST.001", "Testperson Gelistet")
    assert {part.why for part in hit.score.parts} == {"the same"}
    assert [fact.what for fact in hit.facts] == ["birth date", "country"]


def test_another_birth_date_and_country_lower_a_likeness(publish):
    publish()
    near = listed_person(names=("Testperson Gelister",))

    assert services.screen(near).decision == "hit"
    other = listed_person(
        names=("Testperson Gelister",), birth_date="2001-05-05", countries=("FR",)
    )
    assert services.screen(other).score < services.screen(near).score


def test_an_absent_list_is_stale_and_never_clear(db):
    answer = services.screen(Party("person", ("Ursula Beispielfrau",), "owner"))

    assert (answer.decision, answer.stale, answer.versions) == ("stale", ("un",), {})


def test_an_old_list_is_stale_too(publish):
    publish(day=(clock.now() - timedelta(days=8)).date().isoformat())

    assert services.screen(Party("person", ("Ursula Beispielfrau",), "owner")).decision == "stale"


@pytest.mark.parametrize(
    ("facts", "lists"),
    [
        ({}, ("un",)),
        ({"currencies": ("USD",)}, ("un", "ofac_sdn", "ofac_consolidated")),
        ({"countries": ("GB",)}, ("un", "uk")),
        ({"countries": ("FR",), "currencies": ("GBP",)}, ("un", "uk", "eu")),
        ({"mode": "test", "currencies": ("USD",)}, ("test",)),
    ],
)
def test_the_rules_say_which_lists_apply(facts, lists):
    assert rules.lists_for(listed_person(**facts)) == lists


@override_settings(SCREENING_LISTS=["eu"])
def test_the_installation_may_ask_for_more():
    assert rules.lists_for(listed_person()) == ("un", "eu")
    assert rules.lists_for(listed_person(mode="test")) == ("test",)


@override_settings(SCREENING_REHEARSAL=True)
def test_where_things_are_tried_the_test_list_stands_for_the_others():
    assert rules.lists_for(listed_person(currencies=("USD",))) == ("test",)
    with override_settings(SCREENING_LISTS=["un"]):
        assert set(rules.lists_for(listed_person())) == {"test", "un"}


def test_the_tables_have_no_fault():
    assert list(rules.check()) == []
    with override_settings(SCREENING_DOWNLOADS={"mars": ""}):
        assert list(rules.check()) == ["screening: there is no list 'mars'"]


def test_a_remembered_party_has_a_case_for_each_entry(publish):
    publish()
    business = uuid.uuid4()

    answer = services.screen(listed_person(ref="person:1", business_id=business))

    (case,) = answer.cases
    assert (case.state, case.entry_name, case.score) == ("open", "Testperson Gelistet", 1000)
    standing = queries.standings(["person:1", "person:2"])
    assert list(standing) == ["person:1"]
    assert (standing["person:1"].decision, standing["person:1"].open) == ("hit", 1)


def test_two_who_tell_of_a_new_party_at_once_share_its_row(publish, monkeypatch):
    publish()
    seal = services.vault.seal

    def slowly(*about):
        Subject.objects.get_or_create(ref="person:1", defaults={"due_at": clock.now()})
        return seal(*about)

    monkeypatch.setattr(services.vault, "seal", slowly)

    assert services.screen(listed_person(ref="person:1")).decision == "hit"


def test_what_is_known_of_a_party_is_sealed(publish):
    publish()
    party = listed_person(ref="person:1", birth_date="1970-01-01", identifiers=(("X1234567", ""),))
    services.screen(party)

    subject = Subject.objects.get()
    assert b"X1234567" not in bytes(subject.sealed)
    assert services.party_of(subject) == party


def test_a_cleared_hit_stays_cleared(publish):
    publish()
    party = listed_person(ref="person:1")
    (case,) = services.screen(party).cases
    cases.clear(case, "user:usr_1", "Born in 1999, seen on the passport", "doc_1")

    answer = services.screen(party)

    assert (answer.decision, [row.state for row in answer.cases]) == ("clear", ["cleared"])
    assert Hit.objects.count() == 1
    entry = AuditEntry.objects.get(action="screening.hit_cleared")
    assert (entry.actor, entry.changes["reason"]) == (
        "user:usr_1",
        "Born in 1999, seen on the passport",
    )


def test_a_cleared_hit_is_open_again_when_the_party_changes(publish):
    publish()
    (case,) = services.screen(listed_person(ref="person:1")).cases
    cases.clear(case, "user:usr_1", "Somebody else")

    answer = services.screen(listed_person(ref="person:1", birth_date="1970-01-01"))

    assert (answer.decision, [row.state for row in answer.cases]) == ("hit", ["open"])


def test_a_cleared_hit_is_open_again_when_the_entry_changes(publish):
    publish(day=(clock.now() - timedelta(days=1)).date().isoformat())
    party = listed_person(ref="person:1")
    (case,) = services.screen(party).cases
    cases.clear(case, "user:usr_1", "Somebody else")

    publish("un", ("1970-01-01", "1971-02-02"))

    assert services.screen(party).decision == "hit"


def test_what_a_list_adds_to_its_remarks_opens_nothing(publish):
    publish(day=(clock.now() - timedelta(days=1)).date().isoformat())
    party = listed_person(ref="person:1")
    (case,) = services.screen(party).cases
    cases.clear(case, "user:usr_1", "Somebody else")

    publish("un", ("always a hit.", "always a hit, and more."))

    assert services.screen(party).decision == "clear"


def test_a_case_ends_when_the_party_no_longer_resembles(publish):
    publish()
    (case,) = services.screen(listed_person(ref="person:1")).cases

    answer = services.screen(Party("person", ("Ursula Beispielfrau",), "owner", ref="person:1"))

    case.refresh_from_db()
    assert (answer.decision, case.state) == ("clear", "gone")


def test_a_confirmed_hit_stays_a_hit(publish):
    publish()
    party = listed_person(ref="person:1")
    (case,) = services.screen(party).cases
    cases.confirm(case, "user:usr_1", "The same passport")

    assert services.screen(party).decision == "hit"
    assert queries.standings(["person:1"])["person:1"].confirmed == 1


def test_who_was_confirmed_stays_so_while_a_change_of_the_entry_is_looked_at(publish):
    publish(day=(clock.now() - timedelta(days=1)).date().isoformat())
    party = listed_person(ref="person:1")
    cases.confirm(services.screen(party).cases[0], "user:usr_1", "The same passport")
    publish("un", ("1970-01-01", "1971-02-02"))

    newer, former = services.screen(party).cases
    assert (newer.state, former.state) == ("open", "confirmed")
    cases.clear(newer, "user:usr_1", "Born in another year, as the list says by now")

    assert services.screen(party).decision == "clear"


def test_a_decision_needs_a_reason_and_an_open_case(publish):
    publish()
    (case,) = services.screen(listed_person(ref="person:1")).cases

    with pytest.raises(Problem, match="needs its reason"):
        cases.clear(case, "user:usr_1", " ")
    cases.clear(case, "user:usr_1", "Somebody else")
    with pytest.raises(Problem, match="is cleared, not open"):
        cases.confirm(case, "user:usr_1", "The same passport")


def test_fresh_hits_are_told_once_and_again_when_decided(publish):
    publish()
    (case,) = services.screen(listed_person(ref="person:1")).cases

    (fresh,) = queries.fresh_hits()
    assert (fresh.hit_id, fresh.ref, fresh.state) == (case.pk, "person:1", "open")
    assert services.told([fresh]) == 1
    assert queries.fresh_hits() == []
    cases.clear(case, "user:usr_1", "Somebody else")
    assert [one.state for one in queries.fresh_hits()] == ["cleared"]
    assert services.told([fresh]) == 0


def test_a_name_alone_leaves_a_row_only_when_something_is_found(publish):
    publish()

    assert services.screen_name("person", "Ursula Beispielfrau").decision == "clear"
    assert Screening.objects.count() == 0
    assert services.screen_name("unknown", "Listed Testfirm").decision == "hit"
    assert Screening.objects.get().why == "name"


def test_a_party_without_a_name_is_refused():
    with pytest.raises(Problem, match="has a name"):
        services.screen(Party("person", (" ",), "owner"))
    with pytest.raises(Problem, match="letters or digits"):
        services.screen(Party("person", ("…",), "owner"))


def test_the_lines_of_the_documentation_do_what_they_say():
    lists.load("test", [lists.DATA / "test_list.xml"], "system")
    page = (settings.DOCS_DIR / "screening.md").read_text("utf-8")
    lines = page.partition("```python\n")[2].partition("```")[0]
    names: dict = {}

    exec(lines, names)

    assert names["answer"].decision == "hit"
