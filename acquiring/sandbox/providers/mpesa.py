"""Daraja's sandbox, as far as a push needs it: tokens, pushes, queries, callbacks.

Whole shillings only, so that a scenario is chosen by the amount in shillings: KES 6609 and KES
16609 play 6609. A push waits for the shopper for 90 seconds; meanwhile a query is answered with
HTTP 500, and a second push to the same phone is refused. Callbacks are not signed, and go to the
address the push named.

Sources: third-party collections of developer.safaricom.co.ke: daraja-mock 1.0.5 (paths, answers),
api-evangelist/mpesa (result codes, callbacks), public guides.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import re
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any, NoReturn

import orjson

from acquiring.sandbox.book import Account, Book, Charge, account_by_key
from acquiring.sandbox.engine import Delivery, Post
from acquiring.sandbox.ordinary import Ordinary, Thing
from acquiring.sandbox.scenarios import by_amount
from acquiring.sandbox.structure import load
from acquiring.sandbox.wire import Answer, Refuse, Request

SIGN_IN = "/oauth/v1/generate"
OPEN_SECONDS = 90
MOST_SHILLINGS = 250_000


class Mpesa(Ordinary):
    """Safaricom, as far as a push needs it."""

    name = "mpesa"
    title = "M-PESA (Daraja)"
    key_credential = "consumer_key"
    cannot = {
        "dispute": "There are no disputes over the API.",
        "webhook_reordered": "A push is told of once, by its result.",
        "refund_failure": "Reversals need the initiator of another product and are not offered.",
        "refund_pending": "Reversals need the initiator of another product and are not offered.",
    }
    routes = (
        ("GET", SIGN_IN, "token"),
        ("POST", "/mpesa/stkpush/v1/processrequest", "push"),
        ("POST", "/mpesa/stkpushquery/v1/query", "query"),
    )

    # The account.

    def test_values(self) -> list[tuple[str, str]]:
        """How a scenario is chosen where there are no cents."""
        return [
            ("amount in shillings", "plays as the minor units do elsewhere: KES 6623, KES 6632")
        ]

    def credentials(self, facts: Mapping[str, Any]) -> dict[str, str]:
        """The keys of an app, and a pay bill number with its passkey."""
        return {
            "consumer_key": secrets.token_urlsafe(24),
            "consumer_secret": secrets.token_urlsafe(24),
            "shortcode": str(100_000 + secrets.randbelow(900_000)),
            "passkey": secrets.token_hex(32),
        }

    def authenticate(self, request: Request) -> Account:
        """By key and secret where a token is asked for, by that token elsewhere."""
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        try:
            told = base64.b64decode(given, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            told = ""
        key, _, proof = told.partition(":")
        account = account_by_key(self.name, key) if key else None
        signing_in = request.path == SIGN_IN
        if account and scheme == ("Basic" if signing_in else "Bearer"):
            wanted = account.credentials["consumer_secret"] if signing_in else seal(account)
            if hmac.compare_digest(proof.encode(), wanted.encode()):
                return account
        if signing_in:
            raise Refuse(error(400, "400.008.01", "Invalid Authentication passed"))
        raise Refuse(error(404, "404.001.03", "Invalid Access Token"))

    def not_found(self, request: Request) -> Answer:
        """No such path."""
        return error(404, "404.001.01", "Resource not found")

    def malformed(self, request: Request, reason: str) -> Answer:
        """A body that is no JSON."""
        return error(400, "400.002.05", "Invalid Request Payload")

    def broken(self, request: Request) -> Answer:
        """Safaricom's own trouble."""
        return error(500, "500.002.1001", "Service is currently under maintenance.")

    def token(self, request: Request, book: Book) -> Answer:
        """`GET /oauth/v1/generate`: an access token for an hour; its members are texts."""
        if request.query.get("grant_type") != "client_credentials":
            refuse(400, "400.008.02", "Invalid grant type passed")
        lent = base64.b64encode(f"{book.account.key}:{seal(book.account)}".encode()).decode()
        return Answer(200, {"access_token": lent, "expires_in": "3599"})

    # Pushes.

    def push(self, request: Request, book: Book) -> Answer:
        """`POST /mpesa/stkpush/v1/processrequest`."""
        body = checked(request, "Push", book.account)
        shillings = str(body["Amount"])
        if not re.fullmatch(r"[1-9]\d*", shillings) or int(shillings) > MOST_SHILLINGS:
            invalid("Amount")
        phone = str(body["PhoneNumber"])
        if not re.fullmatch(r"\d{12}", phone) or str(body["PartyA"]) != phone:
            invalid("PhoneNumber")
        if str(body["PartyB"]) != book.account.credentials["shortcode"]:
            invalid("PartyB")
        if not body["CallBackURL"].startswith(("https://", "http://")):
            invalid("CallBackURL")
        if any(one.state == "action" for one in book.charges_named(phone)):
            refuse(500, "500.001.1001", "Unable to lock subscriber, a transaction is already in"
                   " process for the current subscriber")  # fmt: skip
        made = f"{book.now:%d%m%Y%H%M%S}"
        data = {
            "merchant_request": numbered(1),
            "callback": body["CallBackURL"],
            "phone": phone,
            "receipt": secrets.token_hex(5).upper(),
        }
        charge = Charge(
            f"ws_CO_{made}{secrets.randbelow(10**12):012d}", int(shillings) * 100, "KES", "mpesa",
            "", by_amount(int(shillings)).name, body["AccountReference"], [phone], page="wallet",
            data=data,
        )  # fmt: skip
        lapses = timedelta(seconds=OPEN_SECONDS)
        self.begin(book, charge, asks_shopper=True, expires_after=lapses)
        accepted = "Success. Request accepted for processing"
        return Answer(200, {
            **names(charge), "ResponseCode": "0", "ResponseDescription": accepted,
            "CustomerMessage": accepted,
        })  # fmt: skip

    def query(self, request: Request, book: Book) -> Answer:
        """`POST /mpesa/stkpushquery/v1/query`."""
        body = checked(request, "Query", book.account)
        charge = book.charge(body["CheckoutRequestID"])
        if charge is None:
            invalid("CheckoutRequestID")
        if charge.state in ("action", "pending"):
            refuse(500, "500.001.1001", "The transaction is being processed")
        code, text = result(charge)
        return Answer(200, {
            "ResponseCode": "0",
            "ResponseDescription": "The service request has been accepted successfully",
            **names(charge), "ResultCode": str(code), "ResultDesc": text,
        })  # fmt: skip

    # Callbacks.

    def tell(self, book: Book, charge: Charge, what: str, thing: Thing | None = None) -> None:
        """What became of the push."""
        if what not in ("captured", "declined", "expired"):
            return
        code, text = result(charge)
        told: dict[str, Any] = {**names(charge), "ResultCode": code, "ResultDesc": text}
        if what == "captured":
            items = {
                "Amount": charge.amount // 100,
                "MpesaReceiptNumber": charge.data["receipt"],
                "TransactionDate": int(f"{book.now:%Y%m%d%H%M%S}"),
                "PhoneNumber": int(charge.data["phone"]),
            }
            listed = [{"Name": name, "Value": value} for name, value in items.items()]
            told["CallbackMetadata"] = {"Item": listed}
        body = orjson.dumps({"Body": {"stkCallback": told}}).decode()
        book.tell(charge, f"stk.{what}", {"body": body, "url": charge.data["callback"]})

    def sign(self, account: Account, delivery: Delivery, now: datetime) -> Post:
        """The callback, which nobody signs."""
        message = delivery.message
        headers = {"content-type": "application/json"}
        return Post(headers, message["body"].encode(), url=message["url"])


