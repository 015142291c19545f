"""The settings' forms. They check what was typed; services decide."""

from __future__ import annotations

from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.conf import settings
from django.http import QueryDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from acquiring.core import money
from acquiring.core.errors import Problem
from acquiring.portal import tables
from acquiring.portal.forms import Plain, countries
from acquiring.portal.templatetags.caravel import babel_locale
from merchants import branding, custom_roles, notices, sites, team
from merchants.queries import Desk

OWN_USE = _("A role of your own making.")
RESET = "reset"  # the button that makes a store look like all the others


class Setting(Plain):
    """A form that can say a service's refusal beside the field it is about."""

    def refuse(self, problem: Problem) -> None:
        """Add the refusal to its field, or to the whole form."""
        field = problem.param if problem.param in self.fields else None
        self.add_error(field, tables.refusal(problem))


class Business(Setting):
    """What shoppers read about the business."""

    trading_name = forms.CharField(
        label=_("Trading name"),
        max_length=200,
        help_text=_("As shoppers know you. It is on the checkout and in e-mails."),
        widget=forms.TextInput({"autocomplete": "organization"}),
    )
    website = forms.CharField(
        label=_("Website"),
        max_length=300,
        required=False,
        widget=forms.TextInput({"autocomplete": "url", "inputmode": "url"}),
    )
    support_email = forms.CharField(
        label=_("E-mail for shoppers"),
        max_length=254,
        required=False,
        help_text=_("On receipts, and where a payment did not work."),
        widget=forms.TextInput({"autocomplete": "email", "inputmode": "email"}),
    )
    support_phone = forms.CharField(
        label=_("Telephone for shoppers"),
        max_length=30,
        required=False,
        help_text=_("With the country, such as +49 30 123456."),
        widget=forms.TextInput({"autocomplete": "tel", "inputmode": "tel"}),
    )
    statement_descriptor = forms.CharField(
        label=_("Statement descriptor"),
        max_length=22,
        required=False,
        help_text=_(
            "What the bank prints beside the amount: 5 to 22 letters. Shoppers who do not know it"
            " dispute the payment. Without one it is your trading name."
        ),
    )
    errors_said = {"trading_name": _("Enter the trading name")}


class Look(Setting):
    """The checkout's look."""

    display_name = forms.CharField(
        label=_("Name on the checkout"),
        max_length=80,
        required=False,
        help_text=_("Without one it is your trading name."),
    )
    logo = forms.FileField(
        label=_("Logo"),
        required=False,
        help_text=_("PNG, JPEG or SVG, at most 512 kB. Wide or square, with air around it."),
        widget=forms.FileInput({"accept": "image/png,image/jpeg,image/svg+xml"}),
    )
    remove_logo = forms.BooleanField(label=_("Show no logo"), required=False)
    colour = forms.CharField(
        label=_("Colour"),
        max_length=7,
        help_text=_("Of the button and links. We darken it until white words can be read on it."),
        widget=forms.TextInput({"type": "color"}),
    )
    radius = forms.IntegerField(
        label=_("Corners, in pixels"),
        min_value=0,
        max_value=branding.LARGEST_RADIUS,
        help_text=_("0 is square, 8 is soft, 24 is round."),
        error_messages={
            "min_value": _("Corners have a radius of 0 to 24 pixels."),
            "max_value": _("Corners have a radius of 0 to 24 pixels."),
        },
    )
    terms_url = forms.CharField(
        label=_("Terms of sale"),
        max_length=300,
        required=False,
        widget=forms.TextInput({"inputmode": "url"}),
    )
    privacy_url = forms.CharField(
        label=_("Privacy notice"),
        max_length=300,
        required=False,
        widget=forms.TextInput({"inputmode": "url"}),
    )
    receipts = forms.BooleanField(
        label=_("E-mail shoppers a receipt for each payment and refund"), required=False
    )
    receipt_footer = forms.CharField(
        label=_("Last line of receipts"),
        max_length=500,
        required=False,
        help_text=_("Such as your tax number, or how to send things back."),
        widget=forms.Textarea({"rows": 3}),
    )
    errors_said = {"radius": _("Enter a number from 0 to 24"), "colour": _("Choose a colour")}

    @property
    def inherited(self) -> frozenset[str]:
        """What is taken over from elsewhere, whatever the fields say."""
        return frozenset()

    def wanted(self) -> dict[str, Any]:
        """The fields of `merchants.branding.change`."""
        return {
            name: value
            for name, value in self.cleaned_data.items()
            if name not in {"logo", "remove_logo"}
        }

    def tried(self) -> dict[str, Any]:
        """What of it can be tried on before it is saved, for `merchants.drafts.sign`."""
        return self.wanted() | ({"logo": ""} if self.cleaned_data.get("remove_logo") else {})


