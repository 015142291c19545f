"""The forms of an organisation's pages. They check what was typed; services decide."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from acquiring.portal.forms import business_name_field, country_field
from acquiring.portal.settings.forms import Setting
from merchants.models import Business
from merchants.organisations.models import Asked, Stewardship

ROLES = [
    (
        Stewardship.Role.OWNER,
        _("Owner"),
        _("Names it, opens businesses and asks for others, chooses who looks after it."),
    ),
    (
        Stewardship.Role.VIEWER,
        _("Viewer"),
        _("Sees its businesses, what they took and who works where. Changes nothing."),
    ),
]


class Name(Setting):
    """Another name for an organisation."""

    name = forms.CharField(
        label=_("Name of the organisation"),
        min_length=2,
        max_length=200,
        help_text=_("For you and your people. Shoppers never see it."),
        widget=forms.TextInput({"autocomplete": "organization"}),
    )
    errors_said = {"name": _("Enter the name of the organisation")}


class Open(Setting):
    """Another business, as at sign-up."""

    business_name = business_name_field()
    country = country_field()
    errors_said = {
        "business_name": _("Enter the name of the business"),
        "country": _("Choose the country of the business"),
    }


class Role(Setting):
    """How somebody looks after an organisation."""

    role = forms.ChoiceField(
        label=_("Role"),
        choices=[(name, title) for name, title, _use in ROLES],
        widget=forms.RadioSelect,
    )
    errors_said = {"role": _("Choose a role")}

    def options(self) -> list[tuple[str, Any, Any]]:
        """The roles to choose from: name, title, and what it is for."""
        return [(name.value, title, use) for name, title, use in ROLES]


class Address(Setting):
    """Whom to ask."""

    email = forms.CharField(
        label=_("E-mail"),
        max_length=254,
        help_text=_("We write to this address. Only its owner can accept."),
        widget=forms.TextInput({"autocomplete": "off", "inputmode": "email"}),
    )
    errors_said = {"email": _("Enter the e-mail address")}

    def kind(self) -> str:
        """What they are asked for."""
        return Asked.Kind.BUSINESS


class Steward(Role, Address):
    """Somebody to look after it, and how."""

    field_order = ["email", "role"]
    errors_said = {**Role.errors_said, **Address.errors_said}

    def kind(self) -> str:
        return str(self.cleaned_data["role"])


class OwnBusiness(Setting):
    """One of the person's own businesses."""

    business = forms.ChoiceField(
        label=_("Business"), error_messages={"invalid_choice": _("Choose one of your businesses")}
    )
    errors_said = {"business": _("Choose one of your businesses")}

    def __init__(self, *args: Any, businesses: list[Business], **keywords: Any) -> None:
        super().__init__(*args, **keywords)
        choices = [(str(one.pk), str(one)) for one in businesses]
        # The stubs know a form's fields only as Field, which has no choices.
        self.fields["business"].choices = choices  # type: ignore[attr-defined]

    def chosen(self) -> UUID:
        """The business's id."""
        return UUID(self.cleaned_data["business"])
