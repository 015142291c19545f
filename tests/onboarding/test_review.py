"""A person decides: alone or in two, with reasons, and the merchant hears what it may hear."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group

from acquiring.core import clock
from acquiring.core.errors import Problem
from acquiring.core.models import PLATFORM, AuditEntry, Event
from acquiring.exports.audit_log import AUDIT
from merchants import services, staff
from merchants.models import User
from merchants.onboarding import casefile, deciding, documents, queries, review
from merchants.onboarding.models import Application, Case, Document
from merchants.screening import services as screening
from merchants.screening.models import Hit, Subject
from merchants.screening.party import Party
from tests import cast
from tests.onboarding.filling import filled

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_near")]


@pytest.fixture
def groups(db) -> None:
    """The shipped groups."""
    staff.prepare_groups()


def officer(name: str) -> User:
    """Somebody of the platform who may decide."""
    user = cast.person(name, staff=True)
    user.groups.add(Group.objects.get(name="Compliance"))
    return user


@pytest.fixture
def dora(groups) -> User:
    return officer("Dora")


@pytest.fixture
def emil(groups) -> User:
    return officer("Emil")


def waiting(shop, tier: str = "", **told) -> Case:
    """An application that the rules leave to a person, of this tier."""
    application = filled(shop.business, **told)
    Application.objects.update(status="checking", sent_at=application.changed_at)
    application.refresh_from_db()
    verdict = deciding.by_person(application, "rules", "review", tier=tier)
    deciding.apply(verdict)
    return Case.objects.get(application=application)


@pytest.fixture
def case(ambers_shop) -> Case:
    return waiting(ambers_shop)


@pytest.fixture
def risky(ambers_shop) -> Case:
    return waiting(ambers_shop, "high")


def code(verb, *args, **options) -> str:
    with pytest.raises(Problem) as caught:
        verb(*args, **options)
    return caught.value.param or caught.value.code


def test_a_case_is_taken_handed_over_and_given_back(case, dora, emil):
    review.take_case(case, dora)
    assert review.assign(case, dora, emil).assignee == emil
    assert review.assign(case, emil, None).assignee is None
    assert AuditEntry.objects.filter(action="case.assigned", merchant_id=PLATFORM).count() == 3


def test_an_approval_with_less_than_the_tier_allows_is_in_force(case, dora, ambers_shop):
    done = review.approve(case, dora, "with_limits", "Slowly.",
                          {"per_payment": 20_000, "settlement_days": 5})  # fmt: skip

    assert done.closed_at is not None
    terms = queries.terms(ambers_shop.business.id, "live")
    assert (terms.per_payment, terms.settlement_days) == (20_000, 5)
    verdict = queries.verdict(done.application)
    assert (verdict.by, verdict.second) == (services.staff_actor(dora), "")
    assert verdict.told.startswith("You can begin with the limits shown")
    assert ambers_shop.business.merchants.filter(mode="live").exists()


def test_terms_stay_within_the_tier(case, dora):
    for terms, member in (
        ({"per_payment": 10**12}, "per_payment"),
        ({"daily": 0}, "daily"),
        ({"settlement_days": 0}, "settlement_days"),
        ({"reserve_basis_points": 10_001}, "reserve_basis_points"),
        ({"monthly": "much"}, "monthly"),
        ({"currency": "USD"}, "currency"),
        ({"colour": 1}, "colour"),
    ):
        assert code(review.approve, case, dora, "checked", "", terms) == member


def test_a_person_is_never_laxer_than_the_rules(risky, dora):
    assert code(review.approve, risky, dora, "checked", tier="low") == "tier"


def test_a_high_tier_needs_two_people(risky, dora, emil, ambers_shop):
    proposed = review.approve(risky, dora, "checked", "Clear enough.")

    assert proposed.closed_at is None
    assert proposed.proposed["deed"] == "approve"
    assert queries.terms(ambers_shop.business.id, "live") is None
    assert code(review.second, risky, dora, True) == "forbidden"
    assert review.second(risky, emil, True).closed_at is not None
    verdict = queries.verdict(risky.application)
    assert (verdict.by, verdict.second) == tuple(map(services.staff_actor, (dora, emil)))
    assert verdict.tier == "high"


def test_a_higher_tier_chosen_by_a_person_needs_two_as_well(case, dora):
    assert review.approve(case, dora, "checked", tier="high").proposed is not None


def test_the_second_person_may_disagree_and_says_why(risky, dora, emil):
    review.refuse(risky, dora, "risk")

    assert code(review.second, risky, emil, False) == "words"
    back = review.second(risky, emil, False, "The owner explained it.")
    assert (back.proposed, back.closed_at) == (None, None)
    assert [note.words for note in risky.application.notes.all()] == ["The owner explained it."]
    assert code(review.second, risky, emil, True) == "invalid_state"


def test_what_was_proposed_is_about_what_was_seen(risky, dora, emil):
    review.approve(risky, dora, "checked")
    documents.refuse(Document.objects.filter(application=risky.application).first(), "x", "too_old")

    assert code(review.second, risky, emil, True) == "conflict"


def test_who_lost_the_permission_in_between_decides_nothing(risky, dora, emil):
    review.approve(risky, dora, "checked")
    dora.groups.clear()

    assert code(review.second, risky, emil, True) == "forbidden"


def test_nobody_decides_without_the_permission_or_on_their_own_business(case, dora):
    for group in ("Support", "Operations", "Risk"):
        user = cast.person(f"From{group}", staff=True)
        user.groups.add(Group.objects.get(name=group))
        assert code(review.approve, case, user, "checked") == "forbidden"
    services.add_member(case.application.business, dora, "read_only", "system")
    assert code(review.approve, case, dora, "checked") == "forbidden"
    assert code(review.note, case.application, dora, "Mine.") == "forbidden"


def test_a_question_becomes_tasks_of_the_pieces_it_is_about(case, dora):
    review.ask(case, dora, "website", {"activity.website": "", "company.phone": "Is it yours?"})

    application = Application.objects.get(pk=case.application_id)
    assert application.status == "needs_information"
    tasks = {task.path: task.words for task in queries.tasks(application)}
    assert tasks["company.phone"] == "Is it yours?"
    assert tasks["activity.website"].startswith("Please put your legal name")
    assert Case.objects.get(pk=case.pk).closed_at is not None
    assert code(review.ask, case, dora, "website") == "invalid_state"


def test_a_question_is_about_something_that_is_there(case, dora):
    assert code(review.ask, case, dora, "website", {"activity.shoe_size": ""}) == "pieces"
    assert code(review.ask, case, dora, "because") == "reason"


def test_a_refusal_tells_what_its_reason_tells_and_nothing_else(case, dora, ambers_shop):
    review.refuse(case, dora, "listed", "Confirmed against entry 7, reported.")

    application = Application.objects.get(pk=case.application_id)
    verdict = queries.verdict(application)
    assert application.status == "refused"
    assert verdict.told == "We cannot offer our services to this business."
    said = " ".join(str(one) for one in Event.objects.values_list("payload", flat=True))
    heard = AuditEntry.objects.exclude(merchant_id=PLATFORM).values_list("changes", flat=True)
    for secret in ("listed", "entry 7", "reported", "Dora"):
        assert secret not in said
        assert secret not in " ".join(map(str, heard))


def test_papers_are_judged_in_the_case_they_belong_to(case, dora, chiaras_shop):
    paper = Document.objects.filter(application=case.application).first()
    foreign = Document.objects.filter(application=waiting(chiaras_shop).application).first()

    assert review.judge(case, dora, paper, None).status == "accepted"
    assert review.judge(case, dora, paper, "too_old").reason.startswith("It is older")
    assert code(review.judge, case, dora, paper, "ugly") == "reason"
    assert code(review.judge, case, dora, foreign, None) == "document"


def resembling(application: Application, name: str) -> Hit:
    """A hit on an invented entry of a list, nobody's work yet."""
    now = clock.now()
    screening.screen(
        Party(
            "person",
            (name,),
            "owner",
            application.mode,
            f"{application.shown}:{name}",
            application.business_id,
            countries=("DE",),
            birth_date="1985-04-03",
        )
    )
    subject = Subject.objects.get(ref=f"{application.shown}:{name}")
    entry = {"id": "T-7", "kind": "person", "names": [{"text": "Testperson Gelistet"}],
             "born": [{"first": 1961, "last": 1962}], "programs": ["TEST"]}  # fmt: skip
    return Hit.objects.create(
        subject=subject, source="test", entry_id="T-7", entry=entry, entry_digest="b",
        entry_name="Testperson Gelistet", subject_digest=subject.digest, score=912,
        found_at=now, seen_at=now,
        explanation={"facts": [{"what": "birth date", "theirs": "1961-1962", "change": -120}]},
    )  # fmt: skip


