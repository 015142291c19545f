"""Whoever is remembered is screened again: when a list changes and when the calendar says so."""

from __future__ import annotations

from datetime import timedelta

import pytest

from acquiring.core import clock
from merchants.screening import cases, indexes, queries, rescreening, services
from merchants.screening.models import Hit, Screening, Subject, Sweep
from merchants.screening.party import Party
from tests.screening.conftest import listed_person

pytestmark = pytest.mark.django_db

PARADIGM = Party("person", ("Paradigm Watchlisted",), "director", ref="person:2")
YESTERDAY = (clock.now() - timedelta(days=1)).date().isoformat()


@pytest.fixture
def swept(publish):
    """A list in force, two parties, and everybody compared with it."""
    publish(day=YESTERDAY)
    services.screen(listed_person(ref="person:1"))
    assert services.screen(PARADIGM).decision == "clear"
    rescreening.look()
    return publish


def test_a_list_that_changes_finds_who_was_clear(swept):
    swept("un", (">Specimen<", ">Paradigm<"))

    rescreening.look()

    assert queries.standings(["person:2"])["person:2"].decision == "hit"
    sweep = Sweep.objects.get(version__number=2)
    assert (sweep.entries, sweep.subjects, sweep.hits) == (1, 2, 1)
    assert sweep.ended_at is not None
    assert Screening.objects.filter(why="list", subject__ref="person:2").count() == 1
    assert "person:2" in {one.ref for one in queries.fresh_hits()}


def test_only_what_changed_is_compared_again(swept):
    assert Sweep.objects.get().entries == 5
    swept("un")

    rescreening.look()

    assert Sweep.objects.get(version__number=2).entries == 0
    assert Hit.objects.count() == 1


def test_a_case_ends_when_its_entry_leaves_the_list(swept):
    swept("un", ("TEST.001", "TEST.101"), ("Testperson", "Somebody"), ("Tästperson", "Other"))

    rescreening.look()

    assert [hit.state for hit in Hit.objects.filter(entry_id="TEST.001")] == ["gone"]
    assert queries.standings(["person:1"])["person:1"].decision == "clear"


def test_a_cleared_case_is_left_alone_by_a_list_that_says_the_same(swept):
    cases.clear(Hit.objects.get(), "user:usr_1", "Somebody else")
    swept("un", (">Specimen<", ">Paradigm<"))

    rescreening.look()

    assert queries.standings(["person:1"])["person:1"].decision == "clear"


def test_a_sweep_goes_on_where_it_was_left(swept, monkeypatch):
    monkeypatch.setattr(rescreening, "BATCH", 1)
    version = swept("un", (">Specimen<", ">Paradigm<"))

    assert rescreening.sweep(version, until=0) == 0
    for subjects in (1, 2):
        delta = rescreening._delta_of(version)
        with rescreening._comparing(delta.entries, 1) as ask:
            rescreening._batch(version, delta, ask)
        assert Sweep.objects.get(version=version).subjects == subjects
    assert rescreening.sweep(version) == 0
    assert Sweep.objects.get(version=version).ended_at is not None


def test_a_batch_that_another_worker_was_faster_with_writes_nothing(swept):
    version = swept("un", (">Specimen<", ">Paradigm<"))
    delta = rescreening._delta_of(version)
    rescreening.sweep(version, until=0)

    def ask(questions):
        rescreening.sweep(version)
        return [delta.entries.search(*one) for one in questions]

    assert rescreening._batch(version, delta, ask) is None
    assert Sweep.objects.get(version=version).hits == 1


def test_who_is_told_of_anew_during_a_sweep_is_left_to_the_newer_answer(swept):
    version = swept("un", (">Specimen<", ">Paradigm<"))
    delta = rescreening._delta_of(version)
    rescreening.sweep(version, until=0)

    def ask(questions):
        services.screen(Party("person", ("Ursula Meier",), "director", ref="person:2"))
        return [delta.entries.search(*one) for one in questions]

    assert rescreening._batch(version, delta, ask) == 2
    assert queries.standings(["person:2"])["person:2"].decision == "clear"


