"""A payment at Adyen: what it is made of, what becomes of it, and how it is shown.

Sources: Adyen/adyen-openapi CheckoutService-v72 and its examples (MIT); docs.adyen.com testing
result codes and test cards.
"""

from __future__ import annotations

import secrets
import tomllib
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

from acquiring.core.money import exponent, rescale
from acquiring.sandbox.book import Charge
from acquiring.sandbox.engine import page_url
from acquiring.sandbox.parts import wallets
from acquiring.sandbox.scenarios import by_amount

LETTERS = "BCDFGHJKLMNPQRSTVWXZ23456789"
SCHEMES = frozenset({"scheme", "card", "bcmc", "networkToken"})
BRANDS = {"34": "amex", "37": "amex", "35": "jcb", "36": "diners", "4": "visa", "6": "discover"}
# Values of RequestedTestAcquirerResponseCode that refuse nothing, and their scenarios.
UNREFUSED = {"": "", "1": "approve", "13": "pending_then_paid"}
SHOPPER_CANCELLED = "16"


@lru_cache(maxsize=1)
def tables() -> dict[str, Any]:
    """The tables of `data/adyen_results.toml`."""
    path = Path(__file__).parents[1] / "data" / "adyen_results.toml"
    return tomllib.loads(path.read_text("utf-8"))


def reference() -> str:
    """A fresh pspReference: 16 letters and digits."""
    return "".join(secrets.choice(LETTERS) for _ in range(16))


def brand(number: str) -> str:
    """The brand of a card number, as Adyen writes it."""
    return next((name for start, name in BRANDS.items() if number.startswith(start)), "mc")


def minor_units(amount: Mapping[str, Any]) -> int:
    """Adyen's minor units as ISO 4217's; 0 for a sum with a fraction that no one can pay."""
    places = exponent(amount["currency"])
    theirs = tables()["exponents"].get(amount["currency"], places)
    try:
        return rescale(amount["value"], theirs, places)
    except ValueError:
        return 0


def fresh(body: Mapping[str, Any], now: datetime) -> Charge:
    """The charge a payment request makes; of a card only what may be shown is kept."""
    method, extra = body["paymentMethod"], body.get("additionalData", {})
    code, number = method.get("type", "scheme"), method.get("number", "")
    kind = "card" if code in SCHEMES else "local"
    action = "" if kind == "card" else _listed("actions", code, "redirect")
    carried = number or wallets.number_in(code, method)
    scenario, refusal = _wished(
        method, carried, extra.get("RequestedTestAcquirerResponseCode", ""), now
    )
    amount, token = minor_units(body["amount"]), secrets.token_urlsafe(32)
    data = {
        "action": "" if action == "nothing" else action,
        "amount": body["amount"],
        "brand": brand(number) if number else code,
        "card": _card(method) if number else {},
        "kind": kind,
        "manual": extra.get("manualCapture") == "true",
        "merchant": body["merchantAccount"],
        "metadata": {f"metadata.{name}": text for name, text in body.get("metadata", {}).items()},
        "method": code,
        "refusal": refusal,
        "returnUrl": body.get("returnUrl", ""),
        "stores": body.get("shopperReference", "") if body.get("storePaymentMethod") else "",
        "three_ds": _three_ds(body, number),
        "token": token,
    }
    return Charge(
        id=reference(),
        amount=amount,
        currency=body["amount"]["currency"],
        method=code,
        state="action",
        scenario=scenario or by_amount(amount).name,
        reference=body["reference"],
        names=[body["reference"], token],
        page=_page(kind, action, code),
        data=data,
    )


def approve(charge: Charge) -> None:
    """The money is held, or taken where nobody asked to hold it."""
    manual, card = charge.data["manual"], charge.data["card"]
    charge.state = "authorized" if manual else "captured"
    charge.captured = 0 if manual else charge.amount
    more = _approval(charge) if card else {}
    if charge.data["stores"]:
        more["tokenization.storedPaymentMethodId"] = reference()
        more["tokenization.shopperReference"] = charge.data["stores"]
        more["tokenization.store.operationType"] = "created"
    kind = "scheme" if charge.data["kind"] == "card" else charge.data["method"]
    brand_of = {"brand": charge.data["brand"]} if kind == "scheme" else {}
    charge.data["result"] = {
        "resultCode": "Authorised",
        "additionalData": more,
        "amount": charge.data["amount"],
        "paymentMethod": {"type": kind, **brand_of},
    }


