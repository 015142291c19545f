"""Klarna's playground: payment sessions, hosted pages, and the orders they come to.

The page places the order itself, held or captured, once the shopper has agreed; what the shopper
does is called back, unsigned, to the page's own address. An order in review says so
(`fraud_status`). Captures, cancellations and refunds are answered with an id in a header; what an
order's state forbids is 403. Of an idempotency key only the key counts, whatever the body says.

Sources: Klarna Payments v1 (APIs.guru, CC0), the OpenAPI documents of the Hosted Payment Page and
of Order Management; docs.klarna.com (status callbacks, tracking session status).
"""

from __future__ import annotations

import base64
import binascii
import hmac
import secrets
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, NoReturn

import orjson

from acquiring.core.money import is_currency
from acquiring.sandbox.book import Account, Book, Charge, account_by_key
from acquiring.sandbox.engine import Delivery, Post, page_url
from acquiring.sandbox.ordinary import Ordinary, Thing, TooMuch, WrongState
from acquiring.sandbox.scenarios import by_amount
from acquiring.sandbox.structure import load
from acquiring.sandbox.wire import Answer, Malformed, Refuse, Request

SESSIONS = "/payments/v1/sessions"
PAGES = "/hpp/v1/sessions"
ORDERS = "/ordermanagement/v1/orders"
OPEN_FOR = timedelta(hours=47)
HELD_FOR = timedelta(days=28)
STATUSES = {
    "authorized": "AUTHORIZED",
    "captured": "CAPTURED",
    "canceled": "CANCELLED",
    "declined": "CANCELLED",
    "expired": "EXPIRED",
    "pending": "AUTHORIZED",
}
RETURNS = {"COMPLETED": "success", "CANCELLED": "cancel", "FAILED": "failure"}


