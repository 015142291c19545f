"""What happens becomes a notice: for the right people, once, and in their words."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core import mail

from acquiring.connectors.driver import Outcome
from acquiring.core import audit, clock, ids, outbox
from acquiring.notices import queries, reading, services, watching, words
from acquiring.notices.models import Letter, Notice, Reading
from acquiring.payments import money
from acquiring.webhooks import disabling
from acquiring.webhooks import services as webhooks
from acquiring.webhooks.models import Endpoint
from merchants import keys, notices
from merchants import services as merchants
from tests import cast
from tests.notices.conftest import read_news, send_letters

pytestmark = pytest.mark.django_db


def told(merchant_id, person, kind=None):
    """A person's notices, the newest first."""
    found = queries.notices(merchant_id, person.pk)
    return list(found.filter(kind=kind) if kind else found)


@pytest.fixture
def endpoint(merchant_id, settings):
    settings.ALLOW_PRIVATE_ENDPOINTS = True
    return webhooks.create_endpoint(merchant_id, "http://127.0.0.1:9/hook", "system").endpoint


def test_a_disabled_endpoint_is_told_to_its_people_in_the_portal_and_by_letter(
    endpoint, merchant_id, amber, bashir, chiaras_shop
):
    disabling.disable(merchant_id, endpoint.id, Endpoint.Reason.FAILING)
    assert read_news() > 0

    (notice,) = told(merchant_id, amber, "webhook_endpoint.disabled")
    said = words.say(notice.kind, notice.facts)
    assert said.title == "We stopped sending webhooks to 127.0.0.1"
    assert "For three days" in said.text
    assert notice.subject == ids.show("we", endpoint.id)
    assert len(told(merchant_id, bashir)) == 1
    assert told(chiaras_shop.merchant.id, chiaras_shop.owner) == []
    assert send_letters() == 2
    assert sorted(one.to[0] for one in mail.outbox) == [amber.email, bashir.email]
    assert "http://127.0.0.1:9/hook" in mail.outbox[0].body


def test_who_left_meanwhile_gets_no_letter(endpoint, merchant_id, amber, bashir):
    disabling.disable(merchant_id, endpoint.id, Endpoint.Reason.FAILING)
    read_news()
    bashir.memberships.all().delete()

    assert send_letters() == 1
    assert [one.to[0] for one in mail.outbox] == [amber.email]


def test_what_a_merchant_did_itself_is_no_news(endpoint, merchant_id, amber):
    webhooks.disable_endpoint(merchant_id, ids.show("we", endpoint.id), "user:amber")
    read_news()

    assert told(merchant_id, amber) == []


def test_the_same_news_twice_is_told_once(endpoint, merchant_id, amber):
    disabling.disable(merchant_id, endpoint.id, Endpoint.Reason.GONE)
    read_news()
    Reading.objects.update(last_sequence=0)
    reading.read_everything()

    assert len(told(merchant_id, amber, "webhook_endpoint.disabled")) == 1
    assert Letter.objects.count() == 1


def test_history_is_told_to_nobody(endpoint, merchant_id, amber):
    with clock.shifted(-timedelta(days=8)):
        disabling.disable(merchant_id, endpoint.id, Endpoint.Reason.GONE)
    read_news()

    assert told(merchant_id, amber, "webhook_endpoint.disabled") == []


def test_last_weeks_news_is_told_without_a_letter(endpoint, merchant_id, amber):
    with clock.shifted(-timedelta(days=2)):
        disabling.disable(merchant_id, endpoint.id, Endpoint.Reason.GONE)
    read_news()

    assert len(told(merchant_id, amber, "webhook_endpoint.disabled")) == 1
    assert not Letter.objects.exists()


def test_one_row_that_cannot_be_told_does_not_stop_the_others(endpoint, merchant_id, amber):
    outbox.announce(merchant_id, "refund.failed", "ref_1", {"object": "nonsense"})
    disabling.disable(merchant_id, endpoint.id, Endpoint.Reason.GONE)
    read_news()

    assert len(told(merchant_id, amber, "webhook_endpoint.disabled")) == 1


def test_a_person_chooses_the_ways(endpoint, merchant_id, ambers_shop, amber, bashir):
    chosen = {"refund.failed": ["email"], "webhook_endpoint.disabled": []}
    notices.prefer(bashir, ambers_shop.merchant, chosen)
    disabling.disable(merchant_id, endpoint.id, Endpoint.Reason.GONE)
    read_news()

    # Not to be switched off altogether: it stays in the portal.
    assert len(told(merchant_id, bashir, "webhook_endpoint.disabled")) == 1
    assert [one.recipient for one in Letter.objects.all()] == [amber.email]


def test_a_test_key_is_told_to_the_others_and_by_no_letter(ambers_shop, merchant_id, amber, bashir):
    issued = keys.issue(ambers_shop.merchant, "secret", merchants.user_actor(bashir), name="Till 2")
    read_news()

    (notice,) = told(merchant_id, amber, "api_key.created")
    said = words.say(notice.kind, notice.facts)
    assert said.title == f"Bashir created an API key: Till 2 ({issued.key})"
    assert told(merchant_id, bashir, "api_key.created") == []
    assert not Letter.objects.exists()


def test_a_live_key_is_told_to_everybody_by_letter_too(ambers_shop, amber, bashir):
    live = merchants.approve(ambers_shop.business, "system")
    keys.issue(live, "secret", merchants.user_actor(bashir))
    read_news()

    assert len(told(live.id, amber)) == len(told(live.id, bashir)) == 1
    assert send_letters() == 2
    assert "sk_live_…" in mail.outbox[0].body