def refuse(charge: Charge, event: str, decline: str) -> None:
    """Nothing was paid: a refusal, an error, or a shopper who thought better of it."""
    by_shopper = event == "cancel" and charge.page != "three_ds"
    code = charge.data["refusal"] or str(tables()["declines"].get(decline, 2))
    code = SHOPPER_CANCELLED if by_shopper else code
    _, word, reason = tables()["results"][code]
    charge.state = "canceled" if by_shopper else "declined"
    charge.data["result"] = {
        "resultCode": "Cancelled" if by_shopper else word,
        "refusalReason": reason,
        "refusalReasonCode": code,
        "additionalData": {"refusalReasonRaw": charge.data["card"].get("raw") or reason},
    }


def cancel(charge: Charge) -> str:
    """Let go of what is held; why not, or "" when it was done."""
    left = charge.amount - charge.captured
    if charge.state not in ("authorized", "captured") or not left or charge.data.get("closed"):
        return "Transaction has nothing left to cancel"
    charge.data["closed"] = True
    charge.state = "captured" if charge.captured else "canceled"
    return ""


def capture(charge: Charge, amount: int) -> str:
    """Take a part of what is held, or all of it; why not, or "" when it was done."""
    held = charge.state in ("authorized", "captured") and not charge.data.get("closed")
    if not held or not 0 < amount <= charge.amount - charge.captured:
        return "Insufficient balance on payment"
    if charge.plan.capture != "fail":
        charge.captured, charge.state = charge.captured + amount, "captured"
    return ""


def refund(charge: Charge, amount: int) -> str:
    """Give back a part of what was taken, or all of it; why not, or "" when it was done."""
    if not charge.captured:
        return "Transaction hasn't been captured, refund not possible"
    if not 0 < amount <= charge.captured - charge.refunded:
        return "Insufficient balance on payment"
    if charge.plan.refund != "fail":
        charge.refunded += amount
    return ""


def answer(charge: Charge) -> dict[str, Any]:
    """The payment as `/payments` and `/payments/details` show it."""
    named = {"pspReference": charge.id, "merchantReference": charge.reference}
    local = charge.data["kind"] == "local"
    if charge.state == "action":
        kind = charge.data["action"]
        words = {"redirect": "RedirectShopper", "voucher": "PresentToShopper"}
        shown = {"resultCode": words.get(kind, "Pending"), "action": _action(charge)}
        # A redirect to a bank or wallet is answered without a reference; the return has it.
        return shown if local and kind == "redirect" else named | shown
    if charge.state == "pending":
        return named | {"resultCode": "Pending" if local else "Received"}
    if charge.state == "expired":
        return named | {"resultCode": "Cancelled", "refusalReason": "Cancelled"}
    return named | charge.data["result"]


def receipt(body: Mapping[str, Any], theirs: str, payment: str) -> dict[str, Any]:
    """What a modification is answered with: that it was received."""
    names = ("merchantAccount", "reference", "amount", "paymentReference")
    named = {name: body[name] for name in names if name in body}
    original = {} if "paymentReference" in body else {"paymentPspReference": payment}
    return {**named, **original, "pspReference": theirs, "status": "received"}


def _wished(method: Mapping[str, str], number: str, asked: str, now: datetime) -> tuple[str, str]:
    """The scenario and the refusal that Adyen's own test values ask for, "" for none.

    `number` is the card's, typed or out of a wallet.
    """
    holder = method.get("holderName", "")
    if holder in tables()["holders"]:
        return tables()["holders"][holder], ""
    codes = {row[0]: code for code, row in tables()["results"].items()}
    name = holder.partition(":")[0].strip()
    wished = asked if asked in tables()["results"] else codes.get(asked, codes.get(name, ""))
    if not wished and tables()["cards"].get(number) == "refused":
        wished = codes["DECLINED"]
    if not wished and method.get("number") and _expired(method, now):
        wished = codes["CARD_EXPIRED"]
    if wished in UNREFUSED:
        return UNREFUSED[wished], ""
    return "decline:generic_decline", wished


