"""Fixtures for every room: the cast and its shops, and a process that remembers nothing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from acquiring.core.memory import forget_everything
from merchants import services
from merchants.models import User
from tests import cast


@pytest.fixture(autouse=True)
def _fresh_memory() -> Iterator[None]:
    """What one test made this process remember is no news to the next."""
    forget_everything()
    yield
    forget_everything()


@pytest.fixture
def amber(db: None) -> User:
    return cast.person("Amber")


@pytest.fixture
def ambers_shop(amber: User) -> cast.Shop:
    return cast.shop(amber, "Amber Lamps")


@pytest.fixture
def bashir(ambers_shop: cast.Shop) -> User:
    """Works at Amber's as a developer."""
    user = cast.person("Bashir")
    services.add_member(
        ambers_shop.business, user, "developer", services.user_actor(ambers_shop.owner)
    )
    return user


@pytest.fixture
def chiara(db: None) -> User:
    return cast.person("Chiara")


@pytest.fixture
def chiaras_shop(chiara: User) -> cast.Shop:
    return cast.shop(chiara, "Chiara Ceramica", "IT")
