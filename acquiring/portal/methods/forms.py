"""What a merchant types about a method. Services decide."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from acquiring.catalogue import Method, covers
from acquiring.core.errors import Problem
from acquiring.core.money import Money
from acquiring.portal import tables
from acquiring.portal.forms import Plain
from acquiring.portal.links import amounts
from merchants.models import Store
from merchants.offering import MOST_LIMITS, Rule
from merchants.queries import Desk

USUAL_CURRENCIES = 4
DECIMAL = {"class": "form-control cv-num", "inputmode": "decimal", "autocomplete": "off"}


def store_asked(request: HttpRequest) -> str:
    """The store that a page or a form is about, "" for all of them."""
    return str(request.POST.get("store") or request.GET.get("store") or "")[:64]


class Limits(Plain):
    """From and up to how much a method is taken, a pair of fields for each currency."""

    def __init__(
        self, *args: Any, method: Method, rule: Rule, desk: Desk, stores: list[Store], **named: Any
    ) -> None:
        super().__init__(*args, **named)
        self.currencies = _currencies(method, rule, desk, stores)
        for currency in self.currencies:
            for name, bounds in (("low", rule.minimum), ("high", rule.maximum)):
                known = bounds.get(currency)
                field = forms.CharField(
                    label=(_("From") if name == "low" else _("Up to")),
                    required=False,
                    max_length=20,
                    initial=Money(known, currency).major() if known else "",
                    widget=forms.TextInput(DECIMAL),
                )
                self.fields[f"{name}_{currency}"] = field

    def rows(self) -> list[tuple[str, forms.BoundField, forms.BoundField]]:
        """The pairs, by currency."""
        return [(one, self[f"low_{one}"], self[f"high_{one}"]) for one in self.currencies]

    def bounds(self) -> tuple[dict[str, int], dict[str, int]]:
        """The minimum and the maximum by currency, in minor units."""
        found: tuple[dict[str, int], dict[str, int]] = ({}, {})
        for currency in self.currencies:
            for bounds, name in zip(found, ("low", "high"), strict=True):
                if self.cleaned_data.get(f"{name}_{currency}"):
                    bounds[currency] = self.cleaned_data[f"{name}_{currency}"]
        return found

    def clean(self) -> dict[str, Any]:
        """Each amount in minor units, a mistake beside its field."""
        for currency in self.currencies:
            for name in (f"low_{currency}", f"high_{currency}"):
                typed = self.cleaned_data.get(name, "")
                try:
                    self.cleaned_data[name] = amounts.read(typed, currency) if typed else None
                except (ValueError, Problem):
                    self.add_error(name, gettext("Enter an amount such as 10.00"))
        return self.cleaned_data

    def refuse(self, problem: Problem) -> None:
        """Say a service's refusal."""
        self.add_error(None, tables.refusal(problem))


def _currencies(method: Method, rule: Rule, desk: Desk, stores: list[Store]) -> list[str]:
    """Those that have limits, then those the merchant works in, then the method's own."""
    own = [desk.tenant.default_currency, *(row.currency for row in stores)]
    own += desk.tenant.currencies
    native = sorted(method.currencies) if method.currencies != "*" else []
    wanted = [one for one in [*own, *native] if covers(method.currencies, one)]
    kept = [*rule.minimum, *rule.maximum]
    return list(dict.fromkeys([*kept, *list(dict.fromkeys(wanted))[:USUAL_CURRENCIES]]))[
        :MOST_LIMITS
    ]
