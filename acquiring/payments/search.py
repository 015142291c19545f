"""Finding payments by what a person knows of them.

A term is an id (ours or a provider's), the last six characters of an id, the merchant's reference,
an e-mail address, the last four digits of a card or an amount; several words must all fit. It is
answered by a few index probes, at most MOST payments each. Filters that have no index of their own
look through LOOK payments a page and say how far they got (`horizon`), so that a page costs the
same with a thousand payments and with a hundred million.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from functools import reduce
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Lower

from acquiring.core import ids
from acquiring.core.errors import Problem
from acquiring.core.money import currencies, exponent, is_currency
from acquiring.core.spans import span
from acquiring.payments import models, states
from merchants import accounts
from merchants.models import Mode
from merchants.queries import mode_of

MOST = 500  # what a term finds at most, the newest first
LOOK = 20_000  # payments that a page without an index of its own looks through
NAMESAKES = 5  # customers of one address whose payments are looked up
SELECTED = 200  # payments that a selection may name
NOBODY = UUID(int=0)
PLAIN = ("status", "method", "currency", "country", "decline_code", "reference")
STANDINGS = ("unknown", "refunded", "disputed", "attention")
OPERATIONS = (models.Capture, models.Void, models.Refund)
_IDS = {"customer": "cus", "store": "sto", "session": "cs"}
DATES = frozenset({"when", "when_from", "when_to"})
NARROW = frozenset({"q", "only", "customer", "session", "reference"})  # each leaves few payments
_ROWS: dict[str, Any] = {
    "att": models.Attempt,
    "cap": models.Capture,
    "voi": models.Void,
    "ref": models.Refund,
}
FILTERS = (
    *PLAIN, *_IDS, "q", "only", "provider", "standing", "when", "when_from", "when_to",
    "amount_from", "amount_to",
)  # fmt: skip
REFUND_FILTERS = (
    "q", "status", "currency", "origin", "payment", "store", "when", "when_from", "when_to",
    "amount_from", "amount_to",
)  # fmt: skip
_AMOUNT = re.compile(r"\d{1,12}([.,]\d{1,3})?")
_TAIL = re.compile(r"[0-9a-f]{6}")
_WHOLE = re.compile(r"[0-9a-f]{32}")


def payments(
    merchant_id: UUID, given: Mapping[str, str], zone: ZoneInfo, whole: bool = False
) -> QuerySet[models.Payment]:
    """A merchant's payments by a list's filters, newest first; what cannot be is not found.

    `given`: q, PLAIN, customer, store and session (outside ids), provider, standing (STANDINGS),
    when (a preset) or when_from and when_to, amount_from and amount_to (major units of `currency`,
    of each payment's own without one), only (pay_… ids with commas), and the page's before and
    after. `whole` looks through everything, for exports.
    """
    dated = _by_id(merchant_id, given, zone)
    rows = _filtered(merchant_id, given, zone).filter(dated)
    looked = {} if whole else _looked(given, _edge(merchant_id, given, dated))
    if given.get("provider"):
        rows = rows.filter(_tried(merchant_id, looked, provider=given["provider"]))
    return rows.filter(**{f"id__{bound}": end for bound, end in looked.items()})


def horizon(merchant_id: UUID, given: Mapping[str, str], zone: ZoneInfo) -> UUID | None:
    """The last payment that a page of these filters looks at; None when it sees all there are."""
    return _edge(merchant_id, given, _by_id(merchant_id, given, zone))


def refunds(
    merchant_id: UUID, given: Mapping[str, str], zone: ZoneInfo, whole: bool = False
) -> QuerySet[models.Refund]:
    """A merchant's refunds by REFUND_FILTERS, newest first; a store is that of the payment.

    A term finds the refunds of the payments it finds, and a refund by its own id. `whole` looks
    through everything, for exports.
    """
    rows = models.Refund.objects.filter(merchant_id=merchant_id).order_by("-id")
    plain = {name: given[name] for name in ("status", "currency", "origin") if given.get(name)}
    rows = _between(_in_time(rows.filter(**plain), given, zone), given)
    if given.get("payment"):
        rows = rows.filter(payment_id=_read("pay", given["payment"]) or NOBODY)
    if given.get("store"):
        rows = _in_store(merchant_id, rows, given, whole)
    term = given.get("q", "").strip()
    if not term:
        return rows
    own = _read("ref", term) if term.startswith("ref_") else None
    if own is not None:
        return rows.filter(id=own)
    return rows.filter(payment_id__in=found(merchant_id, term))


def refund_horizon(merchant_id: UUID, given: Mapping[str, str]) -> UUID | None:
    """The last refund that a page of a store looks at; None when it sees all there are."""
    if not given.get("store"):
        return None
    return _behind(models.Refund.objects.filter(merchant_id=merchant_id), "ref", given)


def found(merchant_id: UUID, term: str) -> list[UUID]:
    """The payments that a term finds, the newest first, at most MOST."""
    term = " ".join(term.split())[:200]
    prefix, mark, _ = term.partition("_")
    if mark and prefix in ids.PREFIXES and _read(prefix, term) is not None:
        return _of_id(merchant_id, prefix, term)
    ways = [*_named(merchant_id, term), *_known(merchant_id, term)]
    if not ways:
        return []
    rows = reduce(lambda left, right: left.union(right, all=True), ways)
    return sorted(set(rows.values_list("payment", flat=True)), reverse=True)[:MOST]


def _filtered(merchant_id: UUID, given: Mapping[str, str], zone: ZoneInfo) -> QuerySet[Any]:
    rows = models.Payment.objects.filter(merchant_id=merchant_id).order_by("-id")
    plain = {name: given[name] for name in PLAIN if given.get(name)}
    if "country" in plain:
        plain["country"] = plain["country"].upper()
    rows = rows.filter(**plain)
    for name, prefix in _IDS.items():
        if given.get(name):
            rows = rows.filter(**{f"{name}_id": _read(prefix, given[name]) or NOBODY})
    if given.get("standing"):
        rows = _standing(merchant_id, rows, given["standing"])
    if given.get("only"):
        chosen = (_read("pay", one) for one in given["only"].split(",")[:SELECTED])
        rows = rows.filter(id__in=[one for one in chosen if one])
    rows = _between(_in_time(rows, given, zone), given)
    term = given.get("q", "").strip()
    return rows.filter(id__in=found(merchant_id, term)) if term else rows


def _in_store(
    merchant_id: UUID, rows: QuerySet[Any], given: Mapping[str, str], whole: bool
) -> QuerySet[Any]:
    """Refunds of a store's payments: the store stands in the payment, so each is looked up."""
    store = _read("sto", given["store"]) or NOBODY
    paid = models.Payment.objects.filter(
        merchant_id=merchant_id, id=OuterRef("payment_id"), store_id=store
    )
    rows = rows.filter(Exists(paid))
    edge = None if whole else refund_horizon(merchant_id, given)
    if edge is None:
        return rows
    return rows.filter(id__lte=edge) if given.get("after") else rows.filter(id__gte=edge)


def _edge(merchant_id: UUID, given: Mapping[str, str], dated: Q) -> UUID | None:
    used = {name for name in FILTERS if given.get(name)}
    indexed = {"status"} | DATES if dated else {"status"}
    doubtful = given.get("standing") == "unknown" and used == {"standing"}
    if used <= indexed or used & NARROW or doubtful:
        return None
    rows = models.Payment.objects.filter(dated, merchant_id=merchant_id)
    if given.get("status"):
        rows = rows.filter(status=given["status"])
    return _behind(rows, "pay", given)


def _behind(rows: QuerySet[Any], prefix: str, given: Mapping[str, str]) -> UUID | None:
    """The row that stands LOOK rows behind the page's cursor."""
    before, after = _read(prefix, given.get("before", "")), _read(prefix, given.get("after", ""))
    if after:
        rows = rows.filter(id__gt=after).order_by("id")
    else:
        rows = (rows.filter(id__lt=before) if before else rows).order_by("-id")
    return rows.values_list("id", flat=True)[LOOK : LOOK + 1].first()


def _standing(merchant_id: UUID, rows: QuerySet[Any], standing: str) -> QuerySet[Any]:
    """What stands beside the status: doubt, money on its way back, a person's attention."""
    if standing == "unknown":
        open_ones = models.Attempt.objects.filter(
            merchant_id=merchant_id, status="unknown", status__in=states.OPEN_ATTEMPT
        )
        return rows.filter(id__in=open_ones.values("payment_id"))
    if standing == "refunded":
        return rows.filter(amount_refunded__gt=0)
    if standing == "disputed":
        return rows.filter(amount_disputed__gt=0)
    return rows.exclude(attention="") if standing == "attention" else rows.none()


def _looked(given: Mapping[str, str], edge: UUID | None) -> dict[str, UUID]:
    """Between which payments a page looks: the one it begins behind, and its edge."""
    before, after = _read("pay", given.get("before", "")), _read("pay", given.get("after", ""))
    ends = {"gt": after, "lte": edge} if after else {"lt": before, "gte": edge}
    return {bound: end for bound, end in ends.items() if end}


def _tried(merchant_id: UUID, looked: Mapping[str, UUID], **facts: str) -> Exists:
    """Whether a payment was tried so. Bounds are said again: no plan carries them over."""
    tried = models.Attempt.objects.filter(
        merchant_id=merchant_id, payment_id=OuterRef("id"), **facts
    )
    return Exists(tried.filter(**{f"payment_id__{bound}": end for bound, end in looked.items()}))


def _in_time(rows: QuerySet[Any], given: Mapping[str, str], zone: ZoneInfo) -> QuerySet[Any]:
    bounds = (given.get("when_from", ""), given.get("when_to", ""))
    begins, ends = span(given.get("when", ""), *bounds, zone)
    if begins:
        rows = rows.filter(created_at__gte=begins)
    return rows.filter(created_at__lt=ends) if ends else rows


def _by_id(merchant_id: UUID, given: Mapping[str, str], zone: ZoneInfo) -> Q:
    """The same span by the time in the ids, where that is the merchant's time.

    A test merchant's clock may be moved: then only `created_at` tells.
    """
    begins, ends = span(
        given.get("when", ""), given.get("when_from", ""), given.get("when_to", ""), zone
    )
    if not (begins or ends) or mode_of(merchant_id) != Mode.LIVE:
        return Q()
    return Q(**{"id__gte": ids.first_at(begins)} if begins else {}) & Q(
        **{"id__lt": ids.first_at(ends)} if ends else {}
    )


def _between(rows: QuerySet[Any], given: Mapping[str, str]) -> QuerySet[Any]:
    """By amounts in major units, each payment's measured in its own currency."""
    for name, comparison in (("amount_from", "amount__gte"), ("amount_to", "amount__lte")):
        if given.get(name):
            limits = _minors(given[name], given.get("currency", ""))
            fits = (Q(currency__in=of, **{comparison: minor}) for minor, of in limits)
            rows = rows.filter(reduce(lambda left, right: left | right, fits, Q(id=NOBODY)))
    return rows


def _minors(major: str, currency: str = "") -> list[tuple[int, list[str]]]:
    """An amount as people write it, in the minor units of each group of currencies."""
    if not _AMOUNT.fullmatch(major):
        return []
    if currency and not is_currency(currency):
        return []
    groups: dict[int, list[str]] = {}
    for code in [currency] if currency else currencies():
        groups.setdefault(exponent(code), []).append(code)
    value = Decimal(major.replace(",", "."))
    return [
        (int(value.scaleb(places)), codes)
        for places, codes in groups.items()
        if value.scaleb(places) == value.scaleb(places).to_integral_value()
    ]


def _of_id(merchant_id: UUID, prefix: str, term: str) -> list[UUID]:
    wanted = _read(prefix, term)
    rows: QuerySet[Any] = models.Payment.objects.filter(merchant_id=merchant_id).order_by("-id")
    if prefix in _ROWS:
        own = _ROWS[prefix].objects.filter(merchant_id=merchant_id, id=wanted)
        return list(own.values_list("payment_id", flat=True))
    column = {"pay": "id", "cus": "customer_id", "cs": "session_id"}.get(prefix)
    if column is None:
        return []
    return list(rows.filter(**{column: wanted}).values_list("id", flat=True)[:MOST])


def _named(merchant_id: UUID, term: str) -> list[QuerySet[Any]]:
    """By a whole name: the merchant's reference, or a provider's for a try or an operation."""
    known = [one.id for one in accounts.provider_accounts(merchant_id)]
    tried = models.Attempt.objects.filter(
        merchant_id=merchant_id, account_id__in=known, provider_ref=term
    )
    done = [kind.objects.filter(merchant_id=merchant_id, operation_ref=term) for kind in OPERATIONS]
    named = models.Payment.objects.filter(merchant_id=merchant_id, reference=term)
    return [_newest(named, "id"), *(_newest(rows, "payment_id") for rows in [tried, *done])]


def _known(merchant_id: UUID, term: str) -> list[QuerySet[Any]]:
    """By the words of a term, which must all fit; nothing when one of them can mean nothing."""
    words = term.lower().split(" ")
    money = {word.upper() for word in words if is_currency(word.upper())}
    rest = [word for word in words if word.upper() not in money]
    meanings = [_meaning(word, next(iter(money), "")) for word in rest]
    if not rest or not all(meanings):
        return []
    handles = models.Handle.objects.filter(*meanings, merchant_id=merchant_id)
    ways = [_newest(handles, "id")]
    if len(rest) == 1 and "@" in rest[0]:
        ways += [_newest(rows, "id") for rows in _of_customers(merchant_id, rest[0])]
    return ways


def _of_customers(merchant_id: UUID, email: str) -> list[QuerySet[Any]]:
    """The payments of the customers with an address, who may have typed another one."""
    theirs = models.Customer.objects.alias(low_email=Lower("email"))
    known = theirs.filter(merchant_id=merchant_id, low_email=email).values_list("id", flat=True)
    rows = models.Payment.objects.filter(merchant_id=merchant_id)
    return [rows.filter(customer_id=one) for one in known.order_by("-id")[:NAMESAKES]]


def _meaning(word: str, currency: str) -> Q:
    """What one word may be of a payment's handle."""
    if "@" in word:
        return Q(email=word)
    meant = Q()
    if _WHOLE.fullmatch(word.replace("-", "")):
        meant |= Q(id=UUID(hex=word))
    if _TAIL.fullmatch(word):
        meant |= Q(tail=word)
    if re.fullmatch(r"\d{4}", word) and not currency:
        meant |= Q(last4=word)
    if minors := _minors(word, currency):
        meant |= Q(amount__in=[minor for minor, _ in minors])
    return meant


def _newest(rows: QuerySet[Any], column: str) -> QuerySet[Any]:
    return rows.order_by(f"-{column}").values(payment=F(column))[:MOST]


def _read(prefix: str, shown: str) -> UUID | None:
    """The id, None for one that is none."""
    try:
        return ids.read(prefix, shown) if shown else None
    except Problem:
        return None
