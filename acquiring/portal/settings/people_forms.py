"""The forms about people: what is asked of them, and what they may do."""

from __future__ import annotations

from typing import Any, NamedTuple

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from acquiring.portal.settings.forms import Setting
from merchants import role_making, roles, twosteps
from merchants.queries import Desk

GRACE = {0: _("At once"), 3: _("3 days"), 7: _("7 days"), 14: _("14 days")}
GROUPS = {
    "business": _("Business"),
    "team": _("Team"),
    "keys": _("API keys"),
    "webhooks": _("Webhooks"),
    "accounts": _("Provider accounts"),
    "payments": _("Payments"),
    "customers": _("Customers"),
    "disputes": _("Disputes"),
    "risk": _("Risk"),
    "routing": _("Routing"),
    "balances": _("Balances"),
    "payouts": _("Payouts"),
    "audit": _("Audit log"),
}


class TwoSteps(Setting):
    """Whether everybody needs two-step login, and from when on."""

    on = forms.BooleanField(label=_("Everybody needs two-step login"), required=False)
    grace_days = forms.TypedChoiceField(
        label=_("Time to set it up"),
        choices=[(days, GRACE[days]) for days in twosteps.GRACE_DAYS],
        coerce=int,
        required=False,
        initial=7,
        help_text=_("Until then they are reminded. Afterwards nothing opens before it is set up."),
    )

    def clean_grace_days(self) -> int:
        """A week where nothing was chosen."""
        given = self.cleaned_data["grace_days"]
        return 7 if given == "" else given


class Box(NamedTuple):
    """A permission as a box to tick; who does not hold it cannot give it."""

    name: str
    words: str
    ticked: bool
    locked: bool


class OwnRole(Setting):
    """A role of the business's own making."""

    title = forms.CharField(
        label=_("Name of the role"),
        max_length=role_making.LONGEST_TITLE,
        help_text=_("Such as “Shop floor” or “Bookkeeper”."),
    )
    permissions = forms.MultipleChoiceField(
        label=_("What it may do"),
        choices=lambda: list(roles.permissions().items()),
        widget=forms.CheckboxSelectMultiple,
    )
    errors_said = {
        "title": _("Enter the name of the role"),
        "permissions": _("Choose what the role may do"),
    }

    def __init__(self, *args: Any, desk: Desk, **keywords: Any) -> None:
        super().__init__(*args, **keywords)
        self._held = desk.held

    def wanted(self) -> list[str]:
        """The permissions that were ticked."""
        return list(self.cleaned_data["permissions"])

    def groups(self) -> list[tuple[str, list[Box]]]:
        """The boxes under their headings."""
        ticked = set(self["permissions"].value() or ())
        return [
            (
                title,
                [Box(name, words, name in ticked, name not in self._held) for name, words in rows],
            )
            for title, rows in permission_groups()
        ]


def permission_groups() -> list[tuple[str, list[tuple[str, str]]]]:
    """Every permission with its words, under the thing it is about."""
    found: dict[str, list[tuple[str, str]]] = {}
    for name, words in roles.permissions().items():
        found.setdefault(name.partition(".")[0], []).append((name, gettext(words)))
    return [(str(GROUPS.get(thing, thing)), rows) for thing, rows in found.items()]
