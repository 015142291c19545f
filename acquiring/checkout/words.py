"""What a shopper is told, in their language: declines that say what helps, waits that say for what.

Nobody is blamed, no raw code is shown, and a shopper is never told of a suspicion.
"""

from __future__ import annotations

from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy, pgettext, to_locale
from django.utils.translation import gettext as _

from acquiring import catalogue
from acquiring.checkout.visits import Visit
from acquiring.payments.records import Payment

GROUPS: dict[str, str | Promise] = {
    "card": gettext_lazy("Cards"),
    "wallet": gettext_lazy("Wallets"),
    "bank": gettext_lazy("Bank"),
    "cash": gettext_lazy("Cash"),
    "later": gettext_lazy("Pay later"),
}
GROUP_OF = {
    "card": "card",
    "wallet": "wallet",
    "qr": "wallet",
    "bank_redirect": "bank",
    "direct_debit": "bank",
    "open_banking": "bank",
    "real_time": "bank",
    "bank_transfer": "bank",
    "voucher": "cash",
    "pay_later": "later",
    "installment": "later",
    "mobile_money": "wallet",
    "crypto": "wallet",
    "gift_card": "wallet",
    "carrier_billing": "wallet",
    "virtual_account": "bank",
}
HINTS: dict[str, str | Promise] = {
    "bank_redirect": gettext_lazy("Straight from your bank account"),
    "open_banking": gettext_lazy("Straight from your bank account"),
    "real_time": gettext_lazy("You confirm in your bank's app"),
    "direct_debit": gettext_lazy("Taken from your bank account in a few days"),
    "bank_transfer": gettext_lazy("You transfer the amount yourself"),
    "voucher": gettext_lazy("You pay in cash at a shop near you"),
    "pay_later": gettext_lazy("Pay later or in parts"),
    "qr": gettext_lazy("Scan a code with your app"),
}
# By category of `catalogue/declines.toml`.
REASONS: dict[str, str | Promise] = {
    "funds": gettext_lazy("It says there is not enough money on it right now."),
    "limit": gettext_lazy("The amount is above what your bank allows on it."),
    "details": gettext_lazy("A number or date did not match. Check what you typed."),
    "account": gettext_lazy("It cannot be used for this payment."),
    "authentication": gettext_lazy("The confirmation with your bank was not completed."),
    "security": gettext_lazy("Your bank gave no reason."),
    "permission": gettext_lazy(
        "It is not allowed for payments of this kind. Your bank can change that."
    ),
    "shopper": gettext_lazy("You stopped the payment."),
    "expiry": gettext_lazy("The time to confirm it ran out."),
    "agreement": gettext_lazy("Your earlier consent has ended."),
    "credit": gettext_lazy("The provider did not agree to this purchase."),
    "setup": gettext_lazy("It cannot be used in this shop right now."),
    "technical": gettext_lazy("The bank or provider could not be reached."),
}
UNSAID = gettext_lazy("Your bank gave no reason.")


class Told(NamedTuple):
    """A decline in words; `again` whether the same card may be tried once more."""

    title: str
    reason: str
    again: bool
    again_hint: str


def method_name(code: str) -> str:
    """A payment method as the shopper knows it: its name in their language, else in English."""
    known = catalogue.methods().get(code)
    if known is None:
        return code
    local = known.named(_locale())
    return local.partition(" (")[0] if local == known.name else local


def _locale() -> str:
    return to_locale(get_language() or "en")


def decline(visit: Visit) -> Told | None:
    """What became of the newest try, where it came to nothing; None where there is none."""
    payment = visit.book.payment if visit.book else None
    if payment is None or payment.status not in {"declined", "canceled", "expired"}:
        return None
    if payment.status == "canceled":
        return Told(_("You went back"), _("That payment was stopped."), True, "")
    known = catalogue.declines().get(payment.decline_code)
    reason = REASONS.get(known.category, UNSAID) if known else UNSAID
    if payment.status == "expired":
        return Told(_("The time to pay ran out"), str(REASONS["expiry"]), True, "")
    again = known is not None and known.retryable and payment.method == "card"
    return Told(_title(payment), str(reason), again, _again_hint(known))


def _title(payment: Payment) -> str:
    card = payment.method_details.get("card")
    if card:
        return _("Your bank did not approve this card")
    return _("%(method)s did not approve the payment") % {"method": method_name(payment.method)}


def _again_hint(known: catalogue.Decline | None) -> str:
    hints = {
        "funds": _("After you moved money, for example"),
        "limit": _("After you raised the limit, for example"),
        "details": _("With the right code"),
        "authentication": _("And confirm it with your bank"),
        "technical": _("It may work now"),
    }
    return hints.get(known.category, "") if known else ""


def paid_with(visit: Visit) -> str:
    """What the payment was made with: "Visa ·· 4242", or the method's name."""
    return used(visit.book.payment) if visit.book else ""


def used(payment: Payment) -> str:
    """A payment's card or method."""
    details = payment.method_details
    card, wallet = details.get("card"), details.get("wallet", {})
    if card:
        return card_name(card["brand"], card["last4"])
    name = method_name(payment.method)
    return f"{name} ·· {wallet['last4']}" if wallet.get("last4") else name


def card_name(brand: str, last4: str) -> str:
    """A card as its owner knows it."""
    known = catalogue.brands().get(brand)
    return f"{known.named(_locale()) if known else _('Card')} ·· {last4}"


def destination(payment: Payment) -> str:
    """Whom a hand-over leads to."""
    if payment.method == "card":
        return pgettext("we take you to", "your bank")
    return method_name(payment.method)


def waiting(visit: Visit) -> str:
    """What a page that waits says of the moment."""
    told = {
        "asking": _("Asking your bank"),
        "action": _("Waiting for you to confirm"),
        "pending": _("The payment is being processed"),
        "paid": _("Paid"),
        "choose": _("The payment did not go through"),
    }
    return told.get(visit.state, "")


def another_card() -> str:
    """The row of the card form, where a card of the shopper's stands beside it."""
    return _("Another card")


def saved_until(expires: str) -> str:
    """The line under a saved card."""
    return _("Saved, expires %(expires)s") % {"expires": expires}


def once_more(card: str) -> str:
    """The row of the card that was just declined."""
    return _("%(card)s again") % {"card": card}


def mistakes() -> dict[str, str]:
    """The sentences about a card that the page's script says while the shopper types."""
    return {
        "number": _("One of the digits is wrong. Compare the number with your card."),
        "number_empty": _("Type the card number"),
        "number_short": _("The card number is not complete yet."),
        "brand": _("This shop does not take %(brand)s cards."),
        "expiry": _("Type the date as on your card, such as 08 / 29"),
        "expired": _("This date has passed. Use a card that is still valid."),
        "code3": _("The security code has 3 digits. It is on the back of your card, on the right."),
        "code4": _("The security code has 4 digits. It is on the front of your card."),
        "found": _("%(brand)s recognised"),
    }
