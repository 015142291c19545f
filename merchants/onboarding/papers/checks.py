"""What `manage.py check` asks of the tables about papers, and of the scanner's address."""

from __future__ import annotations

from django.conf import settings

from acquiring import catalogue
from merchants.onboarding import reasons
from merchants.onboarding.papers import retention


def check() -> list[str]:
    """A line per fault of `retention.toml`, `reasons.toml` and CARAVEL_DOCUMENT_SCANNER."""
    faults: list[str] = []
    try:
        faults += _retention()
        reasons.table()
    except ValueError as error:
        faults.append(str(error))
    scanner = settings.DOCUMENT_SCANNER
    host, _, port = scanner.rpartition(":")
    if scanner and not (host and port.isdigit() and 0 < int(port) < 65536):
        faults.append("CARAVEL_DOCUMENT_SCANNER is not host:port, such as clamd.internal:3310.")
    return faults


def _retention() -> list[str]:
    table = retention.table()
    named = [
        ("everywhere", table.years),
        *((key, row.years) for key, row in table.countries.items()),
    ]
    faults = [f"retention.toml: {where}: {years} years" for where, years in named if years < 5]
    unknown = sorted(table.countries.keys() - catalogue.countries().keys())
    faults += [f"retention.toml: there is no country {country}" for country in unknown]
    if not 1 <= table.draft_days <= 365:
        faults.append("retention.toml: draft_days is 1 to 365")
    return faults
