"""Payment methods: what a shopper could use, and why the rest is left out."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta

from acquiring import catalogue
from acquiring.api.endpoint import Asked, Endpoint, Nothing, operation
from acquiring.api.v1.answers import checkout as answers
from acquiring.api.v1.fields import MAX_AMOUNT, Country, Currency, check_country, check_currency
from acquiring.core.errors import Problem
from acquiring.core.money import Money
from copilot import routing
from merchants.services import provider_accounts


class MethodQuery(Nothing, kw_only=True):
    """The payment that is to be made."""

    amount: Annotated[int, Meta(ge=1, le=MAX_AMOUNT, description="Minor units.")] | None = None
    currency: Currency | None = None
    country: Country = ""
    capture_method: Literal["automatic", "manual"] = "automatic"


class PaymentMethods(Endpoint):
    """`/v1/payment_methods`"""

    tag = "Payment methods"

    @operation(
        "List payment methods",
        "payment_methods:read",
        answers.OfferedMethods,
        query=MethodQuery,
        problems=("missing_field",),
        publishable=True,
    )
    def get(self, asked: Asked[None, MethodQuery]) -> Any:
        """`data` can be used for such a payment, `left_out` says of every other method why not.
        `amount` and `currency` are needed; without `country` no method is left out for it."""
        money = _money(asked.query)
        check_country(asked.query.country)
        accounts = provider_accounts(asked.merchant_id)
        usable, left_out = [], []
        for method in catalogue.methods().values():
            wish = routing.Wish(method.code, money, asked.query.country, asked.query.capture_method)
            found = routing.routes(wish, accounts)
            if found.chosen:
                usable.append(_usable(method, found))
            else:
                left_out.append(_left_out(method, found))
        return {"object": "payment_methods", "data": usable, "left_out": left_out}


def _money(query: MethodQuery) -> Money:
    if query.amount is None or query.currency is None:
        missing = "amount" if query.amount is None else "currency"
        raise Problem("missing_field", f"The parameter {missing} is missing.", missing)
    return Money(query.amount, check_currency(query.currency))


def _usable(method: catalogue.Method, found: routing.Routes) -> dict[str, Any]:
    first = found.chosen[0].connector
    return {
        "type": method.code,
        "name": method.name,
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


def _left_out(method: catalogue.Method, found: routing.Routes) -> dict[str, Any]:
    return {
        "type": method.code,
        "name": method.name,
        "reasons": [
            {"provider": one.account.provider, "reason": one.reason} for one in found.excluded
        ],
    }
