"""Payment methods: what a shopper could use and why the rest is left out, and who carries what."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Annotated, Any, Literal, NamedTuple

from msgspec import Meta

from acquiring import catalogue
from acquiring.api import lists
from acquiring.api.endpoint import Asked, Endpoint, Nothing, operation
from acquiring.api.v1.answers import methods as answers
from acquiring.api.v1.fields import (
    MAX_AMOUNT,
    Country,
    Currency,
    Locale,
    Word,
    check_country,
    check_currency,
)
from acquiring.catalogue.records import Flow
from acquiring.core.errors import Problem
from acquiring.core.money import Money
from acquiring.payments import limits
from copilot import routing
from merchants import queries
from merchants.offering import offering
from merchants.services import provider_accounts

MOST_REASONS = 10
Kind = Annotated[str, Meta(max_length=40, description="wallet, voucher, bank_redirect …")]


class MethodQuery(Nothing, kw_only=True):
    """The payment that is to be made, and what must be possible with it."""

    amount: Annotated[int, Meta(ge=1, le=MAX_AMOUNT, description="Minor units.")] | None = None
    currency: Currency | None = None
    country: Country = ""
    capture_method: Literal["automatic", "manual"] = "automatic"
    recurring: bool = False
    refund: Literal["full", "partial"] | None = None
    flow: Flow | None = None
    kind: Kind = ""
    store: Annotated[str, Meta(max_length=64, description="As this store offers them.")] = ""
    locale: Locale = ""


class PaymentMethods(Endpoint):
    """`/v1/payment_methods`"""

    tag = "Payment methods"

    @operation(
        "List payment methods",
        "payment_methods:read",
        answers.OfferedMethods,
        query=MethodQuery,
        problems=("missing_field", "not_found"),
        publishable=True,
    )
    def get(self, asked: Asked[None, MethodQuery]) -> Any:
        """`data` can be used for such a payment, in the merchant's order; `left_out` says of every
        other method that the merchant's accounts carry why not. Legacy methods are only there where
        the merchant switched them on. `amount` and `currency` are needed; without `country` no
        method is left out for it. `flow`, `refund`, `recurring` and `capture_method` are what must
        be possible; `kind` is what is spoken of at all. `name` is in the language of `locale` where
        the method has a name of its own there, else in English."""
        query = asked.query
        wish = _wish(query)
        store = queries.store_id(asked.merchant_id, query.store)
        choices = offering(asked.merchant_id).of(store)
        bars = limits.of(asked.merchant_id)
        usable, left_out = [], []
        for code, accounts in routing.carriers(provider_accounts(asked.merchant_id)).items():
            method = catalogue.method(code)
            untouched = choices.rule(code).on is None
            if (query.kind and method.kind != query.kind) or (method.legacy and untouched):
                continue
            barred = bars.why_not(code, wish.money)
            found = routing.routes(wish._replace(method=code), accounts, choices, barred)
            if found.chosen:
                usable.append((choices.place(code), _usable(method, found, query.locale)))
            else:
                left_out.append(_left_out(method, found, query.locale))
        usable.sort(key=lambda row: row[0])
        data = [shown for _, shown in usable]
        return {"object": "payment_methods", "data": data, "left_out": left_out}


class ConnectorQuery(lists.Page, kw_only=True):
    """Which connectors, and which part of their list."""

    provider: Word = ""
    method: Word = ""
    kind: Kind = ""
    country: Country = ""
    currency: Currency | None = None


class Connectors(Endpoint):
    """`/v1/connectors`"""

    tag = "Payment methods"

    @operation(
        "List connectors",
        "payment_methods:read",
        answers.ConnectorList,
        query=ConnectorQuery,
        problems=("invalid_cursor",),
    )
    def get(self, asked: Asked[None, ConnectorQuery]) -> Any:
        """Every method as every provider carries it, whether the merchant has an account there
        (`connected`) or not: by provider, then by method. `countries` and `currencies` are null
        where there is no limit."""
        query = asked.query
        check_country(query.country)
        if query.currency:
            check_currency(query.currency)
        rows = [row for row in _rows().values() if _fits(row, query)]
        found, has_more = _cut(rows, query)
        own = {account.provider for account in provider_accounts(asked.merchant_id)}
        return lists.shown([_connector(row, own) for row in found], has_more)


class Row(NamedTuple):
    """A connector under the id the API gives it."""

    id: str
    connector: catalogue.Connector


@cache
def _rows() -> Mapping[str, Row]:
    """Every connector by its id: provider, method and, where there are several, their number."""
    found: dict[str, Row] = {}
    for connector in catalogue.connectors():
        name = f"{connector.provider}.{connector.method}"
        number = next(n for n in range(1, 1000) if (f"{name}.{n}" if n > 1 else name) not in found)
        name = f"{name}.{number}" if number > 1 else name
        found[name] = Row(name, connector)
    return found


def _fits(row: Row, query: ConnectorQuery) -> bool:
    one = row.connector
    return (
        (not query.provider or one.provider == query.provider)
        and (not query.method or one.method == query.method)
        and (not query.kind or catalogue.method(one.method).kind == query.kind)
        and (not query.country or catalogue.covers(one.countries, query.country))
        and (not query.currency or catalogue.covers(one.currencies, query.currency))
    )


def _cut(rows: list[Row], page: lists.Page) -> tuple[list[Row], bool]:
    """The rows of a page, and whether more lie beyond it. Raises Problem."""
    if page.starting_after and page.ending_before:
        rule = "Send starting_after or ending_before, not both."
        raise Problem("invalid_field", rule, "ending_before")
    names = [row.id for row in rows]
    if page.ending_before:
        end = _position(names, page.ending_before, "ending_before")
        return rows[max(0, end - page.limit) : end], end > page.limit
    start = 0
    if page.starting_after:
        start = _position(names, page.starting_after, "starting_after") + 1
    return rows[start : start + page.limit], len(rows) > start + page.limit


def _position(names: list[str], cursor: str, param: str) -> int:
    if cursor not in names:
        raise Problem("invalid_cursor", param=param)
    return names.index(cursor)


def _wish(query: MethodQuery) -> routing.Wish:
    if query.amount is None or query.currency is None:
        missing = "amount" if query.amount is None else "currency"
        raise Problem("missing_field", f"The parameter {missing} is missing.", missing)
    check_country(query.country)
    return routing.Wish(
        "",
        Money(query.amount, check_currency(query.currency)),
        query.country,
        query.capture_method,
        query.recurring,
        refund=query.refund or "",
        flow=query.flow or "",
    )


def _usable(method: catalogue.Method, found: routing.Routes, locale: str) -> dict[str, Any]:
    first = found.chosen[0].connector
    return {
        "type": method.code,
        "name": method.named(locale),
        "kind": method.kind,
        "flow": first.flow,
        "confirmation": method.confirmation,
        "needs": list(first.needs),
        "recurring": bool(first.recurring),
        "providers": [
            {
                "provider": route.account.provider,
                "capture": route.connector.capture,
                "partial_capture": bool(route.connector.partial_capture),
                "multiple_capture": bool(route.connector.multiple_capture),
                "void": bool(route.connector.void),
                "refund": route.connector.refund or "none",
            }
            for route in found.chosen
        ],
    }


def _left_out(method: catalogue.Method, found: routing.Routes, locale: str) -> dict[str, Any]:
    return {
        "type": method.code,
        "name": method.named(locale),
        "reasons": [
            {"provider": one.account.provider, "reason": one.reason}
            for one in found.excluded[:MOST_REASONS]
        ],
    }


def _connector(row: Row, own: set[str]) -> dict[str, Any]:
    one = row.connector
    method, provider = catalogue.method(one.method), catalogue.provider(one.provider)
    return {
        "id": row.id,
        "object": "connector",
        "provider": one.provider,
        "provider_name": provider.title,
        "connected": one.provider in own,
        "type": one.method,
        "name": method.name,
        "kind": method.kind,
        "legacy": method.legacy,
        "confirmation": method.confirmation,
        "code": one.code,
        "flow": one.flow,
        "countries": None if one.countries == "*" else sorted(one.countries),
        "currencies": None if one.currencies == "*" else sorted(one.currencies),
        "minimum": one.minimum,
        "maximum": one.maximum,
        "needs": list(one.needs),
        "brands": list(one.brands),
        "capture": one.capture,
        "partial_capture": bool(one.partial_capture),
        "multiple_capture": bool(one.multiple_capture),
        "void": bool(one.void),
        "refund": one.refund or "none",
        "recurring": bool(one.recurring),
        "installments": bool(one.installments),
        "settle_days": one.settle_days,
    }
