"""The portal's forms. They check what was typed; services decide."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from allauth.account import forms as account
from django import forms
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from acquiring import catalogue
from acquiring.core.errors import Problem
from acquiring.notices import sign_on
from acquiring.portal import tables
from acquiring.portal.templatetags.caravel import babel_locale
from merchants import roles, services
from merchants.models import ApiKey, User
from merchants.sso import rules

BY_PROVIDER = _("People of this domain come by single sign-on. Sign in with your address.")


class Plain(forms.Form):
    """The house's look of a field, and no placeholders: a label stays, a placeholder leaves."""

    def __init__(self, *args: Any, **keywords: Any) -> None:
        super().__init__(*args, **keywords)
        for name, field in self.fields.items():
            plain = field.widget.attrs
            plain.pop("placeholder", None)
            if isinstance(field.widget, forms.Select):
                plain["class"] = "form-control form-select"
            elif not isinstance(field.widget, forms.RadioSelect | forms.CheckboxInput):
                plain["class"] = "form-control"
            if name in self.errors_said:
                field.error_messages["required"] = self.errors_said[name]

    errors_said: dict[str, Any] = {}


def countries() -> list[tuple[str, str | Promise]]:
    """Every country by its name in the page's language."""
    names = babel_locale().territories
    rows = [(code, names.get(code, row.name)) for code, row in catalogue.countries().items()]
    return [("", _("Choose a country")), *sorted(rows, key=lambda row: row[1])]


def business_name_field() -> forms.CharField:
    """How a business is called, asked where one begins."""
    return forms.CharField(
        label=_("Name of the business"),
        min_length=2,
        max_length=200,
        help_text=_("As shoppers know it. The legal name comes later."),
        widget=forms.TextInput({"autocomplete": "organization"}),
    )


def country_field() -> forms.ChoiceField:
    """Where a business is, asked where one begins."""
    return forms.ChoiceField(
        label=_("Country of the business"),
        choices=countries,
        widget=forms.Select({"autocomplete": "country"}),
    )


class SignUp(Plain, account.SignupForm):
    """A person and their business."""

    name = forms.CharField(
        label=_("Your name"), max_length=120, widget=forms.TextInput({"autocomplete": "name"})
    )
    business_name = business_name_field()
    country = country_field()
    field_order = ["name", "email", "password1", "business_name", "country"]
    errors_said = {
        "name": _("Enter your name"),
        "email": _("Enter your e-mail address"),
        "password1": _("Choose a password"),
        "business_name": _("Enter the name of the business"),
        "country": _("Choose the country of the business"),
    }

    def __init__(self, *args: Any, **keywords: Any) -> None:
        super().__init__(*args, **keywords)
        self.fields["email"].label = _("E-mail")
        self.fields["password1"].label = _("Password")
        self.fields["password1"].help_text = _("At least 10 characters. A short sentence is good.")

    def signup(self, request: HttpRequest, user: User) -> None:
        """Called once the person is stored: give them their business and its sandbox."""
        services.sign_up(user, self.cleaned_data["business_name"], self.cleaned_data["country"])

    def clean_email(self) -> str:
        """No password is made for who comes by single sign-on only."""
        email: str = super().clean_email()
        if rules.only_for(email):
            raise forms.ValidationError(BY_PROVIDER)
        return email


class Join(Plain, account.SignupForm):
    """A person who was invited: their address is the invitation's, their work is there already."""

    name = forms.CharField(
        label=_("Your name"), max_length=120, widget=forms.TextInput({"autocomplete": "name"})
    )
    field_order = ["name", "password1"]
    errors_said = {"name": _("Enter your name"), "password1": _("Choose a password")}

    def __init__(
        self, *args: Any, email: str, admit: Callable[[User], Any], **keywords: Any
    ) -> None:
        super().__init__(*args, **keywords)
        self._admit = admit
        self.fields["email"].initial = email
        self.fields["email"].disabled = True  # whatever is sent, it is the invitation's
        self.fields["password1"].label = _("Password")
        self.fields["password1"].help_text = _("At least 10 characters. A short sentence is good.")

    def clean(self) -> dict[str, Any]:
        """No password is made for who comes by single sign-on only."""
        if rules.only_for(self.fields["email"].initial):
            raise forms.ValidationError(BY_PROVIDER)
        return super().clean() or {}

    def signup(self, request: HttpRequest, user: User) -> None:
        """Called once the person is stored: they begin to work where they were invited to."""
        self._admit(user)


class LogIn(Plain, account.LoginForm):
    errors_said = {
        "login": _("Enter your e-mail address"),
        "password": _("Enter your password"),
    }

    def __init__(self, *args: Any, **keywords: Any) -> None:
        super().__init__(*args, **keywords)
        self.fields["login"].label = _("E-mail")
        self.fields["login"].widget.attrs["autocomplete"] = "username"
        self.fields["password"].label = _("Password")
        self.fields["password"].help_text = ""

    def user_credentials(self) -> dict:
        """Also under the name that the lock-out counts failures by."""
        credentials = super().user_credentials()
        return {**credentials, "login": credentials.get("email", "")}


