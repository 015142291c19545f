"""Mercado Pago in test mode: card tokens, payments, refunds, preferences, signed webhooks.

An account is of all countries here; the currency is that of the method, of the payer's document,
or the real. A token pays once. The first answer under an idempotency key is given again whatever
the body says. A holder's name decides as Mercado Pago publishes it (APRO, FUND, OTHE …). A page of
a preference becomes a payment when the shopper has answered it.

Sources: mercadopago/openapi (Apache-2.0), samples of mercadopago/sdk-java (MIT),
mercadopago.com developers (webhooks, integration test, payment results).
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import orjson

from acquiring.sandbox.book import Account, Book, Charge, account_by_key
from acquiring.sandbox.decimals import exact, minor, number
from acquiring.sandbox.engine import Delivery, Post, page_url
from acquiring.sandbox.ordinary import Ordinary, Thing, TooMuch, WrongState
from acquiring.sandbox.parts.mercadopago_objects import (
    error,
    payment,
    refund,
    refuse,
    shown,
    tables,
)
from acquiring.sandbox.scenarios import by_amount
from acquiring.sandbox.structure import load
from acquiring.sandbox.wire import Answer, Request

PAYMENTS = "/v1/payments"
CHARGEBACKS = "topic_chargebacks_wh"
PAGES = {"credit_card": "three_ds", "bank_transfer": "bank", "account_money": "wallet"}


class MercadoPago(Ordinary):
    """Mercado Pago, as far as a payment needs it."""

    name = "mercadopago"
    title = "Mercado Pago"
    key_credential = "access_token"
    routes = (
        ("POST", "/v1/card_tokens", "tokenize"),
        ("POST", PAYMENTS, "create"),
        ("GET", f"{PAYMENTS}/search", "search"),
        ("GET", f"{PAYMENTS}/{{payment_id}}", "show"),
        ("PUT", f"{PAYMENTS}/{{payment_id}}", "update"),
        ("POST", f"{PAYMENTS}/{{payment_id}}/refunds", "refund"),
        ("GET", f"{PAYMENTS}/{{payment_id}}/refunds", "refunds"),
        ("GET", f"{PAYMENTS}/{{payment_id}}/refunds/{{refund_id}}", "show_refund"),
        ("POST", "/checkout/preferences", "prefer"),
    )

    # The account.

    def test_values(self) -> list[tuple[str, str]]:
        """The published names of holders."""
        holders = tables()["holders"].items()
        return [(f"holder `{name}`", code or "approved") for name, code in holders]

    def credentials(self, facts: Mapping[str, Any]) -> dict[str, str]:
        """An access token, a public key and the secret of the webhooks."""
        return {
            "access_token": f"TEST-{secrets.token_hex(24)}",
            "public_key": f"TEST-{secrets.token_hex(16)}",
            "webhook_secret": secrets.token_hex(32),
        }

    def authenticate(self, request: Request) -> Account:
        """By the bearer's token; a card token is made with the public key beside it."""
        scheme, _, key = request.headers.get("authorization", "").partition(" ")
        account = account_by_key(self.name, key) if scheme.lower() == "bearer" else None
        if account is None:
            refuse(401, "unauthorized", "Unauthorized use of live credentials")
        shown_key = request.headers.get("x-public-key", "")
        if request.path == "/v1/card_tokens" and shown_key != account.credentials["public_key"]:
            refuse(401, "unauthorized", "invalid public_key")
        return account

    def idempotency_key(self, request: Request) -> str:
        """A header of creating calls."""
        return request.headers.get("x-idempotency-key", "") if request.method == "POST" else ""

    def fingerprint(self, request: Request) -> str:
        """The first result is given again, whatever the body says now."""
        return f"{request.method} {request.path}"

    def busy(self, request: Request) -> Answer:
        """The first call under the key is not done yet."""
        return error(409, "conflict", "A request with this idempotency key is being processed")

    def mismatch(self, request: Request) -> Answer:
        """The key was used on another path."""
        return error(400, "bad_request", "X-Idempotency-Key was used for another operation")

    def not_found(self, request: Request) -> Answer:
        """No such path."""
        return error(404, "not_found", f"Resource not found: {request.path}")

    def malformed(self, request: Request, reason: str) -> Answer:
        """A body that is no JSON."""
        return error(400, "bad_request", reason)

    def broken(self, request: Request) -> Answer:
        """Its own trouble."""
        return error(500, "internal_error", "internal_error")

    # Cards.

    def tokenize(self, request: Request, book: Book) -> Answer:
        """`POST /v1/card_tokens`."""
        body = checked(request, "CardToken", {"security_code": 224, "card_number": 205})
        if not body["card_number"].isdigit() or not 12 <= len(body["card_number"]) <= 19:
            refuse(400, "E301", "Invalid card_number")
        if not 1 <= body["expiration_month"] <= 12:
            refuse(400, 325, "Invalid parameter 'cardExpirationMonth'")
        if body["expiration_year"] < book.now.year:
            refuse(400, 326, "Invalid parameter 'cardExpirationYear'")
        token, name = secrets.token_hex(16), body["cardholder"]["name"]
        book.put("token", token, {"holder": name, "used": False})
        told = {"first_six_digits": body["card_number"][:6]}
        told |= {"last_four_digits": body["card_number"][-4:], "status": "active"}
        kept = {name: body[name] for name in ("expiration_month", "expiration_year")}
        made = {"id": token, **told, **kept, "luhn_validation": True}
        times = {"date_created": shown(book.now), "date_due": shown(book.now + timedelta(days=7))}
        return Answer(201, {**made, **times, "cardholder": {"name": name}})

    # Payments.

    def create(self, request: Request, book: Book) -> Answer:
        """`POST /v1/payments`."""
        body = checked(request, "Payment")
        method = body["payment_method_id"]
        if method in tables()["cards"]:
            charge = self._card(body, book)
        elif method in tables()["local"]:
            charge = self._local(body, book)
        else:
            refuse(400, 10102, f"payment_method_id {method} not found")
        return Answer(201, payment(charge))

    def _card(self, body: dict[str, Any], book: Book) -> Charge:
        token = book.get("token", body.get("token", ""), lock=True)
        if token is None or token["used"]:
            refuse(400, 2006, "Card Token not found")
        if not body.get("installments"):
            refuse(400, 4046, "installments attribute can't be null")
        book.change("token", body["token"], token | {"used": True})
        kind = body["payer"].get("identification", {}).get("type", "")
        charge = fresh(body, tables()["documents"].get(kind, "BRL"), "credit_card")
        decline = tables()["holders"].get(token["holder"].upper(), "")
        charge.scenario = f"decline:{decline}" if decline else charge.scenario
        if token["holder"].upper() == "CONT":
            charge.scenario = "pending_then_paid"
        asks = body.get("three_d_secure_mode") == "optional"
        manual = body.get("capture") is False
        return self.begin(book, charge, asks_shopper=False, is_card=asks, manual=manual)

    def _local(self, body: dict[str, Any], book: Book) -> Charge:
        method, payer = body["payment_method_id"], body["payer"]
        if body.get("capture") is False:
            refuse(400, 4016, "capture false is not supported by this payment method")
        if method in tables()["wants_document"] and not payer.get("identification"):
            refuse(400, 2067, "Invalid user identification number")
        if method in tables()["wants_address"] and not payer.get("address", {}).get("zip_code"):
            refuse(400, 4051, "payer.address is required")
        if method in tables()["wants_return"] and not body.get("callback_url"):
            refuse(400, 4052, "callback_url is required")
        if method == "pse" and not body.get("transaction_details"):
            refuse(400, 4053, "transaction_details.financial_institution is required")
        currency, kind = tables()["local"][method]
        charge = fresh(body, currency, kind)
        lasts = timedelta(days=1 if kind == "bank_transfer" else 3)
        charge.data["expires_at"] = shown(book.now + lasts)
        return self.begin(book, charge, asks_shopper=True, expires_after=lasts)

    def search(self, request: Request, book: Book) -> Answer:
        """`GET /v1/payments/search`: the newest first."""
        found = book.charges_named(str(request.query.get("external_reference", "")))
        paid = [one for one in found if not waits_on_page(one)]
        paging = {"total": len(paid), "limit": 30, "offset": 0}
        return Answer(200, {"paging": paging, "results": [payment(one) for one in paid[::-1]]})

    def show(self, request: Request, book: Book, payment_id: str) -> Answer:
        """`GET /v1/payments/{id}`."""
        return Answer(200, payment(existing(book, payment_id)))

    def update(self, request: Request, book: Book, payment_id: str) -> Answer:
        """`PUT /v1/payments/{id}`: capture, all of it or less, or cancel."""
        body, charge = checked(request, "Update"), existing(book, payment_id)
        try:
            if body.get("status") == "cancelled":
                self.let_go(book, charge)
            elif body.get("capture"):
                amount = charge.amount
                if "transaction_amount" in body:
                    amount = sum_of(body, "transaction_amount", charge.currency)
                if charge.plan.capture == "fail":
                    refuse(400, 2020, "The capture was rejected")
                self.take(book, charge, f"{payment_id}-capture", "", amount, last=True)
        except WrongState:
            refuse(400, 2063, "The action requested is not valid for the current payment state")
        except TooMuch:
            refuse(400, 4037, "Invalid transaction_amount")
        return Answer(200, payment(charge))

    # Refunds.

    def refund(self, request: Request, book: Book, payment_id: str) -> Answer:
        """`POST /v1/payments/{id}/refunds`; no amount means all that is left."""
        body, charge = checked(request, "Refund"), existing(book, payment_id)
        amount = charge.captured - charge.refunded
        if "amount" in body:
            amount = sum_of(body, "amount", charge.currency)
        try:
            made = self.give_back(book, charge, str(secrets.randbelow(10**10)), "", amount)
        except WrongState:
            refuse(400, 2063, "The action requested is not valid for the current payment state")
        except TooMuch:
            refuse(400, 2085, "Invalid amount for gateway refund")
        return Answer(201, refund(charge, made, book.now))

    def refunds(self, request: Request, book: Book, payment_id: str) -> Answer:
        """`GET /v1/payments/{id}/refunds`."""
        charge = existing(book, payment_id)
        made = book.find("refund", charge.id)
        return Answer(200, [refund(charge, one, book.now) for one in made])

    def show_refund(self, request: Request, book: Book, payment_id: str, refund_id: str) -> Answer:
        """`GET /v1/payments/{id}/refunds/{refund_id}`."""
        charge = existing(book, payment_id)
        made = book.find("refund", charge.id, id=refund_id)
        if not made:
            refuse(404, 2000, "Refund not found")
        return Answer(200, refund(charge, made[0], book.now))

    # Checkout Pro.

    def prefer(self, request: Request, book: Book) -> Answer:
        """`POST /checkout/preferences`: a page, and no payment yet."""
        body = checked(request, "Preference")
        if len(body["items"]) != 1 or body["items"][0]["quantity"] != 1:
            refuse(400, "invalid_items", "the sandbox takes one item at a time")
        item = body["items"][0]
        currency = item.get("currency_id", "BRL")
        total = {"transaction_amount": item["unit_price"], "payment_method_id": "account_money"}
        told = {"external_reference": body.get("external_reference", "")}
        charge = fresh(total | told, currency, "account_money")
        charge.data["back_urls"] = body.get("back_urls", {})
        self.begin(book, charge, asks_shopper=True)
        made = {"id": f"823549964-{secrets.token_hex(16)}", "init_point": page_url(charge), **told}
        made |= {"items": [item | {"unit_price": number(charge.amount, currency)}]}
        return Answer(201, made | {"date_created": shown(book.now), "collector_id": 823549964})

    # Telling.

    def tell(self, book: Book, charge: Charge, what: str, thing: Thing | None = None) -> None:
        """The payment's id, whatever has changed about it; a chargeback has one of its own."""
        at = shown(book.now)
        book.tell(charge, f"payment.{what}", {"id": charge.id, "at": at})
        if what == "disputed":
            case = str(237_000_000_000 + secrets.randbelow(10**9))
            book.tell(charge, "chargeback", {"id": case, "payment": charge.id, "at": at})

    def sign(self, account: Account, delivery: Delivery, now: datetime) -> Post:
        """The name of the payment, signed with the account's secret."""
        told, request = delivery.message, f"request-{delivery.id}"
        subject, time = told["id"], str(int(now.timestamp()))
        body: dict[str, Any] = {
            "action": "payment.updated",
            "api_version": "v1",
            "data": {"id": subject},
            "date_created": told["at"],
            "id": delivery.id,
            "live_mode": False,
            "type": "payment",
            "user_id": "823549964",
        }
        text = f"id:{subject};request-id:{request};ts:{time};"
        secret = account.credentials["webhook_secret"].encode()
        signature = hmac.new(secret, text.encode(), hashlib.sha256).hexdigest()
        headers = {
            "content-type": "application/json",
            "x-request-id": request,
            "x-signature": f"ts={time},v1={signature}",
        }
        if "payment" in told:
            body["type"], body["data"] = CHARGEBACKS, {"id": subject, "payment_id": told["payment"]}
            body |= {"actions": ["changed_case_status"]}
            del body["action"]
        url = with_query(account.webhook_url, {"data.id": subject, "type": body["type"]})
        return Post(headers, orjson.dumps(body), url=url)

    def returns(self, charge: Charge) -> str:
        """The shop's page for what has happened, with the payment's id; a challenge knows none."""
        pages = charge.data.get("back_urls")
        if not pages:
            return str(charge.data["body"].get("callback_url", ""))
        names = {"captured": "success", "declined": "failure", "canceled": "failure"}
        page = str(pages.get(names.get(charge.state, "pending"), ""))
        told = {"payment_id": charge.id, "external_reference": charge.reference}
        return with_query(page, told) if page else ""


