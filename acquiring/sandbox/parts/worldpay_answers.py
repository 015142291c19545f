"""What Access Worldpay says: outcomes, links, events of payment queries, webhooks, errors.

Sources: Worldpay's OpenAPI documents (payments, APMs, payment queries, events) and
developer.worldpay.com/products/reference/refusal-response.
"""

from __future__ import annotations

import base64
import binascii
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NoReturn

from acquiring.sandbox.book import Book, Charge
from acquiring.sandbox.engine import page_url
from acquiring.sandbox.wire import Answer, Refuse

HOST = "https://try.access.worldpay.com"
# The issuer's number and word for a unified decline; of any other, that of the first.
REFUSALS = {
    "generic_decline": ("5", "REFUSED"),
    "do_not_honor": ("5", "REFUSED"),
    "call_issuer": ("1", "REFER TO CARD ISSUER"),
    "invalid_merchant": ("3", "INVALID ACCEPTOR"),
    "pickup_card": ("4", "HOLD CARD"),
    "invalid_transaction": ("12", "INVALID TRANSACTION"),
    "invalid_amount": ("131", "INVALID AMOUNT"),
    "invalid_number": ("14", "INVALID CARD NUMBER"),
    "restricted_card": ("62", "RESTRICTED CARD"),
    "expired_card": ("54", "EXPIRED CARD"),
    "insufficient_funds": ("51", "INSUFFICIENT FUNDS"),
    "lost_card": ("41", "LOST CARD"),
    "stolen_card": ("43", "STOLEN CARD, PICK UP"),
    "transaction_not_permitted": ("57", "TRANSACTION NOT PERMITTED TO CARDHOLDER"),
    "suspected_fraud": ("59", "SUSPECTED FRAUD"),
    "amount_limit_exceeded": ("61", "EXCEEDS WITHDRAWAL AMOUNT LIMIT"),
    "security_violation": ("63", "SECURITY VIOLATION"),
    "count_limit_exceeded": ("65", "EXCEEDS WITHDRAWAL FREQUENCY LIMIT"),
    "pin_tries_exceeded": ("75", "ALLOWABLE PIN TRIES EXCEEDED"),
    "issuer_unavailable": ("91", "CREDITCARD ISSUER TEMPORARILY NOT REACHABLE"),
    "duplicate_transaction": ("94", "DUPLICATE TRANSMISSION"),
    "processing_error": ("96", "SYSTEM MALFUNCTION"),
}
UNASKED = {
    "authentication_failed": "3dsAuthenticationFailed",
    "authentication_canceled": "3dsAuthenticationFailed",
    "authentication_unavailable": "3dsUnavailable",
    "provider_risk_rejected": "fraudHighRisk",
}
ACTIONS = {
    "cancelPayment": "cancellations",
    "settlePayment": "settlements",
    "partiallySettlePayment": "partialSettlements",
    "refundPayment": "refunds",
    "partiallyRefundPayment": "partialRefunds",
}
LOCAL_EVENTS = {
    "action": "pending",
    "pending": "pending",
    "captured": "sentForSettlement",
    "declined": "refused",
    "canceled": "cancelled",
    "expired": "expired",
}


def new(kind: str) -> str:
    """An id as Worldpay makes them: 21 letters behind three."""
    return f"{kind}{secrets.token_urlsafe(15)}0"


def error(status: int, name: str, message: str, path: str = "") -> Answer:
    """An error, with where it is when it is in the body."""
    body: dict[str, Any] = {"errorName": name, "message": message}
    if path:
        body |= {
            "errorName": "bodyDoesNotMatchSchema",
            "message": "The json body provided does not match the expected schema",
            "validationErrors": [{"errorName": name, "message": message, "jsonPath": path}],
        }
    return Answer(status, body)


def refuse(status: int, name: str, message: str, path: str = "") -> NoReturn:
    """The error as a refusal."""
    raise Refuse(error(status, name, message, path))


def linked(name: str) -> str:
    """The opaque data of a link to something of this name."""
    return base64.urlsafe_b64encode(f'{{"k":1,"d":"{name}"}}'.encode()).decode().rstrip("=")


