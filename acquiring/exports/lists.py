"""The lists that can be exported, with their columns."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import orjson
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from acquiring.core import addresses, ids
from acquiring.core.errors import Problem
from acquiring.core.money import Money
from acquiring.exports.kinds import Column, Filters, Kind, Value, only
from acquiring.ledger import queries as ledger
from acquiring.payments import queries as payments
from acquiring.payments import search
from acquiring.webhooks import search as hooks
from acquiring.webhooks.models import Delivery, Endpoint
from merchants import calls
from merchants.models import Merchant

Get = Callable[[Any], Value]


def _plain(name: str) -> Get:
    return lambda row: getattr(row, name)


def _money(name: str) -> Get:
    """An amount of the row's currency."""

    def get(row: Any) -> Value:
        amount = getattr(row, name)
        return None if amount is None else Money(amount, row.currency)

    return get


def _id(prefix: str, name: str = "id") -> Get:
    def get(row: Any) -> Value:
        value = getattr(row, name)
        return ids.show(prefix, value) if value else None

    return get


def _card(name: str) -> Get:
    return lambda row: row.method_details.get("card", {}).get(name)


def _payments(merchant_id: UUID, filters: Filters) -> QuerySet[Any]:
    given = only(filters, *search.FILTERS)
    return search.payments(merchant_id, given, _zone(merchant_id), whole=True)


def _refunds(merchant_id: UUID, filters: Filters) -> QuerySet[Any]:
    given = only(filters, *search.REFUND_FILTERS)
    return search.refunds(merchant_id, given, _zone(merchant_id), whole=True)


def _zone(merchant_id: UUID) -> ZoneInfo:
    """Where the days of a filter begin."""
    zones = Merchant.objects.filter(id=merchant_id).values_list("time_zone", flat=True)
    return ZoneInfo(zones.first() or "UTC")


def _customers(merchant_id: UUID, filters: Filters) -> QuerySet[Any]:
    words = only(filters, "q").get("q", "")
    return payments.search_customers(merchant_id, words, whole=True)


def _links(merchant_id: UUID, filters: Filters) -> QuerySet[Any]:
    given = only(filters, "status", "store")
    status, store = given.get("status", ""), given.get("store", "")
    if status not in {"", "active", "inactive"}:
        raise Problem("invalid_field", "status is active or inactive.", "status")
    active = status == "active" if status else None
    return payments.links(
        merchant_id, active=active, store_id=ids.read("sto", store, "store") if store else None
    )


def _transfers(merchant_id: UUID, filters: Filters) -> QuerySet[Any]:
    given = only(filters, *ledger.FILTERS)
    return ledger.listed(merchant_id, given, _zone(merchant_id))


def _events(merchant_id: UUID, filters: Filters) -> QuerySet[Any]:
    return hooks.events(merchant_id, only(filters, *hooks.EVENT_FILTERS))


def _deliveries(merchant_id: UUID, filters: Filters) -> QuerySet[Any]:
    return hooks.deliveries(merchant_id, only(filters, *hooks.DELIVERY_FILTERS))


def _requests(merchant_id: UUID, filters: Filters) -> QuerySet[Any]:
    return calls.listed(merchant_id, only(filters, *calls.FILTERS))


def _with_urls(merchant_id: UUID, rows: list[Delivery]) -> list[Delivery]:
    """Deliveries with where they go, one query a page."""
    wanted = {row.endpoint_id for row in rows}
    found = Endpoint.objects.filter(merchant_id=merchant_id, id__in=wanted)
    urls = dict(found.values_list("id", "url"))
    for row in rows:
        row.url = urls.get(row.endpoint_id, "")  # type: ignore[attr-defined]
    return rows


CREATED = Column("created_at", _("Created"), _plain("created_at"))
STATUS = Column("status", _("Status"), _plain("status"))
AMOUNT = Column("amount", _("Amount"), _money("amount"))
CURRENCY = Column("currency", _("Currency"), _plain("currency"))
REFERENCE = Column("reference", _("Reference"), _plain("reference"))

