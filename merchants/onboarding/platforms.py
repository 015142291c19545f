"""Platforms: merchants that open applications for businesses of their own, by the API."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.db import transaction

from acquiring.core import clock
from acquiring.core.errors import Problem
from merchants import services
from merchants.onboarding import applying
from merchants.onboarding.models import Application

MOST_A_DAY = 500  # of one platform: each opens a business with a sandbox
LONGEST_REFERENCE = 80


@transaction.atomic
def open_business(
    merchant_id: UUID, mode: str, actor: str, name: str, country: str, reference: str = ""
) -> Application:
    """Open a business and its application. Raises Problem naming a field, and `rate_limited`."""
    if len(reference) > LONGEST_REFERENCE:
        rule = f"A reference has at most {LONGEST_REFERENCE} characters."
        raise Problem("invalid_field", rule, "reference")
    since = clock.now() - timedelta(days=1)
    today = Application.objects.filter(platform_id=merchant_id, created_at__gt=since)
    if today.count() >= MOST_A_DAY:
        raise Problem("rate_limited", f"A platform opens {MOST_A_DAY} businesses a day.")
    business = services.open_business(name, country, actor)
    return applying.open_for(business, mode, actor, merchant_id, reference)
