"""What the catalogue says of methods, in the reader's words."""

from __future__ import annotations

from babel.lists import format_list
from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_lazy, ngettext, pgettext_lazy

from acquiring.catalogue import Connector, Method
from acquiring.catalogue.records import Places
from acquiring.portal.templatetags.caravel import babel_locale

FEW = 3
KINDS: dict[str, str | Promise] = {
    "bank_redirect": gettext_lazy("Bank page"),
    "bank_transfer": gettext_lazy("Bank transfer"),
    "card": pgettext_lazy("kind of method", "Cards"),
    "carrier_billing": gettext_lazy("Telephone bill"),
    "crypto": gettext_lazy("Crypto"),
    "direct_debit": gettext_lazy("Direct debit"),
    "gift_card": gettext_lazy("Gift card"),
    "installment": gettext_lazy("Instalments"),
    "mobile_money": gettext_lazy("Mobile money"),
    "open_banking": gettext_lazy("Open banking"),
    "pay_later": gettext_lazy("Pay later"),
    "qr": gettext_lazy("QR code"),
    "real_time": gettext_lazy("Real-time payment"),
    "virtual_account": gettext_lazy("Virtual account"),
    "voucher": gettext_lazy("Voucher and cash"),
    "wallet": gettext_lazy("Wallet"),
}
FLOWS: dict[str, str | Promise] = {
    "card": gettext_lazy("The shopper types the card"),
    "redirect": gettext_lazy("The shopper goes to another page and comes back"),
    "app": gettext_lazy("An app opens"),
    "qr": gettext_lazy("The shopper scans a code"),
    "voucher": gettext_lazy("The shopper pays a reference at a counter"),
    "bank_details": gettext_lazy("The shopper transfers the sum"),
    "push": gettext_lazy("The shopper's phone asks"),
    "code": gettext_lazy("The shopper types a code of their bank"),
    "mandate": gettext_lazy("The shopper agrees to a debit"),
    "wallet_token": gettext_lazy("The device's wallet pays"),
}
CONFIRMED: dict[str, str | Promise] = {
    "instant": gettext_lazy("At once"),
    "minutes": gettext_lazy("Within minutes"),
    "days": gettext_lazy("Within days"),
}
REFUNDS: dict[str, str | Promise] = {
    "partial": gettext_lazy("Whole or in part"),
    "full": gettext_lazy("Whole only"),
    "none": gettext_lazy("Not possible"),
}
CAPTURES: dict[str, str | Promise] = {
    "automatic": gettext_lazy("At once only"),
    "manual": gettext_lazy("Later only"),
    "both": gettext_lazy("At once or later"),
}
CAN: dict[str, str | Promise] = {
    "refund": gettext_lazy("Can be refunded"),
    "recurring": gettext_lazy("Can be charged again"),
    "manual": gettext_lazy("Can be captured later"),
    "instant": gettext_lazy("Is known at once"),
    "no_chargebacks": gettext_lazy("Has no chargebacks"),
}
STATES: dict[str, str | Promise] = {
    "live": gettext_lazy("Offered"),
    "off": gettext_lazy("Switched off"),
    "legacy": gettext_lazy("Legacy, not offered"),
    "open": gettext_lazy("Needs an account"),
    "nobody": gettext_lazy("Not reached yet"),
}
TONES = {
    "live": ("ok", "check"),
    "off": ("calm", "ban"),
    "legacy": ("calm", "history"),
    "open": ("calm", "plug-connected-x"),
    "nobody": ("calm", "circle-dashed"),
}


def countries(places: Places) -> str:
    """Few countries by name, many by their number."""
    if places == "*":
        return gettext("Everywhere")
    names = [babel_locale().territories.get(code, code) for code in sorted(places)]
    if len(names) > FEW:
        count = len(names)
        return ngettext("%(count)s country", "%(count)s countries", count) % {"count": count}
    return ", ".join(sorted(names))


def every_country(places: Places) -> str:
    """All countries by name, in a sentence."""
    if places == "*":
        return gettext("Everywhere")
    locale = babel_locale()
    names = sorted(locale.territories.get(code, code) for code in places)
    return format_list(names, locale=locale)


def currencies(places: Places) -> str:
    """Few currencies by code, many by their number."""
    if places == "*":
        return gettext("Any currency")
    if len(places) > FEW:
        count = len(places)
        return ngettext("%(count)s currency", "%(count)s currencies", count) % {"count": count}
    return ", ".join(sorted(places))


def can(method: Method, connectors: tuple[Connector, ...]) -> frozenset[str]:
    """What can be done with a method through one provider at least, as keys of CAN."""
    found = {"instant"} if method.confirmation == "instant" else set()
    if method.chargebacks is False:
        found.add("no_chargebacks")
    for one in connectors:
        if one.refund in ("full", "partial"):
            found.add("refund")
        if one.recurring:
            found.add("recurring")
        if one.capture in ("manual", "both"):
            found.add("manual")
    return frozenset(found)


def refund(connectors: tuple[Connector, ...]) -> str:
    """The most that any of them can send back."""
    told = {one.refund for one in connectors}
    word = next((word for word in ("partial", "full", "none") if word in told), "")
    return str(REFUNDS[word]) if word else gettext("Not known")
