"""Words of the business details in the reader's language."""

from __future__ import annotations

from django.utils.translation import get_language

from acquiring.core.errors import Problem
from acquiring.portal import tables
from merchants.kyc.industries import Industry
from merchants.onboarding.saying import say

__all__ = ["line", "refused", "say"]


def line(row: Industry) -> str:
    """What a line of business is called in the language that is active."""
    return row.named(get_language() or "en")


def refused(problem: Problem) -> str:
    """Why something was not taken: the sentence itself where it can be said, else its code's."""
    told = say(problem.message)
    return told if told != problem.message else tables.refusal(problem)
