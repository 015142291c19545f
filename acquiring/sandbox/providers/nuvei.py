"""Nuvei's REST API 1.0 on its test system: session tokens, cards, 3-D Secure, other methods.

Every call but a card's tokenization carries a hash of its own members and the merchant's key; what
is wrong with a call is said in an answer of HTTP 200. A challenge is only a question: the payment
is made by a second call that names the first. A held payment is settled once, and refunds name
the settlement. Notifications are forms with a hash of their own.

Sources: docs.nuvei.com (server-to-server REST 1.0, tokenization-only flow, response handling),
PyPI nuvei 1.0.2 (MIT: members of the hashes), recorded answers of activemerchant (MIT).
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, NoReturn
from urllib.parse import urlencode

from acquiring.core.money import Money, is_currency
from acquiring.sandbox.book import Account, Book, Charge, account_by_key
from acquiring.sandbox.engine import Delivery, Event, Post
from acquiring.sandbox.ordinary import Ordinary, Thing, TooMuch, WrongState
from acquiring.sandbox.parts.nuvei_answers import (
    answer,
    details,
    error,
    notification,
    operated,
    paid,
    tables,
    transaction_id,
)
from acquiring.sandbox.scenarios import by_amount
from acquiring.sandbox.wire import Answer, Refuse, Request

PAGE_LIVES = timedelta(hours=24)
ORDER = ("clientRequestId", "amount", "currency")
AFTER = (
    "clientRequestId clientUniqueId amount currency relatedTransactionId authCode comment".split()
)
# What a call's hash is made of, between the merchant's ids and the time, and its known members.
CALLS: dict[str, tuple[str, tuple[str, ...]]] = {
    "/getSessionToken.do": ("session", ("clientRequestId",)),
    "/initPayment.do": ("init", ORDER),
    "/payment.do": ("payment", ORDER),
    "/getTransactionDetails.do": ("details", ("transactionId", "clientUniqueId")),
    "/settleTransaction.do": (
        "operation",
        (*AFTER[:-1], "descriptorMerchantName", "descriptorMerchantPhone", "comment"),
    ),
    "/voidTransaction.do": ("operation", tuple(AFTER)),
    "/refundTransaction.do": ("operation", tuple(AFTER)),
}
SIGNED = "totalAmount currency responseTimeStamp PPP_TransactionID Status productId".split()


class Nuvei(Ordinary):
    """Nuvei, as far as a payment needs it."""

    name = "nuvei"
    title = "Nuvei"
    key_credential = "merchant_id"
    routes = (
        ("POST", "/getSessionToken.do", "session"),
        ("POST", "/cardTokenization.do", "tokenize"),
        ("POST", "/initPayment.do", "init"),
        ("POST", "/payment.do", "pay"),
        ("POST", "/settleTransaction.do", "settle"),
        ("POST", "/voidTransaction.do", "cancel"),
        ("POST", "/refundTransaction.do", "give"),
        ("POST", "/getTransactionDetails.do", "show"),
    )

    def test_values(self) -> list[tuple[str, str]]:
        """The published test cards and names."""
        cards = [(f"card `{card}`", name) for card, name in tables()["tests"].items()]
        return cards + [(f"card holder `{one}`", it) for one, it in tables()["holders"].items()]

    def credentials(self, facts: Mapping[str, Any]) -> dict[str, str]:
        """Merchant, site and the key of both."""
        return {
            "merchant_id": str(10**18 + secrets.randbelow(10**18)),
            "site_id": str(100_000 + secrets.randbelow(900_000)),
            "secret_key": secrets.token_hex(32),
        }

    def authenticate(self, request: Request) -> Account:
        """By the hash of the call; a card's tokenization by its session."""
        body = request.json()
        if not isinstance(body, dict):
            refuse(1066, "Invalid request")
        if request.path == "/cardTokenization.do":
            session = str(body.get("sessionToken", ""))
            account = account_by_key(self.name, session.rpartition("-")[2])
            return account or refuse(1065, "Invalid token")
        account = account_by_key(self.name, str(body.get("merchantId", "")))
        if account is None:
            refuse(1013, "Invalid merchant ID")
        if body.get("merchantSiteId") != account.credentials["site_id"]:
            refuse(1022, "Invalid merchant site ID")
        if not is_time(body.get("timeStamp")):
            refuse(1021, "Invalid timestamp")
        _, names = CALLS.get(request.path, ("", ()))
        parts = [body.get(one) or "" for one in ("merchantId", "merchantSiteId", *names)]
        if names in (CALLS["/settleTransaction.do"][1], tuple(AFTER)):
            parts.append((body.get("urlDetails") or {}).get("notificationUrl", ""))
        parts += [body["timeStamp"], account.credentials["secret_key"]]
        mine = hashlib.sha256("".join(map(str, parts)).encode()).hexdigest()
        if not secrets.compare_digest(mine, str(body.get("checksum", ""))):
            refuse(1001, "Invalid checksum")
        return account

    def malformed(self, request: Request, reason: str) -> Answer:
        """A body that cannot be read."""
        return error(1066, "Invalid request")

    # Before a payment.

    def session(self, request: Request, book: Book) -> Answer:
        """A token under which one order is made."""
        body = checked(request, "session")
        token = f"{secrets.token_hex(16)}-{book.account.credentials['merchant_id']}"
        book.put("session", token, {"used": False})
        return answer(body, {"sessionToken": token})

    def tokenize(self, request: Request, book: Book) -> Answer:
        """A temporary token for a card, good in its session."""
        body = checked(request, "token")
        opened(book, body)
        token = secrets.token_hex(16)
        book.put("card", token, {**card_of(body.get("cardData")), "session": body["sessionToken"]})
        return answer(body, {"ccTempToken": token, "isVerified": "false"})

    def init(self, request: Request, book: Book) -> Answer:
        """Whether 3-D Secure is possible, and its first transaction."""
        body = checked(request, "init")
        opened(book, body)
        money = sum_of(body)
        card = self._card(book, body)
        own = transaction_id()
        book.put("init", own, {"amount": money.amount, "number": card["last4"]})
        secured = {
            "version": "2.2.0",
            "v2supported": "true",
            "serverTransId": secrets.token_hex(16),
        }
        shown = {
            "transactionId": own,
            "transactionType": "InitAuth3D",
            "transactionStatus": "APPROVED",
            "paymentOption": {"card": {"last4Digits": card["last4"], "threeD": secured}},
        }
        return answer(body, shown)

    # Paying.

    def pay(self, request: Request, book: Book) -> Answer:
        """Sale or Auth, with a card, a wallet's token or another method; or after a challenge."""
        body = checked(request, "payment")
        session = opened(book, body)
        related = str(body.get("relatedTransactionId", ""))
        if body.get("isRebilling") == "1":
            if not related or not found(book, related):
                refuse(1060, "Missing or invalid payment data")
        elif related and book.charge(related):
            return self._complete(book, body, related)
        elif related and book.get("init", related) is None:
            refuse(1060, "Missing or invalid payment data")
        if session["used"]:
            refuse(1064, "Invalid session token. There can be only one order per session token.")
        book.change("session", body["sessionToken"], {"used": True})
        kind = body.get("transactionType", "Sale")
        if kind not in ("Sale", "Auth"):
            refuse(1067, "Invalid or missing transaction type")
        charge = self._charge(book, body, kind)
        asked = "threeD" in (body["paymentOption"].get("card") or {})
        wish = body["paymentOption"].get("card", {}).get("threeD", {}).get("v2AdditionalParams", {})
        self.begin(
            book,
            charge,
            asks_shopper=charge.page != "three_ds" or wish.get("challengePreference") == "04",
            is_card=asked,
            manual=kind == "Auth",
            expires_after=PAGE_LIVES,
        )
        return answer(body, paid(charge))

    def _charge(self, book: Book, body: Mapping[str, Any], kind: str) -> Charge:
        money, option = sum_of(body), body.get("paymentOption") or {}
        method, page, scenario = "cc_card", "three_ds", by_amount(money.amount).name
        data: dict[str, Any] = {"type": kind, "urls": body.get("urlDetails") or {}}
        if "card" in option:
            card = self._card(book, body)
            method, scenario = card["method"], card["scenario"] or scenario
            data |= {"card": card, "term": (option["card"].get("threeD") or {})}
        else:
            method = str((option.get("alternativePaymentMethod") or {}).get("paymentMethod", ""))
            known = [it for it, names in tables()["methods"].items() if method in names]
            if not known:
                refuse(1068, "Payment method is not enabled")
            if kind == "Auth":
                refuse(1067, "Invalid or missing transaction type")
            if not (body.get("billingAddress") or {}).get("country"):
                refuse(1014, "Invalid country code")
            page = known[0]
        ours = str(body.get("clientUniqueId", ""))
        data["auth_code"] = str(100_000 + secrets.randbelow(900_000))
        own = transaction_id()
        return Charge(
            own, money.amount, money.currency, method, "action", scenario, ours, [ours, own],
            page=page, data=data,
        )  # fmt: skip

    def _card(self, book: Book, body: Mapping[str, Any]) -> dict[str, Any]:
        """The card of a payment: its number, its temporary token, or a wallet's."""
        given = (body.get("paymentOption") or {}).get("card")
        if not isinstance(given, dict):
            refuse(1004, "Missing or invalid CardData data")
        if token := given.get("ccTempToken"):
            kept = book.get("card", str(token))
            if kept is None or kept["session"] != body["sessionToken"]:
                refuse(1061, "Invalid card token")
            return {name: kept[name] for name in ("method", "scenario", "last4", "bin")}
        if wallet := given.get("externalToken"):
            method = tables()["wallets"].get(wallet.get("externalTokenProvider"))
            if not method or not wallet.get("mobileToken"):
                refuse(1004, "Missing or invalid CardData data")
            return {"method": method, "scenario": "", "last4": "4242", "bin": "424242"}
        return card_of(given)

    def _complete(self, book: Book, body: Mapping[str, Any], related: str) -> Answer:
        """The payment after the question to the shopper, under an id of its own."""
        charge = book.charge(related)
        if charge is None or charge.state not in ("action", "pending"):
            refuse(1058, "Requested operation cannot be performed on this order")
        if sum_of(body) != Money(charge.amount, charge.currency):
            refuse(1040, "Invalid or missing amount")
        self._card(book, body)
        result = charge.data.get("result")
        if charge.state == "action" and result:
            charge.data["paid"] = transaction_id()
            charge.names.append(charge.data["paid"])
            no = "" if result == "Y" else "authentication_failed"
            super().advance(book, charge, "decline" if no else "approve", no)
        book.save(charge)
        return answer(body, paid(charge))

    def advance(self, book: Book, charge: Charge, event: Event, decline: str = "") -> None:
        """The answer to a challenge is only kept: the merchant's second call pays."""
        challenged = charge.state == "action" and charge.data.get("is_card")
        if challenged and event in ("approve", "decline", "cancel"):
            charge.data["result"] = "Y" if event == "approve" else "N"
        else:
            super().advance(book, charge, event, decline)

    # Afterwards.

    def settle(self, request: Request, book: Book) -> Answer:
        """Take what is held, or less; once."""
        return self._operate(request, book, "Settle")

    def cancel(self, request: Request, book: Book) -> Answer:
        """Let what is held go."""
        return self._operate(request, book, "Void")

    def give(self, request: Request, book: Book) -> Answer:
        """Give back what a sale or a settlement took."""
        return self._operate(request, book, "Credit")

    def _operate(self, request: Request, book: Book, kind: str) -> Answer:
        body = checked(request, "operation")
        related, money = str(body.get("relatedTransactionId", "")), sum_of(body)
        settled = book.get("settled", related)
        charge = found(book, settled["charge"] if settled else related)
        if charge is None or money.currency != charge.currency:
            refuse(1060, "Missing or invalid payment data")
        own, ours = transaction_id(), str(body.get("clientUniqueId", ""))
        try:
            if kind == "Settle":
                made = self.take(book, charge, own, ours, money.amount, last=True)
                book.put("settled", own, {"charge": charge.id}, charge.id)
            elif kind == "Credit":
                if charge.method not in tables()["refunds"]:
                    raise WrongState
                if charge.data["manual"] and not settled:
                    raise WrongState  # a held payment itself took nothing
                made = self.give_back(book, charge, own, ours, money.amount)
            else:
                if charge.state != "authorized" or charge.amount != money.amount:
                    raise WrongState
                made = {"id": own, "reference": ours, "amount": money.amount, "status": "succeeded"}
                charge.data["void"] = book.put("void", own, made, charge.id)
                self.let_go(book, charge)
        except (WrongState, TooMuch):
            return answer(body, operated(kind, own, None))
        return answer(body, operated(kind, own, made))

    def show(self, request: Request, book: Book) -> Answer:
        """A transaction by its id, or by what the merchant calls it."""
        body = checked(request, "details")
        own, ours = str(body.get("transactionId", "")), str(body.get("clientUniqueId", ""))
        for kind, name in (("capture", "Settle"), ("refund", "Credit"), ("void", "Void")):
            made = book.get(kind, own) if own else None
            made = made or next(iter(book.find(kind, reference=ours)[::-1]), None) if ours else made
            if made:
                return answer(body, details(made, name))
        charge = found(book, own or ours)
        if charge is None:
            refuse(9146, "No transaction details returned for the provided ID")
        return answer(body, {**paid(charge), "transactionDetails": details(charge)})

    # Telling.

    def tell(self, book: Book, charge: Charge, what: str, thing: Thing | None = None) -> None:
        """A notification for every transaction."""
        url = charge.data["urls"].get("notificationUrl") or ""
        told = notification(charge, what, thing, f"{book.now:%Y-%m-%d.%H:%M:%S}")
        book.tell(charge, what, {"form": told, "url": url})

    def sign(self, account: Account, delivery: Delivery, now: datetime) -> Post:
        """SHA-256 of the key, the sum, the time, an id, the status and the product."""
        form = dict(delivery.message["form"])
        content = account.credentials["secret_key"] + "".join(form[one] for one in SIGNED)
        form["advanceResponseChecksum"] = hashlib.sha256(content.encode()).hexdigest()
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        return Post(headers, urlencode(form).encode(), url=delivery.message["url"])

    def returns(self, charge: Charge) -> str:
        """The shop's page: of the challenge, or for what has happened."""
        back = charge.data.get("term", {}).get("notificationURL")
        ended = {"declined": "failureUrl", "pending": "pendingUrl"}.get(charge.state, "successUrl")
        return str(back or charge.data["urls"].get(ended) or "")