class Klarna(Ordinary):
    """Klarna, as far as a payment needs it."""

    name = "klarna"
    title = "Klarna"
    key_credential = "username"
    cannot = {
        "dispute": "Disputes belong to another API, without callbacks for the merchant here.",
        "webhook_reordered": "It calls back once, when the page is done.",
        "refund_pending": "A refund is done when it is answered.",
    }
    routes = (
        ("POST", SESSIONS, "create"),
        ("POST", PAGES, "open"),
        ("GET", PAGES + "/{page_id}", "show"),
        ("DELETE", PAGES + "/{page_id}", "disable"),
        ("GET", ORDERS + "/{order_id}", "order"),
        ("POST", ORDERS + "/{order_id}/captures", "capture"),
        ("POST", ORDERS + "/{order_id}/cancel", "cancel"),
        ("POST", ORDERS + "/{order_id}/refunds", "refund"),
    )

    def credentials(self, facts: Mapping[str, Any]) -> dict[str, str]:
        """A username of the merchant id, and its password."""
        merchant = f"PK{secrets.randbelow(10**5):05d}_{secrets.token_hex(6)}"
        return {"username": merchant, "password": secrets.token_urlsafe(24)}

    def authenticate(self, request: Request) -> Account:
        """By username and password."""
        given = request.headers.get("authorization", "").removeprefix("Basic ")
        try:
            username, _, password = base64.b64decode(given, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            raise Refuse(Answer(401)) from None
        account = account_by_key(self.name, username) if username else None
        wanted = account.credentials["password"] if account else ""
        if account is None or not hmac.compare_digest(password.encode(), wanted.encode()):
            raise Refuse(Answer(401))
        return account

    def idempotency_key(self, request: Request) -> str:
        """The header of that name; only what is done with an order heeds it."""
        key = request.headers.get("klarna-idempotency-key", "")
        return f"{request.path} {key}" if key and request.path.startswith(ORDERS) else ""

    def fingerprint(self, request: Request) -> str:
        """Only the key counts."""
        return "the same"

    def busy(self, request: Request) -> Answer:
        """The first call under the key is not done yet."""
        return error(409, "CONFLICT", "A request with this key is being processed.")

    def not_found(self, request: Request) -> Answer:
        """No such thing."""
        return error(404, "NOT_FOUND", "Not found.")

    def malformed(self, request: Request, reason: str) -> Answer:
        """A body that cannot be read."""
        return error(400, "BAD_REQUEST", "The body is not JSON.")

    # Before the order.

    def create(self, request: Request, book: Book) -> Answer:
        """A payment session: what is bought."""
        body = checked(request, "Session")
        if not is_currency(body["purchase_currency"]):
            refuse(400, "BAD_VALUE", "Bad value: purchase_currency")
        if not 0 < body["order_amount"] <= 200_000_000:
            refuse(400, "BAD_VALUE", "Bad value: order_amount")
        if sum(line.get("total_amount", 0) for line in body["order_lines"]) != body["order_amount"]:
            refuse(400, "BAD_VALUE", "Not matching fields: order_amount, total_amount")
        session = str(uuid.uuid4())
        book.put("session", session, body)
        token = secrets.token_urlsafe(48)
        return Answer(200, {"session_id": session, "client_token": token})

    def open(self, request: Request, book: Book) -> Answer:
        """A hosted page for a session."""
        body = checked(request, "Page")
        session = book.get("session", body["payment_session_url"].rpartition("/")[2])
        if session is None or SESSIONS not in body["payment_session_url"]:
            refuse(404, "NOT_FOUND", "The payment session does not exist.")
        options = body.get("options", {})
        mode = options.get("place_order_mode", "NONE")
        if mode == "NONE":
            refuse(400, "BAD_VALUE", "Bad value: options.place_order_mode")
        reference = session.get("merchant_reference2", "")
        opened_before = bool(reference and book.charges_named(reference))
        charge = Charge(
            str(uuid.uuid4()),
            session["order_amount"],
            session["purchase_currency"],
            options.get("payment_method_category", "KLARNA"),
            "action",
            by_amount(session["order_amount"]).name,
            reference,
            [reference] if reference else [],
            page="wallet",
            data={"urls": body.get("merchant_urls", {}), "session": session, "order": ""},
        )
        self.begin(
            book,
            charge,
            asks_shopper=True,
            manual=mode == "PLACE_ORDER",
            expires_after=OPEN_FOR,
        )
        if opened_before:
            book.playing = None  # the first page's answer was spoiled already
        shown = {
            "session_id": charge.id,
            "session_url": f"https://api.playground.klarna.com{PAGES}/{charge.id}",
            "redirect_url": page_url(charge),
            "expires_at": moment(book.now + OPEN_FOR),
        }
        return Answer(201, shown)

    def show(self, request: Request, book: Book, page_id: str) -> Answer:
        """How far the shopper is, and the order it came to."""
        return Answer(200, page(book, existing(book, page_id)))

    def disable(self, request: Request, book: Book, page_id: str) -> Answer:
        """The page is taken away."""
        charge = existing(book, page_id)
        if charge.data["order"]:
            refuse(400, "BAD_REQUEST", "The session was completed.")
        self.let_go(book, charge)
        return Answer(204)

    def _approve(self, book: Book, charge: Charge) -> None:
        placed(charge)
        super()._approve(book, charge)

    def _move(self, book: Book, charge: Charge, state: str) -> None:
        if state == "pending":
            placed(charge)
        super()._move(book, charge, state)

    def returns(self, charge: Charge) -> str:
        """The address of what became of the page."""
        return str(charge.data["urls"].get(RETURNS.get(status(charge), "back"), ""))

    # The order.

    def order(self, request: Request, book: Book, order_id: str) -> Answer:
        """An order with all that was done with it."""
        charge = ordered(book, order_id)
        session = charge.data["session"]
        word = STATUSES[charge.state]
        if charge.captured and charge.state == "authorized":
            word = "PART_CAPTURED"
        reviewed = {"pending": "PENDING", "declined": "REJECTED"}.get(charge.state, "ACCEPTED")
        left = charge.amount - charge.captured if charge.state == "authorized" else 0
        born = charge.created_at or book.now
        shown = {
            "order_id": order_id,
            "klarna_reference": order_id[:8].upper(),
            "status": word,
            "fraud_status": reviewed,
            "order_amount": charge.amount,
            "original_order_amount": charge.amount,
            "captured_amount": charge.captured,
            "refunded_amount": charge.refunded,
            "remaining_authorized_amount": left,
            "purchase_currency": charge.currency,
            "purchase_country": session["purchase_country"],
            "created_at": moment(born),
            "expires_at": moment(born + HELD_FOR),
            "captures": [listed(one, "capture") for one in book.find("capture", charge.id)],
            "refunds": [listed(one, "refund") for one in book.find("refund", charge.id)],
        }
        names = ("merchant_reference1", "merchant_reference2")
        return Answer(200, shown | {name: session[name] for name in names if name in session})

    def capture(self, request: Request, book: Book, order_id: str) -> Answer:
        """Take what is held, or a part of it."""
        body, charge = checked(request, "Capture"), ordered(book, order_id)
        made, amount = str(uuid.uuid4()), body["captured_amount"]
        try:
            one = self.take(book, charge, made, body.get("reference", ""), amount, False)
        except (WrongState, TooMuch):
            refuse(403, "CAPTURE_NOT_ALLOWED", "Captured amount is higher than what is left.")
        if one["status"] == "failed":
            refuse(403, "CAPTURE_NOT_ALLOWED", "The order cannot be captured.")
        return Answer(201, b"", {"Capture-Id": made, "Location": f"{request.path}/{made}"})

    def cancel(self, request: Request, book: Book, order_id: str) -> Answer:
        """Let go of what is held."""
        charge = ordered(book, order_id)
        if charge.captured or charge.state not in ("authorized", "pending"):
            refuse(403, "CANCEL_NOT_ALLOWED", "The order has captures, or is closed.")
        self.let_go(book, charge)
        return Answer(204)

    def refund(self, request: Request, book: Book, order_id: str) -> Answer:
        """Give back what was taken, or a part of it."""
        body, charge = checked(request, "Refund"), ordered(book, order_id)
        made, amount = str(uuid.uuid4()), body["refunded_amount"]
        try:
            one = self.give_back(book, charge, made, body.get("reference", ""), amount)
        except (WrongState, TooMuch):
            refuse(403, "REFUND_NOT_ALLOWED", "Refunded amount is higher than what was captured.")
        if one["status"] == "failed":
            refuse(403, "REFUND_NOT_ALLOWED", "The order cannot be refunded.")
        return Answer(201, b"", {"Refund-Id": made, "Location": f"{request.path}/{made}"})

    # Call backs.

    def tell(self, book: Book, charge: Charge, what: str, thing: Thing | None = None) -> None:
        """What became of a page is called back; what is done with an order is not."""
        if what == "captured" and not charge.data["manual"]:
            made = str(uuid.uuid4())
            one = {"id": made, "reference": "", "amount": charge.amount, "status": "succeeded"}
            book.put("capture", made, one, charge.id)
        url = charge.data["urls"].get("status_update", "")
        if url and thing is None and what in ("authorized", "captured", "declined", "pending"):
            told = {"event_id": str(uuid.uuid4()), "session": page(book, charge)}
            address = url.replace("{{session_id}}", charge.id)
            book.tell(charge, "status_update", {"url": address, "body": told})

    def sign(self, account: Account, delivery: Delivery, now: datetime) -> Post:
        """The call back as it is: nobody signs it."""
        body = orjson.dumps(delivery.message["body"])
        return Post({"Content-Type": "application/json"}, body, url=delivery.message["url"])


def error(code: int, word: str, message: str) -> Answer:
    """Klarna's error object."""
    told = {"error_code": word, "error_messages": [message], "correlation_id": str(uuid.uuid4())}
    return Answer(code, told)


def refuse(code: int, word: str, message: str) -> NoReturn:
    """Say no with Klarna's error."""
    raise Refuse(error(code, word, message))


def checked(request: Request, structure: str) -> dict[str, Any]:
    """The body, when it is what the document describes; raises Refuse or Malformed."""
    body = request.json()
    if not isinstance(body, dict):
        raise Malformed("not an object")
    for fault in load("klarna").faults(structure, body):
        refuse(400, "BAD_VALUE", f"Bad value: {fault.member or fault.structure} ({fault.kind})")
    return body


def existing(book: Book, page_id: str) -> Charge:
    """A page's payment; raises Refuse."""
    charge = book.charge(page_id)
    if charge is None:
        refuse(404, "NOT_FOUND", "The session does not exist.")
    return charge


def ordered(book: Book, order_id: str) -> Charge:
    """An order's payment; raises Refuse."""
    found = [one for one in book.charges_named(order_id) if one.data["order"] == order_id]
    charge = book.charge(found[0].id) if found else None
    if charge is None:
        refuse(404, "NO_SUCH_ORDER", "There is no order with the given id.")
    return charge


def placed(charge: Charge) -> None:
    """The page has come to an order."""
    if not charge.data["order"]:
        charge.data["order"] = str(uuid.uuid4())
        charge.names.append(charge.data["order"])


def status(charge: Charge) -> str:
    """How far a page is."""
    if charge.data["order"]:
        return "COMPLETED"
    left = charge.data.get("decline") == "shopper_canceled"
    ends = {"declined": "CANCELLED" if left else "FAILED", "canceled": "DISABLED"}
    return {"action": "WAITING", "expired": "ERROR", **ends}.get(charge.state, "IN_PROGRESS")


def page(book: Book, charge: Charge) -> dict[str, Any]:
    """A page as it is read."""
    shown = {
        "session_id": charge.id,
        "status": status(charge),
        "updated_at": moment(book.now),
        "expires_at": moment((charge.created_at or book.now) + OPEN_FOR),
    }
    order = charge.data["order"]
    return shown | ({"order_id": order, "klarna_reference": order[:8].upper()} if order else {})


def listed(one: Mapping[str, Any], kind: str) -> dict[str, Any]:
    """A capture or refund in the list of an order."""
    amount = "captured_amount" if kind == "capture" else "refunded_amount"
    return {f"{kind}_id": one["id"], amount: one["amount"], "reference": one["reference"]}


def moment(time: datetime) -> str:
    """A time as Klarna writes it."""
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