def with_query(url: str, told: Mapping[str, str]) -> str:
    """An address with a longer query."""
    return f"{url}{'&' if '?' in url else '?'}{urlencode(told)}"


def checked(request: Request, name: str, codes: Mapping[str, int] = {}) -> dict[str, Any]:
    """The body, when it is as documented; raises Refuse naming the first fault."""
    body = exact(request)
    for fault in load("mercadopago").faults(name, body):
        member = ".".join(filter(None, (fault.structure, fault.member)))
        refuse(400, codes.get(fault.member, 1), f"{member}: {fault.kind}")
    return dict(body)


def sum_of(body: Mapping[str, Any], member: str, currency: str) -> int:
    """A sum in minor units; raises Refuse."""
    try:
        amount = minor(body[member], currency)
    except (ValueError, KeyError):
        amount = 0
    if amount < 1:
        refuse(400, 4037, f"Invalid {member}")
    return amount


def fresh(body: dict[str, Any], currency: str, kind: str) -> Charge:
    """A payment that is about to begin."""
    amount, name = sum_of(body, "transaction_amount", currency), body.get("external_reference", "")
    kept = body | {"transaction_amount": str(body["transaction_amount"])}
    return Charge(
        str(10**10 + secrets.randbelow(9 * 10**10)),
        amount,
        currency,
        body["payment_method_id"],
        "action",
        by_amount(amount).name,
        name,
        [name] if name else [],
        page=PAGES.get(kind, "counter"),
        data={"body": kept, "kind": kind},
    )


def waits_on_page(charge: Charge) -> bool:
    """Whether this is still a preference nobody has paid."""
    return charge.method == "account_money" and charge.state == "action"


def existing(book: Book, payment_id: str) -> Charge:
    """A payment by its id; raises Refuse."""
    charge = book.charge(payment_id)
    if charge is None or waits_on_page(charge):
        refuse(404, 2000, "Payment not found")
    return charge
