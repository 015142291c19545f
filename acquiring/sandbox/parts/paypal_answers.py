"""What PayPal hears and says: orders, authorizations, captures, refunds, errors, events.

Sources: paypal/paypal-rest-api-specifications (Apache-2.0): orders v2, payments v2, disputes v1,
webhooks v1; developer.paypal.com: webhook event names.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any, NoReturn

from acquiring.core.money import Money, exponent, rescale
from acquiring.sandbox.book import Book, Charge
from acquiring.sandbox.engine import page_url
from acquiring.sandbox.structure import load
from acquiring.sandbox.wire import Answer, Malformed, Refuse, Request

API = "https://api-m.sandbox.paypal.com"
WHOLE = frozenset({"HUF", "JPY", "TWD"})  # currencies without decimals here
HELD = timedelta(days=29)
ERRORS = {
    400: "INVALID_REQUEST",
    401: "AUTHENTICATION_FAILURE",
    404: "RESOURCE_NOT_FOUND",
    409: "RESOURCE_CONFLICT",
    422: "UNPROCESSABLE_ENTITY",
}
MESSAGES = {
    400: "Request is not well-formed, syntactically incorrect, or violates schema.",
    401: "Authentication failed due to missing authorization header, or invalid authentication"
    " credentials.",
    404: "The specified resource does not exist.",
    409: "The server has detected a conflict while processing this request.",
    422: "The requested action could not be performed, semantically incorrect, or failed business"
    " validation.",
}
AUTHORIZATIONS = {
    "authorized": "CREATED",
    "pending": "PENDING",
    "captured": "CAPTURED",
    "declined": "DENIED",
    "canceled": "VOIDED",
    "expired": "VOIDED",
}
BRANDS = {"4": "VISA", "5": "MASTERCARD", "2": "MASTERCARD", "3": "AMEX", "6": "DISCOVER"}
CAPTURES = {"captured": "COMPLETED", "pending": "PENDING"}
THINGS = {"succeeded": "COMPLETED", "pending": "PENDING", "failed": "FAILED"}


@lru_cache(maxsize=1)
def declines() -> dict[str, str]:
    """The processor's response code of a unified decline."""
    path = Path(__file__).parent.parent / "data" / "paypal.json"
    return dict(json.loads(path.read_text("utf-8"))["declines"])


def error(status: int, issue: str = "", field: str = "", **more: Any) -> Answer:
    """PayPal's error object."""
    body: dict[str, Any] = {
        "name": ERRORS[status],
        "message": MESSAGES[status],
        "debug_id": secrets.token_hex(6),
        "links": [],
    }
    if issue:
        detail = {"issue": issue, "description": issue.replace("_", " ").capitalize() + "."}
        body["details"] = [detail | ({"field": field, "location": "body"} if field else {})]
    return Answer(status, body | more)


def refuse(status: int, issue: str = "", field: str = "") -> NoReturn:
    """Say no with PayPal's error."""
    raise Refuse(error(status, issue, field))


def checked(request: Request, structure: str) -> dict[str, Any]:
    """The body, when it is what the document describes; raises Refuse or Malformed."""
    body = request.json() if request.body else {}
    if not isinstance(body, dict):
        raise Malformed("not an object")
    issues = {"missing": "MISSING_REQUIRED_PARAMETER", "value": "INVALID_PARAMETER_VALUE"}
    for fault in load("paypal").faults(structure, body):
        issue = issues.get(fault.kind, "INVALID_PARAMETER_SYNTAX")
        refuse(400, issue, f"/{fault.structure}/{fault.member}")
    return body


def kept(card: Mapping[str, Any], book: Book) -> dict[str, str]:
    """What is kept of a card; refuses one that cannot be."""
    number, expiry = card.get("number", ""), card.get("expiry", "")
    if not number.isdigit() or not 12 <= len(number) <= 19:
        refuse(422, "VALIDATION_ERROR", "/payment_source/card/number")
    if len(expiry) != 7 or expiry < book.now.strftime("%Y-%m"):
        refuse(422, "CARD_EXPIRED", "/payment_source/card/expiry")
    agreement = card.get("stored_credential", {})
    if agreement.get("payment_initiator") == "MERCHANT" and "security_code" in card:
        refuse(422, "MERCHANT_INITIATED_WITH_SECURITY_CODE")
    scheme = str(secrets.randbelow(10**15)).zfill(15)
    return {"last": number[-4:], "brand": BRANDS.get(number[0], "VISA"), "scheme_id": scheme}


def new() -> str:
    """An id as PayPal makes them."""
    return "".join(secrets.choice("0123456789ABCDEFGHJKLMNPRSTUVWXY") for _ in range(17))


def moment(time: datetime) -> str:
    """A time as PayPal writes it."""
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def counted(told: Mapping[str, str]) -> Money:
    """A sum as minor units; raises Refuse where it is none that PayPal takes."""
    currency, value = told["currency_code"], told["value"]
    try:
        money = Money.from_major(value, currency)
    except (ValueError, KeyError):
        refuse(422, "DECIMAL_PRECISION", "value")
    if currency in WHOLE and "." in value:
        refuse(422, "DECIMALS_NOT_SUPPORTED", "value")
    if money.amount <= 0:
        refuse(422, "CANNOT_BE_ZERO_OR_NEGATIVE", "value")
    return money


def written(amount: int, currency: str) -> dict[str, str]:
    """Minor units as a sum."""
    value = Money(amount, currency).major()
    if currency in WHOLE:
        value = str(rescale(amount, exponent(currency), 0))
    return {"currency_code": currency, "value": value}


