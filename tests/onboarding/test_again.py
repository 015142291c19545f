"""A business that was approved is looked at again: when something changed, ended, or is due."""

from __future__ import annotations

from datetime import timedelta

import pytest

from acquiring.core import clock
from acquiring.core.errors import Problem
from acquiring.core.models import Event
from merchants import services
from merchants.kyc.checks.records import Screened
from merchants.onboarding import (
    accounts,
    again,
    applying,
    checking,
    deciding,
    parties,
    queries,
    working,
)
from merchants.onboarding.models import Application, Case, Finding
from tests.onboarding import filling
from tests.onboarding.conftest import judged
from tests.onboarding.filling import ACTOR, filled

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("services", "screened", "_one_sheet")]
SOON = timedelta(minutes=11)


@pytest.fixture
def approved(shop) -> Application:
    application = judged(applying.send(filled(shop().business), ACTOR))
    assert application.status == "approved"
    return application


def due(application: Application, after: timedelta) -> Application:
    """The application after so long, when beat and the worker have looked."""
    with clock.shifted(after):
        again.begin_due()
        working.work()
    application.refresh_from_db()
    return application


def seen(application: Application) -> dict[str, str]:
    return {one.check_name: str(one.created_at) for one in queries.findings(application)}


def test_a_new_owner_re_opens_people_and_screening_and_leaves_the_rest(approved):
    before = seen(approved)
    (nora,) = approved.partys.all()
    parties.change(approved, ACTOR, nora.shown, {"share": 6_000})
    parties.add(approved, ACTOR, {
        "name": "Testperson Gelistet", "roles": ["owner"], "share": 4_000, "nationality": "SG",
        "birth_date": "1980-01-01", "address.country": "SG", "politically_exposed": False,
    })  # fmt: skip
    approved.refresh_from_db()
    lacking = applying.kyc.open_ones(queries.facts(approved))
    filling.give(approved, lacking)

    looked = due(approved, SOON)

    assert looked.status == "in_review"
    assert Case.objects.filter(application=looked, closed_at=None).exists()
    after = seen(looked)
    assert before["bank_name"] == after["bank_name"]
    assert before["website"] == after["website"]
    assert before["screening"] < after["screening"]
    assert before["identity"] < after["identity"]
    assert queries.terms_now(looked.business_id, "live") is not None


def test_a_change_is_looked_at_when_nothing_more_comes(approved):
    (nora,) = approved.partys.all()
    parties.change(approved, ACTOR, nora.shown, {"title": "Director"})

    assert again.begin_due() == 0
    assert due(approved, SOON).status == "approved"
    assert approved.reopened == []


def test_a_changed_bank_account_needs_a_fresh_login_cools_down_and_is_told(approved):
    (old,) = queries.account_rows(approved)
    change = {"fields.account_number": "1234567890"}
    with pytest.raises(Problem) as refused:
        accounts.change(approved, ACTOR, old.shown, change)
    assert refused.value.code == "reauthentication_required"

    new = accounts.change(approved, ACTOR, old.shown, change, fresh=True)

    assert new.pk != old.pk
    assert timedelta(hours=71) < new.usable_at - clock.now() <= timedelta(hours=72)
    business = approved.business_id
    assert queries.payout_account(business, "live", "SGD") is None
    with clock.shifted(timedelta(hours=73)):
        assert queries.payout_account(business, "live", "SGD") is None  # nobody has looked at it
    (event,) = Event.objects.filter(type="onboarding.bank_account.changed")
    assert (event.payload["last4"], event.payload["removed"]) == (new.last4, False)
    before = seen(approved)
    looked = due(approved, SOON)
    assert looked.status == "approved"
    assert seen(looked)["bank_name"] > before["bank_name"]
    assert seen(looked)["identity"] == before["identity"]
    with clock.shifted(timedelta(hours=73)):
        assert queries.payout_account(business, "live", "SGD") == new


def test_what_was_seen_too_long_ago_is_looked_at_again_alone(approved):
    before = seen(approved)
    looked = due(approved, timedelta(days=31))

    assert looked.status == "approved"
    after = seen(looked)
    assert after["screening"] > before["screening"]
    assert after["register"] == before["register"]
    assert looked.recheck_at > clock.now()


def test_the_whole_is_looked_at_when_the_tiers_time_is_over(approved):
    looked = due(approved, timedelta(days=36 * 30 + 1))

    assert looked.status in {"approved", "needs_information"}
    assert Finding.objects.filter(application=looked).values("run").distinct().count() == 2


