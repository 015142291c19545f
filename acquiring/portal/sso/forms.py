"""The forms of single sign-on's page."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from acquiring.core import ids
from acquiring.core.errors import Problem
from acquiring.portal import tables
from acquiring.portal.forms import Plain
from merchants import roles
from merchants.organisations.models import Organisation
from merchants.sso.models import SingleSignOn


class Refusing(Plain):
    """A form that says a service's refusal beside the field it is about."""

    def refuse(self, problem: Problem) -> None:
        field = problem.param if problem.param in self.fields else None
        self.add_error(field, tables.refusal(problem))


class Provider(Refusing):
    """Where the provider is, and who we are there."""

    issuer = forms.CharField(
        label=_("Issuer"),
        max_length=300,
        help_text=_("The provider's own address, such as https://login.example.com/v2.0"),
        widget=forms.URLInput({"autocomplete": "off"}),
    )
    client_id = forms.CharField(label=_("Client id"), max_length=191)
    secret = forms.CharField(
        label=_("Client secret"),
        max_length=500,
        widget=forms.PasswordInput({"autocomplete": "off"}),
        help_text=_("It is sealed and never shown again."),
    )
    errors_said = {
        "issuer": _("Enter the issuer"),
        "client_id": _("Enter the client id"),
        "secret": _("Enter the client secret"),
    }

    def __init__(self, *args: Any, row: SingleSignOn | None, **keywords: Any) -> None:
        if row is not None:
            keywords["initial"] = {"issuer": row.issuer, "client_id": row.client_id}
        super().__init__(*args, **keywords)
        if row is not None:
            self.fields["secret"].required = False
            self.fields["secret"].help_text = _("Leave it empty to keep the one that is known.")


class Domain(Refusing):
    """An e-mail domain to prove."""

    name = forms.CharField(
        label=_("E-mail domain"),
        max_length=253,
        widget=forms.TextInput({"autocomplete": "off", "inputmode": "url"}),
        help_text=_("What stands behind the @ in your people's addresses."),
    )
    errors_said = {"name": _("Enter a domain")}


INVITED = "invited"  # the choice of no role


class Welcome(Refusing):
    """What happens to people who come for the first time."""

    role = forms.ChoiceField(label=_("Who comes first"))
    businesses = forms.MultipleChoiceField(
        label=_("Where"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(
        self, *args: Any, organisation: Organisation, row: SingleSignOn | None, **keywords: Any
    ) -> None:
        if row is not None:
            keywords["initial"] = {"role": row.role or INVITED, "businesses": row.businesses}
        super().__init__(*args, **keywords)
        given = [
            (name, gettext(title)) for name, title in roles.titles().items() if name != "owner"
        ]
        # The stubs know a form's fields only as Field, which has no choices.
        self.fields["role"].choices = [(INVITED, _("Is let in when invited")), *given]  # type: ignore[attr-defined]
        rows = organisation.businesses.order_by("trading_name", "id")[:200]
        self.fields["businesses"].choices = [  # type: ignore[attr-defined]
            (ids.show("biz", one.pk), str(one)) for one in rows
        ]
        self.fields["businesses"].widget.attrs.pop("class", None)

    def clean_role(self) -> str:
        """The role, or "" where nobody is made."""
        role: str = self.cleaned_data["role"]
        return "" if role == INVITED else role


OFF, ON, ONLY = "off", "on", "only"
STATES = [
    (OFF, _("Off"), _("Everybody comes by password or passkey.")),
    (ON, _("On"), _("People of your domains are led to the provider. A password works, too.")),
    (
        ONLY,
        _("Only by single sign-on"),
        _(
            "No password and no passkey of theirs opens anything. Owners of the organisation with"
            " two-step login still come in, for the day the provider fails; all owners are told."
        ),
    ),
]


class Switch(Refusing):
    """Off, on, or the only way."""

    state = forms.ChoiceField(
        label=_("Single sign-on"),
        choices=[(state, title) for state, title, _use in STATES],
        widget=forms.RadioSelect,
    )

    def __init__(self, *args: Any, row: SingleSignOn | None, **keywords: Any) -> None:
        now = OFF if row is None or not row.on else ONLY if row.only else ON
        super().__init__(*args, initial={"state": now}, **keywords)

    def explained(self) -> list[tuple[str, Any, Any, bool]]:
        """The states with what each means, and whether it is the present one."""
        now = self["state"].value()
        return [(state, title, use, state == now) for state, title, use in STATES]
