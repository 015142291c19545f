"""How this room says things: methods, cards, declines, people, sums."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from acquiring.core.money import Money
from acquiring.portal import naming, status

WHO = {
    "issuer": _("the shopper's bank"),
    "network": _("the card network"),
    "acquirer": _("the acquirer"),
    "provider": _("the provider"),
    "wallet": _("the wallet"),
    "bank": _("the bank"),
    "shopper": _("the shopper"),
    "merchant": _("your own settings"),
    "platform": _("our risk rules"),
}
RETRY = {
    "never": _("Another try with the same details will not work."),
    "now": _("Another try can be made at once."),
    "later": _("A later try can work."),
    "after_change": _("Another try can work once something has changed."),
}
REASONS = {
    "capture": pgettext_lazy("transfer", "Captured"),
    "fee": pgettext_lazy("transfer", "Our fee"),
    "release": pgettext_lazy("transfer", "Made available"),
    "refund": pgettext_lazy("transfer", "Refunded"),
    "refund_returned": pgettext_lazy("transfer", "Refund came back"),
    "surplus": pgettext_lazy("transfer", "Taken twice"),
    "surplus_returned": pgettext_lazy("transfer", "Surplus sent back"),
}


def method_of(payment: Any) -> tuple[str, str]:
    """What was paid with: in words (`Visa ·· 4242`, `iDEAL`), and the name of its logo."""
    card = payment.method_details.get("card")
    if card:
        return naming.card(card["brand"], card["last4"]), card["brand"]
    return naming.method(payment.method), payment.method


def sum_of(amount: int, currency: str) -> str:
    """Minor units as text: "1,249.00 EUR"."""
    whole, point, part = Money(abs(amount), currency).major().partition(".")
    sign = "\u2212" if amount < 0 else ""
    return f"{sign}{int(whole):,}{point}{part} {currency}"


def look_of(payment: Any, doubtful: bool = False) -> str:
    """The one word for a payment: doubt before everything, then what became of its money."""
    if doubtful and payment.status not in {"authorized", "captured"}:
        return "unknown"
    return status.of_payment(
        payment.status,
        payment.amount_captured,
        payment.amount_refunded,
        payment.amount_disputed,
    )


def person_of(payment: Any) -> tuple[str, str]:
    """Who paid: name and e-mail, empty where nobody said."""
    customer = payment.shopper.get("customer") or {}
    return customer.get("name") or "", customer.get("email") or ""
