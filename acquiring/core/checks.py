"""`manage.py check`: a configuration that cannot be right is refused with the variable's name."""

from __future__ import annotations

import base64
import binascii
import ipaddress
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Error, Warning
from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string

MASTER_KEY_BYTES = 32


@checks.register()
def configuration(app_configs: Any, **options: Any) -> list[CheckMessage]:
    """Everything that the environment decides."""
    return [*_keys(), *_addresses(), *_services()]


@checks.register()
def tables(app_configs: Any, **options: Any) -> list[CheckMessage]:
    """The rooms' own data, by the functions that settings.TABLE_CHECKS names."""
    return [
        Error(fault, hint=name, id="caravel.E010")
        for name in settings.TABLE_CHECKS
        for fault in import_string(name)()
    ]


def _keys() -> Iterator[CheckMessage]:
    if _length_of_secret_key() < 50:
        yield Error(
            "CARAVEL_SECRET_KEY is empty or shorter than 50 characters.",
            hint="python3 -c 'import secrets; print(secrets.token_urlsafe(50))'",
            id="caravel.E001",
        )
    named = [("CARAVEL_MASTER_KEY", settings.MASTER_KEY)]
    retired = [key for key in settings.MASTER_KEYS_RETIRED.split(",") if key]
    for name, key in [*named, *(("CARAVEL_MASTER_KEYS_RETIRED", key) for key in retired)]:
        if _length(key) != MASTER_KEY_BYTES:
            yield Error(
                f"{name} is not the Base64 of {MASTER_KEY_BYTES} bytes.",
                hint="openssl rand -base64 32",
                id="caravel.E002",
            )


def _addresses() -> Iterator[CheckMessage]:
    base = urlsplit(settings.BASE_URL)
    if base.scheme not in {"http", "https"} or not base.hostname or base.query or base.fragment:
        yield Error(
            "CARAVEL_BASE_URL is not an absolute http or https URL.",
            hint="For example https://pay.example.com",
            id="caravel.E003",
        )
        return
    if base.scheme == "http" and not _is_local(base.hostname):
        yield Error(
            "CARAVEL_BASE_URL is plain http on an address that is not this machine's.",
            hint="Put TLS in front and name the https URL.",
            id="caravel.E004",
        )
    if base.scheme == "https" and settings.DEBUG:
        yield Error("CARAVEL_DEBUG is on for an https CARAVEL_BASE_URL.", id="caravel.E005")
    if base.scheme == "https" and settings.ALLOW_PRIVATE_ENDPOINTS:
        yield Error(
            "CARAVEL_ALLOW_PRIVATE_ENDPOINTS is on for an https CARAVEL_BASE_URL.",
            hint="It lets merchants reach into your network; it is for development.",
            id="caravel.E006",
        )
    if base.scheme == "https" and settings.SCREENING_REHEARSAL:
        yield Error(
            "CARAVEL_SCREENING_REHEARSAL is on for an https CARAVEL_BASE_URL.",
            hint="It compares live businesses with a list of nobody real; load the real ones.",
            id="caravel.E011",
        )


def _services() -> Iterator[CheckMessage]:
    if not settings.CELERY_BROKER_URL:
        yield Warning(
            "CELERY_BROKER_URL is empty: nothing wakes the worker.",
            hint="redis://… or amqp://…; `make run` starts its own.",
            id="caravel.W001",
        )
    if not settings.DATABASE_URL:
        yield Warning(
            "DATABASE_URL is empty: the local server's database caravel is used.",
            hint="postgresql://user:password@host:port/name",
            id="caravel.W002",
        )
    if settings.SECURE and not settings.METRICS_TOKEN:
        yield Warning(
            "CARAVEL_METRICS_TOKEN is empty: /metrics answers this machine only.",
            id="caravel.W003",
        )


def _length_of_secret_key() -> int:
    try:
        return len(settings.SECRET_KEY)
    except ImproperlyConfigured:  # Django's way to say that it is empty
        return 0


def _length(key: str) -> int:
    try:
        return len(base64.b64decode(key, validate=True))
    except (binascii.Error, ValueError):
        return -1


def _is_local(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
