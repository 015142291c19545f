"""Fixtures for every room: the cast and its shops, and a process that remembers nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from django.conf import settings
from django.core.cache import cache
from django.test import override_settings
from django.utils import translation
from hypothesis import HealthCheck
from hypothesis import settings as property_tests
from whitenoise.middleware import WhiteNoiseMiddleware
from whitenoise.responders import Redirect, StaticFile

from acquiring.core.memory import forget_everything
from merchants import services
from merchants.models import User
from tests import cast
from tests.browser.chromium import browser, one_browser  # noqa: F401 (fixtures)
from tests.sandbox_process import inbox, sandbox, sandbox_process  # noqa: F401 (fixtures)

KEY_PAIRS = 8

# How quickly values are made says something about the machine only.
property_tests.register_profile("patient", suppress_health_check=[HealthCheck.too_slow])
property_tests.load_profile("patient")


def pytest_configure() -> None:
    """What is collected may serve already, and WhiteNoise warns of a directory that is not."""
    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What mostly waits, and for long, is begun first: nobody waits for it at the end."""
    items.sort(key=lambda item: item.get_closest_marker("crash") is None)


@pytest.fixture(autouse=True)
def _fresh_memory() -> Iterator[None]:
    """What one test made this process remember is no news to the next."""
    forget_everything()
    cache.clear()
    translation.deactivate()
    yield
    forget_everything()


@pytest.fixture(autouse=True, scope="session")
def _as_in_production() -> Iterator[None]:
    """Argon2 is slow on purpose, and the cast logs in too often for that; what a developer's
    installation allows beyond production is asked for by the tests that need it."""
    quick = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    with override_settings(
        PASSWORD_HASHERS=quick,
        ALLOW_PRIVATE_ENDPOINTS=False,
        STORE_CALLS=False,
        ONBOARDING_SERVICES_URL="",
        SCREENING_REHEARSAL=False,
    ):
        yield


@pytest.fixture(autouse=True, scope="session")
def _static_files_are_listed_once() -> Iterator[None]:
    """Every test client builds the middleware anew; what lies in the tree is the same for all."""
    listed: dict[str, StaticFile | Redirect] = {}
    add_files = WhiteNoiseMiddleware.add_files_from_finders

    def add_listed_files(self: WhiteNoiseMiddleware) -> None:
        if not listed:
            add_files(self)
            listed.update(self.files)
        self.files.update(listed)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(WhiteNoiseMiddleware, "add_files_from_finders", add_listed_files)
        yield


@pytest.fixture(autouse=True, scope="session")
def _few_key_pairs() -> Iterator[None]:
    """Large primes take a while to find; among eight pairs nobody has a neighbour's."""
    find = rsa.generate_private_key
    kept: dict[int, list[rsa.RSAPrivateKey]] = defaultdict(list)

    def find_or_reuse(public_exponent: int, key_size: int) -> rsa.RSAPrivateKey:
        keys = kept[key_size]
        keys.append(keys.pop(0) if len(keys) == KEY_PAIRS else find(public_exponent, key_size))
        return keys[-1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rsa, "generate_private_key", find_or_reuse)
        yield


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
