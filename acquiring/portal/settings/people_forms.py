"""The forms about people: what is asked of them, and what they may do."""

from __future__ import annotations

from typing import Any, NamedTuple

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from acquiring.core.money import Money
from acquiring.portal.links import amounts
from acquiring.portal.settings.forms import Setting
from merchants import proposals, role_making, roles, second_person, twosteps
from merchants.people import SupportGrant
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


class SupportConsent(Setting):
    """Letting the platform's support in."""

    reason = forms.CharField(
        label=_("What should support help with?"), max_length=300,
        widget=forms.TextInput({"autocomplete": "off"}),
    )  # fmt: skip
    scope = forms.ChoiceField(
        label=_("What may support do?"),
        choices=[
            (SupportGrant.Scope.READ, _("Look only")),
            (SupportGrant.Scope.FULL, _("Look and act, but for what is sensitive")),
        ],
    )
    hours = forms.TypedChoiceField(
        label=_("For how long?"),
        choices=[(1, _("1 hour")), (4, _("4 hours")), (24, _("1 day")), (72, _("3 days"))],
        coerce=int,
        initial=4,
    )
    errors_said = {"reason": _("Say what support should help with.")}


class SecondPerson(Setting):
    """Which deeds need a second person, and above which amount, in one currency."""

    def __init__(self, *args: Any, desk: Desk, currency: str, **keywords: Any) -> None:
        super().__init__(*args, **keywords)
        self.currency = currency
        rules = desk.business.second_person
        kinds = proposals.kinds()
        self.kinds = [one for name, one in kinds.items() if name != second_person.KIND]
        for kind in self.kinds:
            on = forms.BooleanField(
                label=str(kind.title), required=False, initial=kind.name in rules
            )
            self.fields[kind.name] = on
            if kind.with_limit:
                self.fields[self._limit(kind)] = self._amount(rules.get(kind.name, {}))

    def rows(self) -> list[tuple[forms.BoundField, forms.BoundField | None]]:
        """Each deed's box, and the field of its limit where it has one."""
        return [
            (self[kind.name], self[self._limit(kind)] if kind.with_limit else None)
            for kind in self.kinds
        ]

    def clean(self) -> dict[str, Any]:
        """Limits in minor units."""
        for kind in self.kinds:
            text = self.cleaned_data.get(self._limit(kind), "") if kind.with_limit else ""
            if text:
                try:
                    self.cleaned_data[self._limit(kind)] = amounts.read(text, self.currency)
                except ValueError:
                    example = Money.from_major("100", self.currency).major()
                    rule = gettext("Enter an amount like %(example)s.") % {"example": example}
                    self.add_error(self._limit(kind), rule)
        return self.cleaned_data

    def rules(self) -> dict[str, dict[str, Any]]:
        """What was chosen, as `merchants.second_person` takes it."""
        found: dict[str, dict[str, Any]] = {}
        for kind in self.kinds:
            if self.cleaned_data.get(kind.name):
                above = self.cleaned_data.get(self._limit(kind)) if kind.with_limit else None
                limit = {"above": above, "currency": self.currency} if above else {}
                found[kind.name] = limit
        return found

    def _amount(self, rule: dict[str, Any]) -> forms.CharField:
        known = rule.get("above") and rule.get("currency") == self.currency
        return forms.CharField(
            label=_("Above this amount"),
            required=False,
            max_length=20,
            initial=Money(rule["above"], self.currency).major() if known else "",
            help_text=gettext("In %(currency)s. Empty: every one. Other currencies: every one.")
            % {"currency": self.currency},
            widget=forms.TextInput(
                {"inputmode": "decimal", "autocomplete": "off", "class": "form-control cv-num"}
            ),
        )

    @staticmethod
    def _limit(kind: proposals.Kind) -> str:
        return f"{kind.name}.above"


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
