"""Access Worldpay's links: what can be done next with a payment, and the calls they are for.

Of a link only the path is taken, so that credentials go nowhere but to the account's own address.
A payment whose first answer was lost is found in the payment queries, whose links lead to the older
Card Payments API.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from acquiring.connectors.driver import Ask, Call, Unsupported
from acquiring.connectors.members import given
from acquiring.connectors.parts.worldpay_members import is_local, value

PAYMENTS, LOCAL, OLDER = "/api/payments", "/apmPayments", "/payments"
QUERIES = "/paymentQueries/payments"
CARDS_7 = "application/vnd.worldpay.payments-v7+json"
QUERIES_1 = "application/vnd.worldpay.payment-queries-v1.hal+json"
HEADERS: dict[str, dict[str, str]] = {
    PAYMENTS: {"WP-Api-Version": "2024-06-01"},
    LOCAL: {"WP-Api-Version": "2024-07-01"},
    QUERIES: {"Accept": QUERIES_1},
    OLDER: {"Accept": CARDS_7, "Content-Type": CARDS_7},
}
# What the links are called: by the Payments API, and by payment queries.
LINKS = {
    "capture": ("partiallySettlePayment", "cardPayments:partialSettle"),
    "void": ("cancelPayment", "cardPayments:cancel"),
    "refund": ("partiallyRefundPayment", "cardPayments:partialRefund"),
}


def call(method: str, path: str, body: Any = None) -> Call:
    """A call with the version or media type of the API it is for."""
    root = next(one for one in (PAYMENTS, LOCAL, QUERIES, OLDER) if path.startswith(one))
    return Call(method, path, body, HEADERS[root])


def path_of(href: str) -> str:
    """Where a link leads; raises ValueError for one that leads nowhere we know."""
    for root in (PAYMENTS, LOCAL, OLDER):
        start = href.find(f"{root}/")
        if start >= 0:
            return href[start:]
    raise ValueError("a link to somewhere else")


def link(body: Mapping[str, Any], name: str) -> str:
    """Where a named action leads. Raises KeyError or ValueError where there is none."""
    return path_of(body["_actions"][name]["href"])


def links(body: Mapping[str, Any]) -> dict[str, Any]:
    """What may be done next with a payment, and where it stands itself."""
    known = {**(body.get("_links") or {}), **(body.get("_actions") or {})}
    itself = (known.pop("self", None) or {}).get("href", "")
    found = {name: path_of(one["href"]) for name, one in known.items() if "href" in one}
    own = path_of(itself) if itself and QUERIES not in itself else ""
    return given({"self": own, "links": found})


def operate(ask: Ask, known: Mapping[str, Any]) -> Call | None:
    """The call that a link is for; None where it is not among those that are known."""
    found: Mapping[str, str] = known.get("links") or {}
    body = {"reference": ask.reference.replace("_", "-"), "value": value(ask)}
    if is_local(ask):
        name = "reverse" if ask.money == ask.total and "reverse" in found else "partialReverse"
        return call("POST", found[name], body) if name in found else None
    newer, older = LINKS[ask.verb]
    if newer in found:
        return call("POST", found[newer], None if ask.verb == "void" else body)
    if older in found:
        body = {"reference": body["reference"]} if ask.verb == "void" else body
        return call("POST", found[older], body)
    return None


def look(ask: Ask) -> Call:
    """The payment itself, for the links it has now."""
    if "self" in ask.kept:
        return call("GET", ask.kept["self"])
    if is_local(ask):
        raise Unsupported("the link of this payment was lost with its answer")
    return call("GET", f"{QUERIES}/{ask.provider_ref}")