def _expired(method: Mapping[str, str], now: datetime) -> bool:
    return (int(method["expiryYear"]), int(method["expiryMonth"])) < (now.year, now.month)


def _three_ds(body: Mapping[str, Any], number: str) -> str:
    """What 3-D Secure may do: "never", "challenge", "frictionless", or "" for the scenario's."""
    wish = body.get("authenticationData", {}).get("attemptAuthentication")
    if not number or wish == "never" or body.get("shopperInteraction") == "ContAuth":
        return "never"
    known = tables()["cards"].get(number, "")
    return known if known in ("challenge", "frictionless") else "challenge" * (wish == "always")


def _card(method: Mapping[str, str]) -> dict[str, Any]:
    number, holder = method["number"], method.get("holderName", "")
    return {
        "bin": number[:6],
        "last": number[-4:],
        "expiry": f"{int(method['expiryMonth']):02}/{method['expiryYear']}",
        "cvc": bool(method.get("cvc")),
        "raw": holder.partition(":")[2].strip(),
    }


def _approval(charge: Charge) -> dict[str, str]:
    """What a card's approval carries in `additionalData`."""
    card = charge.data["card"]
    authenticated = charge.data["three_ds"] != "never" and (
        charge.page == "three_ds"
        or "frictionless" in (charge.data["three_ds"], charge.plan.authentication)
    )
    return {
        "authCode": f"{secrets.randbelow(1_000_000):06}",
        "avsResult": "4 AVS not supported for this card type",
        "avsResultRaw": "4",
        "cardBin": card["bin"],
        "cardSummary": card["last"],
        "cvcResult": "1 Matches" if card["cvc"] else "0 Unknown",
        "expiryDate": card["expiry"],
        "eci": "05" if authenticated else "07",
        "fundingSource": "CREDIT",
        "issuerCountry": "NL",
        "liabilityShift": "true" if authenticated else "false",
        "networkTxReference": f"{secrets.randbelow(10**15):015}",
        "paymentMethod": charge.data["brand"],
        "refusalReasonRaw": "AUTHORISED",
        "threeDAuthenticated": "true" if authenticated else "false",
    }


def _listed(table: str, code: str, otherwise: str) -> str:
    return next((name for name, codes in tables()[table].items() if code in codes), otherwise)


def _page(kind: str, action: str, code: str) -> str:
    if kind == "card":
        return ""
    if action in ("voucher", "bankTransfer"):
        return "counter"
    return _listed("pages", code, "wallet") if action == "redirect" else "wallet"


def _action(charge: Charge) -> dict[str, Any]:
    """What the shopper has to do, as Adyen says it to the shop."""
    kind, method = charge.data["action"], charge.data["method"]
    shown: dict[str, Any] = {"type": kind, "paymentMethodType": method, "url": page_url(charge)}
    created = charge.created_at
    assert created is not None
    ends = created + timedelta(days=3) if kind == "voucher" else created + timedelta(minutes=15)
    if kind == "redirect":
        name = "scheme" if charge.data["kind"] == "card" else method
        return {**shown, "paymentMethodType": name, "method": "GET"}
    if kind == "await":
        return {**shown, "paymentData": charge.data["token"]}
    if kind == "qrCode":
        data = {"qrCodeData": page_url(charge), "paymentData": charge.data["token"]}
        return {**shown, **data, "expiresAt": ends.isoformat(timespec="seconds")}
    number = f"{int(charge.id.encode().hex(), 16) % 10**9:09}"
    if kind == "voucher":
        entity = {"entity": "12101"} if method == "multibanco" else {}
        return {
            **shown,
            **entity,
            "reference": number,
            "merchantReference": charge.reference,
            "merchantName": charge.data["merchant"],
            "totalAmount": charge.data["amount"],
            "initialAmount": charge.data["amount"],
            "downloadUrl": page_url(charge),
            "expiresAt": ends.isoformat(timespec="seconds"),
        }
    return {
        **shown,
        "beneficiary": charge.data["merchant"],
        "iban": "NL13TEST0123456789",
        "bic": "TESTNL01",
        "reference": number,
        "totalAmount": charge.data["amount"],
    }
