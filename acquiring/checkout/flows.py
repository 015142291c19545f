"""What the page of a next action needs to know beyond the action itself, by its type.

Every page of `templates/checkout/flows/` waits for something that happens elsewhere: a code is
scanned or paid at a counter, money is transferred, an app confirms. What a driver says of it is in
`acquiring.connectors.actions`; here it becomes what the shopper reads.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from babel.dates import format_skeleton, format_time, get_timezone_name
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from acquiring import catalogue
from acquiring.checkout import barcodes, languages, words
from acquiring.checkout.visits import Visit, carried
from acquiring.payments.records import Book, Payment
from merchants.services import now_for

DRAWN = frozenset({"app", "qr", "voucher", "bank_details", "wait"})
CHOICE = "choose"  # in the query: the ways to pay, rather than another code
# Types whose time may be set by the payment's own end, where the provider names none.
TIMED = frozenset({"qr", "wait"})
# A BLIK code lives two minutes (blik.com), and so does the question in the bank's app.
LIFE = {"blik": timedelta(minutes=2)}
LAPSED = frozenset({"payment_expired"})
# Where a voucher's deadline is read: at home, by the counter's clock.
HOME = {
    "BR": "America/Sao_Paulo",
    "JP": "Asia/Tokyo",
    "MX": "America/Mexico_City",
    "PT": "Europe/Lisbon",
}
STORES = {
    "familymart": "FamilyMart",
    "lawson": "Lawson",
    "ministop": "Ministop",
    "seicomart": "Seicomart",
}
BANK_LINES: dict[str, str | Promise] = {
    "account_holder": gettext_lazy("Account holder"),
    "bank_name": gettext_lazy("Bank"),
    "iban": "IBAN",
    "account_number": gettext_lazy("Account number"),
    "sort_code": gettext_lazy("Sort code"),
    "routing_number": gettext_lazy("Routing number"),
    "bank_code": gettext_lazy("Bank code"),
    "branch_code": gettext_lazy("Branch code"),
    "bic": "BIC",
}
GROUPED = frozenset({"iban", "account_number"})


class Deadline(NamedTuple):
    """Until when: the moment, how a place's calendar and clock say it, what is left of the time."""

    at: datetime
    day: str
    clock: str
    zone: str
    left_seconds: int
    total_seconds: int

    @property
    def share(self) -> int:
        """What is left of the time, in per cent."""
        return self.left_seconds * 100 // max(self.total_seconds, 1)


class Line(NamedTuple):
    """Something to copy: what it is, how it is read, and how it is pasted."""

    label: str
    shown: str
    copied: str
    loud: bool = False


def present(action: Mapping[str, Any], book: Book, request: HttpRequest) -> dict[str, Any]:
    """The context of `templates/checkout/flows/<type>.html`."""
    payment, kind = book.payment, drawn(action)
    around = {
        "name": words.method_name(payment.method),
        "phone": "Mobi" in request.META.get("HTTP_USER_AGENT", ""),
        "deadline": deadline(action, book),
        "renewable": renewable(payment),
        "once": payment.id.hex,
    }
    for name in ("fresh", "code", "picture"):
        place = reverse(f"checkout_{name}", args=[request.resolver_match.kwargs["token"]])  # type: ignore[union-attr]
        around[f"{name}_url"] = f"{place}{carried(request)}"
    return around | SHOWN[kind](action, payment)


def drawn(action: Mapping[str, Any]) -> str:
    """Which page draws an action; a type that has none waits in words."""
    kind = str(action.get("type", ""))
    return kind if kind in DRAWN else "wait"


def ran_out(visit: Visit) -> bool:
    """Whether the newest try was a code whose time ran out, and another can be had."""
    payment = visit.book.payment if visit.book else None
    if payment is None or not (payment.status == "expired" or payment.decline_code in LAPSED):
        return False
    return renewable(payment) and _flow(payment) in {"qr", "push", "app"}


def renewal(visit: Visit) -> dict[str, Any]:
    """The context of the page that offers another code in place of the one that ran out."""
    assert visit.book is not None
    payment = visit.book.payment
    joint = "&" if visit.carried else "?"
    return {
        "name": words.method_name(payment.method),
        "fresh_url": visit.place("checkout_fresh"),
        "choice_url": f"{visit.address}{joint}{CHOICE}",
        "once": payment.id.hex,
    }


def renewable(payment: Payment) -> bool:
    """Whether the same can be tried again without typing: no code, account or tax number."""
    if payment.method not in catalogue.methods() or payment.token_id or payment.method == "card":
        return False
    needs = {
        need for one in catalogue.connectors() if one.method == payment.method for need in one.needs
    }
    return not any(need.startswith("details.") for need in needs)


def deadline(action: Mapping[str, Any], book: Book) -> Deadline | None:
    """Until when the shopper can do it; None where nobody says."""
    payment = book.payment
    since = book.attempts[-1].sent_at if book.attempts else None
    start = since or payment.created_at
    until = _moment(action.get("expires_at", ""))
    if until is None and payment.method in LIFE:
        until = start + LIFE[payment.method]
    if until is None and action.get("type") in TIMED:
        until = payment.expires_at
    if until is None:
        return None
    now = now_for(payment.merchant_id)
    locale = languages.babel(get_language() or "en")
    zone = ZoneInfo(HOME.get(_home(payment), "UTC"))
    here = until.astimezone(zone)
    return Deadline(
        at=until,
        day=format_skeleton("MMMMEEEEd", here, tzinfo=zone, locale=locale),
        clock=format_time(here, "short", tzinfo=zone, locale=locale),
        zone=get_timezone_name(here, locale=locale),
        left_seconds=max(0, int((until - now).total_seconds())),
        total_seconds=max(1, int((until - start).total_seconds())),
    )


