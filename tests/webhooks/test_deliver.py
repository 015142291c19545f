"""From a commit to the merchant's server: signed, once, again when it failed, and never lost."""

import threading
from datetime import UTC, datetime, timedelta
from time import monotonic, sleep

import pytest
from django.db import connection
from standardwebhooks import Webhook

from acquiring.core import chain, clock, ids
from acquiring.core.models import Event
from acquiring.webhooks import dispatch, queries, record, schedule, services
from acquiring.webhooks.fanout import fan_out
from acquiring.webhooks.models import Delivery, DeliveryAttempt, Endpoint
from acquiring.webhooks.sending import perform
from tests.webhooks.conftest import announce

pytestmark = pytest.mark.django_db


def fresh(endpoint):
    return Endpoint.objects.get(pk=endpoint.endpoint.id)


def test_an_event_arrives_signed_and_whole(receiver, endpoint, merchant_id):
    event = announce(merchant_id, amount=1999, note="größer ✓")

    dispatch.look()

    ((path, headers, body, _),) = receiver.got
    assert path == "/hook"
    assert headers["webhook-id"] == ids.show("evt", event.id)
    verified = Webhook(endpoint.secret).verify(body, headers)
    assert verified == {
        "id": ids.show("evt", event.id),
        "type": "payment.captured",
        "created_at": clock.rfc3339(event.created_at),
        "sequence": 1,
        "data": {"object": "payment", "amount": 1999, "note": "größer ✓"},
        "merchant": ids.show("mer", merchant_id),
        "mode": "test",
    }
    (delivery,) = queries.deliveries(merchant_id)
    assert (delivery.status, delivery.tries) == ("succeeded", 1)
    (attempt,) = queries.attempts(merchant_id, delivery.id)
    assert (attempt.status, attempt.response, attempt.error) == (200, "thanks", "")


def test_every_event_arrives_once_at_every_endpoint_that_wants_it(receiver, endpoint, merchant_id):
    for path, types in [("/refunds", ["refund.*"]), ("/one", ["payment.declined", "payout.*"])]:
        services.create_endpoint(merchant_id, receiver.url + path, "system", types)
    for type in ("payment.captured", "refund.created", "payment.declined", "refund.succeeded"):
        announce(merchant_id, type)

    dispatch.look()
    dispatch.look()

    assert sorted(one["sequence"] for one in receiver.bodies("/hook")) == [1, 2, 3, 4]
    types = sorted(one["type"] for one in receiver.bodies("/refunds"))
    assert types == ["refund.created", "refund.succeeded"]
    assert [one["type"] for one in receiver.bodies("/one")] == ["payment.declined"]


def test_another_merchants_events_go_elsewhere(receiver, endpoint, chiaras_shop):
    announce(chiaras_shop.merchant.id)

    dispatch.look()

    assert receiver.got == []


def test_an_endpoint_hears_only_what_happened_since_it_was_made(receiver, merchant_id):
    announce(merchant_id, "payment.created")
    chain.seal(chain.EVENTS, merchant_id)
    services.create_endpoint(merchant_id, receiver.url, "system")
    announce(merchant_id, "payment.captured")

    dispatch.look()

    assert [one["type"] for one in receiver.bodies()] == ["payment.captured"]


def test_a_failed_delivery_comes_back_under_the_same_id(receiver, endpoint, merchant_id):
    receiver.answer = lambda path: 503 if len(receiver.got) < 3 else 204
    announce(merchant_id)

    dispatch.look()
    dispatch.look()
    assert len(receiver.got) == 1
    with clock.shifted(timedelta(seconds=6)):
        dispatch.look()
    with clock.shifted(timedelta(seconds=40)):
        dispatch.look()

    assert len({headers["webhook-id"] for _, headers, _, _ in receiver.got}) == 1
    assert len({body for _, _, body, _ in receiver.got}) == 1
    (delivery,) = queries.deliveries(merchant_id)
    assert (delivery.status, delivery.tries) == ("succeeded", 3)
    statuses = [one.status for one in queries.attempts(merchant_id, delivery.id)]
    assert statuses == [204, 503, 503]


