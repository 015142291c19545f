"""What people are told of their application: each moment once, and nothing of what a check saw."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from acquiring.core import outbox
from acquiring.core.clock import rfc3339
from acquiring.notices import applications, happenings
from acquiring.notices.happenings import Happened
from acquiring.notices.models import Letter, Notice
from merchants.onboarding import applying, asks, events
from tests import cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def draft(ambers_shop):
    return applying.open_for(ambers_shop.business, "live", "system")


def happen(draft, kind, **facts):
    """An event of the application, read as the chain's reader does."""
    payload = {**events.brief(draft), **facts}
    listener = events.listener(draft)
    subject = facts.get("id", draft.shown)
    event = outbox.announce(listener, f"onboarding.{kind}", subject, payload)
    now = timezone.now()
    happenings.one(Happened(listener, event.id, f"onboarding.{kind}", subject, payload, "", now))


def told():
    return list(Notice.objects.order_by("id").values_list("kind", flat=True))


@pytest.mark.parametrize(
    ("what", "kind"),
    [
        ("sent", "onboarding.sent"),
        ("needs_information", "onboarding.asked"),
        ("in_review", "onboarding.in_review"),
        ("approved", "onboarding.approved"),
        ("refused", "onboarding.refused"),
    ],
)
def test_every_moment_is_told_in_the_portal_and_by_a_letter(draft, what, kind):
    happen(draft, f"application.{what}")

    assert told() == [kind]
    assert Letter.objects.get().facts["facts"]["mode"] == "live"


def test_an_application_left_for_three_days_is_called_to_mind_once(draft):
    assert applications.remind(10) == 0
    left = timezone.now() - timedelta(days=4)
    type(draft).objects.filter(pk=draft.pk).update(changed_at=left)

    assert [applications.remind(10), applications.remind(10)] == [1, 0]
    assert told() == ["onboarding.left"]


def test_what_the_calendar_asks_is_told_and_what_rules_ask_only_as_a_whole(draft):
    rules = asks.open_task(draft, "activity.website", "Please check its address.")
    ends = asks.open_task(draft, "documents.identity", "It ends soon.", asked_by="calendar")

    for task in (rules, ends):
        happen(draft, "task.opened", id=task.shown, application=draft.shown)

    assert told() == ["onboarding.document_expiring"]


def test_a_changed_bank_account_is_told_to_all_owners_and_nobody_else(draft, ambers_shop):
    from merchants import services

    services.add_member(ambers_shop.business, cast.person("Olga"), "owner", "system")
    services.add_member(ambers_shop.business, cast.person("Finn"), "finance", "system")
    facts = {"currency": "SGD", "last4": "6789", "usable_at": rfc3339(timezone.now())}

    happen(draft, "bank_account.changed", id="ban_1", application=draft.shown, **facts)

    assert sorted(Letter.objects.values_list("recipient", flat=True)) == [
        "amber@example.com",
        "olga@example.com",
    ]


def test_of_a_platforms_merchant_nobody_is_written_to(draft, chiaras_shop):
    type(draft).objects.filter(pk=draft.pk).update(platform_id=chiaras_shop.merchant.pk)
    draft.refresh_from_db()

    happen(draft, "application.approved")

    assert told() == []
