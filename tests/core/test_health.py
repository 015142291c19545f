"""Alive, ready, counted: what monitoring asks."""

import pytest
from django.db import OperationalError
from django.test import RequestFactory

from acquiring.core import health, ids, metrics, outbox

factory = RequestFactory()


@pytest.fixture
def broker(monkeypatch):
    monkeypatch.setitem(health.PARTS, "broker", lambda: None)


def test_a_process_that_answers_is_alive():
    assert health.healthz(factory.get("/healthz")).status_code == 200


@pytest.mark.django_db
def test_it_is_ready_when_every_part_is(broker):
    response = health.readyz(factory.get("/readyz"))

    assert response.status_code == 200
    assert response.content == (
        b'{"status": "ready", "parts": {"database": "ok", "migrations": "ok", "broker": "ok"}}'
    )


@pytest.mark.django_db
@pytest.mark.parametrize("part", ["database", "migrations", "broker"])
def test_the_missing_part_is_named(broker, monkeypatch, part):
    def fail():
        raise OperationalError("no answer")

    monkeypatch.setitem(health.PARTS, part, fail)

    response = health.readyz(factory.get("/readyz"))

    assert response.status_code == 503
    assert f'"{part}": "OperationalError: no answer"'.encode() in response.content


@pytest.mark.django_db
def test_an_absent_broker_is_noticed_quickly(settings, monkeypatch):
    from acquiring.celery import app

    monkeypatch.setattr(app.conf, "broker_write_url", "redis://127.0.0.1:1/0")

    with pytest.raises(Exception, match="refused"):
        health._broker()


@pytest.mark.django_db
def test_the_backlog_is_computed_at_the_scrape(settings):
    settings.METRICS_TOKEN = ""
    outbox.announce(ids.new(), "payment.captured", "pay_1", {})
    metrics.count("payment_outcome", provider="stripe", state="captured")

    text = health.metrics_page(factory.get("/metrics")).content.decode()

    assert "caravel_outbox_unsealed 1.0" in text
    assert 'caravel_payment_outcome_total{provider="stripe",state="captured"}' in text


def test_only_this_machine_scrapes_without_a_token(settings):
    settings.METRICS_TOKEN = ""

    assert health._may_scrape(factory.get("/metrics"))
    assert not health._may_scrape(factory.get("/metrics", REMOTE_ADDR="192.0.2.1"))
    assert not health._may_scrape(factory.get("/metrics", headers={"X-Forwarded-For": "192.0.2.1"}))


def test_a_token_opens_the_metrics_from_anywhere(settings):
    settings.METRICS_TOKEN = "correct-horse"
    right, wrong = ({"Authorization": f"Bearer {token}"} for token in ("correct-horse", "guess"))

    assert health._may_scrape(factory.get("/metrics", REMOTE_ADDR="192.0.2.1", headers=right))
    assert not health._may_scrape(factory.get("/metrics", headers=wrong))
    assert not health._may_scrape(factory.get("/metrics"))


def test_a_counter_nobody_declared_is_a_mistake():
    with pytest.raises(KeyError):
        metrics.count("surprise")
