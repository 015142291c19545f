"""Braintree's sandbox: its GraphQL API, PayPal's page, slips and banks, signed notifications.

A query is checked against the types it selects from and the inputs it gives; errors come with HTTP
200. What is captured is settled at once here, where Braintree takes a day, so that it can be given
back. A card whose issuer insists on authentication is declined, since nobody can be asked. The
transaction of a local payment is made when the shopper has paid.

Sources: braintree/graphql-api (schema); developer.paypal.com/braintree (making API calls,
processor responses, webhooks); braintree_python (MIT: the signature of webhooks).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlencode, urlsplit

from acquiring.core.money import Money
from acquiring.sandbox.book import Account, Book, Charge, account_by_key
from acquiring.sandbox.engine import Delivery, Event, Post, first_step, page_url
from acquiring.sandbox.ordinary import Ordinary, Thing, TooMuch, WrongState
from acquiring.sandbox.parts import graphql
from acquiring.sandbox.parts.braintree_answers import (
    checked,
    currency_of,
    error,
    existing,
    fresh,
    node,
    notification,
    paid_for,
    refund,
    refuse,
    searched,
    summed,
    tables,
    transaction,
)
from acquiring.sandbox.wire import Answer, Malformed, Request

CURRENCIES = (
    "AUD BRL CAD CHF CZK DKK EUR GBP HKD HUF ILS JPY MXN MYR NOK NZD PHP PLN SEK SGD THB USD"
).split()
COUNTERS = frozenset({"OXXO", "MULTIBANCO", "BOLETOBANCARIO"})


class Braintree(Ordinary):
    """Braintree, as far as a payment needs it."""

    name = "braintree"
    title = "Braintree"
    key_credential = "public_key"
    cannot = {
        "webhook_reordered": "It tells of a payment once, when it has settled.",
        "refund_pending": "A refund is submitted for settlement, and no more is said of it.",
    }
    routes = (("POST", "/graphql", "graphql"),)

    def credentials(self, facts: Mapping[str, Any]) -> dict[str, str]:
        """An API key, and a merchant account for each currency."""
        accounts = ", ".join(f"{one}=sandbox_{one.lower()}" for one in CURRENCIES)
        return {
            "public_key": secrets.token_hex(8),
            "private_key": secrets.token_hex(16),
            "merchant_accounts": accounts,
        }

    def authenticate(self, request: Request) -> Account:
        """By API key."""
        given = request.headers.get("authorization", "").removeprefix("Basic ")
        try:
            public, _, private = base64.b64decode(given, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            public, private = "", ""
        account = account_by_key(self.name, public) if public else None
        wanted = account.credentials["private_key"] if account else ""
        if account is None or not hmac.compare_digest(private.encode(), wanted.encode()):
            refuse("AUTHENTICATION", "Authentication credentials are invalid.")
        if "braintree-version" not in request.headers:
            refuse("VALIDATION", "Braintree-Version header required.")
        return account

    def malformed(self, request: Request, reason: str) -> Answer:
        """A body that is no JSON object."""
        return error("VALIDATION", "The request body is not valid JSON.")

    def broken(self, request: Request) -> Answer:
        """Braintree's own trouble."""
        return error("INTERNAL", "An internal error occurred.", status=500)

    def graphql(self, request: Request, book: Book) -> Answer:
        """One operation."""
        body = request.json()
        if not isinstance(body, dict) or not isinstance(body.get("query"), str):
            raise Malformed("not a query")
        payloads = tables()["payloads"]
        try:
            top = graphql.operation(body["query"], body.get("variables") or {})
            if top.name not in payloads:
                raise graphql.BadQuery(f"Field '{top.name}' is undefined")
            graphql.check(payloads[top.name], top.members, tables()["types"])
        except graphql.BadQuery as bad:
            refuse("VALIDATION", f"Validation error: {bad}")
        if top.name == "node":
            answer = node(book, str(top.arguments.get("id", "")))
        elif top.name == "search":
            answer = {one.name: searched(book, one) for one in top.members}
        else:
            handler = re.sub("([A-Z])", r"_\1", top.name).lower()
            answer = getattr(self, f"_{handler}")(book, checked(top))
        return Answer(200, {"data": {top.name: graphql.cut(answer, top.members)}})

    # Cards.

    def _tokenize_credit_card(self, book: Book, body: dict[str, Any]) -> dict[str, Any]:
        card = body["creditCard"]
        number, year = card.get("number", ""), card.get("expirationYear", "")
        if not number.isdigit() or not 12 <= len(number) <= 19:
            refuse("VALIDATION", "Credit card number must be 12-19 digits.", "81716")
        if not year.isdigit() or int(year) < book.now.year:
            refuse("VALIDATION", "Expiration date is invalid.", "81710")
        token = f"tokencc_{secrets.token_hex(12)}"
        book.put("token", token, {"method": "card", "last": number[-4:]})
        return {"paymentMethod": {"id": token}}

    def _charge_credit_card(self, book: Book, body: dict[str, Any]) -> dict[str, Any]:
        return self._sale(book, body, manual=False)

    def _authorize_credit_card(self, book: Book, body: dict[str, Any]) -> dict[str, Any]:
        return self._sale(book, body, manual=True)

    def _sale(self, book: Book, body: dict[str, Any], manual: bool) -> dict[str, Any]:
        token = book.get("token", body["paymentMethodId"], lock=True)
        if token is None or token.get("used"):
            refuse("VALIDATION", "Unknown or expired single-use payment method.", "91565")
        book.change("token", body["paymentMethodId"], token | {"used": True})
        sale = body["transaction"]
        money = summed(sale["amount"], currency_of(book, sale.get("merchantAccountId", "")))
        if token["method"] == "PAYPAL":
            charge = book.charge(token["charge"])
            assert charge is not None
            charge.reference = sale.get("orderId", "")
            charge.names.append(charge.reference)
            return self._paypal_paid(book, charge, money, manual)
        charge = fresh(money, sale.get("orderId", ""), "card")
        charge.data["network"] = str(secrets.randbelow(10**15)).zfill(15)
        if charge.plan.authentication == "challenge":
            charge.scenario = "decline:authentication_required"
        self.begin(book, charge, asks_shopper=False, is_card=False, manual=manual)
        return {"transaction": transaction(charge)}

    # PayPal, and what is paid later.

    def _create_pay_pal_one_time_payment(self, book: Book, body: dict[str, Any]) -> dict[str, Any]:
        told = body["amount"]
        money = summed(told["value"], told["currencyCode"])
        currency_of(book, body.get("merchantAccountId", ""))
        charge = fresh(money, "", "PAYPAL")
        charge.page = "wallet"
        charge.data |= {"back": body["returnUrl"], "left": body["cancelUrl"], "approved": False}
        charge.data["manual"] = body["intent"] != "SALE"
        charge.state = "action"
        book.open(charge)
        book.playing = None  # nothing is paid by a page
        return {"approvalUrl": page_url(charge), "paymentId": f"PAYID-{charge.id}"}

    def _tokenize_pay_pal_one_time_payment(
        self, book: Book, body: dict[str, Any]
    ) -> dict[str, Any]:
        told = body["paypalOneTimePayment"]
        charge = book.charge(told["paymentId"].removeprefix("PAYID-"))
        if charge is None or not charge.data.get("approved"):
            refuse("VALIDATION", "PayPal payment is not approved.", "82902")
        token = f"tokenpp_{secrets.token_hex(12)}"
        book.put("token", token, {"method": "PAYPAL", "charge": charge.id})
        return {"paymentMethod": {"id": token}}

    def _charge_payment_method(self, book: Book, body: dict[str, Any]) -> dict[str, Any]:
        return self._sale(book, body, manual=False)

    def _authorize_payment_method(self, book: Book, body: dict[str, Any]) -> dict[str, Any]:
        return self._sale(book, body, manual=True)

    def _paypal_paid(self, book: Book, charge: Charge, money: Money, manual: bool) -> dict:
        if charge.state != "action" or (money.amount, money.currency) != paid_for(charge):
            refuse("VALIDATION", "The payment was used, or is for another amount.", "81547")
        charge.data["manual"] = manual
        book.play(charge)
        step = first_step(charge.plan, False)
        event: Event = step if step in ("approve", "decline") else "wait"  # type: ignore[assignment]
        super().advance(book, charge, event, charge.plan.decline)
        book.save(charge)
        return {"transaction": transaction(charge)}

    def _create_non_instant_local_payment_context(self, book: Book, body: dict) -> dict[str, Any]:
        wish = body["paymentContext"]
        money = summed(wish["amount"]["value"], wish["amount"]["currencyCode"])
        currency_of(book, wish.get("merchantAccountId", ""))
        charge = fresh(money, wish.get("orderId", ""), wish["type"])
        charge.page = "counter" if wish["type"] in COUNTERS else "bank"
        charge.data |= {"back": wish["returnUrl"], "left": wish["cancelUrl"], "approved": True}
        self.begin(book, charge, asks_shopper=True)
        return {"paymentContext": {"id": charge.id, "approvalUrl": page_url(charge)}}

    def shopper(self, book: Book, charge: Charge, choice: Event) -> str:
        """PayPal's page only lets the merchant go on; what was refused there stays unpaid."""
        if charge.method != "PAYPAL":
            return super().shopper(book, charge, choice)
        charge.data["approved"] = choice == "approve"
        return self.returns(charge)

    def advance(self, book: Book, charge: Charge, event: Event, decline: str = "") -> None:
        """A payment at PayPal's page is no transaction yet."""
        if charge.method == "PAYPAL" and charge.state == "action":
            charge.data["approved"] = event == "approve"
        else:
            super().advance(book, charge, event, decline)

    def returns(self, charge: Charge) -> str:
        """The shop's page; PayPal's yes carries what makes a token."""
        lost = charge.state == "declined" or not charge.data["approved"]
        url = str(charge.data.get("left" if lost else "back", ""))
        told = {"token": f"EC-{charge.id}", "paymentId": f"PAYID-{charge.id}"}
        told |= {} if lost else {"PayerID": "QYR5Z8XDVJNXQ"}
        if charge.method != "PAYPAL":
            return url
        return f"{url}{'&' if urlsplit(url).query else '?'}{urlencode(told)}"

    # Afterwards.

    def _capture_transaction(self, book: Book, body: dict[str, Any]) -> dict[str, Any]:
        charge = existing(book, body["transactionId"])
        told = body.get("amount") or body.get("transaction", {}).get("amount")
        amount = summed(told, charge.currency).amount if told else charge.amount
        try:
            made = self.take(book, charge, f"{charge.id}-capture", "", amount, True)
        except WrongState:
            refuse("VALIDATION", "Cannot submit for settlement unless authorized.", "91507")
        except TooMuch:
            refuse("VALIDATION", "Settlement amount is too large.", "91518")
        shown = transaction(charge)
        if made["status"] == "failed":
            shown |= {"status": "SETTLEMENT_DECLINED", "statusHistory": []}
        return {"transaction": shown}

    def _reverse_transaction(self, book: Book, body: dict[str, Any]) -> dict[str, Any]:
        charge = existing(book, body["transactionId"])
        try:
            self.let_go(book, charge)
        except WrongState:
            refuse("VALIDATION", "Transaction can only be voided if it is authorized.", "91504")
        return {"reversal": transaction(charge)}

    def _refund_transaction(self, book: Book, body: dict[str, Any]) -> dict[str, Any]:
        charge, wish = existing(book, body["transactionId"]), body.get("refund", {})
        left = charge.captured - charge.refunded
        amount = summed(wish["amount"], charge.currency).amount if "amount" in wish else left
        made = f"dHJhbnNhY3Rpb25f{secrets.token_hex(5)}"
        try:
            one = self.give_back(book, charge, made, wish.get("orderId", ""), amount)
        except WrongState:
            refuse("VALIDATION", "Cannot refund transaction unless it is settled.", "91506")
        except TooMuch:
            code = "91521" if left else "91512"
            refuse("VALIDATION", "Refund amount is too large.", code)
        charge.names.append(made)
        book.save(charge)
        return {"refund": refund(charge, one)}

    # Notifications.

    def tell(self, book: Book, charge: Charge, what: str, thing: Thing | None = None) -> None:
        """Settlement, local payments that came or lapsed, disputes; nothing else is told."""
        local = charge.method not in ("card", "PAYPAL")
        kinds = {"disputed": "dispute_opened", "captured": "transaction_settled"}
        if local:
            kinds |= {"captured": "local_payment_funded", "expired": "local_payment_expired"}
        if thing is None and what in kinds:
            told = {"kind": kinds[what], "id": charge.id, "order": charge.reference}
            sums = Money(charge.captured, charge.currency)
            told |= {"amount": sums.major(), "currency": charge.currency}
            book.tell(charge, kinds[what], told)

    def sign(self, account: Account, delivery: Delivery, now: datetime) -> Post:
        """The form: the notification in Base64, and its signature."""
        payload = base64.encodebytes(notification(delivery.message, now).encode()).decode()
        keys = account.credentials
        key = hashlib.sha1(keys["private_key"].encode()).digest()  # noqa: S324 (Braintree's scheme)
        signature = hmac.new(key, payload.encode(), hashlib.sha1).hexdigest()
        form = {"bt_signature": f"{keys['public_key']}|{signature}", "bt_payload": payload}
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        return Post(headers, urlencode(form).encode())
