"""A merchant whose news is read and whose letters are sent when a test says so."""

from __future__ import annotations

import pytest

from acquiring.core import chain
from acquiring.notices import posting, reading
from tests.payments.conftest import provider, till  # noqa: F401 (fixtures)


@pytest.fixture
def merchant_id(ambers_shop):
    read_news()  # of the first day, before others join
    return ambers_shop.merchant.id


def read_news() -> int:
    """Seal what happened and tell people of it."""
    for one in chain.declared():
        chain.seal_everything(one)
    return reading.read_everything()


def send_letters() -> int:
    """Send what is due."""
    return posting.send_due()
