"""A look is cheap, debounced, and never anybody's problem."""

import threading
from time import monotonic, sleep

from acquiring.celery import app
from acquiring.core import wake


def wait_for(condition, seconds=5):
    until = monotonic() + seconds
    while not condition():
        assert monotonic() < until, "it did not happen in time"
        sleep(0.005)


def test_many_looks_become_few_messages(monkeypatch):
    sent = []
    monkeypatch.setattr(app, "send_task", lambda name, **_: sent.append((name, monotonic())))
    messenger = wake.Messenger()

    until = monotonic() + 0.5
    while monotonic() < until:
        messenger.look("tasks.one")
        messenger.look("tasks.two")

    wait_for(lambda: len(sent) >= 4)
    assert 2 <= len([name for name, _ in sent if name == "tasks.one"]) <= 8


def test_the_last_look_is_never_swallowed(monkeypatch):
    sent = []
    monkeypatch.setattr(app, "send_task", lambda name, **_: sent.append(name))
    messenger = wake.Messenger()
    messenger.look("tasks.last")
    wait_for(lambda: sent.count("tasks.last") == 1)

    messenger.look("tasks.last")

    wait_for(lambda: sent.count("tasks.last") == 2)


def test_a_broker_that_hangs_or_fails_delays_nobody(monkeypatch):
    calls, release = [], threading.Event()

    def hang(name, **_):
        calls.append(name)
        release.wait(5)
        raise ConnectionError("no broker")

    monkeypatch.setattr(app, "send_task", hang)
    messenger = wake.Messenger()

    started = monotonic()
    for _ in range(1000):
        messenger.look("tasks.one")
    assert monotonic() - started < 0.5

    wait_for(lambda: calls)
    release.set()
    messenger.look("tasks.one")
    wait_for(lambda: len(calls) >= 2)


def test_without_a_broker_nothing_is_sent(monkeypatch, settings):
    settings.CELERY_BROKER_URL = ""
    monkeypatch.setattr(wake._messenger, "look", lambda task: 1 / 0)

    wake.look("tasks.one")
