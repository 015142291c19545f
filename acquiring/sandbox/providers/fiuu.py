"""Fiuu's sandbox: direct and recurring payments, captures, cancellations, refunds, status.

Forms in, JSON or lines of text out, always HTTP 200. Every call is signed with MD5 by one of two
keys. A card asks its holder unless `non_3DS` is 1 or its issuer is content; other channels have a
page, DuitNow a code. A `ReferenceNo` that is known is answered as its payment stands: the documents
do not say what happens then. Captures and cancellations are told to nobody.

Sources: members, signatures, codes and status words as juspay/hyperswitch-prism (Apache-2.0) reads
them; FiuuPayment/Mobile-XDK-Fiuu_Examples (channels).
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from acquiring.core.money import Money, is_currency
from acquiring.sandbox import settlements
from acquiring.sandbox.book import Account, Book, Charge, account_by_key
from acquiring.sandbox.engine import Delivery, Post
from acquiring.sandbox.ordinary import Ordinary, Thing, TooMuch, WrongState
from acquiring.sandbox.parts.fiuu_answers import (
    callback,
    lines,
    md5,
    number,
    paid,
    refund,
    refund_row,
    refund_signature,
    refuse,
    skey,
    standing,
    stopped,
)
from acquiring.sandbox.scenarios import by_amount
from acquiring.sandbox.wire import Answer, Request

BANKS = ("FPX_", "RPP_RTP_")
COUNTERS = frozenset(
    "Cash-epay Cash-Esapay Cash-MBBATM Cash-MBBCDM Cash-711 Cash-99SM jompay CIMB-VA".split()
)
WALLETS = frozenset(
    "MOLPoints PayNow Alipay BOOST GrabPay MB2U_QRPay-Push ShopeePay TNG-EWALLET WeChatPayMY"
    " RPP_DUITNOWQR".split()
)
MEMBERS = frozenset(
    "MerchantID ReferenceNo TxnType TxnCurrency TxnAmount TxnChannel Signature ReturnURL"
    " NotificationURL CallbackURL CustName CustEmail CustContact CustDesc non_3DS CC_PAN CC_CVV2"
    " CC_MONTH CC_YEAR mpstokenstatus OriginalSchemeID".split()
)
NEEDED = ("ReferenceNo", "TxnType", "TxnCurrency", "TxnAmount", "TxnChannel", "Signature")
RECORD = 11  # members of a recurring record


class Fiuu(Ordinary):
    """Fiuu, as far as a payment needs it."""

    name = "fiuu"
    title = "Fiuu"
    key_credential = "merchant_id"
    cannot = {
        "dispute": "A chargeback is a word of queries; callbacks have no code for it.",
    }
    routes = (
        ("POST", "/RMS/API/Direct/1.4.0/index.php", "pay"),
        ("POST", "/RMS/API/Recurring/input_v7.php", "recur"),
        ("POST", "/RMS/API/capstxn/index.php", "capture"),
        ("POST", "/RMS/API/refundAPI/refund.php", "cancel"),
        ("POST", "/RMS/API/refundAPI/index.php", "refund"),
        ("POST", "/RMS/API/refundAPI/q_by_txn.php", "refunds"),
        ("POST", "/RMS/API/gate-query/index.php", "status"),
        ("POST", "/RMS/query/q_by_oid.php", "status_by_order"),
    )

    def credentials(self, facts: Mapping[str, Any]) -> dict[str, str]:
        """A merchant id and its two keys."""
        return {
            "merchant_id": f"SB_shop{secrets.token_hex(4)}",
            "verify_key": secrets.token_hex(16),
            "secret_key": secrets.token_hex(16),
        }

    def authenticate(self, request: Request) -> Account:
        """By merchant id; each call checks its own signature."""
        form = request.form()
        record = str(form.get("0", "")).split("|")
        named = form.get("MerchantID") or form.get("domain") or (record[1] if record[1:] else "")
        account = account_by_key(self.name, str(named))
        if account is None:
            refuse("P10", "Invalid merchant")
        if settlements.is_asked(request):
            text = f"{request.path}{account.key}{account.credentials['secret_key']}"
            key = hashlib.md5(text.encode()).hexdigest()  # noqa: S324 (Fiuu's scheme)
            if not hmac.compare_digest(key, str(form.get("skey", ""))):
                refuse("P10", "Invalid skey")
        return account

    # Payments.

    def pay(self, request: Request, book: Book) -> Answer:
        """A direct payment: its end, a form for the browser, or a code to scan."""
        form, keys = request.form(), book.account.credentials
        for name in form:
            if name not in MEMBERS:
                refuse("P02", f"Unknown parameter {name}")
        for name in NEEDED:
            if not form.get(name):
                refuse("P01", f"Missing parameter {name}")
        parts = form["TxnAmount"], book.account.key, form["ReferenceNo"], keys["verify_key"]
        if form["Signature"] != md5(*parts):
            refuse("P03", "Invalid signature")
        known = book.charges_named(form["ReferenceNo"])
        if known:
            return paid(known[0])
        charge = fresh(form, book)
        is_card = charge.method == "CREDITAN"
        silent = form.get("non_3DS") == "1"
        challenged = charge.plan.authentication == "challenge"
        if is_card and silent and challenged:
            charge.scenario = "decline:authentication_required"
        manual = form["TxnType"] == "AUTS"
        asks = not is_card or (challenged and not silent)
        self.begin(book, charge, asks_shopper=asks, is_card=is_card, manual=manual)
        return paid(charge)

    def recur(self, request: Request, book: Book) -> Answer:
        """A stored card is charged again."""
        fields = str(request.form().get("0", "")).split("|")
        if len(fields) != RECORD:
            refuse("P01", "A record has eleven members")
        kind, merchant, _, token, order, currency, amount, *_, checksum = fields
        verify_key = book.account.credentials["verify_key"]
        if checksum != md5(kind, merchant, token, order, currency, amount, verify_key):
            refuse("P03", "Invalid signature")
        row = {"orderid": order, "tranID": "", "status": "failed"}
        if book.get("token", token) is None:
            return Answer(200, [{**row, "reason": "Token not found"}])
        form = {"ReferenceNo": order, "TxnCurrency": currency, "TxnAmount": amount}
        charge = fresh({**form, "TxnChannel": "CREDITAN", "TxnType": "SALS"}, book)
        self.begin(book, charge, asks_shopper=False)
        failed = charge.state == "declined"
        status = "failed" if failed else "accepted"
        reason = "Declined" if failed else ""
        return Answer(200, [{**row, "tranID": charge.id, "status": status, "reason": reason}])

    def status(self, request: Request, book: Book) -> Answer:
        """How a payment stands, by Fiuu's id."""
        form = request.form()
        subject = str(form.get("txID", ""))
        charge = book.charge(subject)
        return self._standing(form, book, subject, charge)

    def status_by_order(self, request: Request, book: Book) -> Answer:
        """How the payment of an order stands."""
        form = request.form()
        subject = str(form.get("oID", ""))
        found = book.charges_named(subject)
        return self._standing(form, book, subject, found[-1] if found else None)

    def _standing(
        self, form: Mapping[str, Any], book: Book, subject: str, charge: Charge | None
    ) -> Answer:
        account, amount = book.account, str(form.get("amount", ""))
        signed = md5(subject, account.key, account.credentials["verify_key"], amount)
        if form.get("skey") != signed:
            return lines({"Error": "Invalid skey"}, ": ")
        if charge is None or Money(charge.amount, charge.currency).major() != amount:
            return lines({"Error": "No record found"}, ": ")
        return standing(charge, account, subject)

    def returns(self, charge: Charge) -> str:
        """The shop's address, as it was given; the browser posts what the callback has."""
        return str(charge.data["return_url"])

    # Afterwards.

    def capture(self, request: Request, book: Book) -> Answer:
        """Once, whole or in part."""
        form, account = request.form(), book.account
        known = tuple(str(form.get(name, "")) for name in ("tranID", "amount"))
        if form.get("skey") != md5(*known, account.key, account.credentials["verify_key"]):
            stopped("12")
        charge = book.charge(known[0])
        if charge is None:
            stopped("17")
        if charge.method != "CREDITAN":
            stopped("13")
        try:
            amount = whole(known[1], charge.currency)
            made = self.take(book, charge, number(), str(form.get("RefID", "")), amount, last=True)
        except WrongState:
            stopped("24" if charge.captured else "16")
        except TooMuch:
            stopped("25")
        code = "11" if made["status"] == "failed" else "00"
        return Answer(200, {"TranID": charge.id, "StatCode": code})

    def cancel(self, request: Request, book: Book) -> Answer:
        """Let go of what is held."""
        form, account = request.form(), book.account
        txn = str(form.get("txnID", ""))
        if form.get("skey") != md5(txn, account.key, account.credentials["secret_key"]):
            stopped("12")
        charge = book.charge(txn)
        if charge is None:
            stopped("17")
        if charge.state != "authorized":
            stopped("16")
        self.let_go(book, charge)
        return lines({"TranID": charge.id, "Domain": account.key, "StatCode": "00"}, "=")

    def refund(self, request: Request, book: Book) -> Answer:
        """Give back a part or all of what was taken."""
        form, account = request.form(), book.account
        names = ("RefundType", "MerchantID", "RefID", "TxnID", "Amount")
        parts = [str(form.get(name, "")) for name in names]
        if form.get("Signature") != md5(*parts, account.credentials["secret_key"]):
            refuse("PR003", "Invalid signature")
        if book.find("refund", reference=parts[2]):
            refuse("PR005", "Duplicate RefID")
        charge = book.charge(parts[3])
        if charge is None:
            refuse("PR006", "Transaction not found")
        charge.data["refund_url"] = str(form.get("notify_url", ""))
        try:
            amount = whole(parts[4], charge.currency)
            made = self.give_back(book, charge, number(), parts[2], amount)
        except WrongState:
            refuse("PR008", "Transaction is not captured")
        except TooMuch:
            refuse("PR009", "Exceeds refundable amount")
        told = refund(made, charge, account.key)
        signature = refund_signature(told, account.credentials["secret_key"])
        return Answer(200, {**told, "Signature": signature})

    def refunds(self, request: Request, book: Book) -> Answer:
        """The refunds of a payment."""
        form, account = request.form(), book.account
        txn = str(form.get("TxnID", ""))
        if form.get("Signature") != md5(txn, account.key, account.credentials["verify_key"]):
            refuse("PR003", "Invalid signature")
        charge = book.charge(txn)
        found = book.find("refund", charge.id) if charge else []
        return Answer(200, [refund_row(one, charge) for one in found if charge])

    # Callbacks.

    def tell(self, book: Book, charge: Charge, what: str, thing: Thing | None = None) -> None:
        """Queue a notification of a payment's end, or of a refund's."""
        if what == "refund" and thing:
            told = refund(thing, charge, book.account.key)
            url = charge.data.get("refund_url", "")
            return book.tell(charge, "refund", {"url": url, "told": told})
        if what in ("capture", "canceled", "disputed"):
            return None
        told = callback(charge, book.account.key, book.now)
        return book.tell(charge, "notification", {"url": charge.data["notify_url"], "told": told})

    def sign(self, account: Account, delivery: Delivery, now: datetime) -> Post:
        """The form, signed with the secret key."""
        told, secret = dict(delivery.message["told"]), account.credentials["secret_key"]
        is_refund = "RefundType" in told
        if is_refund:
            told["Signature"] = refund_signature(told, secret)
        else:
            told["skey"] = skey(told, secret)
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        expects = "" if is_refund else "CBTOKEN:MPSTATOK"
        url = str(delivery.message["url"])
        return Post(headers, urlencode(told).encode(), expects=expects, url=url)