def test_delays_grow_over_three_days_and_differ_between_deliveries():
    start = now = datetime(2026, 11, 1, tzinfo=UTC)
    delivery, tries, gaps = ids.new(), 1, []
    while later := schedule.next_try(delivery, tries, now):
        gaps.append((later - now).total_seconds())
        now, tries = later, tries + 1

    assert gaps == sorted(gaps)
    assert gaps[0] < 6
    assert timedelta(days=3) <= now - start <= timedelta(days=3.5)
    firsts = {schedule.next_try(ids.new(), 5, start) for _ in range(20)}
    assert len(firsts) > 10
    assert schedule.next_try(delivery, 5, start) == schedule.next_try(delivery, 5, start)


def test_three_days_of_failures_disable_the_endpoint(receiver, endpoint, merchant_id):
    other = services.create_endpoint(merchant_id, f"{receiver.url}/ok", "system")
    receiver.answer = lambda path: 500 if path == "/hook" else 200
    announce(merchant_id)
    ahead = timedelta()
    for _ in range(len(schedule.DELAYS_SECONDS) + 1):
        with clock.shifted(ahead):
            dispatch.look()
        (delivery,) = queries.deliveries(
            merchant_id,
            endpoint=ids.show("we", endpoint.endpoint.id),
            event=ids.show("evt", first_event(merchant_id)),
        )
        if delivery.status != "pending":
            break
        ahead = delivery.next_at - clock.now() + timedelta(seconds=1)
    with clock.shifted(ahead):
        dispatch.look()

    assert (fresh(endpoint).status, fresh(endpoint).reason) == ("disabled", "failing")
    told = [one for one in receiver.bodies("/ok") if one["type"] == "webhook_endpoint.disabled"]
    assert told[0]["data"]["disabled_reason"] == "failing"
    assert fresh(other).status == "enabled"


def first_event(merchant_id):
    return Event.objects.filter(merchant_id=merchant_id).order_by("id")[0].id


def test_an_endpoint_that_is_gone_is_disabled_at_once(receiver, endpoint, merchant_id):
    receiver.answer = lambda path: 410
    announce(merchant_id)
    announce(merchant_id)

    dispatch.look()

    assert (fresh(endpoint).status, fresh(endpoint).reason) == ("disabled", "gone")
    assert {one.status for one in queries.deliveries(merchant_id)} == {"abandoned"}
    announce(merchant_id)
    sent = len(receiver.got)
    dispatch.look()
    assert len(receiver.got) == sent


def test_one_success_ends_a_bad_time(receiver, endpoint, merchant_id):
    receiver.answer = lambda path: 500
    announce(merchant_id)
    dispatch.look()
    assert fresh(endpoint).failing_since is not None

    receiver.answer = lambda path: 200
    announce(merchant_id)
    dispatch.look()

    assert fresh(endpoint).failing_since is None


def test_a_redirect_is_not_followed(receiver, endpoint, merchant_id):
    receiver.answer = lambda path: (302, {"location": f"{receiver.url}/elsewhere"})
    announce(merchant_id)

    dispatch.look()

    assert [path for path, *_ in receiver.got] == ["/hook"]
    (delivery,) = queries.deliveries(merchant_id)
    assert queries.attempts(merchant_id, delivery.id)[0].error == "answered 302"


def test_silence_and_odd_answers_are_kept_as_they_are(receiver, endpoint, merchant_id):
    receiver.answer = lambda path: (400, {"body": b"\0\xff" + b"x" * 5000})
    announce(merchant_id)
    dispatch.look()
    (delivery,) = queries.deliveries(merchant_id)
    assert len(queries.attempts(merchant_id, delivery.id)[0].response) == 1000

    Endpoint.objects.filter(pk=endpoint.endpoint.id).update(url="http://127.0.0.1:1/")
    with clock.shifted(timedelta(seconds=6)):
        dispatch.look()

    last = queries.attempts(merchant_id, delivery.id)[0]
    assert last.status is None
    assert last.error


