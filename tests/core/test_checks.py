"""`manage.py check` refuses what cannot be right, and names the variable."""

import base64

import pytest

from acquiring.core import checks

GOOD = {
    "SECRET_KEY": "s" * 50,
    "MASTER_KEY": base64.b64encode(bytes(32)).decode(),
    "MASTER_KEYS_RETIRED": "",
    "BASE_URL": "https://pay.example.com",
    "DEBUG": False,
    "ALLOW_PRIVATE_ENDPOINTS": False,
    "CELERY_BROKER_URL": "redis://127.0.0.1/0",
    "DATABASE_URL": "postgresql:///caravel",
    "SECURE": True,
    "METRICS_TOKEN": "t" * 32,
}


def found(settings, **changes):
    for name, value in {**GOOD, **changes}.items():
        setattr(settings, name, value)
    return [message.id for message in checks.configuration(None)]


def test_a_production_configuration_passes(settings):
    assert found(settings) == []


def test_the_development_configuration_passes(settings):
    local = {"BASE_URL": "http://127.0.0.1:8000", "SECURE": False, "ALLOW_PRIVATE_ENDPOINTS": True}

    assert found(settings, **local, DEBUG=True, METRICS_TOKEN="") == []


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"SECRET_KEY": ""}, "E001"),
        ({"SECRET_KEY": "short"}, "E001"),
        ({"MASTER_KEY": ""}, "E002"),
        ({"MASTER_KEY": "!!!"}, "E002"),
        ({"MASTER_KEY": base64.b64encode(bytes(16)).decode()}, "E002"),
        ({"MASTER_KEYS_RETIRED": "abc"}, "E002"),
        ({"BASE_URL": "pay.example.com"}, "E003"),
        ({"BASE_URL": "ftp://pay.example.com"}, "E003"),
        ({"BASE_URL": "http://pay.example.com"}, "E004"),
        ({"BASE_URL": "http://192.168.1.5"}, "E004"),
        ({"DEBUG": True}, "E005"),
        ({"ALLOW_PRIVATE_ENDPOINTS": True}, "E006"),
        ({"SCREENING_REHEARSAL": True}, "E011"),
        ({"CELERY_BROKER_URL": ""}, "W001"),
        ({"DATABASE_URL": ""}, "W002"),
        ({"METRICS_TOKEN": ""}, "W003"),
    ],
)
def test_a_misconfiguration_is_named(settings, changes, message):
    assert found(settings, **changes) == [f"caravel.{message}"]


def test_faults_of_the_rooms_own_tables_are_errors(settings):
    settings.TABLE_CHECKS = ["tests.core.test_checks.faulty"]

    (error,) = checks.tables(None)

    assert (error.id, error.msg) == ("caravel.E010", "methods/card.toml: no name")


def faulty():
    return ["methods/card.toml: no name"]