def unlinked(data: str) -> str:
    """What a link's data names; "" for one that was never ours."""
    try:
        text = base64.urlsafe_b64decode(data + "=" * (-len(data) % 4)).decode()
    except (binascii.Error, UnicodeDecodeError):
        return ""
    return text.removeprefix('{"k":1,"d":"').removesuffix('"}')


def links(charge: Charge) -> dict[str, Any]:
    """The payment itself, and what can be done with it now."""
    root = f"{HOST}/api/payments/{linked(charge.id)}"
    names: tuple[str, ...] = ()
    if charge.state == "authorized":
        names = ("cancelPayment", "settlePayment", "partiallySettlePayment")
        names = names if not charge.captured else ("partiallySettlePayment",)
    if charge.captured > charge.refunded:
        names += ("partiallyRefundPayment",) if charge.refunded else ()
        names += () if charge.refunded else ("refundPayment", "partiallyRefundPayment")
    actions = {name: {"href": f"{root}/{ACTIONS[name]}", "method": "POST"} for name in names}
    return {"_links": {"self": {"href": root}}, "_actions": actions}


def card_answer(charge: Charge) -> Answer:
    """What a payment by card has come to."""
    decline = charge.data.get("decline", "")
    named = {"transactionReference": charge.reference}
    if decline in UNASKED:
        return Answer(201, {"outcome": UNASKED[decline], **named})
    code, text = REFUSALS.get(decline, REFUSALS["generic_decline"])
    told = {"paymentId": charge.id, **named, **known(charge)}
    if charge.state == "declined":
        refusal = {"refusalCode": code, "refusalDescription": text, "advice": {"code": "01"}}
        return Answer(201, {"outcome": "refused", **told, **refusal})
    told |= {"schemeReference": charge.data["scheme"], **links(charge)}
    told["issuer"] = {"authorizationCode": charge.data["code"]}
    if charge.data["manual"]:
        return Answer(201, {"outcome": "authorized", **told})
    return Answer(202, {"outcome": "sentForSettlement", **told})


def known(charge: Charge) -> dict[str, Any]:
    """What is told of the card, and of its checks."""
    risks = [{"type": "cvc", "risk": "matched"}]
    risks += [{"type": "avs", "detail": one, "risk": "matched"} for one in ("address", "postcode")]
    return {"riskFactors": risks, "paymentInstrument": charge.data["instrument"]}


def challenged(charge: Charge) -> Answer:
    """The issuer wants to ask the cardholder."""
    complete = f"{HOST}/api/payments/{linked(charge.id)}/3dsChallenges"
    challenge = {
        "reference": charge.data["challenge"],
        "url": page_url(charge),
        "jwt": f"eyJ0eXAiOiJKV1QifQ.{linked(charge.data['challenge'])}.signature",
        "payload": linked("challenge"),
    }
    body = {
        "outcome": "3dsChallenged",
        "transactionReference": charge.reference,
        "authentication": {"version": "2.2.0"},
        "challenge": challenge,
        "_actions": {"complete3dsChallenge": {"href": complete, "method": "POST"}},
    }
    return Answer(201, body)


def device_data(reference: str, started: str, number: str) -> Answer:
    """A script may look at the browser first."""
    supply = f"{HOST}/api/payments/{linked(started)}/3dsDeviceData"
    collection = {
        "jwt": "eyJ0eXAiOiJKV1QifQ.e30.signature",
        "url": "https://centinelapistag.cardinalcommerce.com/V1/Cruise/Collect",
        "bin": number[:6],
    }
    body = {
        "outcome": "3dsDeviceDataRequired",
        "transactionReference": reference,
        "deviceDataCollection": collection,
        "_actions": {"supply3dsDeviceData": {"href": supply, "method": "POST"}},
    }
    return Answer(201, body)


# Payment queries.


def queried(book: Book, charge: Charge) -> dict[str, Any]:
    """A card's payment with all that happened to it."""
    happened = events(book, charge)
    summary = listed(charge)
    return summary | {"lastEvent": happened[-1]["eventName"], "events": happened}