def test_nobody_is_approved_while_a_hit_is_open(case, dora):
    hit = resembling(case.application, "Nora Nordlicht")

    assert code(review.approve, case, dora, "checked") == "invalid_state"
    assert code(review.decide_hit, case, dora, str(hit.pk), "cleared", " ") == "reason"
    assert code(review.decide_hit, case, dora, str(hit.pk), "gone", "No.") == "state"
    review.decide_hit(case, dora, str(hit.pk), "cleared", "Born elsewhere.", "Passport.")
    hit.refresh_from_db()
    assert (hit.state, hit.decided_by) == ("cleared", services.staff_actor(dora))
    assert review.approve(case, dora, "not_the_person").closed_at is not None


def test_a_hit_is_decided_in_the_case_it_belongs_to(case, dora, chiaras_shop):
    foreign = resembling(waiting(chiaras_shop).application, "Carlo Ceramica")

    for hit in (str(foreign.pk), "no id"):
        assert code(review.decide_hit, case, dora, hit, "cleared", "Else.") == "hit"


def test_a_name_that_is_confirmed_on_a_list_is_approved_by_nobody(risky, dora, emil):
    review.approve(risky, dora, "checked")
    hit = resembling(risky.application, "Nora Nordlicht")

    assert code(review.second, risky, emil, True) == "invalid_state"
    review.decide_hit(risky, dora, str(hit.pk), "confirmed", "The passport's number.", "Passport.")
    assert code(review.second, risky, emil, True) == "invalid_state"
    assert code(review.approve, risky, dora, "checked") == "invalid_state"
    review.refuse(risky, dora, "listed")
    assert review.second(risky, emil, True).closed_at is not None