def grouped(text: str, size: int = 4) -> str:
    """A long number as people read it out: in groups."""
    plain = "".join(text.split())
    return " ".join(plain[at : at + size] for at in range(0, len(plain), size))


def masked(phone: str) -> str:
    """A telephone number of which only its owner recognises the rest: "+351 ••• ••• 678"."""
    return f"{phone[:4]} ••• ••• {phone[-3:]}" if len(phone) > 7 else phone


def _app(action: Mapping[str, Any], payment: Payment) -> dict[str, Any]:
    return {"page_url": action.get("fallback_url", "")}


def _qr(action: Mapping[str, Any], payment: Payment) -> dict[str, Any]:
    return {"app_url": action.get("app_url", "")}


def _voucher(action: Mapping[str, Any], payment: Payment) -> dict[str, Any]:
    reference, barcode = str(action["reference"]), str(action.get("barcode", ""))
    bars = None
    if barcode:
        bars = barcodes.boleto(barcode) if payment.method == "boleto" else None
        bars = bars or barcodes.code_128("".join(barcode.split()))
    size = 3 if payment.method == "multibanco" else 4
    stores = [
        one | {"name": STORES.get(one["store"], one["store"])} for one in action.get("stores", ())
    ]
    entity = str(action.get("entity", ""))
    lines = [Line(_("Entity"), entity, entity)] if entity else []
    if not stores:
        lines.append(Line(_("Reference"), grouped(reference, size), reference, loud=True))
    return {
        "bars": bars,
        "lines": lines,
        "stores": stores,
        "slip_url": action.get("url", ""),
        "counter": COUNTERS.get(payment.method, ""),
        "steps": VOUCHER_STEPS.get(payment.method, VOUCHER_STEPS[""]),
        "counts": COUNTS[catalogue.methods()[payment.method].confirmation],
    }


def _bank_details(action: Mapping[str, Any], payment: Payment) -> dict[str, Any]:
    told = action.get("fields", {})
    lines = [
        Line(str(label), grouped(told[name]) if name in GROUPED else told[name], told[name])
        for name, label in BANK_LINES.items()
        if told.get(name)
    ]
    known = BANK_LINES.keys()
    lines += [Line(name, text, text) for name, text in told.items() if name not in known and text]
    return {
        "lines": lines,
        "holder": told.get("account_holder", ""),
        "reference": action["reference"],
        "counts": COUNTS[catalogue.methods()[payment.method].confirmation],
    }


def _wait(action: Mapping[str, Any], payment: Payment) -> dict[str, Any]:
    customer = payment.shopper.get("customer", {})
    return {
        "channel": action.get("channel", ""),
        "flow": _flow(payment),
        "number": masked(str(customer.get("phone", ""))) if _flow(payment) == "push" else "",
    }


def _flow(payment: Payment) -> str:
    known = catalogue.methods().get(payment.method)
    return known.flow if known else ""


def _home(payment: Payment) -> str:
    """The one country a method is used in, "" where there are more."""
    known = catalogue.methods().get(payment.method)
    countries = known.countries if known else "*"
    return next(iter(countries)) if countries != "*" and len(countries) == 1 else ""


def _moment(text: str) -> datetime | None:
    if not text:
        return None
    found = datetime.fromisoformat(text)
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found


SHOWN: dict[str, Callable[[Mapping[str, Any], Payment], dict[str, Any]]] = {
    "app": _app,
    "qr": _qr,
    "voucher": _voucher,
    "bank_details": _bank_details,
    "wait": _wait,
}
COUNTERS: dict[str, str | Promise] = {
    "oxxo": gettext_lazy("Pay at any OXXO"),
    "konbini": gettext_lazy("Pay at a convenience store"),
    "multibanco": gettext_lazy("Pay with Multibanco"),
    "boleto": gettext_lazy("Pay the boleto"),
}
VOUCHER_STEPS: dict[str, tuple[str | Promise, ...]] = {
    "": (
        gettext_lazy("Show the barcode at the counter, or read out the reference"),
        gettext_lazy("Pay the exact amount. The counter may add a fee of its own"),
        gettext_lazy("Keep the receipt until the shop has confirmed"),
    ),
    "konbini": (
        gettext_lazy("Type the numbers of your store into its machine, or tell them at the till"),
        gettext_lazy("Take the slip to the till and pay the exact amount"),
        gettext_lazy("Keep the receipt until the shop has confirmed"),
    ),
    "multibanco": (
        gettext_lazy("At a cash machine or in your bank's app choose to pay services"),
        gettext_lazy("Type the entity, the reference and the exact amount"),
        gettext_lazy("Keep the receipt until the shop has confirmed"),
    ),
    "boleto": (
        gettext_lazy("Copy the number into your bank's app, or scan the barcode with it"),
        gettext_lazy("Or pay in cash at a bank, a lottery shop or a post office"),
        gettext_lazy("Keep the receipt until the shop has confirmed"),
    ),
}
COUNTS: dict[str, str | Promise] = {
    "instant": gettext_lazy("The shop is told within seconds of your payment."),
    "minutes": gettext_lazy("The shop is told within minutes of your payment."),
    "days": gettext_lazy("The shop is told on the next bank day, sometimes a day later."),
}
