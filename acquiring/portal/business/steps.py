"""The six steps, what each is about, and how far an application is in each."""

from __future__ import annotations

from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from acquiring.portal.business.questions import Asking
from acquiring.portal.business.words import say
from merchants.kyc.requirements import STEPS, Step

TITLES: dict[Step, str | Promise] = {
    "company": _("Your company"),
    "activity": _("What you sell"),
    "accounts": _("Bank account"),
    "people": _("Owners and directors"),
    "documents": _("Documents"),
    "send": _("Check and send"),
}


class Stage(NamedTuple):
    """One step as the rail shows it."""

    key: Step
    number: int
    title: str | Promise
    done: bool
    wrong: int
    due: int

    @property
    def open(self) -> int:
        """How many answers are missing or wrong."""
        return self.wrong + self.due


class Why(NamedTuple):
    """A reason why something is asked, and the rule behind it."""

    words: str
    about: tuple[str, ...]
    source: str


def stages(asking: Asking) -> list[Stage]:
    """Every step with what is open in it."""
    return [_stage(asking, key, number) for number, key in enumerate(STEPS, 1)]


def first_open(asking: Asking) -> Step:
    """Where to go on: the first step in which something is asked."""
    return next((one.key for one in stages(asking) if not one.done), "send")


def after(step: Step) -> Step:
    """The step that follows."""
    return STEPS[min(STEPS.index(step) + 1, len(STEPS) - 1)]


def before(step: Step) -> Step | None:
    """The step that comes first."""
    return STEPS[STEPS.index(step) - 1] if step != STEPS[0] else None


def reasons(asking: Asking, step: Step) -> list[Why]:
    """Why a step is asked: each reason once, with what it is about and its source."""
    found: dict[tuple[str, str], dict[str, None]] = {}
    for one in asking.of_step(step):
        if one.why:
            found.setdefault((one.why, one.source), {})[say(one.title)] = None
    return [Why(say(why), tuple(about), source) for (why, source), about in found.items()]


def _stage(asking: Asking, key: Step, number: int) -> Stage:
    asked = asking.of_step(key)
    begun = key != "people" or bool(asking.facts.people)
    wrong = sum(one.status == "wrong" for one in asked) if begun else 0
    due = sum(one.status != "given" for one in asked) - wrong
    return Stage(key, number, TITLES[key], bool(asked) and not wrong and not due, wrong, due)
