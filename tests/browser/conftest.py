"""A shop with one of everything, and its owner's cookie."""

from __future__ import annotations

import pytest
from django.test import Client

from tests import cast
from tests.browser import shelf
from tests.payments.conftest import provider, till  # noqa: F401 (fixtures)


@pytest.fixture
def things(till, settings) -> shelf.Parts:  # noqa: F811
    """One of everything that an address may name, in Amber's shop."""
    settings.ALLOW_PRIVATE_ENDPOINTS = True
    return shelf.fill(till)


@pytest.fixture
def owner(ambers_shop) -> Client:
    """Amber, logged in."""
    return cast.at_the_desk(ambers_shop.owner)