@lru_cache(maxsize=1)
def tables() -> dict[str, Any]:
    """The tables of `data/mpesa.json`."""
    path = Path(__file__).parents[1] / "data" / "mpesa.json"
    read: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return read


def error(status: int, code: str, message: str) -> Answer:
    """Daraja's error."""
    request_id = numbered(2)
    return Answer(status, {"requestId": request_id, "errorCode": code, "errorMessage": message})


def numbered(last: int) -> str:
    """A number of a request as Safaricom writes them."""
    return f"{secrets.randbelow(90_000) + 10_000}-{secrets.randbelow(10**8)}-{last}"


def refuse(status: int, code: str, message: str) -> NoReturn:
    """Say no: nothing of the call is kept."""
    raise Refuse(error(status, code, message))


def invalid(member: str) -> NoReturn:
    refuse(400, "400.002.02", f"Bad Request - Invalid {member}")


def seal(account: Account) -> str:
    """What shows that a token was lent by us."""
    secret = account.credentials["consumer_secret"].encode()
    return hmac.new(secret, b"token", hashlib.sha256).hexdigest()[:20]


def checked(request: Request, structure: str, account: Account) -> dict[str, Any]:
    """The body, when it is as documented and its password is that of the shortcode."""
    body = request.json()
    for fault in load("mpesa").faults(structure, body):
        invalid(fault.member or "Request")
    moment = str(body["Timestamp"])
    if not re.fullmatch(r"\d{14}", moment):
        invalid("Timestamp")
    own = account.credentials
    proof = f"{own['shortcode']}{own['passkey']}{moment}".encode()
    right = base64.b64encode(proof).decode() == body["Password"]
    if str(body["BusinessShortCode"]) != own["shortcode"]:
        refuse(500, "500.001.1001", "Merchant does not exist")
    if not right:
        refuse(500, "500.001.1001", "Wrong credentials")
    return dict(body)


def names(charge: Charge) -> dict[str, str]:
    return {
        "MerchantRequestID": charge.data["merchant_request"],
        "CheckoutRequestID": charge.id,
    }


def result(charge: Charge) -> tuple[int, str]:
    """The result code and its text."""
    if charge.state == "captured":
        return 0, "The service request is processed successfully."
    results = tables()["results"]
    code, text = results.get(charge.data.get("decline", ""), results["generic_decline"])
    return code, text