def test_who_is_asked_about_while_a_list_comes_meets_the_new_one(swept, monkeypatch):
    asked = indexes.ask
    later = Party("person", ("Paradigm Watchlisted",), "owner", ref="person:3")

    def slowly(*question):
        answer = asked(*question)
        if answer.versions == {"un": 1}:
            swept("un", (">Specimen<", ">Paradigm<"))
            rescreening.look()
        return answer

    monkeypatch.setattr(indexes, "ask", slowly)

    answer = services.screen(later)

    assert (answer.decision, answer.versions) == ("hit", {"un": 2})


def test_who_is_looked_at_again_while_they_change_is_compared_as_they_are_now(swept, monkeypatch):
    old, asked = Subject.objects.get(ref="person:2"), indexes.ask

    def slowly(*question):
        answer = asked(*question)
        monkeypatch.setattr(indexes, "ask", asked)
        services.screen(listed_person(ref="person:2"))
        return answer

    monkeypatch.setattr(indexes, "ask", slowly)

    assert services.again(old, "calendar").decision == "hit"
    assert Hit.objects.get(subject=old).state == "open"


def test_trouble_with_a_list_keeps_the_calendar_from_nothing(swept, monkeypatch):
    swept("un", (">Specimen<", ">Paradigm<"))
    Subject.objects.update(due_at=clock.now())
    monkeypatch.setattr(rescreening, "_delta_of", lambda _: 1 / 0)

    assert rescreening.look() == 2
    assert queries.standings(["person:2"])["person:2"].decision == "hit"


def test_a_confirmed_case_ends_with_its_entry_but_not_with_another_name(swept):
    cases.confirm(Hit.objects.get(), "user:usr_1", "The same passport")

    answer = services.screen(listed_person(ref="person:1", names=("Ursula Meier",)))
    assert (answer.decision, [one.state for one in answer.cases]) == ("hit", ["confirmed"])

    swept("un", ("TEST.001", "TEST.101"), ("Testperson", "Somebody"), ("Tästperson", "Other"))
    rescreening.look()
    assert Hit.objects.get(entry_id="TEST.001").state == "gone"
    assert queries.standings(["person:1"])["person:1"].decision == "clear"


def test_one_who_cannot_be_screened_keeps_nobody_else_from_it(swept):
    Subject.objects.update(due_at=clock.now())
    Subject.objects.filter(ref="person:1").update(sealed=b"torn")

    assert rescreening.screen_due() == 2
    assert Screening.objects.filter(why="calendar").count() == 1
    assert rescreening.screen_due() == 0

    version = swept("un", (">Specimen<", ">Paradigm<"))
    rescreening.look()
    assert Sweep.objects.get(version=version).ended_at is not None
    decided = queries.standings(["person:1", "person:2"])
    assert (decided["person:1"].decision, decided["person:2"].decision) == ("stale", "hit")


def test_two_processes_find_the_same(swept, monkeypatch, settings):
    version = swept("un", (">Specimen<", ">Paradigm<"))

    assert rescreening.hands(version) == 1  # two parties are not worth a second process
    monkeypatch.setattr(rescreening, "WORTH_A_CREW", 1)
    settings.SCREENING_PROCESSES = 2
    assert rescreening.hands(version) == 2
    assert rescreening.look() == 2
    assert queries.standings(["person:2"])["person:2"].decision == "hit"


def test_the_calendar_brings_everybody_back(swept):
    Subject.objects.update(due_at=clock.now())

    assert rescreening.screen_due() == 2
    assert Screening.objects.filter(why="calendar").count() == 2
    assert rescreening.screen_due() == 0


def test_who_is_forgotten_is_not_screened_again(swept):
    services.forget("person:1")
    Subject.objects.update(due_at=clock.now())

    assert rescreening.screen_due() == 1
    assert Hit.objects.get().state == "gone"
    assert queries.fresh_hits() == []


def test_a_stale_answer_is_asked_again_within_the_hour(db):
    services.screen(listed_person(ref="person:1"))

    subject = Subject.objects.get()
    assert subject.decision == "stale"
    assert subject.due_at <= clock.now() + timedelta(hours=1)
    Subject.objects.update(due_at=clock.now())
    assert rescreening.screen_due() == 1
    assert Screening.objects.count() == 1