PAYMENTS = Kind(
    name="payments",
    prefix="pay",
    permission="payments.view",
    title=_("Payments"),
    find=_payments,
    columns=(
        Column("id", _("Payment"), _id("pay")),
        CREATED,
        STATUS,
        AMOUNT,
        CURRENCY,
        Column("amount_authorized", _("Authorized"), _money("amount_authorized")),
        Column("amount_captured", _("Captured"), _money("amount_captured")),
        Column("amount_refunded", _("Refunded"), _money("amount_refunded")),
        Column("amount_disputed", _("Disputed"), _money("amount_disputed")),
        Column("method", _("Method"), _plain("method")),
        Column("card_brand", _("Card brand"), _card("brand")),
        Column("card_last4", _("Last four digits"), _card("last4")),
        REFERENCE,
        Column("description", _("Description"), _plain("description")),
        Column("decline_code", _("Decline code"), _plain("decline_code")),
        Column("country", _("Country"), _plain("country")),
        Column("customer", _("Customer"), _id("cus", "customer_id")),
        Column("store", _("Store"), _id("sto", "store_id")),
    ),
)
REFUNDS = Kind(
    name="refunds",
    prefix="ref",
    permission="payments.view",
    title=_("Refunds"),
    find=_refunds,
    columns=(
        Column("id", _("Refund"), _id("ref")),
        Column("payment", _("Payment"), _id("pay", "payment_id")),
        CREATED,
        STATUS,
        AMOUNT,
        CURRENCY,
        Column("reason", _("Reason"), _plain("reason")),
        REFERENCE,
        Column("failure_code", _("Failure code"), _plain("decline_code")),
        Column("finished_at", _("Finished"), _plain("finished_at")),
    ),
)
CUSTOMERS = Kind(
    name="customers",
    prefix="cus",
    permission="payments.view",
    title=_("Customers"),
    find=_customers,
    columns=(
        Column("id", _("Customer"), _id("cus")),
        CREATED,
        Column("name", _("Full name"), _plain("name")),
        Column("email", _("E-mail"), _plain("email")),
        Column("phone", _("Phone"), _plain("phone")),
        REFERENCE,
    ),
)
LINKS = Kind(
    name="links",
    prefix="pl",
    permission="payments.view",
    title=_("Payment links"),
    find=_links,
    columns=(
        Column("id", _("Payment link"), _id("pl")),
        CREATED,
        Column("title", _("Title"), _plain("title")),
        Column("active", _("Active"), _plain("active")),
        AMOUNT,
        Column("amount_min", _("Smallest amount"), _money("amount_min")),
        Column("amount_max", _("Largest amount"), _money("amount_max")),
        CURRENCY,
        Column("reusable", _("Reusable"), _plain("reusable")),
        REFERENCE,
        Column("url", _("Address"), lambda row: addresses.link_url(row.merchant_id, row.id)),
        Column("expires_at", _("Expires"), _plain("expires_at")),
    ),
)
LEDGER = Kind(
    name="ledger",
    prefix="trf",
    permission="balances.view",
    title=_("Ledger"),
    find=_transfers,
    columns=(
        Column("id", _("Transfer"), _id("trf")),
        Column("sequence", _("Number"), _plain("sequence")),
        CREATED,
        Column("source", _("From"), _plain("source")),
        Column("target", _("To"), _plain("target")),
        AMOUNT,
        CURRENCY,
        Column("reason", _("Reason"), _plain("reason")),
        Column("subject", _("Subject"), _plain("subject")),
        Column("journal", _("Journal"), lambda row: row.journal.hex),
    ),
)
EVENTS = Kind(
    name="events",
    prefix="evt",
    permission="webhooks.view",
    title=_("Events"),
    find=_events,
    columns=(
        Column("id", _("Event"), _id("evt")),
        Column("sequence", _("Number"), _plain("sequence")),
        CREATED,
        Column("type", _("Type"), _plain("type")),
        Column("subject", _("Subject"), _plain("subject")),
        Column("data", _("Content"), lambda row: orjson.dumps(row.payload).decode()[:32_000]),
    ),
)
DELIVERIES = Kind(
    name="deliveries",
    prefix="del",
    permission="webhooks.view",
    title=_("Webhook deliveries"),
    find=_deliveries,
    load=_with_urls,
    columns=(
        Column("id", _("Delivery"), _id("del")),
        CREATED,
        Column("type", _("Type"), _plain("event_type")),
        Column("event", _("Event"), _id("evt", "event_id")),
        Column("url", _("Address"), _plain("url")),
        STATUS,
        Column("tries", _("Tries"), _plain("tries")),
    ),
)
API_LOG = Kind(
    name="api_log",
    prefix="req",
    permission="keys.view",
    title=_("API requests"),
    find=_requests,
    columns=(
        Column("id", _("Request"), _plain("shown")),
        Column("created_at", _("Created"), lambda row: ids.time_of(row.id)),
        Column("method", _("HTTP method"), _plain("method")),
        Column("path", _("Path"), _plain("path")),
        STATUS,
        Column("milliseconds", _("Milliseconds"), _plain("milliseconds")),
        Column("key", _("API key"), _id("key", "key_id")),
        Column("version", _("API version"), _plain("version")),
        Column("idempotency_key", _("Idempotency key"), _plain("idempotency_key")),
        Column("error_code", _("Error code"), _plain("error_code")),
        Column("param", _("Field"), _plain("param")),
    ),
)
EVERY = (PAYMENTS, REFUNDS, CUSTOMERS, LINKS, LEDGER, EVENTS, DELIVERIES, API_LOG)