class ForgotPassword(Plain, account.ResetPasswordForm):
    errors_said = {"email": _("Enter your e-mail address")}

    def save(self, request: HttpRequest, **facts: Any) -> str:
        """Who comes by single sign-on only is told so by letter; the page says the same to all."""
        asked: list[User] = list(self.users)  # type: ignore[has-type]  # allauth's
        demanded = {user.pk: rules.demanded_of(user) for user in asked}
        for user in asked:
            if row := demanded[user.pk]:
                sign_on.tell_instead(row, user)
        self.users = [user for user in asked if demanded[user.pk] is None]
        if not self.users and rules.only_for(self.cleaned_data["email"]):
            return self.cleaned_data["email"]
        return super().save(request, **facts)

    def __init__(self, *args: Any, **keywords: Any) -> None:
        super().__init__(*args, **keywords)
        self.fields["email"].label = _("E-mail")


class NewPassword(Plain, account.ResetPasswordKeyForm):
    errors_said = {"password1": _("Choose a password")}

    def __init__(self, *args: Any, **keywords: Any) -> None:
        super().__init__(*args, **keywords)
        self.fields["password1"].label = _("New password")
        self.fields["password1"].help_text = _("At least 10 characters. A short sentence is good.")
        self.fields.pop("password2", None)

    def clean(self) -> dict[str, Any]:
        """A letter sent before single sign-on became the only way opens nothing."""
        if self.user is not None and rules.demanded_of(self.user):
            raise forms.ValidationError(BY_PROVIDER)
        return super().clean() or {}


class PasswordAgain(Plain, account.ReauthenticateForm):
    errors_said = {"password": _("Enter your password")}

    def __init__(self, *args: Any, **keywords: Any) -> None:
        super().__init__(*args, **keywords)
        self.fields["password"].label = _("Password")

    def clean_password(self) -> str:
        """A password that opens nothing vouches for nothing."""
        if rules.demanded_of(self.user):
            raise forms.ValidationError(BY_PROVIDER)
        password: str = super().clean_password()
        return password


KINDS = [
    (ApiKey.Kind.SECRET, _("Secret key"), _("For your server. It can do everything with money.")),
    (
        ApiKey.Kind.RESTRICTED,
        _("Restricted key"),
        _("For one program. It can do only what you choose below."),
    ),
    (
        ApiKey.Kind.PUBLISHABLE,
        _("Publishable key"),
        _("For browsers and apps. It can only make card tokens and list payment methods."),
    ),
    (
        ApiKey.Kind.MANAGEMENT,
        _("Management key"),
        _("For your own tools that create and revoke keys. It cannot touch payments."),
    ),
]
ACCESS = [("", _("No access")), ("read", _("Read")), ("write", _("Read and write"))]


class CreateKey(Plain):
    """A new API key; the choices of a restricted key are fields named after its resources."""

    kind = forms.ChoiceField(
        label=_("Kind"),
        choices=[(kind, title) for kind, title, _use in KINDS],
        widget=forms.RadioSelect,
        initial=ApiKey.Kind.SECRET,
    )
    name = forms.CharField(
        label=_("Name"),
        max_length=100,
        required=False,
        help_text=_("Where it will be used, so that you know later which one to revoke."),
    )
    once = forms.UUIDField(widget=forms.HiddenInput)  # a reloaded page makes no second key

    def __init__(self, *args: Any, **keywords: Any) -> None:
        super().__init__(*args, **keywords)
        for resource, title in _given_one_by_one():
            select = forms.Select({"class": "form-control form-select"})
            self.fields[resource] = forms.ChoiceField(
                label=gettext(title), choices=ACCESS, required=False, widget=select
            )

    def choices_of_kind(self) -> list[tuple[str, Any, Any]]:
        """The kinds with what each is for."""
        return [(kind.value, title, use) for kind, title, use in KINDS]

    def resources(self) -> list[forms.BoundField]:
        """The fields of a restricted key."""
        return [self[resource] for resource, _title in _given_one_by_one()]

    def scopes(self) -> list[str]:
        """What was chosen for a restricted key, as scopes."""
        if self.cleaned_data["kind"] != ApiKey.Kind.RESTRICTED:
            return []
        chosen = ((name, self.cleaned_data.get(name)) for name, _title in _given_one_by_one())
        return [f"{name}:{access}" for name, access in chosen if access]

    def refuse(self, problem: Problem) -> None:
        """Say a service's refusal beside the field it is about."""
        field = problem.param if problem.param in self.fields else None
        self.add_error(field, tables.refusal(problem))


OVERLAPS = [
    (0, _("It stops now")),
    (3600, _("1 hour")),
    (86_400, _("1 day")),
    (7 * 86_400, _("7 days")),
]


class RotateKey(Plain):
    """How long the old key works on."""

    overlap_seconds = forms.TypedChoiceField(
        label=_("The old key works on for"),
        choices=OVERLAPS,
        coerce=int,
        initial=86_400,
        help_text=_("Long enough to put the new key everywhere the old one is."),
    )


def _given_one_by_one() -> list[tuple[str, str]]:
    """The resources a restricted key may be given, with their titles."""
    rows = roles.resources().items()
    return [(name, row["title"]) for name, row in rows if row.get("restricted") != "none"]
