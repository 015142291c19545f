"""Onboarding as in the sandbox: its services simulated over HTTP, its work done when asked."""

from __future__ import annotations

from functools import lru_cache

import pytest

from merchants.kyc.checks.records import Screened
from merchants.onboarding import documents, names, working
from merchants.onboarding.models import Application
from merchants.onboarding.papers import apart, reader
from tests import cast
from tests.sandbox_process import Sandbox


@pytest.fixture
def services(sandbox: Sandbox, settings) -> Sandbox:
    """The simulated services, running."""
    settings.ONBOARDING_SERVICES_URL = f"{sandbox.url}/onboarding"
    settings.ONBOARDING_SERVICES_TOKEN = sandbox.token
    return sandbox


@pytest.fixture(scope="module")
def _one_sheet():
    """The same picture is read apart once, as every paper of the tests here is the same."""
    read = lru_cache(documents.apart.read)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(documents.apart, "read", read)
        yield


@pytest.fixture
def screened(monkeypatch):
    """The watch lists are another room's: here everybody is clear but one."""

    def screen(application, facts):
        paths = {"company": facts.company.legal_name}
        paths |= {f"people.{one.id}": one.name for one in facts.people}
        return {
            path: Screened(result="possible" if "Gelistet" in name else "clear")
            for path, name in paths.items()
        }

    monkeypatch.setattr(names, "screen", screen)


@pytest.fixture
def shop(amber):
    """A fresh business of a country, under a name that the simulators know."""

    def opened(name: str = "Testco Lamps", country: str = "SG") -> cast.Shop:
        return cast.shop(amber, name, country)

    return opened


def judged(application: Application) -> Application:
    """The application after a worker has looked."""
    working.work()
    application.refresh_from_db()
    return application


@pytest.fixture
def _near(monkeypatch):
    """Papers are read in this process: starting one for each would take the tests' time."""

    def ask(question, content):
        facts, picture = reader.answer(question, content)
        return dict(facts), picture

    monkeypatch.setattr(apart, "_ask", ask)