def whole(text: str, currency: str) -> int:
    """A decimal text as minor units; refuses what is none."""
    if not re.fullmatch(r"\d{1,12}\.\d{2}", text):
        refuse("P05", "Invalid amount")
    return Money.from_major(text, currency).amount


def fresh(form: Mapping[str, Any], book: Book) -> Charge:
    """A payment before its first step."""
    currency, channel = form["TxnCurrency"], form["TxnChannel"]
    if not is_currency(currency):
        refuse("P06", "Invalid currency")
    is_card = channel == "CREDITAN"
    if not is_card and not channel.startswith(BANKS) and channel not in WALLETS | COUNTERS:
        refuse("P07", "Invalid channel")
    if form["TxnType"] not in ("SALS", "AUTS") or (form["TxnType"] == "AUTS" and not is_card):
        refuse("P08", "Invalid transaction type")
    if "CC_PAN" in form:
        check_card(form, book.now)
    amount = whole(form["TxnAmount"], currency)
    token = secrets.token_hex(10) if form.get("mpstokenstatus") == "1" else ""
    if token:
        book.put("token", token, {"last4": str(form["CC_PAN"])[-4:]})
    bank = "bank" if channel.startswith(BANKS) else "wallet"
    data = {
        "merchant": book.account.key,
        "token": token,
        "return_url": form.get("ReturnURL", ""),
        "notify_url": form.get("NotificationURL", ""),
    }
    return Charge(
        id=number(),
        amount=amount,
        currency=currency,
        method=channel,
        state="pending",
        scenario=by_amount(amount).name,
        reference=form["ReferenceNo"],
        names=[form["ReferenceNo"]],
        page="three_ds" if is_card else "counter" if channel in COUNTERS else bank,
        data=data,
    )


def check_card(form: Mapping[str, Any], now: datetime) -> None:
    """Refuse card data that is none."""
    pan, month, year = (str(form.get(name, "")) for name in ("CC_PAN", "CC_MONTH", "CC_YEAR"))
    if not re.fullmatch(r"\d{12,19}", pan):
        refuse("P21", "Invalid card number")
    if not re.fullmatch(r"0[1-9]|1[0-2]", month) or not re.fullmatch(r"20\d\d", year):
        refuse("P22", "Invalid expiry date")
    if (int(year), int(month)) < (now.year, now.month):
        refuse("P23", "Card expired")