def test_what_was_refused_is_taken_up_again_and_decided_anew(case, dora, ambers_shop):
    application = case.application
    assert code(review.take_up, application, dora) == "invalid_state"
    review.refuse(case, dora, "risk")
    ambers_shop.owner.is_staff = True
    assert code(review.take_up, application, ambers_shop.owner) == "forbidden"

    again = review.take_up(application, dora)

    assert (again.assignee, again.pk == case.pk) == (dora, False)
    review.approve(again, dora, "checked")
    application.refresh_from_db()
    assert application.status == "approved"


def test_the_merchant_reads_that_the_platform_decided_and_the_platform_who_it_was(
    case, dora, ambers_shop
):
    before = set(AuditEntry.objects.values_list("id", flat=True))
    review.approve(case, dora, "checked")
    User.objects.filter(pk=dora.pk).update(is_staff=False)  # who has left is not named either

    page = cast.at_the_desk(ambers_shop.owner).get("/test/settings/audit/").content.decode()
    assert "Caravel" in page
    for secret in ("Dora", dora.email, services.staff_actor(dora).partition(":")[2]):
        assert secret not in page
    made = AuditEntry.objects.filter(merchant_id=ambers_shop.merchant.pk).exclude(id__in=before)
    assert "Caravel" in {AUDIT.columns[2].value(row) for row in made}
    moments = casefile.history(case.application)
    assert "Dora" in {one.who for one in moments}
