"""The form of a new payment link. It checks what was typed; the service decides."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from acquiring import catalogue
from acquiring.core import clock, money
from acquiring.core.errors import Problem
from acquiring.core.money import Money
from acquiring.portal import naming, tables
from acquiring.portal.forms import Plain
from acquiring.portal.links import amounts
from merchants.models import Merchant, Store

FIXED, OPEN = "fixed", "open"
ONCE, AGAIN = "once", "again"
LARGEST = 999_999_999_999  # minor units, as the API's
KIND_TITLES = {
    "bank_redirect": _("Online bank"),
    "card": _("Cards"),
    "direct_debit": _("Direct debit"),
    "open_banking": _("Open banking"),
    "pay_later": _("Pay later"),
    "qr": _("QR codes"),
    "real_time": _("Instant transfer"),
    "voucher": _("Cash and vouchers"),
    "wallet": _("Wallets"),
}


class NewLink(Plain):
    """A payment link: what it is for, how much, how often, until when."""

    title = forms.CharField(
        label=_("What is it for?"),
        max_length=255,
        help_text=_("The shopper reads this, on the page and on the receipt."),
    )
    description = forms.CharField(
        label=_("Description"),
        max_length=1000,
        required=False,
        widget=forms.Textarea({"rows": 2}),
    )
    pricing = forms.ChoiceField(
        label=_("Who names the amount?"),
        choices=[(FIXED, _("You: one fixed amount")), (OPEN, _("The shopper: any amount"))],
        widget=forms.RadioSelect,
        initial=FIXED,
    )
    amount = forms.CharField(
        label=_("Amount"),
        max_length=20,
        required=False,
        widget=forms.TextInput({"inputmode": "decimal"}),
    )
    amount_min = forms.CharField(
        label=_("Smallest amount"),
        max_length=20,
        required=False,
        widget=forms.TextInput({"inputmode": "decimal"}),
    )
    amount_max = forms.CharField(
        label=_("Largest amount"),
        max_length=20,
        required=False,
        widget=forms.TextInput({"inputmode": "decimal"}),
    )
    currency = forms.ChoiceField(label=_("Currency"))
    use = forms.ChoiceField(
        label=_("How many times may it be paid?"),
        choices=[(ONCE, _("Once, then it closes")), (AGAIN, _("Any number of times"))],
        widget=forms.RadioSelect,
        initial=ONCE,
    )
    expires_on = forms.DateField(
        label=_("Last day"),
        required=False,
        widget=forms.DateInput({"type": "date"}),
    )
    reference = forms.CharField(
        label=_("Your reference"),
        max_length=255,
        required=False,
        help_text=_("An order or invoice number. Payments carry it."),
    )
    return_url = forms.URLField(
        label=_("Page after the payment"),
        max_length=2048,
        required=False,
        assume_scheme="https",
        help_text=_("Where the shopper goes on. Empty: they stay on the receipt."),
    )
    store = forms.ChoiceField(label=_("Store"), required=False)
    methods = forms.MultipleChoiceField(
        label=_("Payment methods"), required=False, widget=forms.CheckboxSelectMultiple
    )
    once = forms.UUIDField(widget=forms.HiddenInput)  # a form that is sent again makes no second

    errors_said = {
        "title": _("Say what the payment is for"),
        "amount": _("Enter the amount"),
        "pricing": _("Choose who names the amount"),
        "currency": _("Choose the currency"),
        "use": _("Choose how many times it may be paid"),
    }

    def __init__(
        self, merchant: Merchant, stores: list[Store], carried: list[str], *args: Any, **named: Any
    ) -> None:
        super().__init__(*args, **named)
        self._zone = ZoneInfo(merchant.time_zone)
        until = _("Until midnight, %(zone)s. Empty: it does not end.") % {
            "zone": merchant.time_zone
        }
        self.fields["expires_on"].help_text = until
        self.fields["amount"].required = self["pricing"].value() != OPEN
        taken = merchant.currencies or sorted(money.currencies())
        first = [merchant.default_currency]
        codes = first + [code for code in taken if code != merchant.default_currency]
        self._offer("currency", [(code, code) for code in codes])
        self.fields["currency"].initial = merchant.default_currency
        shops = [(f"sto_{store.id.hex}", store.name) for store in stores]
        self._offer("store", [("", _("All stores")), *shops])
        known = catalogue.methods()
        self._offer("methods", [(code, naming.method(code)) for code in carried if code in known])

    def _offer(self, name: str, choices: list[tuple[str, str | Promise]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices

    def groups(self) -> list[tuple[str, list[tuple[str, str, bool]]]]:
        """The methods by kind: title, and code, name and whether it is chosen of each."""
        chosen = set(self["methods"].value() or [])
        kinds: dict[str, list[tuple[str, str, bool]]] = {}
        for code, name in self.fields["methods"].choices:  # type: ignore[attr-defined]
            kind = catalogue.methods()[code].kind
            kinds.setdefault(kind, []).append((code, name, code in chosen))
        titled = ((str(KIND_TITLES.get(kind, kind)), rows) for kind, rows in kinds.items())
        return sorted(titled)

    def clean(self) -> dict[str, Any]:
        """Amounts in minor units, the last day as a moment."""
        given = super().clean() or {}
        fixed = given.get("pricing") == FIXED
        for name in ("amount", "amount_min", "amount_max"):
            meant = fixed == (name == "amount")
            given[name] = self._minor(name, given) if meant else None
        given["expires_at"] = self._end_of(given.get("expires_on"))
        return given

    def facts(self) -> dict[str, Any]:
        """What `checkout.create_link` wants, but the store."""
        given = self.cleaned_data
        plain = (
            "title description amount amount_min amount_max currency methods reference return_url"
        )
        facts = {name: given[name] for name in plain.split()}
        return facts | {"reusable": given["use"] == AGAIN, "expires_at": given["expires_at"]}

    def refuse(self, problem: Problem) -> None:
        """Say a service's refusal beside the field it is about."""
        names = {"expires_at": "expires_on"}
        param = names.get(problem.param or "", problem.param)
        self.add_error(param if param in self.fields else None, tables.refusal(problem))

    def _minor(self, name: str, given: dict[str, Any]) -> int | None:
        text, currency = given.get(name, ""), given.get("currency")
        if not text or not currency:
            return None
        try:
            amount = amounts.read(text, currency)
        except ValueError:
            example = Money(10 ** money.exponent(currency) * 49, currency).major()
            said = _("Write the amount in figures, such as %(example)s") % {"example": example}
            self.add_error(name, said)
            return None
        if not 1 <= amount <= LARGEST:
            most = Money(LARGEST, currency).major()
            said = _("The amount is more than 0 and at most %(most)s") % {"most": most}
            self.add_error(name, said)
            return None
        return amount

    def _end_of(self, day: Any) -> datetime | None:
        """The first moment after a day of the merchant's."""
        if day is None:
            return None
        end = datetime.combine(day + timedelta(days=1), time.min, self._zone)
        if end <= clock.now():
            self.add_error("expires_on", _("This day is over. Choose today or a later one."))
        return end