def test_a_private_address_is_refused_at_connect_time_too(
    receiver, endpoint, merchant_id, settings
):
    settings.ALLOW_PRIVATE_ENDPOINTS = False
    announce(merchant_id)

    dispatch.look()

    assert receiver.got == []
    (delivery,) = queries.deliveries(merchant_id)
    assert "no public address" in queries.attempts(merchant_id, delivery.id)[0].error


def test_slow_endpoints_delay_nobody_else(receiver, merchant_id):
    slow = [
        services.create_endpoint(merchant_id, f"{receiver.url}/slow{number}", "system").endpoint.id
        for number in range(3)
    ]
    Endpoint.objects.filter(pk__in=slow).update(failing_since=clock.now())
    services.create_endpoint(merchant_id, f"{receiver.url}/prompt", "system")
    receiver.answer = lambda path: sleep(4) or 200 if path.startswith("/slow") else 200
    for _ in range(10):
        announce(merchant_id)

    started = monotonic()
    dispatch.look()

    prompt = [at - started for path, _, _, at in receiver.got if path == "/prompt"]
    assert len(prompt) == 10
    assert max(prompt) < 4, "none waited for a slow one, on however busy a machine"


def test_a_message_whose_sender_died_is_sent_again_after_its_lease(receiver, endpoint, merchant_id):
    announce(merchant_id)
    chain.seal(chain.EVENTS, merchant_id)
    fan_out()
    (job,) = dispatch.claim(endpoint.endpoint, 5)
    perform(job)  # and the process is gone before it could say so

    dispatch.look()
    assert len(receiver.got) == 1
    with clock.shifted(schedule.LEASE + timedelta(seconds=1)):
        dispatch.look()

    first, second = (headers["webhook-id"] for _, headers, _, _ in receiver.got)
    assert first == second
    assert queries.deliveries(merchant_id)[0].status == "succeeded"


def test_what_a_late_sender_reports_does_not_undo_a_replay(receiver, endpoint, merchant_id):
    announce(merchant_id)
    chain.seal(chain.EVENTS, merchant_id)
    fan_out()
    (job,) = dispatch.claim(endpoint.endpoint, 5)
    result = perform(job)
    services.replay(merchant_id, ids.show("del", job.delivery_id), "system")

    record.results([result])

    assert queries.deliveries(merchant_id)[0].status == "pending"
    assert DeliveryAttempt.objects.filter(delivery_id=job.delivery_id).count() == 1


def test_a_run_has_an_end_and_awaits_what_is_under_way(
    receiver, endpoint, merchant_id, monkeypatch
):
    monkeypatch.setattr(dispatch, "RUN_SECONDS", 0.5)
    asked = []
    monkeypatch.setattr(dispatch.wake, "look", asked.append)
    receiver.answer = lambda path: sleep(1) or 200
    announce(merchant_id)

    dispatch.look()

    assert queries.deliveries(merchant_id)[0].status == "succeeded"
    assert asked == ["acquiring.webhooks.tasks.deliver"]


def test_a_look_during_a_look_is_not_lost(receiver, endpoint, merchant_id, monkeypatch):
    looks = []
    monkeypatch.setattr(
        dispatch.Run, "work", lambda self, deadline: looks.append(look_again()) or True
    )

    def look_again():
        if not looks and dispatch._looked.is_set():
            dispatch._looked.clear()
            dispatch.look()  # refused, since this one has the turn
        else:
            dispatch._looked.clear()

    dispatch.look()

    assert len(looks) == 2


@pytest.mark.django_db(transaction=True)
def test_workers_that_fan_out_at_once_make_each_delivery_once(receiver, endpoint, merchant_id):
    for _ in range(60):
        announce(merchant_id)
    chain.seal(chain.EVENTS, merchant_id)

    def work():
        for _ in range(5):
            fan_out()
        connection.close()

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert Delivery.objects.filter(merchant_id=merchant_id).count() == 60
