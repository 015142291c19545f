"""Apple Pay and Google Pay through one account: what their live buttons need, typed once."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from acquiring.core.errors import Problem
from acquiring.portal import naming
from acquiring.portal.accounts.connecting import password_first
from acquiring.portal.accounts.views import CHANGE
from acquiring.portal.frame import draw, page, place
from acquiring.portal.settings.forms import Setting
from merchants import joining, wallets
from merchants.services import user_actor

TITLES: dict[str, str | Promise] = {
    wallets.GOOGLE_ID: _("Your merchant id at Google"),
    wallets.APPLE_ID: _("Your merchant identifier at Apple"),
    wallets.CERTIFICATE: _("Merchant identity certificate"),
    wallets.KEY: _("Private key of the certificate"),
    "publishable_key": _("Publishable key"),
    "open_id": _("Open id of the account"),
    "gateway_merchant_id": _("Merchant id for Google Pay"),
}
HELP: dict[str, str | Promise] = {
    wallets.GOOGLE_ID: _("In the Google Pay & Wallet Console, top right."),
    wallets.APPLE_ID: _("In the Apple Developer account; it begins with merchant."),
    wallets.CERTIFICATE: _("As PEM text. The certificate that decrypts payments is another one."),
    wallets.KEY: _("As PEM text, without a password. It is sealed and never shown again."),
    "publishable_key": _("It begins with pk_live_ and is in the provider's dashboard."),
    "open_id": _("It begins with acct_ and is in the provider's dashboard."),
    "gateway_merchant_id": _("The provider gives it to you for Google Pay."),
}
PEM = (wallets.CERTIFICATE, wallets.KEY)


class Needed(Setting):
    """A field for each value that a wallet needs at a provider."""

    def __init__(self, *args: Any, names: tuple[str, ...], **named: Any) -> None:
        super().__init__(*args, **named)
        self.fields |= {name: self._field(name) for name in names}

    def _field(self, name: str) -> forms.CharField:
        plain = {"class": "form-control", "autocomplete": "off", "spellcheck": "false"}
        mono = {**plain, "class": "form-control cv-mono", "rows": 5}
        return forms.CharField(
            label=str(TITLES[name]),
            max_length=wallets.LONGEST,
            help_text=str(HELP[name]),
            widget=forms.Textarea(mono) if name in PEM else forms.TextInput(plain),
            error_messages={"required": gettext("Enter: %(name)s") % {"name": TITLES[name]}},
        )


@password_first
@page(CHANGE)
def show(request: HttpRequest, desk: Any, shown: str, wallet: str) -> HttpResponse:
    """The form of one wallet at one account; what was typed before is not shown again."""
    row = joining.row(desk.tenant.id, shown)
    if wallet not in wallets.offered(row.provider):
        raise Http404(wallet)
    form = Needed(request.POST or None, names=wallets.asked(row.provider, wallet))
    if request.method == "POST" and form.is_valid():
        try:
            wallets.save(row, wallet, form.cleaned_data, user_actor(desk.user))
        except Problem as problem:
            form.refuse(problem)
        else:
            said = gettext("%(name)s is shown to shoppers from now on")
            messages.success(request, said % {"name": naming.method(wallet)})
            return redirect(place(desk, "account", shown))
    context = {"row": row, "shown": shown, "form": form, "name": naming.method(wallet)}
    context["is_apple"] = wallet == wallets.APPLE
    return draw(request, desk, "portal/account_wallet.html", context, 422 if form.errors else 200)


@require_POST
@page(CHANGE)
def drop(request: HttpRequest, desk: Any, shown: str, wallet: str) -> HttpResponse:
    """Show the wallet's button no more."""
    row = joining.row(desk.tenant.id, shown)
    wallets.drop(row, wallet, user_actor(desk.user))
    said = gettext("%(name)s is no longer shown to shoppers")
    messages.success(request, said % {"name": naming.method(wallet)})
    return redirect(place(desk, "account", shown))
