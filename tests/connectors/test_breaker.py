"""When a provider is left alone, and for how long."""

from __future__ import annotations

import pytest

from acquiring.connectors.breaker import MILLISECOND, Breaker, Bulkhead


class Clock:
    def __init__(self) -> None:
        self.nanoseconds = 0

    def __call__(self) -> int:
        return self.nanoseconds

    def passes(self, milliseconds: int) -> None:
        self.nanoseconds += milliseconds * MILLISECOND


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def breaker(clock):
    return Breaker(clock, failures=3, open_milliseconds=1_000, longest_open_milliseconds=3_000)


def fail(breaker: Breaker, times: int) -> None:
    for _ in range(times):
        assert breaker.admit()
        breaker.failed()


def test_some_failures_are_life(breaker):
    fail(breaker, 2)
    breaker.succeeded()
    fail(breaker, 2)

    assert breaker.admit()


def test_failures_in_a_row_open_it(breaker, clock):
    fail(breaker, 3)

    assert not breaker.admit()
    clock.passes(999)
    assert not breaker.admit()


def test_one_probe_decides(breaker, clock):
    fail(breaker, 3)
    clock.passes(1_000)

    assert breaker.admit()
    assert not breaker.admit()
    breaker.succeeded()
    assert breaker.admit()
    assert breaker.admit()


def test_it_stays_open_longer_each_time_up_to_a_limit(breaker, clock):
    fail(breaker, 3)

    for pause in (1_000, 2_000, 3_000, 3_000):
        clock.passes(pause - 1)
        assert not breaker.admit()
        clock.passes(1)
        fail(breaker, 1)


def test_after_a_success_it_is_patient_again(breaker, clock):
    fail(breaker, 3)
    clock.passes(1_000)
    fail(breaker, 1)
    clock.passes(2_000)
    assert breaker.admit()
    breaker.succeeded()
    fail(breaker, 3)
    clock.passes(1_000)

    assert breaker.admit()


def test_late_news_from_before_the_opening_changes_nothing(breaker):
    assert breaker.admit()
    fail(breaker, 3)
    breaker.succeeded()
    breaker.failed()

    assert not breaker.admit()


def test_a_bulkhead_turns_away_the_one_too_many():
    bulkhead = Bulkhead(2)

    assert [bulkhead.enter(), bulkhead.enter(), bulkhead.enter()] == [True, True, False]
    bulkhead.leave()
    assert bulkhead.enter()
