"""Checking survives what happens to workers and services, and decides once."""

from __future__ import annotations

from datetime import timedelta

import pytest

from acquiring.core import clock
from merchants.onboarding import applying, checking, deciding, queries, services_client, working
from merchants.onboarding.models import Case, Finding, Verdict
from tests.onboarding.conftest import judged
from tests.onboarding.filling import ACTOR, filled

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("services", "screened", "_one_sheet")]


class Killed(BaseException):
    """What kill -9 does to a worker: nothing after it runs."""


@pytest.mark.parametrize("at", ["asking", "storing", "deciding", "applying"])
def test_a_worker_that_is_killed_leaves_nothing_half_done(shop, monkeypatch, at):
    application = applying.send(filled(shop().business), ACTOR)

    def dies(*_arguments, **_names):
        raise Killed

    with monkeypatch.context() as patch:
        place, name = {
            "asking": (services_client, "holder"),
            "storing": (checking.traits, "renew"),
            "deciding": (deciding.kyc, "decide"),
            "applying": (deciding.services, "approve"),
        }[at]
        patch.setattr(place, name, dies)
        with pytest.raises(Killed):
            working.work()

    application.refresh_from_db()
    assert application.status == "checking"
    assert not Verdict.objects.filter(application=application).exists()
    assert working.work() == 0  # the dead worker's claim holds
    with clock.shifted(timedelta(minutes=10)):
        assert judged(application).status == "approved"
    assert Verdict.objects.filter(application=application).count() == 1


def test_what_changes_while_it_is_looked_at_is_looked_at_anew(shop, monkeypatch):
    application = applying.send(filled(shop().business), ACTOR)
    asked = services_client.register

    def meanwhile(facts):
        monkeypatch.setattr(services_client, "register", asked)
        application.version += 1
        application.save(update_fields=["version"])
        return asked(facts)

    monkeypatch.setattr(services_client, "register", meanwhile)
    assert judged(application).status == "approved"
    assert Finding.objects.filter(application=application).values("run").distinct().count() == 1


def test_a_service_that_is_away_is_asked_again_and_then_a_person_looks(shop):
    application = judged(applying.send(filled(shop("Testco Outage").business), ACTOR))
    assert application.status == "checking"

    elapsed = timedelta()
    for seconds in working.WAITS_SECONDS:
        elapsed += timedelta(seconds=seconds + 1)
        with clock.shifted(elapsed):
            judged(application)
    assert application.status == "in_review"
    errors = [one for one in queries.findings(application) if one.result == "error"]
    assert [one.check_name for one in errors] == ["register"]
    assert "could not be made" in Case.objects.get(application=application).reason


def test_without_services_a_person_looks(shop, settings):
    settings.ONBOARDING_SERVICES_URL = ""
    application = filled(shop().business, activity__channels=["in_store"], activity__website=None)
    application = judged(applying.send(application, ACTOR))

    assert application.status == "in_review"
    off = {one.check_name for one in queries.findings(application) if one.result == "review"}
    assert off == {"register", "bank_name", "identity"}


def test_a_wrong_token_is_refused_and_counts_as_away(shop, settings):
    settings.ONBOARDING_SERVICES_TOKEN = "guessed"
    application = judged(applying.send(filled(shop().business), ACTOR))

    assert application.status == "checking"
    assert Finding.objects.filter(application=application, result="error").count() == 4


def test_a_sent_application_is_changed_by_nobody_until_it_is_withdrawn(shop):
    application = applying.send(filled(shop().business), ACTOR)

    with pytest.raises(Exception, match="being checked"):
        applying.tell(application, ACTOR, {"company.trading_name": "Another"})
    assert applying.withdraw(application, ACTOR).status == "draft"
    applying.tell(application, ACTOR, {"company.trading_name": "Another"})
    assert working.work() == 0
