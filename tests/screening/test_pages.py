"""The admin shows lists with their age, what changed, and cases to decide; few see the cases."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from acquiring.core import clock
from acquiring.core.models import AuditEntry
from merchants import services as merchants
from merchants import staff
from merchants.models import User
from merchants.screening import lists, services
from merchants.screening.models import Hit, ListVersion, Subject
from tests import cast
from tests.screening.conftest import TEST_LIST, listed_person

pytestmark = pytest.mark.django_db
LISTS = "/admin/screening/listversion/"
HITS = "/admin/screening/hit/"


def desk_of(group: str) -> Client:
    """A browser of somebody in one of the shipped groups."""
    staff.prepare_groups()
    person = cast.person("Dora", staff=True)
    person.groups.add(Group.objects.get(name=group))
    return cast.at_the_desk(person)


@pytest.fixture
def desk(db) -> Client:
    return desk_of("Compliance")


def text_of(answer) -> str:
    assert answer.status_code == 200
    return answer.content.decode()


def test_every_list_is_shown_with_its_age(desk, publish):
    publish(day=(clock.now() - timedelta(days=9)).date().isoformat())

    text = text_of(desk.get(f"{LISTS}overview/"))

    assert "too old: 9 days" in text
    assert text.count(">absent<") == 5


def test_a_list_is_uploaded_and_its_changes_shown(desk):
    today = clock.now().date().isoformat()
    content = TEST_LIST.read_bytes().replace(b"2026-01-01T", f"{today}T".encode(), 1)
    form = {"source": "un", "files": SimpleUploadedFile("un.xml", content)}

    text = text_of(desk.post(f"{LISTS}upload/", form, follow=True))

    assert "5 added, 0 changed, 0 removed" in text
    assert "SANCTIONED SAMPLE TRADING LLC" in text
    assert ListVersion.objects.get().loaded_by.startswith("staff:usr_")


def test_a_broken_upload_says_where_and_loads_nothing(desk):
    broken = SimpleUploadedFile("un.xml", TEST_LIST.read_bytes().replace(b"</ENTITY>", b"", 1))

    text = text_of(desk.post(f"{LISTS}upload/", {"source": "un", "files": broken}, follow=True))

    assert "Nothing was loaded. un.xml, line" in text
    assert ListVersion.objects.count() == 0


def test_a_person_says_that_a_list_is_still_the_latest(desk, publish):
    version = publish(day=(clock.now() - timedelta(days=9)).date().isoformat())

    desk.post(f"{LISTS}{version.pk}/seen/")

    version.refresh_from_db()
    assert not lists.is_stale("un", version)
    assert AuditEntry.objects.filter(action="screening.list_seen").count() == 1


def test_any_name_is_searched_with_its_reasons(desk, publish):
    publish()

    text = text_of(desk.get(f"{LISTS}search/", {"name": "Сандбоксия Бейспелова", "born": "1980"}))

    assert "Sandboxia Maria Beispielova" in text
    assert "birth date about 1980" in text
    assert "Nobody on the lists" in text_of(desk.get(f"{LISTS}search/", {"name": "Ursula Meier"}))


@pytest.fixture
def hit(publish) -> Hit:
    publish()
    party = listed_person(
        ref="person:1", names=("Testperson Gelister",), birth_date="1970-01-01", countries=("DE",)
    )
    return services.screen(party).cases[0]


def test_a_case_shows_both_sides_and_the_reasons(desk, hit):
    text = text_of(desk.get(f"{HITS}{hit.pk}/change/"))

    for words in ("Testperson Gelister", "Testperson Gelistet", "TEST000001", "nearly", "+10 %"):
        assert words in text
    assert "Testperson Gelistet" in text_of(desk.get(HITS))


def test_a_case_is_cleared_with_a_reason(desk, hit):
    address = f"{HITS}{hit.pk}/decide/"

    text = text_of(desk.post(address, {"verb": "clear", "reason": " ", "evidence": "Register"}))
    assert "needs its reason" in text
    assert "Register" in text
    desk.post(address, {"verb": "clear", "reason": "Another passport", "evidence": "doc_1"})

    hit.refresh_from_db()
    assert (hit.state, hit.reason, hit.evidence) == ("cleared", "Another passport", "doc_1")
    assert hit.decided_by.startswith("staff:usr_")
    assert "Another passport" in text_of(desk.get(f"{HITS}{hit.pk}/change/"))


def test_nobody_decides_on_a_business_they_belong_to(desk, hit, ambers_shop):
    dora = User.objects.get(email="dora@example.com")
    merchants.add_member(ambers_shop.business, dora, "analyst", "system")
    Subject.objects.update(business_id=ambers_shop.business.pk)

    text = text_of(desk.post(f"{HITS}{hit.pk}/decide/", {"verb": "clear", "reason": "Not me"}))

    assert "Nobody decides on a business they belong to" in text
    hit.refresh_from_db()
    assert hit.state == "open"


def test_who_does_not_decide_sees_lists_but_no_cases(hit):
    desk = desk_of("Support")

    assert desk.get(f"{LISTS}overview/").status_code == 200
    assert desk.get(f"{LISTS}search/").status_code == 403
    assert desk.get(HITS).status_code == 403
    assert desk.get(f"{HITS}{hit.pk}/change/").status_code == 403
    assert desk.get("/admin/screening/subject/").status_code == 403
    assert desk.post(f"{HITS}{hit.pk}/decide/", {"verb": "clear", "reason": "x"}).status_code == 403
    assert desk.post(f"{LISTS}upload/", {"source": "un"}).status_code == 403


def test_no_merchant_sees_a_case(hit, ambers_shop):
    desk = cast.at_the_desk(ambers_shop.owner)

    for address in (HITS, f"{HITS}{hit.pk}/change/", f"{LISTS}overview/", f"{LISTS}search/"):
        assert desk.get(address).status_code in {302, 403, 404}
