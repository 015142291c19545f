"""The reviewer's pages: the queue with its clock, one page with everything, papers and buttons."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse

from acquiring.core import clock
from acquiring.core.models import AuditEntry, Event
from merchants import services
from merchants.kyc.requirements import open_ones
from merchants.onboarding import applying, hits, parties, queries, review, traits
from merchants.onboarding.models import Application, Case, Document
from merchants.screening import lists
from tests import cast
from tests.onboarding import filling
from tests.onboarding.conftest import judged
from tests.onboarding.test_review import dora, emil, groups, resembling, waiting  # noqa: F401 (fixtures)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_near")]
QUEUE = "/admin/onboarding/case/"


@pytest.fixture
def desk(dora) -> Client:  # noqa: F811
    return cast.at_the_desk(dora)


@pytest.fixture
def case(ambers_shop) -> Case:
    return waiting(ambers_shop)


def at(case: Case, name: str, *args) -> str:
    return reverse(f"admin:{name}", args=[case.pk, *args])


def page(desk: Client, case: Case) -> str:
    answer = desk.get(at(case, "onboarding_case_change"))
    assert answer.status_code == 200
    return answer.content.decode()


def press(desk: Client, case: Case, verb: str, **form) -> str:
    return desk.post(at(case, "case_do", verb), form, follow=True).content.decode()


def test_the_queue_shows_the_most_urgent_first_with_its_clock(desk, case, chiaras_shop):
    late = waiting(chiaras_shop, "high")
    Case.objects.filter(pk=late.pk).update(due_at=clock.now() - timedelta(hours=3))

    text = desk.get(QUEUE).content.decode()

    assert text.index("Chiara Ceramica") < text.index("Amber Lamps")
    assert "3 h late" in text
    assert "23 h left" in text


def test_the_queue_is_narrowed_by_state_reason_country_tier_and_assignee(
    desk,
    case,
    chiaras_shop,
    dora,  # noqa: F811
):
    italian = waiting(chiaras_shop, "high")
    review.take_case(italian, dora)

    def found(**chosen) -> list[bool]:
        text = desk.get(QUEUE, chosen).content.decode()
        rows = text.partition('id="result_list"')[2].partition("</table>")[0]
        return ["Amber Lamps" in rows, "Chiara Ceramica" in rows]

    assert found() == [True, True]
    assert found(country="IT") == [False, True]
    assert found(tier="high") == [False, True]
    assert found(assignee="me") == [False, True]
    assert found(assignee="nobody") == [True, False]
    assert found(state="closed") == [False, False]
    assert found(reason=case.reason) == [True, True]


def test_one_page_shows_everything_about_a_case(desk, case, django_assert_max_num_queries):
    page(desk, case)
    with django_assert_max_num_queries(60):
        text = page(desk, case)

    facts = queries.facts(case.application)
    assert facts.people[0].name in text
    assert facts.company.registered_address.line1 in text
    assert facts.accounts[0].fields.popitem()[1] in text
    for paper in Document.objects.all():
        assert paper.shown in text
    assert "Who owns it" in text
    assert "application: told" in text  # of the audit log


def test_a_hit_stands_beside_what_the_list_says(desk, case):
    hit = resembling(case.application, "Nora Nordlicht")

    text = page(desk, case)

    for words in ("Nora Nordlicht", "Testperson Gelistet", "1961-1962", "91.2 %", "birth date: "):
        assert words in text
    assert "1 hit is open" in text
    text = press(desk, case, "hit", hit=str(hit.pk), state="cleared", words="Another one.")
    assert "The hit is cleared." in text
    assert "Another one." in text
    assert "hit is open" not in text


def test_look_alikes_are_linked(desk, case, chiaras_shop):
    other = waiting(chiaras_shop)
    for one in (case, other):
        traits.renew(one.application, queries.facts(one.application))
    number = case.application.traits.first()
    other.application.traits.filter(kind=number.kind).delete()
    other.application.traits.create(kind=number.kind, digest=number.digest, subject="here")

    text = page(desk, case)

    assert reverse("admin:onboarding_application_change", args=[other.application_id]) in text
    assert "has the same" in text


def test_buttons_decide_and_what_is_refused_is_said_with_what_was_typed(desk, case):
    text = press(desk, case, "approve", reason="checked", per_payment="9999999999", words="Fine.")
    assert "In this tier it is 1 to" in text
    assert "9999999999" in text
    assert "Fine." in text

    assert "whole number" in press(desk, case, "approve", reason="checked", reserve_days="x")
    assert "Approved." in press(desk, case, "approve", reason="checked", per_payment="120.50")
    application = Application.objects.get(pk=case.application_id)
    assert application.status == "approved"
    assert queries.terms(application.business_id, "live").per_payment == 12_050


def test_two_people_at_their_desks_decide_a_risky_case(desk, ambers_shop, emil):  # noqa: F811
    case = waiting(ambers_shop, "high")
    press(desk, case, "approve", reason="checked", per_payment="1,250.00")
    assert "per payment 1,250.00 EUR" in page(desk, case)
    assert "another person has to agree" in press(desk, case, "refuse", reason="risk")
    assert "Another person has to agree" in page(desk, case)

    other = cast.at_the_desk(emil)
    assert "I looked too, and agree" in page(other, case)
    assert "Agreed, and done." in press(other, case, "agree")
    assert Application.objects.get(pk=case.application_id).status == "refused"


def test_notes_questions_and_assignments_are_made_on_the_page(desk, case, emil):  # noqa: F811
    assert "I rang them." in press(desk, case, "note", words="I rang them.")
    assert "The case is yours." in press(desk, case, "take")
    assert "Handed to Emil." in press(desk, case, "assign", assignee=str(emil.pk))
    said = press(desk, case, "ask", reason="website", piece=["activity.website"], told="Please.")
    assert "Sent back with questions." in said
    assert [task.words for task in queries.tasks(case.application)] == ["Please."]


def test_papers_are_read_side_by_side_judged_and_never_shown_in_place(desk, case):
    first, second = Document.objects.order_by("id")[:2]
    answer = desk.get(at(case, "case_papers"), {"left": first.shown, "right": second.shown})
    text = answer.content.decode()

    assert text.count("case-pane") >= 2
    assert AuditEntry.objects.filter(action="document.seen").count() == 2
    for form, kind in (("small", "image/png"), ("page/1", "image/jpeg"), ("file", first.type)):
        answer = desk.get(f"{at(case, 'case_papers')}{first.shown}/{form}")
        assert (answer.status_code, answer["Content-Type"]) == (200, kind)
        assert "sandbox" in answer["Content-Security-Policy"]
    assert answer["Content-Disposition"].startswith("attachment")
    assert AuditEntry.objects.filter(action="document.taken_out", subject=first.shown).exists()
    press(desk, case, "refuse-paper", document=first.shown, reason="too_old")
    press(desk, case, "accept-paper", document=second.shown)
    assert list(Document.objects.order_by("id").values_list("status", flat=True)[:2]) == [
        "refused", "accepted",
    ]  # fmt: skip


def test_a_paper_is_found_in_its_own_case_only(desk, case, chiaras_shop):
    foreign = Document.objects.filter(application=waiting(chiaras_shop).application).first()

    assert desk.get(f"{at(case, 'case_papers')}{foreign.shown}/file").status_code == 404
    assert desk.get(f"{at(case, 'case_papers')}{foreign.shown}/page/1").status_code == 404
    paper = Document.objects.filter(application=case.application).first()
    assert desk.get(f"{at(case, 'case_papers')}{paper.shown}/page/99").status_code == 404


def test_who_does_not_decide_sees_neither_case_nor_papers(case, groups):  # noqa: F811
    user = cast.person("Frida", staff=True)
    browser = cast.at_the_desk(user)
    paper = Document.objects.first()

    for group in ("Support", "Operations", "Risk", "Finance"):
        user.groups.set([Group.objects.get(name=group)])
        assert browser.get(QUEUE).status_code == 403
        assert browser.get(at(case, "onboarding_case_change")).status_code == 403
        assert browser.get(f"{at(case, 'case_papers')}{paper.shown}/file").status_code == 403
        refused = browser.post(at(case, "case_do", "approve"), {"reason": "checked"})
        assert refused.status_code == 403
        for table in ("finding", "note", "verdict", "document", "trait"):
            assert browser.get(f"/admin/onboarding/{table}/").status_code == 403


def test_the_merchant_has_no_way_to_the_case(case, ambers_shop):
    browser = cast.at_the_desk(ambers_shop.owner)

    answer = browser.get(at(case, "onboarding_case_change"))

    assert answer.status_code in {302, 403}
    assert case.reason not in answer.content.decode()


@pytest.mark.usefixtures("services")
def test_an_owner_who_resembles_a_listed_person_is_cleared_and_the_business_approved(
    desk, shop, settings
):
    settings.SCREENING_REHEARSAL = True
    lists.load("test", [lists.DATA / "test_list.xml"], "system")
    business = shop("Testco Lamps", "GB").business
    application = filling.filled(business, activity__channels=["in_store"])
    first = queries.facts(application).people[0]
    parties.change(application, filling.ACTOR, first.id, {"share": 7_000})
    members = msgspec.to_builtins(first)
    for name in ("id", "email"):
        members.pop(name, None)
    alike = {"name": "Testperson Gelistet", "birth_date": "1991-02-03", "share": 3_000}
    parties.add(application, filling.ACTOR, {**members, **alike, "roles": ["owner"]})
    application.refresh_from_db()
    filling.give(application, open_ones(queries.facts(application)))
    application.refresh_from_db()
    judged(applying.send(application, filling.ACTOR))

    case = Case.objects.get(application=application)
    (hit,) = hits.of(application)
    assert (hit.subject, hit.state) == ("Testperson Gelistet", "open")
    assert "open: clear or confirm" in press(desk, case, "approve", reason="not_the_person")
    press(desk, case, "hit", hit=hit.id, state="cleared", words="Born in another year.")
    assert "Approved." in press(desk, case, "approve", reason="not_the_person")
    application.refresh_from_db()
    assert application.status == "approved"
    events = Event.objects.filter(type__startswith="onboarding.").values_list("payload", flat=True)
    assert "Gelistet" not in str(list(events))


def test_nobody_of_the_platform_sees_the_case_of_their_own_business(desk, case, dora):  # noqa: F811
    services.add_member(case.application.business, dora, "read_only", "system")

    assert desk.get(at(case, "onboarding_case_change")).status_code == 403
    assert desk.get(at(case, "case_papers")).status_code == 403
    assert "Amber Lamps" not in desk.get(QUEUE).content.decode()
    assert "Amber Lamps" not in desk.get("/admin/onboarding/verdict/").content.decode()
    assert desk.get(f"{QUEUE}nonsense/change/").status_code == 404


def test_a_closed_case_is_taken_up_again_by_its_button(desk, case):
    press(desk, case, "refuse", reason="risk")

    assert "Take it up again" in page(desk, case)
    assert "as another case of yours" in press(desk, case, "take-up")
    assert Case.objects.filter(application=case.application, closed_at=None).exists()
