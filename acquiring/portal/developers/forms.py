"""The forms of the developers' room. They check what was typed; services decide."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from acquiring.core.errors import Problem
from acquiring.portal import tables
from acquiring.portal.forms import Plain
from acquiring.webhooks import filters

# What an endpoint may be told about, as people choose it; others are typed.
TYPES = [
    ("payment.*", _("Payments: every change")),
    ("capture.*", _("Captures")),
    ("refund.*", _("Refunds")),
    ("checkout_session.*", _("Checkout sessions")),
    ("payment_link.*", _("Payment links")),
    ("customer.*", _("Customers")),
    ("webhook_endpoint.*", _("Webhook endpoints")),
]
# By which lists of events and deliveries are narrowed.
EXACT_TYPES = [
    *(f"payment.{one}" for one in ("created", "requires_action", "pending", "authorized")),
    *(f"payment.{one}" for one in ("captured", "declined", "canceled", "expired")),
    *("capture.succeeded", "refund.created", "refund.succeeded", "refund.failed"),
    *("checkout_session.created", "checkout_session.completed", "checkout_session.expired"),
    *("payment_link.created", "customer.created", "webhook_endpoint.disabled"),
    filters.TEST,
]
OVERLAPS = [
    (0, _("It stops now")),
    (3600, _("1 hour")),
    (86_400, _("1 day")),
    (7 * 86_400, _("7 days")),
]
STEPS = [
    (3_600, _("1 hour")),
    (86_400, _("1 day")),
    (3 * 86_400, _("3 days")),
    (7 * 86_400, _("7 days")),
    (30 * 86_400, _("30 days")),
]


class Asking(Plain):
    """A form that can say a service's refusal beside the field it is about."""

    def refuse(self, problem: Problem) -> None:
        """Add the refusal to its field, or to the whole form."""
        name = (problem.param or "").partition("[")[0]
        name = {"types": "others"}.get(name, name)
        self.add_error(name if name in self.fields else None, tables.refusal(problem))


class Endpoint(Asking):
    """A webhook endpoint: where, about what, and what it is."""

    url = forms.CharField(
        label=_("Address"),
        max_length=500,
        help_text=_("Where we send events, by POST. Begins with https://."),
        widget=forms.TextInput({"inputmode": "url", "autocomplete": "off"}),
    )
    description = forms.CharField(
        label=_("Description"),
        max_length=200,
        required=False,
        help_text=_("What it is for, so that a colleague knows."),
    )
    everything = forms.ChoiceField(
        label=_("What it is told"),
        choices=[("1", _("Everything that happens")), ("", _("Only what you choose"))],
        required=False,
        initial="1",
        widget=forms.RadioSelect,
    )
    types = forms.MultipleChoiceField(
        label=_("Events"), choices=TYPES, required=False, widget=forms.CheckboxSelectMultiple
    )
    others = forms.CharField(
        label=_("Other types"),
        max_length=1000,
        required=False,
        help_text=_("Such as payment.captured, with a comma between."),
    )
    once = forms.UUIDField(widget=forms.HiddenInput)
    errors_said = {"url": _("Enter the address")}

    def patterns(self) -> list[str]:
        """What was chosen, as an endpoint has it; [] when nothing was."""
        if self.cleaned_data["everything"]:
            return [filters.EVERYTHING]
        typed = self.cleaned_data["others"].replace(",", " ").split()
        return [*self.cleaned_data["types"], *typed]

    def clean(self) -> dict[str, Any]:
        """An endpoint that is told nothing is no use."""
        cleaned = super().clean() or self.cleaned_data
        if not self.errors and not self.patterns():
            self.add_error("others", gettext("Choose at least one kind of event"))
        return cleaned

    @classmethod
    def initial_of(cls, types: list[str]) -> dict[str, Any]:
        """The boxes and the line for what an endpoint is told now."""
        known = {name for name, _title in TYPES}
        return {
            "everything": "1" if filters.EVERYTHING in types else "",
            "types": [one for one in types if one in known],
            "others": ", ".join(
                one for one in types if one not in known and one != filters.EVERYTHING
            ),
        }


class Roll(Asking):
    """How long the old secret signs as well."""

    overlap_seconds = forms.TypedChoiceField(
        label=_("The old secret signs as well for"),
        choices=OVERLAPS,
        coerce=int,
        initial=86_400,
        help_text=_("Both signatures are sent, so nothing breaks while you change it."),
    )
    once = forms.UUIDField(widget=forms.HiddenInput)


class Step(Asking):
    """How far a test merchant's clock moves."""

    seconds = forms.TypedChoiceField(
        label=_("Move forward by"), choices=STEPS, coerce=int, widget=forms.RadioSelect
    )
    once = forms.UUIDField(widget=forms.HiddenInput)
