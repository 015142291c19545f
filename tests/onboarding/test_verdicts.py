"""From sending to the verdict, on the simulated services."""

from __future__ import annotations

import msgspec
import pytest

from acquiring.core import ids
from acquiring.core.models import Event
from merchants.models import Business, Mode
from merchants.onboarding import applying, deciding, queries, traits
from merchants.onboarding.models import Application, Case, Finding, Terms
from tests import cast
from tests.onboarding.conftest import judged
from tests.onboarding.filling import ACTOR, filled

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("services", "screened", "_one_sheet")]


def sent(application: Application) -> Application:
    return judged(applying.send(application, ACTOR))


def test_a_clean_company_is_approved_in_one_go(shop):
    business = shop().business
    application = sent(filled(business))

    verdict = queries.verdict(application)
    seen = [
        (one.check_name, one.words) for one in queries.findings(application) if one.result != "pass"
    ]
    assert seen == []
    assert (application.status, verdict.outcome, verdict.tier) == ("approved", "approve", "low")
    assert business.merchants.filter(mode=Mode.LIVE).exists()
    assert Business.objects.get(pk=business.pk).status == "approved"
    terms = queries.terms(business.id, "live")
    assert (terms.currency, terms.per_payment, terms.monthly) == ("SGD", 75_000, 3_000_000)
    assert application.recheck_at is not None


@pytest.mark.parametrize(
    ("name", "status", "path", "check"),
    [
        ("Testco Unlisted", "needs_information", "documents.", "register"),
        ("Testco Renamed", "needs_information", "company.legal_name", "register"),
        ("Testco Mismatch", "needs_information", "accounts.", "bank_name"),
        ("Testco Dissolved", "refused", "", "register"),
        ("Testco Almost Trading", "in_review", "", "register"),
        ("Testco Resembling", "in_review", "", "bank_name"),
        ("Testco Silentbank", "in_review", "", "bank_name"),
    ],
)
def test_each_name_of_the_simulators_leads_where_its_table_says(shop, name, status, path, check):
    application = sent(filled(shop(name).business))

    assert application.status == status
    odd = {one.check_name for one in queries.findings(application) if one.result != "pass"}
    assert odd == {check}
    tasks = queries.tasks(application)
    assert [bool(path)] * len(tasks) == [task.path.startswith(path) for task in tasks]
    assert bool(tasks) == (status == "needs_information")
    assert Case.objects.filter(application=application, closed_at=None).exists() == (
        status == "in_review"
    )


@pytest.mark.parametrize(
    ("told", "check"),
    [
        ({"activity__website": "https://down.example"}, "website"),
        ({"activity__website": "https://nameless.example"}, "website_names"),
        ({"activity__website": "https://noterms.example"}, "website_pages"),
        ({"activity__average_payment": 60_000}, "figures"),
        ({"person": {"identifiers.passport": "LOST00001"}}, "identity"),
        ({"person": {"name": "Testperson Unproved"}}, "identity"),
        ({"person": {"birth_date": "1890-01-01"}}, "ages"),
        ({"person": {"birth_date": "2085-01-01"}}, "ages"),
    ],
)
def test_what_is_asked_becomes_a_task_and_its_answer_is_looked_at(shop, told, check):
    application = sent(filled(shop().business, **told))

    assert application.status == "needs_information"
    (finding,) = [one for one in queries.findings(application) if one.result == "ask"]
    (task,) = queries.tasks(application)
    assert (finding.check_name, task.words) == (check, finding.told)
    (opened,) = Event.objects.filter(type="onboarding.task.opened")
    assert (opened.payload["path"], "Unproved" in str(opened.payload)) == (task.path, False)


@pytest.mark.parametrize(
    ("told", "rule"),
    [
        ({"activity__mcc": "9700"}, "prohibited_line_of_business"),
        ({"person": {"birth_date": "2015-01-01"}}, "not_of_age"),
    ],
)
def test_a_refusal_says_the_rule_and_the_reason(shop, told, rule):
    business = shop().business
    application = sent(filled(business, **told))

    verdict = queries.verdict(application)
    assert (application.status, verdict.outcome) == ("refused", "refuse")
    (decided,) = [one for one in verdict.rules if one["decided"]]
    assert decided["name"] == rule
    assert verdict.told == decided["told"] != ""
    assert not business.merchants.filter(mode=Mode.LIVE).exists()
    with pytest.raises(Exception, match="refused"):
        applying.tell(application, ACTOR, {"company.trading_name": "Another"})


@pytest.mark.parametrize(
    "told",
    [
        {"person": {"name": "Testperson Gelistet"}},
        {"person": {"politically_exposed": True}},
        {"person": {"nationality": "IR"}},
        {"activity__average_payment": 900_000, "activity__largest_payment": 1_000_000,
         "activity__mcc": "5411"},
        {"activity__monthly_volume": 900_000_00},
        {"activity__mcc": "5122", "activity__licences__pharmacy": "PH-1"},
    ],
)  # fmt: skip
def test_what_a_person_should_see_is_a_case_of_which_the_merchant_learns_nothing(shop, told):
    application = sent(filled(shop().business, **told))

    verdict = queries.verdict(application)
    assert (application.status, verdict.outcome) == ("in_review", "review")
    assert verdict.told == "We are looking at it."
    assert queries.tasks(application) == []
    assert Case.objects.get(application=application).due_at > application.sent_at