def order(book: Book, charge: Charge) -> dict[str, Any]:
    """An order with all its payments."""
    data, links = charge.data, {"self": f"{API}/v2/checkout/orders/{charge.id}"}
    if data["order"] == "PAYER_ACTION_REQUIRED" and charge.state == "action":
        links["payer-action"] = page_url(charge)
    elif data["order"] == "CREATED":
        links["approve"] = f"https://www.sandbox.paypal.com/checkoutnow?token={charge.id}"
    shown: dict[str, Any] = {
        "id": charge.id,
        "intent": "AUTHORIZE" if data["manual"] else "CAPTURE",
        "status": data["order"],
        "purchase_units": [{**data["unit"], **payments(book, charge)}],
        "create_time": moment(charge.created_at or book.now),
        "links": [{"href": link, "rel": rel, "method": "GET"} for rel, link in links.items()],
    }
    if charge.method:
        shown["payment_source"] = {charge.method: payer(charge)}
    return shown


def payer(charge: Charge) -> dict[str, Any]:
    """What pays, without what is secret."""
    data = charge.data
    if charge.method != "card":
        vault = {"id": data["vault"], "status": "VAULTED"} if "vault" in data else None
        return {"attributes": {"vault": vault}} if vault else {}
    shown = {"last_digits": data["card"]["last"], "brand": data["card"]["brand"]}
    if "proof" in data:
        shift, status = ("POSSIBLE", "Y") if data["proof"] else ("NO", "N")
        secure = {"authentication_status": status, "enrollment_status": "Y"}
        shown["authentication_result"] = {"liability_shift": shift, "three_d_secure": secure}
    return shown


def payments(book: Book, charge: Charge) -> dict[str, Any]:
    """The authorization, captures and refunds of an order; nothing before it is completed."""
    if charge.data["order"] != "COMPLETED":
        return {}
    captures = [made(charge, "capture", one) for one in book.find("capture", charge.id)]
    refunds = [made(charge, "refund", one) for one in book.find("refund", charge.id)]
    found = {"captures": captures, "refunds": refunds}
    if charge.data["manual"]:
        found["authorizations"] = [authorization(charge)]
    elif not captures:
        found["captures"] = [first_capture(charge)]
    return {"payments": {name: list_ for name, list_ in found.items() if list_}}


def answered(charge: Charge) -> dict[str, Any]:
    """What the processor said of a card."""
    if charge.method != "card":
        return {}
    if charge.state == "declined":
        code = declines().get(charge.data.get("decline", ""), declines()["generic_decline"])
        return {"processor_response": {"response_code": code}}
    said = {"avs_code": "Y", "cvv_code": "M", "response_code": "0000"}
    card = charge.data["card"]
    scheme = {"id": card["scheme_id"], "network": card["brand"]}
    return {"processor_response": said, "network_transaction_reference": scheme}


def authorization(charge: Charge) -> dict[str, Any]:
    """The authorization of an order."""
    status = AUTHORIZATIONS[charge.state]
    if charge.captured and charge.state == "authorized":
        status = "PARTIALLY_CAPTURED"
    born = charge.created_at or datetime.now(UTC)
    return {
        "id": charge.data["authorization"],
        "status": status,
        "amount": written(charge.amount, charge.currency),
        **names(charge, charge.reference),
        "expiration_time": moment(born + HELD),
        **answered(charge),
    }


def first_capture(charge: Charge) -> dict[str, Any]:
    """The capture that completes an order of the intent CAPTURE."""
    status = CAPTURES.get(charge.state, "DECLINED")
    if charge.refunded:
        status = "REFUNDED" if charge.refunded == charge.captured else "PARTIALLY_REFUNDED"
    return {
        "id": charge.data["capture"],
        "status": status,
        "amount": written(charge.amount, charge.currency),
        **names(charge, charge.data["unit"].get("invoice_id", "")),
        "final_capture": True,
        **answered(charge),
    }


def made(charge: Charge, kind: str, one: Mapping[str, Any]) -> dict[str, Any]:
    """A capture of an authorization, or a refund."""
    shown = {
        "id": one["id"],
        "status": THINGS[one["status"]],
        "amount": written(one["amount"], charge.currency),
        **names(charge, one["reference"]),
    }
    if kind == "capture" and charge.refunded and charge.refunded >= one["amount"]:
        shown["status"] = "REFUNDED"
    return shown


def names(charge: Charge, invoice: str) -> dict[str, str]:
    """The caller's own ids of a payment."""
    told = {"custom_id": charge.data["unit"].get("custom_id", ""), "invoice_id": invoice}
    return {name: value for name, value in told.items() if value}


def related(charge: Charge, shown: Mapping[str, Any]) -> dict[str, Any]:
    """An object as a webhook's resource, which names its order."""
    return {**shown, "supplementary_data": {"related_ids": {"order_id": charge.id}}}


def dispute(book: Book, charge: Charge) -> dict[str, Any]:
    """A dispute about all that was taken."""
    about = {
        "seller_transaction_id": charge.data.get("capture", ""),
        "invoice_number": charge.reference,
        "custom": charge.data["unit"].get("custom_id", ""),
    }
    return {
        "dispute_id": f"PP-D-{secrets.randbelow(10**5):05d}",
        "disputed_transactions": [about],
        "reason": "UNAUTHORISED",
        "status": "WAITING_FOR_SELLER_RESPONSE",
        "dispute_amount": written(charge.captured, charge.currency),
        "dispute_life_cycle_stage": "CHARGEBACK",
        "seller_response_due_date": moment(book.now + timedelta(days=10)),
    }


def event(book: Book, kind: str, resource: Mapping[str, Any]) -> dict[str, Any]:
    """The body of a webhook."""
    return {
        "id": f"WH-{new()}-{new()}",
        "event_version": "1.0",
        "create_time": moment(book.now),
        "resource_type": kind.split(".")[1].lower(),
        "event_type": kind,
        "resource": dict(resource),
    }