def test_what_a_person_accepted_is_not_asked_again_until_it_changes(shop):
    application = judged(applying.send(filled(shop("Testco Almost Trading").business), ACTOR))
    deciding.apply(deciding.by_person(application, "user:r", "approve", reason="Seen."))
    application.refresh_from_db()

    assert due(application, timedelta(days=31)).status == "approved"
    applying.tell(application, ACTOR, {"company.trading_name": "Quite New Lamps"})
    assert due(application, SOON).status == "in_review"


def test_a_paper_that_ends_is_asked_for_twice_and_no_more(approved):
    paper = approved.documents.filter(kind="identity").get()
    paper.expires_on = (clock.now() + timedelta(days=60)).date()
    paper.save()

    assert again.remind() == 0
    with clock.shifted(timedelta(days=31)):
        assert (again.remind(), again.remind()) == (1, 0)
    (task,) = queries.tasks(approved)
    assert task.asked_by == "calendar"
    with clock.shifted(timedelta(days=54)):
        assert (again.remind(), again.remind()) == (1, 0)
    assert Event.objects.filter(type="onboarding.document.expiring").count() == 1


def test_a_person_may_refuse_a_live_business_and_it_stops(approved):
    again.reopen(approved, ["screening"], "system")
    judged(approved)
    verdict = deciding.by_person(approved, "user:r", "refuse", reason="Fraud", told="We part.")
    deciding.apply(verdict)

    approved.refresh_from_db()
    approved.business.refresh_from_db()
    assert (approved.status, approved.business.status) == ("refused", "suspended")


def test_what_is_changed_again_and_again_is_looked_at_all_the_same(approved):
    for name in ("One Lamps", "Two Lamps"):
        applying.tell(approved, ACTOR, {"company.trading_name": name})
        with clock.shifted(timedelta(minutes=9)):
            applying.tell(approved, ACTOR, {"company.trading_name": f"{name} Too"})

    with clock.shifted(SOON):
        assert again.begin_due() == 1


def test_what_is_taken_back_after_the_approval_is_asked_for(approved):
    applying.tell(approved, ACTOR, {"declarations.terms": False})

    assert due(approved, SOON).status == "needs_information"
    assert [task.path for task in queries.tasks(approved)] == ["declarations.terms"]


def test_news_of_a_list_are_heard_while_something_is_asked(approved, monkeypatch):
    applying.tell(approved, ACTOR, {"activity.average_payment": 60_000})
    assert due(approved, SOON).status == "needs_information"
    listed = {"company": Screened(result="confirmed")}
    monkeypatch.setattr(checking.names, "screen", lambda *_: listed)

    again.reopen(approved, ["screening"], again.CALENDAR)

    assert judged(approved).status == "refused"
    approved.business.refresh_from_db()
    assert approved.business.status == "suspended"


def test_what_a_person_accepted_stands_at_every_look_to_come(shop):
    application = judged(applying.send(filled(shop("Testco Almost Trading").business), ACTOR))
    deciding.apply(deciding.by_person(application, "user:r", "approve", reason="Seen."))
    application.refresh_from_db()

    for days in (31, 62, 400):
        assert due(application, timedelta(days=days)).status == "approved"


def test_a_routine_look_is_not_laxer_than_the_person_who_approved(shop):
    application = judged(applying.send(filled(shop("Testco Almost Trading").business), ACTOR))
    strict = {"per_payment": 1234, "settlement_days": 9}
    deciding.apply(deciding.by_person(application, "user:r", "approve", terms=strict))
    application.refresh_from_db()
    applying.tell(application, ACTOR, {"activity.monthly_volume": 6_500_000})

    assert due(application, SOON).status == "approved"
    terms = queries.terms_now(application.business_id, "live")
    assert (terms.tier, terms.per_payment, terms.settlement_days) == ("standard", 1234, 9)


def test_a_routine_look_starts_nobody_again_whom_people_have_stopped(approved):
    services.suspend(approved.business, "user:r")

    assert due(approved, timedelta(days=31)).status == "approved"
    approved.business.refresh_from_db()
    assert approved.business.status == "suspended"


def test_a_live_business_that_does_not_answer_is_looked_at_by_a_person(approved):
    applying.tell(approved, ACTOR, {"activity.average_payment": 60_000})
    due(approved, SOON)

    assert again.give_up_waiting() == 0
    with clock.shifted(timedelta(days=31)):
        assert (again.give_up_waiting(), again.give_up_waiting()) == (1, 0)
    assert Case.objects.get(application=approved).reason == "It has not answered in time."