def listed(charge: Charge) -> dict[str, Any]:
    """A card's payment in a list."""
    body: dict[str, Any] = {
        "timestamp": moment(charge.created_at),
        "paymentId": charge.id,
        "transactionReference": charge.reference,
        "entity": charge.data["entity"],
        "transactionType": "oneTime",
        "authorizationType": "authorization" if charge.data["manual"] else "sale",
        "value": {"currency": charge.currency, "amount": charge.amount},
        "_links": {"self": {"href": f"/paymentQueries/payments/{charge.id}"}},
    }
    if charge.state != "declined":
        body["issuer"] = {"authorizationCode": charge.data["code"]}
        body["scheme"] = {"reference": charge.data["scheme"]}
    return body


def events(book: Book, charge: Charge) -> list[dict[str, Any]]:
    """The authorization or sale, and what was done afterwards, request by request."""
    stem = "authorization" if charge.data["manual"] else "sale"
    at, command = moment(charge.created_at), f"cmd{charge.id[3:]}"
    first = {"timestamp": at, "commandId": command}
    result: dict[str, Any] = {"eventName": f"{stem}Succeeded", "outcome": "authorized"}
    if charge.state == "declined":
        code, text = REFUSALS.get(charge.data["decline"], REFUSALS["generic_decline"])
        result = {"eventName": f"{stem}Refused", "outcome": "refused"}
        result |= {"code": code, "description": text}
    told = [{"eventName": f"{stem}Requested", **first}, {**result, **first}]
    words = (("capture", "settlement"), ("refund", "refund"), ("void", "cancellation"))
    for kind, word in words:
        for one in book.find(kind, charge.id):
            told += _operation(charge, word, one)
    return told


def _operation(charge: Charge, word: str, one: Mapping[str, Any]) -> list[dict[str, Any]]:
    mark = {"timestamp": moment(charge.created_at), "commandId": f"cmd{one['id']}"}
    asked: dict[str, Any] = {"eventName": f"{word}Requested", **mark}
    if word != "cancellation":
        capital = word.capitalize()
        asked |= {"type": f"partial{capital}", f"{word}Reference": one["reference"]}
        asked["value"] = {"currency": charge.currency, "amount": one["amount"]}
    done = {"succeeded": "Submitted", "failed": "SubmissionFailed"}.get(one["status"])
    later = [{"eventName": f"{word}Request{done}", **mark}] if done else []
    return [asked, *later]


# Local methods.


def local_answer(charge: Charge, event: str = "") -> dict[str, Any]:
    """A payment by a local method."""
    root = f"{HOST}/apmPayments/{linked(charge.id)}"
    names = ("reverse", "partialReverse") if charge.captured > charge.refunded else ()
    paths = {"reverse": "reversals", "partialReverse": "partialReversals"}
    actions = {one: {"href": f"{root}/{paths[one]}", "method": "POST"} for one in names}
    return {
        "paymentId": linked(charge.id),
        "lastEvent": event or charge.data.get("last") or LOCAL_EVENTS[charge.state],
        "_links": {"self": {"href": root}},
        "_actions": actions,
    }


# Events.


def event(charge: Charge, kind: str, reference: str = "", amount: int = 0) -> dict[str, Any]:
    """A webhook about a payment."""
    details: dict[str, Any] = {
        "classification": "payment",
        "downstreamReference": secrets.token_hex(8),
        "transactionReference": charge.reference,
        "type": kind,
        "amount": {"value": amount or charge.amount, "currencyCode": charge.currency},
        "_links": {"payment": {"href": payment_link(charge)}},
    }
    if reference:
        details["reference"] = reference
    if kind == "refused":
        code, text = REFUSALS.get(charge.data.get("decline", ""), REFUSALS["generic_decline"])
        details["refusal"] = {"code": code, "description": text}
    return {"eventId": new("evt"), "eventDetails": details}


def payment_link(charge: Charge) -> str:
    """The address of a payment at the API it was made by."""
    root = "api/payments" if charge.data["is_card"] else "apmPayments"
    return f"{HOST}/{root}/{linked(charge.id)}"


def moment(time: datetime | None) -> str:
    """A time as Worldpay writes it."""
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z" if time else ""
