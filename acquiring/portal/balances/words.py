"""How balances and the ledger are said: accounts, and what a transfer was for."""

from __future__ import annotations

from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from acquiring.core import ids

REASONS: dict[str, str | Promise] = {
    "capture": pgettext_lazy("transfer", "Captured"),
    "fee": pgettext_lazy("transfer", "Our fee"),
    "release": pgettext_lazy("transfer", "Made available"),
    "refund": pgettext_lazy("transfer", "Refunded"),
    "refund_returned": pgettext_lazy("transfer", "Refund came back"),
    "surplus": pgettext_lazy("transfer", "Taken twice"),
    "surplus_returned": pgettext_lazy("transfer", "Surplus sent back"),
}
OWN: dict[str, str | Promise] = {
    "pending": _("Pending"),
    "available": _("Available"),
    "reserve": _("Reserve"),
    "dispute": _("In dispute"),
    "surplus": _("Taken twice, on its way back"),
}


def reason(code: str) -> str:
    """What a transfer was for."""
    return str(REASONS.get(code, code.replace("_", " ")))


def is_own(merchant_id: UUID, path: str) -> bool:
    """Whether an account is the merchant's own money."""
    return path.startswith(f"merchant:{ids.show('mer', merchant_id)}:")


def account(path: str, providers: dict[str, str]) -> str:
    """An account in words, without its currency. `providers` are titles by outside account id."""
    head, name, kind = (*path.split(":"), "", "")[:3]
    if head == "merchant":
        return str(OWN.get(kind, kind))
    if head == "provider":
        return gettext("Owed by %(provider)s") % {"provider": providers.get(name, name)}
    if head == "fees":
        return gettext("Our fees")
    return path
