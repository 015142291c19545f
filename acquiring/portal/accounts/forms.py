"""The forms of provider accounts; those of credentials are made of what the driver needs."""

from __future__ import annotations

import secrets
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from acquiring.connectors.driver import Driver
from acquiring.core.money import is_currency
from acquiring.portal.accounts import words
from acquiring.portal.settings.forms import Setting

LONGEST = 10_000


class Credentials(Setting):
    """A field for each credential. `kept` says that an account has some: then secrets may stay."""

    title = forms.CharField(
        label=_("Name of the account"),
        max_length=100,
        required=False,
        help_text=_("As your team knows it, where you have several at one provider."),
        widget=forms.TextInput({"autocomplete": "off"}),
    )
    once = forms.UUIDField(widget=forms.HiddenInput)  # a form sent again makes no second account

    def __init__(self, *args: Any, driver: Driver, kept: bool = False, **named: Any) -> None:
        super().__init__(*args, **named)
        self.driver, self.kept = driver, kept
        once = self.fields.pop("once")
        if kept:
            del self.fields["title"]
        self.fields |= {name: self._field(name) for name in driver.credentials}
        self.fields["once"] = once

    def given(self) -> dict[str, str]:
        """The credentials that were typed."""
        typed = {name: self.cleaned_data.get(name, "") for name in self.driver.credentials}
        return {name: value for name, value in typed.items() if value}

    def whole(self) -> dict[str, str]:
        """With a secret nobody knows for each webhook secret still to come: believed is no one."""
        given = self.given()
        for name in self.driver.credentials:
            if name in words.HEARD and name not in given:
                given[name] = secrets.token_urlsafe(32)
        return given

    def _field(self, name: str) -> forms.CharField:
        return forms.CharField(
            label=words.title(name),
            max_length=LONGEST,
            required=not self.kept and words.required(self.driver, name),
            help_text=words.help_of(self.driver.name, name),
            widget=self._widget(name),
            error_messages={
                "required": gettext("Enter: %(name)s") % {"name": words.title(name)},
            },
        )

    def _widget(self, name: str) -> forms.Widget:
        plain = {"class": "form-control", "autocomplete": "off", "spellcheck": "false"}
        if name.endswith(words.LONG):
            return forms.Textarea({**plain, "rows": 5, "class": "form-control cv-mono"})
        if words.is_secret(self.driver, name):
            return forms.PasswordInput({**plain, "autocomplete": "new-password"}, render_value=True)
        return forms.TextInput(plain)


class Account(Setting):
    """What may be changed of an account besides its credentials."""

    title = forms.CharField(label=_("Name of the account"), max_length=100)
    settle_currency = forms.CharField(
        label=_("Paid out in"),
        max_length=3,
        required=False,
        help_text=_("A currency code such as EUR. Empty: each payment's own currency."),
        widget=forms.TextInput({"autocapitalize": "characters", "autocomplete": "off"}),
    )
    restrict = forms.ChoiceField(
        label=_("Methods it may carry"),
        choices=[("", _("All the provider has")), ("1", _("Only these"))],
        required=False,
        widget=forms.RadioSelect,
    )
    methods = forms.MultipleChoiceField(
        label=_("Methods"), required=False, widget=forms.CheckboxSelectMultiple
    )
    errors_said = {"title": _("Enter the name of the account")}

    def __init__(self, *args: Any, carried: list[tuple[str, str]], **named: Any) -> None:
        super().__init__(*args, **named)
        chosen = self.fields["methods"]
        assert isinstance(chosen, forms.MultipleChoiceField)
        chosen.choices = carried

    def clean_settle_currency(self) -> str:
        """A currency that there is."""
        code = self.cleaned_data["settle_currency"].strip().upper()
        if code and not is_currency(code):
            raise forms.ValidationError(gettext("Enter a currency code such as EUR"))
        return code

    def clean(self) -> dict[str, Any]:
        """Only these: at least one."""
        if self.cleaned_data.get("restrict") and not self.cleaned_data.get("methods"):
            self.add_error("methods", gettext("Choose at least one method, or all of them"))
        return self.cleaned_data

    def changes(self) -> dict[str, Any]:
        """For `merchants.accounts.change_account`."""
        only = self.cleaned_data["methods"] if self.cleaned_data["restrict"] else []
        return {
            "title": self.cleaned_data["title"],
            "settle_currency": self.cleaned_data["settle_currency"],
            "methods": only,
        }
