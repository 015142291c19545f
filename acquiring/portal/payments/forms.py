"""What is asked before money moves."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from acquiring.core.errors import Problem
from acquiring.core.money import Money
from acquiring.portal import tables
from acquiring.portal.forms import Plain
from acquiring.portal.links import amounts
from acquiring.portal.payments import words


class Move(Plain):
    """An amount up to a limit. `seen` is the amount whose effect the person was shown."""

    amount = forms.CharField(
        label=gettext_lazy("Amount"),
        max_length=32,
        widget=forms.TextInput({"inputmode": "decimal", "autocomplete": "off"}),
    )
    once = forms.UUIDField(widget=forms.HiddenInput)
    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, data: Any, limit: Money, **keywords: Any) -> None:
        self.limit = limit
        super().__init__(data, **keywords)
        self.fields["amount"].error_messages["required"] = _("Enter the amount.")

    def clean_amount(self) -> int:
        """Minor units, at least one and at most the limit."""
        currency = self.limit.currency
        try:
            amount = amounts.read(self.cleaned_data["amount"], currency)
        except ValueError as error:
            example = words.sum_of(*self.limit)
            text = _("Enter an amount like %(example)s.") % {"example": example}
            raise forms.ValidationError(text) from error
        if amount <= 0:
            raise forms.ValidationError(_("Enter an amount above zero."))
        if amount > self.limit.amount:
            most = words.sum_of(*self.limit)
            raise forms.ValidationError(_("At most %(most)s is left.") % {"most": most})
        return amount

    def refuse(self, problem: Problem) -> None:
        """Say a service's refusal beside the field it is about."""
        field = problem.param if problem.param in self.fields else None
        self.add_error(field, said(problem))


class RefundMove(Move):
    """A refund, with the merchant's reason."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=255,
        required=False,
        help_text=gettext_lazy("For your own records and your server."),
    )
    field_order = ["amount", "reason"]


class CaptureMove(Move):
    """A capture; `final` gives the rest of the hold back."""

    final = forms.BooleanField(
        label=gettext_lazy("This is the last capture: the rest of the hold ends"),
        required=False,
        initial=True,
        widget=forms.CheckboxInput({"class": "form-check-input"}),
    )


class Agree(Plain):
    """A step that has no amount to choose."""

    once = forms.UUIDField(widget=forms.HiddenInput)


def said(problem: Problem) -> str:
    """A refusal in plain words; what the table of problems has no words for, as it came."""
    known = {
        "operation_in_progress": _("Another step of this payment is still open. Wait for it."),
        "conflict": _("The payment changed at the same moment. Look at it, then decide."),
        "idempotency_in_progress": _("This is being sent already. Look at the payment."),
        "idempotency_mismatch": _("This form was sent before with another amount. Open it anew."),
        "unavailable": _("The provider account of this payment is not connected."),
    }
    return known.get(problem.code) or tables.refusal(problem)
