"""A bank where shop and shopper both have an account: its app scans national QR codes and pays.

Nobody calls it. The shopper scans the shop's code (`/_scan` on the sandbox's own site, or the
control interface), sees payee and amount, and says yes; the bank then advises the shop of the
credit, with the reference that the code carried. A code that was altered is refused.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import orjson
from django.conf import settings

from acquiring.core.money import Money
from acquiring.sandbox.book import Account, Book, Charge, account_by_key
from acquiring.sandbox.engine import Delivery, Post
from acquiring.sandbox.ordinary import Ordinary, Thing
from acquiring.sandbox.parts.codes import Unreadable, scanned
from acquiring.sandbox.scenarios import by_amount
from acquiring.sandbox.wire import Answer, Refuse, Request


class Direct(Ordinary):
    """The bank."""

    name, title = "direct", "Own bank account"
    key_credential = "fps_fps_id"
    cannot = {
        "pending_then_failed": "A bank says nothing of a transfer that did not come.",
        "pending_then_expired": "A bank says nothing of a transfer that did not come.",
        "webhook_reordered": "There is one advice of credit for a payment, which nothing follows.",
        "webhook_never": "Nobody can be asked: the advice of credit is all there is.",
        "timeout": "Nobody is asked, so no answer can be late.",
        "timeout_uncharged": "Nobody is asked, so no answer can be late.",
        "error_after_charge": "Nobody is asked, so no answer can be wrong.",
        "outage": "Nobody is asked, so no call can fail.",
        "refund_failure": "Money that came is sent back by another transfer, outside.",
        "refund_pending": "Money that came is sent back by another transfer, outside.",
        "dispute": "A transfer of this kind is final.",
    }
    routes = ()

    def credentials(self, facts: Mapping[str, Any]) -> dict[str, str]:
        """An account at every scheme; all of them contain the same nine digits."""
        number = f"{secrets.randbelow(9 * 10**8) + 10**8}"
        return {
            "notification_key": secrets.token_urlsafe(32),
            "name": "Sandbox Shop",
            "city": "Sandbox",
            "paynow_uen": f"{number}Z",
            "promptpay_biller_id": f"0{number}00000",
            "duitnow_acquirer_id": "603346",
            "duitnow_merchant_id": number,
            "qris_issuer_domain": "ID.CO.SANDBOX.WWW",
            "qris_merchant_pan": f"936009{number}",
            "qris_merchant_id": number,
            "qris_nmid": f"ID{number}",
            "qris_category": "5812",
            "qris_postal_code": "10110",
            "vietqr_bank_bin": "970403",
            "vietqr_account_number": number,
            "khqr_account_id": "sandbox@bank",
            "khqr_merchant_id": number,
            "khqr_bank_name": "Sandbox Bank",
            "fps_fps_id": number,
            "pix_key": f"{number}@sandbox.example",
            "upi_vpa": f"{number}@sandbox",
            "scan_url": f"{settings.SANDBOX_URL}/_scan",
        }

    def authenticate(self, request: Request) -> Account:
        """Nobody has anything to ask here."""
        raise Refuse(self.not_found(request))

    def scan(self, text: str) -> Charge:
        """The payment a code asks for, shown to the shopper; the same code is the same payment.

        Raises Refuse with the words of the bank's app.
        """
        try:
            seen = scanned(text)
        except Unreadable as unreadable:
            raise Refuse(Answer(400, {"message": str(unreadable)})) from unreadable
        account = account_by_key(self.name, seen.account)
        if account is None:
            raise Refuse(Answer(404, {"message": "Nobody here has that account."}))
        book = Book(account)
        known = book.charges_named(seen.reference)
        if known:
            return known[0]
        charge = Charge(
            id=f"credit-{secrets.token_hex(8)}",
            amount=seen.money.amount,
            currency=seen.money.currency,
            method=seen.scheme,
            state="action",
            scenario=by_amount(seen.money.amount).name,
            reference=seen.reference,
            names=[seen.reference],
            page="wallet",
            data={"payee": seen.payee},
        )
        return self.begin(book, charge, asks_shopper=True)

    def tell(self, book: Book, charge: Charge, what: str, thing: Thing | None = None) -> None:
        """The advice of a credit; of what did not happen nothing is said."""
        if what != "captured":
            return
        advice = {
            "id": charge.id,
            "reference": charge.reference,
            "amount": Money(charge.amount, charge.currency).major(),
            "currency": charge.currency,
        }
        book.tell(charge, "credit", {"credits": [advice]})

    def sign(self, account: Account, delivery: Delivery, now: datetime) -> Post:
        """The advice, signed with the account's key."""
        body = orjson.dumps(delivery.message)
        moment = str(int(now.timestamp()))
        key = account.credentials["notification_key"].encode()
        value = hmac.new(key, f"{moment}.".encode() + body, hashlib.sha256).hexdigest()
        headers = {"Content-Type": "application/json", "Credit-Signature": f"t={moment},v1={value}"}
        return Post(headers, body)