class StoreLook(Look):
    """How the checkout of one store looks, where it looks different.

    A box beside each field says that it is the same as for all stores (`inherits`); the boxes are
    drawn by the template, each at its field.
    """

    support_email = forms.CharField(
        label=_("E-mail for shoppers"),
        max_length=254,
        required=False,
        widget=forms.TextInput({"autocomplete": "email", "inputmode": "email"}),
    )
    support_phone = forms.CharField(
        label=_("Telephone for shoppers"),
        max_length=30,
        required=False,
        widget=forms.TextInput({"autocomplete": "tel", "inputmode": "tel"}),
    )

    def __init__(
        self, *args: Any, everywhere: dict[str, Any], own: frozenset[str], **keywords: Any
    ) -> None:
        super().__init__(*args, **keywords)
        del self.fields["receipts"]
        self.everywhere, self.own = everywhere, own
        for name in branding.OWN:
            self.fields[name].widget.attrs["data-st-all"] = everywhere[name]

    @property
    def inherited(self) -> frozenset[str]:
        """The names of what is the same as for all stores: as ticked, else as saved."""
        if not self.is_bound:
            return frozenset(branding.OWN) - self.own
        if RESET in self.data:
            return frozenset(branding.OWN)
        assert isinstance(self.data, QueryDict)
        return frozenset(self.data.getlist("inherits")) & frozenset(branding.OWN)

    def clean(self) -> dict[str, Any]:
        """A field that is not the store's own cannot be wrong."""
        for name in self.inherited:
            self.errors.pop(name, None)
            self.cleaned_data[name] = self.everywhere[name] if name != "logo" else None
        return self.cleaned_data

    def tried(self) -> dict[str, Any]:
        """With the logo of all stores where it is taken over."""
        shared = {"logo": self.everywhere["logo"]} if "logo" in self.inherited else {}
        return super().tried() | shared


class Sites(Setting):
    """The merchant's own sites, one a line."""

    checkout_origins = forms.CharField(
        label=_("Sites, one a line"),
        required=False,
        max_length=10_000,
        help_text=_("Such as https://shop.example. Name each host on its own, with www or not."),
        widget=forms.Textarea({"rows": 5, "spellcheck": "false", "autocapitalize": "none"}),
    )

    def __init__(self, *args: Any, mode: str, **keywords: Any) -> None:
        super().__init__(*args, **keywords)
        self._mode = mode

    def clean_checkout_origins(self) -> list[str]:
        """The origins; a mistake names its line."""
        found, mistakes = [], []
        for text in self.cleaned_data["checkout_origins"].replace(",", " ").split():
            try:
                found.append(sites.check(text, self._mode))
            except Problem as problem:
                mistakes.append(f"{text[:80]}: {tables.refusal(problem)}")
        if mistakes:
            raise forms.ValidationError(mistakes)
        return found


class NewStore(Setting):
    """A store to open."""

    name = forms.CharField(label=_("Name of the store"), max_length=200)
    country = forms.ChoiceField(
        label=_("Country"), choices=countries, help_text=_("It stays: payments are reported by it.")
    )
    website = forms.CharField(
        label=_("Website"),
        max_length=300,
        required=False,
        widget=forms.TextInput({"inputmode": "url"}),
    )
    errors_said = {
        "name": _("Enter the name of the store"),
        "country": _("Choose the country of the store"),
    }


class Store(Setting):
    """What can be changed of a store."""

    name = forms.CharField(label=_("Name of the store"), max_length=200)
    website = forms.CharField(
        label=_("Website"),
        max_length=300,
        required=False,
        widget=forms.TextInput({"inputmode": "url"}),
    )
    errors_said = {"name": _("Enter the name of the store")}