def test_a_rotation_is_one_notice(ambers_shop, merchant_id, amber, bashir):
    actor = merchants.user_actor(bashir)
    issued = keys.issue(ambers_shop.merchant, "secret", actor)
    read_news()
    keys.rotate(issued.key, actor)
    read_news()

    assert [one.kind for one in told(merchant_id, amber)] == ["api_key.rotated", "api_key.created"]


def test_the_keys_of_the_first_day_are_no_news(merchant_id, amber):
    read_news()

    assert told(merchant_id, amber) == []


def test_a_failed_refund_is_told_to_who_may_refund(till, merchant_id, amber, bashir):
    book = till.pay(Outcome("captured", provider_ref="pi_1")).book
    till.provider.says(Outcome("failed", decline="refund_refused", raw_code="closed"))
    money.refund(merchant_id, book.payment.id, 500, "requested_by_customer")
    read_news()

    (notice,) = told(merchant_id, amber, "refund.failed")
    assert "5.00 EUR" in words.say(notice.kind, notice.facts).title
    assert notice.subject.startswith("ref_")
    assert told(merchant_id, bashir) == []


def test_more_refunded_than_there_was_is_told_once_a_day(till, merchant_id, amber):
    book = till.pay(Outcome("captured", provider_ref="pi_1")).book
    till.provider.says(*(Outcome("succeeded", operation_ref=f"re_{one}") for one in "12"))
    money.refund(merchant_id, book.payment.id, 1000, "requested_by_customer")
    read_news()
    money.refund(merchant_id, book.payment.id, 999, "requested_by_customer")
    read_news()

    (notice,) = told(merchant_id, amber, "balance.negative")  # the fees are not given back
    assert "\u2212" in words.say(notice.kind, notice.facts).title


def test_an_outcome_unknown_for_an_hour_is_told_until_it_is_known(till, merchant_id, amber):
    book = till.pay(Outcome("unknown")).book
    assert watching.watch() == 0
    with clock.shifted(timedelta(hours=2)):
        assert watching.watch() == 1
        assert watching.watch() == 0
    (notice,) = told(merchant_id, amber, "payment.stuck")
    assert "19.99 EUR" in words.say(notice.kind, notice.facts).title
    assert queries.unread_count(amber, merchant_id) == 1

    till.hears(book, "payment", Outcome("captured", provider_ref="pi_1"))
    read_news()

    assert queries.unread_count(amber, merchant_id) == 0


def test_a_payment_to_be_captured_within_a_day_is_told(till, merchant_id, amber):
    book = till.pay(Outcome("authorized", provider_ref="pi_1"), capture_method="manual").book
    assert watching.watch() == 0
    left = book.payment.expires_at - clock.now()
    with clock.shifted(left - timedelta(hours=3)):
        assert watching.watch() == 1

    (notice,) = told(merchant_id, amber, "payment.uncaptured")
    assert words.say(notice.kind, notice.facts).title.startswith("Capture 19.99 EUR by ")


def test_an_endpoint_that_fails_for_an_hour_is_told_once(endpoint, merchant_id, amber):
    Endpoint.objects.update(failing_since=clock.now() - timedelta(minutes=61))
    watching.watch()
    watching.watch()

    assert len(told(merchant_id, amber, "webhook_endpoint.failing")) == 1


def test_reading_is_the_persons_own(endpoint, merchant_id, amber, bashir, chiaras_shop):
    disabling.disable(merchant_id, endpoint.id, Endpoint.Reason.GONE)
    read_news()
    (notice,) = told(merchant_id, amber)

    assert services.mark_read(merchant_id, bashir.pk, [notice.shown]) == 0
    assert services.mark_read(chiaras_shop.merchant.id, amber.pk, [notice.shown]) == 0
    assert services.mark_read(merchant_id, amber.pk, [notice.shown]) == 1
    assert queries.unread_count(amber, merchant_id) == 0
    assert queries.unread_count(bashir, merchant_id) == 1


def test_every_kind_that_can_be_told_has_words_and_a_row():
    untold = {"dispute.opened"}  # nothing tells of them yet
    assert words.WORDS.keys() == notices.kinds().keys() - untold


def test_who_left_is_told_nothing(endpoint, merchant_id, bashir):
    bashir.is_active = False
    bashir.save()
    disabling.disable(merchant_id, endpoint.id, Endpoint.Reason.GONE)
    read_news()

    assert not Notice.objects.filter(person_id=bashir.pk).exists()


def test_another_merchants_notices_are_nobodys(chiaras_shop, ambers_shop, amber):
    assert cast.at_the_desk(amber) is not None
    services.tell(
        chiaras_shop.merchant.id, "balance.negative", "", {"currency": "EUR", "amount": -1}, "x"
    )

    assert not Notice.objects.filter(merchant_id=ambers_shop.merchant.id).exists()
    assert not Notice.objects.filter(person_id=amber.pk).exists()


def test_an_export_is_told_to_who_asked_for_it_alone(merchant_id, amber, bashir):
    for action, facts in {
        "export.done": {"rows": 4821, "expires_at": "2026-11-25T10:00:00Z"},
        "export.failed": {"rows": 0, "expires_at": None},
    }.items():
        changes = {"asked_by": ids.show("usr", bashir.pk), **facts}
        audit.record("system", action, "exp_1", merchant_id, changes)
    read_news()

    said = [words.say(one.kind, one.facts).title for one in told(merchant_id, bashir)]
    assert said == ["Your export could not be made", "Your export is ready: 4,821 rows"]
    assert told(merchant_id, amber) == []