def refuse(code: int, reason: str) -> NoReturn:
    """Turn a call away."""
    raise Refuse(error(code, reason))


def checked(request: Request, kind: str) -> dict[str, Any]:
    """A body with none but documented members; raises Refuse."""
    body: dict[str, Any] = request.json()
    for member in body:
        if member not in tables()["members"][kind].split():
            refuse(1019, f"Validation Error: {member}")
    return body


def opened(book: Book, body: Mapping[str, Any]) -> dict[str, Any]:
    """The session of a call; raises Refuse."""
    session = book.get("session", str(body.get("sessionToken", "")), lock=True)
    if session is None:
        refuse(1069, "Session expired")
    return session


def found(book: Book, name: str) -> Charge | None:
    """A payment by any of its ids, or by the merchant's."""
    named = book.charges_named(name) if name else []
    return book.charge(named[-1].id) if named else None


def card_of(given: Any) -> dict[str, Any]:
    """What is remembered of a card; raises Refuse."""
    given = given if isinstance(given, dict) else {}
    number = str(given.get("cardNumber", ""))
    if not number.isdigit() or not given.get("cardHolderName"):
        refuse(1004, "Missing or invalid CardData data")
    if not (given.get("expirationMonth") and given.get("expirationYear")):
        refuse(1029, "Invalid expired date")
    scenario = tables()["tests"].get(number, "")
    scenario = tables()["holders"].get(given["cardHolderName"], scenario)
    return {"method": "cc_card", "scenario": scenario, "last4": number[-4:], "bin": number[:6]}


def sum_of(body: Mapping[str, Any]) -> Money:
    """The sum of a call; raises Refuse."""
    currency = body.get("currency")
    if not isinstance(currency, str) or not is_currency(currency):
        refuse(1041, "Invalid or missing amount currency")
    try:
        if not isinstance(body.get("amount"), str):
            raise ValueError("an amount is a text")
        money = Money.from_major(body["amount"], currency)
    except ValueError:
        refuse(1040, "Invalid or missing amount")
    if money.amount < 1:
        refuse(1040, "Invalid or missing amount")
    return money


def is_time(text: Any) -> bool:
    """Whether a text is a time as Nuvei writes it."""
    return isinstance(text, str) and len(text) == 14 and text.isdigit()
