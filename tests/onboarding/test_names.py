"""Names on watch lists, as onboarding asks and hears of them: on the fictitious test list."""

from __future__ import annotations

import pytest

from merchants.onboarding import accounts, again, applying, deciding, queries
from merchants.onboarding.models import Case, Terms
from merchants.screening import cases, lists
from merchants.screening.models import Hit
from tests.onboarding.conftest import judged
from tests.onboarding.filling import ACTOR, filled

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("services", "listed", "_one_sheet")]


def sent(application):
    return judged(applying.send(application, ACTOR))


def results(application) -> dict[str, str]:
    rows = [one for one in queries.findings(application) if one.check_name == "screening"]
    return {one.subject.partition(".")[0]: one.evidence["saw"] for one in rows}


def test_names_on_no_list_are_clear_and_the_lists_are_on_record(shop):
    application = sent(filled(shop().business))

    assert application.status == "approved"
    assert results(application) == {"company": "clear", "people": "clear"}
    found = [one for one in queries.findings(application) if one.check_name == "screening"]
    assert all(one.evidence["lists"] for one in found)


def test_a_resembling_owner_is_cleared_by_a_person_and_stays_cleared(shop):
    application = sent(filled(shop().business, person={"name": "Testperson Gelistet"}))
    assert application.status == "in_review"
    # Who owns half and resembles a listed name makes the business resemble it.
    assert results(application) == {"company": "possible", "people": "possible"}
    assert Case.objects.get(application=application).closed_at is None

    clear(application)
    deciding.apply(deciding.by_person(application, "user:r", "approve", reason="Another."))
    application.refresh_from_db()
    again.hear_lists()
    again.reopen(application, ["screening"], "system")

    assert judged(application).status == "approved"
    assert results(application) == {"company": "clear", "people": "clear"}


def test_a_confirmed_name_is_refused_and_stops_a_live_business(shop):
    application = sent(filled(shop().business, person={"name": "Testperson Gelistet"}))
    deciding.apply(deciding.by_person(application, "user:r", "approve", reason="Mistaken."))
    for hit in Hit.objects.filter(subject__business_id=application.business_id):
        cases.confirm(hit, "user:r", "It is this very person.")

    assert again.hear_lists() > 0
    assert judged(application).status == "refused"
    application.business.refresh_from_db()
    assert application.business.status == "suspended"
    verdict = queries.verdict(application)
    assert verdict.told == "We cannot offer you our services."
    assert again.hear_lists() == 0


def test_who_the_payouts_go_to_is_looked_up_and_paid_nothing_when_confirmed(shop):
    draft = filled(shop().business)
    (account,) = queries.account_rows(draft)
    accounts.change(draft, ACTOR, account.shown, {"holder": "Testperson Gelistet"})
    draft.refresh_from_db()
    application = sent(draft)
    assert application.status == "in_review"
    assert results(application) == {"company": "clear", "people": "clear", "accounts": "possible"}
    assert queries.payout_account(application.business_id, "live", "SGD") is None

    clear(application)
    deciding.apply(deciding.by_person(application, "user:r", "approve", reason="Another."))
    again.hear_lists()
    assert queries.payout_account(application.business_id, "live", "SGD") == account

    Hit.objects.update(state="open", reason="", told_at=None)  # as after news of the list
    (hit,) = Hit.objects.filter(subject__role="beneficiary")
    cases.confirm(hit, "user:r", "It is this very person.")
    assert queries.payout_account(application.business_id, "live", "SGD") is None
    assert again.hear_lists() == 1
    assert judged(application).status == "in_review"
    assert results(application)["accounts"] == "payee"
    assert Case.objects.get(application=application, closed_at=None).four_eyes
    assert Terms.objects.filter(business_id=application.business_id).exists()


def test_without_lists_nobody_is_clear(shop, settings):
    settings.SCREENING_REHEARSAL = False
    application = sent(filled(shop().business))

    assert application.status == "in_review"
    assert set(results(application).values()) == {"stale"}


def clear(application) -> None:
    """A reviewer says of each hit that it is somebody else."""
    for hit in Hit.objects.filter(subject__business_id=application.business_id):
        cases.clear(hit, "user:r", "Another year of birth.")


@pytest.fixture
def listed(db, settings):
    """The list that `make run` loads, which stands for the real ones there."""
    settings.SCREENING_REHEARSAL = True
    lists.load("test", [lists.DATA / "test_list.xml"], "system")
