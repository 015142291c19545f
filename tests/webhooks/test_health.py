"""How an endpoint is doing, what a bulk replay would send, and the end of an old secret."""

from __future__ import annotations

from datetime import timedelta

import pytest

from acquiring.core import clock, ids
from acquiring.core.errors import Problem
from acquiring.webhooks import dispatch, health, queries, secrets, services
from tests.webhooks.conftest import announce

pytestmark = pytest.mark.django_db(transaction=True)


def of(merchant_id, endpoint):
    rows = list(queries.endpoints(merchant_id))
    return health.of(merchant_id, rows)[endpoint.endpoint.id]


def shown(endpoint):
    return ids.show("we", endpoint.endpoint.id)


def test_an_endpoint_nobody_needed_yet_is_idle(merchant_id, endpoint):
    assert (of(merchant_id, endpoint).word, of(merchant_id, endpoint).rate) == ("idle", "")


def test_one_that_takes_everything_is_healthy(merchant_id, endpoint):
    announce(merchant_id)
    dispatch.look()

    found = of(merchant_id, endpoint)
    assert (found.word, found.delivered, found.rate) == ("healthy", 1, "100.0")


def test_one_that_fails_says_since_when_and_how(merchant_id, endpoint, receiver):
    receiver.answer = lambda path: 503
    announce(merchant_id)
    dispatch.look()

    found = of(merchant_id, endpoint)
    assert (found.word, found.retrying, found.rate) == ("failing", 1, "0.0")
    assert found.last_failure.error == "answered 503"
    assert found.failing_since is not None


def test_a_disabled_one_is_not_called_sick(merchant_id, endpoint):
    services.disable_endpoint(merchant_id, shown(endpoint), "system")

    assert of(merchant_id, endpoint).word == "disabled"


def test_a_try_knows_when_it_was_signed(merchant_id, endpoint, receiver):
    announce(merchant_id)
    dispatch.look()

    delivery = queries.deliveries(merchant_id).get()
    (attempt,) = queries.attempts(merchant_id, delivery.id)
    headers = receiver.got[0][1]
    assert headers["webhook-timestamp"] == str(int(attempt.sent_at.timestamp()))


def test_the_count_before_a_replay_is_the_replays_own(merchant_id, endpoint, receiver):
    receiver.answer = lambda path: 410 if path == "/hook" else 200
    began = clock.now()
    announce(merchant_id)
    dispatch.look()
    services.enable_endpoint(merchant_id, shown(endpoint), "system")
    receiver.answer = lambda path: 200
    span = {"since": began, "until": clock.now() + timedelta(seconds=1)}
    early = {"since": began - timedelta(hours=2), "until": began - timedelta(hours=1)}

    assert services.count_missed(merchant_id, shown(endpoint), **early) == 0
    count = services.count_missed(merchant_id, shown(endpoint), **span)
    assert count == services.replay_since(merchant_id, shown(endpoint), actor="system", **span) > 0
    dispatch.look()
    assert services.count_missed(merchant_id, shown(endpoint), **span) == 0


def test_an_old_secret_can_be_ended_before_its_time(merchant_id, endpoint):
    services.rotate_secret(merchant_id, shown(endpoint), "system")
    assert len(secrets.in_force(queries.endpoint(merchant_id, shown(endpoint)))) == 2

    services.end_previous_secret(merchant_id, shown(endpoint), "system")

    assert len(secrets.in_force(queries.endpoint(merchant_id, shown(endpoint)))) == 1
    with pytest.raises(Problem, match="only one secret"):
        services.end_previous_secret(merchant_id, shown(endpoint), "system")