def test_a_look_alike_of_a_business_that_was_refused_is_seen(shop, chiaras_shop):
    refused = sent(filled(shop("Testco First").business, activity__mcc="9700"))
    chiaras_shop.business.country = "SG"
    chiaras_shop.business.save()
    second = sent(filled(chiaras_shop.business))

    assert second.status == "in_review"
    alike = [one for one in queries.findings(second) if one.check_name == "alike"]
    kinds = {one.evidence["saw"] for one in alike}
    assert {"refused_identifier", "refused_bank_account", "refused_person"} <= kinds
    assert all(refused.shown in one.evidence["others"] for one in alike)


def test_a_verdict_is_made_again_bit_for_bit_after_the_rules_have_changed(shop, monkeypatch):
    application = sent(filled(shop("Testco Almost Trading").business))
    verdict = queries.verdict(application)
    harsher = deciding.kyc.text().replace('name = "nothing_against_it"', 'name = "all_is_well"')
    monkeypatch.setattr(deciding.kyc, "text", lambda: harsher)

    again = deciding.again(verdict)

    assert again.digest == verdict.rules_digest != deciding.kyc.digest(harsher)
    assert list(deciding.msgspec.to_builtins(again.fired)) == verdict.rules
    assert deciding.kyc.Terms(**verdict.terms) == msgspec.structs.replace(again.terms, kinds=[])
    assert (again.outcome, again.tier) == (verdict.outcome, verdict.tier)


def test_a_verdict_applied_twice_or_too_late_changes_nothing(shop):
    application = sent(filled(shop().business))
    verdict = queries.verdict(application)

    deciding.apply(verdict)
    late = deciding.decide(application)
    late.outcome = "refuse"
    deciding.apply(late)

    application.refresh_from_db()
    assert application.status == "approved"


def test_a_person_decides_within_the_tier_and_what_was_seen_is_accepted(shop):
    application = sent(filled(shop("Testco Almost Trading").business))

    with pytest.raises(Exception, match="In this tier"):
        deciding.by_person(application, "user:r", "approve", terms={"monthly": 10**12})
    verdict = deciding.by_person(
        application, "user:r", "approve", reason="Seen", terms={"per_payment": 1234}
    )
    deciding.apply(verdict)

    application.refresh_from_db()
    assert application.status == "approved"
    assert queries.terms(application.business_id, "live").per_payment == 1234
    assert Case.objects.get(application=application).closed_at is not None
    assert any(one == "register|company.legal_name|name_close"
               for one in verdict.inputs["accepted"])  # fmt: skip


def test_a_rehearsal_approves_in_test_mode_only(shop):
    business = shop().business
    application = sent(filled(business, mode="test"))

    assert application.status == "approved"
    assert queries.terms(business.id, "test") is not None
    assert not business.merchants.filter(mode=Mode.LIVE).exists()
    assert Business.objects.get(pk=business.pk).status == "sandbox"


def test_a_verdict_reads_a_look_to_its_last_finding(shop):
    application = sent(filled(shop().business))
    Terms.objects.all().delete()
    run = ids.new()
    found = [Finding(application=application, run=run, check_name="numbers", subject=f"at.{one}",
                     result="pass", words="", evidence={"saw": "right"})
             for one in range(1200)]  # fmt: skip
    found.append(
        Finding(
            application=application,
            run=run,
            check_name="screening",
            words="",
            subject="people.last",
            result="fail",
            evidence={"saw": "confirmed"},
        )
    )
    Finding.objects.bulk_create(found)

    assert deciding.decide(application).outcome == "refuse"


def test_what_a_person_asked_a_person_reads(shop):
    application = sent(filled(shop().business))
    deciding.apply(deciding.by_person(application, "user:r", "ask", reason="Whose is the flat?"))

    application = sent(application)

    assert application.status == "in_review"
    (decided,) = [one for one in queries.verdict(application).rules if one["decided"]]
    assert decided["name"] == "asked_by_a_person"


def test_drafts_hide_no_look_alike_that_was_refused(shop, chiaras_shop, monkeypatch):
    refused = sent(filled(shop("Testco First").business, activity__mcc="9700"))
    cast.shop(cast.person("Dora"), "Testco Draft", "SG")
    draft = filled(Business.objects.get(legal_name="Testco Draft"))
    traits.renew(draft, queries.facts(draft))
    chiaras_shop.business.country = "SG"
    chiaras_shop.business.save()
    monkeypatch.setattr(traits, "MOST_ALIKE", 1)

    application = filled(chiaras_shop.business)

    (alike,) = traits.alike(application, queries.facts(application))
    assert (alike.refused, alike.others) == (True, (refused.shown,))
