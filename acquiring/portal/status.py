"""States in people's words: one word, one tone and one icon each, the same on every page.

The tones and icons are those of the design language; a state that is not here is a bug.
"""

from __future__ import annotations

from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import pgettext_lazy


class Look(NamedTuple):
    """How a state is shown."""

    word: str | Promise
    tone: str
    icon: str


PAYMENT = {
    "created": Look(pgettext_lazy("payment", "Created"), "calm", "point"),
    "requires_action": Look(pgettext_lazy("payment", "Waiting for shopper"), "wait", "hand-click"),
    "pending": Look(pgettext_lazy("payment", "Pending"), "wait", "clock"),
    "authorized": Look(pgettext_lazy("payment", "Authorized"), "info", "lock"),
    "captured": Look(pgettext_lazy("payment", "Captured"), "ok", "check"),
    "declined": Look(pgettext_lazy("payment", "Declined"), "bad", "x"),
    "canceled": Look(pgettext_lazy("payment", "Canceled"), "calm", "ban"),
    "expired": Look(pgettext_lazy("payment", "Expired"), "calm", "clock-off"),
    "unknown": Look(pgettext_lazy("payment", "Unknown"), "unsure", "help"),
    "refunded": Look(pgettext_lazy("payment", "Refunded"), "calm", "arrow-back-up"),
    "partly_refunded": Look(pgettext_lazy("payment", "Partly refunded"), "calm", "arrow-back-up"),
    "disputed": Look(pgettext_lazy("payment", "Disputed"), "bad", "scale"),
    "review": Look(pgettext_lazy("payment", "In review"), "wait", "eye"),
}
ATTEMPT = {
    "new": Look(pgettext_lazy("attempt", "Prepared"), "calm", "point"),
    "sent": Look(pgettext_lazy("attempt", "Sent"), "wait", "clock"),
    "action": Look(pgettext_lazy("attempt", "Waiting for shopper"), "wait", "hand-click"),
    "pending": Look(pgettext_lazy("attempt", "Pending"), "wait", "clock"),
    "unknown": Look(pgettext_lazy("attempt", "Unknown"), "unsure", "help"),
    "authorized": Look(pgettext_lazy("attempt", "Authorized"), "info", "lock"),
    "captured": Look(pgettext_lazy("attempt", "Captured"), "ok", "check"),
    "declined": Look(pgettext_lazy("attempt", "Declined"), "bad", "x"),
    "refused": Look(pgettext_lazy("attempt", "Refused"), "bad", "x"),
    "voided": Look(pgettext_lazy("attempt", "Voided"), "calm", "ban"),
    "expired": Look(pgettext_lazy("attempt", "Expired"), "calm", "clock-off"),
}
OPERATION = {
    "pending": Look(pgettext_lazy("operation", "Pending"), "wait", "clock"),
    "succeeded": Look(pgettext_lazy("operation", "Done"), "ok", "check"),
    "failed": Look(pgettext_lazy("operation", "Failed"), "bad", "x"),
    "unknown": Look(pgettext_lazy("operation", "Unknown"), "unsure", "help"),
}
SESSION = {
    "open": Look(pgettext_lazy("session", "Open"), "wait", "clock"),
    "complete": Look(pgettext_lazy("session", "Paid"), "ok", "check"),
    "expired": Look(pgettext_lazy("session", "Expired"), "calm", "clock-off"),
}
LINK = {
    "open": Look(pgettext_lazy("link", "Open"), "info", "link"),
    "inactive": Look(pgettext_lazy("link", "Closed"), "calm", "ban"),
    "paid": Look(pgettext_lazy("link", "Paid"), "ok", "check"),
    "expired": Look(pgettext_lazy("link", "Expired"), "calm", "clock-off"),
}
DELIVERY = {
    "pending": Look(pgettext_lazy("delivery", "Waiting"), "wait", "clock"),
    "succeeded": Look(pgettext_lazy("delivery", "Delivered"), "ok", "check"),
    "failed": Look(pgettext_lazy("delivery", "Failed"), "bad", "x"),
    "abandoned": Look(pgettext_lazy("delivery", "Given up"), "calm", "ban"),
}
APPLICATION = {
    "draft": Look(pgettext_lazy("application", "Not sent yet"), "calm", "pencil"),
    "checking": Look(pgettext_lazy("application", "Being checked"), "wait", "clock"),
    "needs_information": Look(pgettext_lazy("application", "Needs you"), "wait", "help"),
    "in_review": Look(pgettext_lazy("application", "In review"), "wait", "eye"),
    "approved": Look(pgettext_lazy("application", "Approved"), "ok", "check"),
    "refused": Look(pgettext_lazy("application", "Refused"), "bad", "x"),
}
BUSINESS = APPLICATION | {
    "sandbox": Look(pgettext_lazy("business", "Test only"), "calm", "flask"),
    "applied": Look(pgettext_lazy("business", "Applied"), "wait", "clock"),
    "suspended": Look(pgettext_lazy("business", "Suspended"), "bad", "ban"),
}
PROPOSAL = {
    "waiting": Look(pgettext_lazy("proposal", "Waiting"), "wait", "clock"),
    "approved": Look(pgettext_lazy("proposal", "Approved"), "info", "loader-2"),
    "done": Look(pgettext_lazy("proposal", "Done"), "ok", "check"),
    "failed": Look(pgettext_lazy("proposal", "Refused"), "bad", "x"),
    "declined": Look(pgettext_lazy("proposal", "Declined"), "bad", "x"),
    "withdrawn": Look(pgettext_lazy("proposal", "Taken back"), "calm", "ban"),
    "expired": Look(pgettext_lazy("proposal", "Expired"), "calm", "clock-off"),
}
KINDS = {
    "business": BUSINESS,
    "application": APPLICATION,
    "payment": PAYMENT,
    "attempt": ATTEMPT,
    "refund": OPERATION,
    "capture": OPERATION,
    "void": OPERATION,
    "session": SESSION,
    "link": LINK,
    "delivery": DELIVERY,
    "proposal": PROPOSAL,
}


def look(kind: str, state: str) -> Look:
    """How a state of this kind of thing is shown; raises KeyError for one that does not exist."""
    return KINDS[kind][state]


def of_payment(status: str, captured: int, refunded: int, disputed: int = 0) -> str:
    """The word for a payment, which its refunds and disputes change. Sums are minor units."""
    if status != "captured" or not captured:
        return status
    if disputed:
        return "disputed"
    if refunded >= captured:
        return "refunded"
    return "partly_refunded" if refunded else status
