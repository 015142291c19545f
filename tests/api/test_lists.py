"""A page of a list, cut by when its rows were made."""

from __future__ import annotations

from datetime import timedelta

import pytest

from acquiring.api import lists
from acquiring.connectors.driver import Outcome
from acquiring.core import clock
from acquiring.payments import queries
from tests.payments.conftest import provider, till  # noqa: F401 (fixtures)

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("mode", ["test", "live"])
def test_a_span_of_time_finds_the_same_by_ids_and_by_times(till, mode):  # noqa: F811
    first, second = (till.pay(Outcome("captured")).book.payment for _ in range(2))

    def found(**bounds):
        page = lists.DatedPage(**bounds)
        rows, _more = lists.cut(queries.payments(till.id), page, "pay", mode)
        return [row.id for row in rows]

    assert found(created_gte=first.created_at) == [second.id, first.id]
    assert found(created_gt=first.created_at) == [second.id]
    assert found(created_lt=second.created_at) == [first.id]
    assert found(created_lte=second.created_at) == [second.id, first.id]
    assert found(created_gt=clock.now() + timedelta(hours=1)) == []
    assert found(created_lt=clock.now() - timedelta(hours=1)) == []