def currencies() -> list[tuple[str, str]]:
    """Every currency by its code, with its name in the page's language."""
    names = babel_locale().currencies
    return [(code, f"{code} · {names.get(code, row['name'])}") for code, row in _currencies()]


def _currencies() -> list[tuple[str, dict]]:
    return sorted(money.currencies().items())


def zones() -> list[tuple[str, str]]:
    """The places of the IANA data base."""
    return [("UTC", "UTC"), *((one, one.replace("_", " ")) for one in sorted(_places()))]


def _places() -> list[str]:
    return [one for one in available_timezones() if "/" in one and not one.startswith("Etc/")]


def languages() -> list[tuple[str, str]]:
    """The languages of the portal, each in itself."""
    return list(settings.LANGUAGES)


class Time(Setting):
    """Where and how somebody reads."""

    time_zone = forms.ChoiceField(label=_("Time zone"), choices=zones)
    language = forms.ChoiceField(label=_("Language"), choices=languages)


class Money(Time):
    """What the merchant takes, and its day."""

    default_currency = forms.ChoiceField(
        label=_("Default currency"),
        choices=currencies,
        help_text=_("What new links and forms begin with."),
    )
    currencies = forms.MultipleChoiceField(
        label=_("Currencies you take"),
        choices=currencies,
        required=False,
        help_text=_("None chosen means every one. A payment in another is refused with a reason."),
        widget=forms.CheckboxSelectMultiple,
    )


class Role(Setting):
    """What somebody may do here: the roles that who chooses may give."""

    role = forms.ChoiceField(
        label=_("Role"),
        widget=forms.RadioSelect,
        error_messages={"invalid_choice": _("Choose a role that you may give")},
    )
    errors_said = {"role": _("Choose a role")}

    def __init__(self, *args: Any, desk: Desk, **keywords: Any) -> None:
        super().__init__(*args, **keywords)
        every = custom_roles.every(desk.business.pk)
        self._given = [one for one in every if team.may_give(desk.held, one.held)]
        self._beyond = [one for one in every if one not in self._given]
        choices = [(one.name, one.title) for one in self._given]
        self.fields["role"].choices = choices  # type: ignore[attr-defined]

    def options(self) -> list[tuple[str, str, str]]:
        """The roles to choose from: name, title, and what it is for."""
        return [
            (one.name, titled(one), gettext(one.use) if one.use else str(OWN_USE))
            for one in self._given
        ]

    def beyond(self) -> list[str]:
        """Roles that only somebody with more rights may give."""
        return [titled(one) for one in self._beyond]


def titled(role: custom_roles.Role) -> str:
    """A role's name in the reader's language; a business's own says its own."""
    return role.title if role.custom else gettext(role.title)


class Invite(Role):
    """Somebody to invite."""

    email = forms.CharField(
        label=_("E-mail"),
        max_length=254,
        help_text=_("We write to this address. Only its owner can accept."),
        widget=forms.TextInput({"autocomplete": "off", "inputmode": "email"}),
    )
    field_order = ["email", "role"]
    errors_said = {**Role.errors_said, "email": _("Enter the e-mail address")}


class Notices(forms.Form):
    """Boxes of a grid: each kind of notice by each way it may come."""

    def __init__(self, *args: Any, shown: list[notices.Notice], **keywords: Any) -> None:
        super().__init__(*args, **keywords)
        self._shown = shown
        for notice in shown:
            for way in notices.WAYS:
                self.fields[f"{notice.kind}:{way}"] = forms.BooleanField(
                    required=False, disabled=notice.keep and way == "portal"
                )

    def choices(self) -> dict[str, list[str]]:
        """By kind, the ways that were ticked."""
        return {
            one.kind: [way for way in notices.WAYS if self.cleaned_data[f"{one.kind}:{way}"]]
            for one in self._shown
        }

    def groups(self) -> list[tuple[str, list[tuple[notices.Notice, list[forms.BoundField]]]]]:
        """The rows of the grid under their headings."""
        found: dict[str, list] = {}
        for one in self._shown:
            boxes = [self[f"{one.kind}:{way}"] for way in notices.WAYS]
            found.setdefault(one.group, []).append((one, boxes))
        return list(found.items())
