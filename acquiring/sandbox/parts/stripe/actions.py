"""`next_action`: what Stripe asks the shopper to do, in the shape of each method.

Sources: stripe/openapi (MIT), payment_intent_next_action and its parts; docs.stripe.com/payments
for the types that came later (multibanco, swish). Codes are made up, links lead to the simulated
bank, wallet or counter, and so does the text of every QR code: scanning it opens that page.
"""

from __future__ import annotations

import secrets
from typing import Any

from acquiring.sandbox.book import Charge
from acquiring.sandbox.engine import page_url


def next_action(kind: str, charge: Charge, return_url: str, expires_at: int) -> dict[str, Any]:
    """The action of a type; `expires_at` is in Unix seconds."""
    url = page_url(charge)
    if kind == "redirect_to_url":
        return _typed(kind, {"return_url": return_url or None, "url": url})
    if kind == "use_stripe_sdk":
        return _typed(kind, {"type": "three_d_secure_redirect", "stripe_js": url})
    if kind == "alipay_handle_redirect":
        link = {"native_data": None, "native_url": None, "return_url": return_url or None}
        return _typed(kind, link | {"url": url})
    if kind == "blik_authorize":
        return _typed(kind, {})
    if kind == "display_bank_transfer_instructions":
        return _typed(kind, _transfer(charge, url))
    if kind.endswith("_display_details"):
        return _typed(kind, _voucher(kind, charge, url, expires_at))
    return _typed(kind, _code(kind, url, expires_at))


def _typed(kind: str, members: dict[str, Any]) -> dict[str, Any]:
    return {"type": kind, kind: members}


def _code(kind: str, url: str, expires_at: int) -> dict[str, Any]:
    """A QR code, alone or beside a link."""
    images = {"image_url_png": f"{url}/qr.png", "image_url_svg": f"{url}/qr.svg"}
    page = {"hosted_instructions_url": url}
    if kind == "cashapp_handle_redirect_or_display_qr_code":
        code = images | {"expires_at": expires_at}
        return page | {"mobile_auth_url": url, "qr_code": code}
    if kind == "swish_handle_redirect_or_display_qr_code":
        return page | {"mobile_auth_url": url, "qr_code": images | {"data": url}}
    if kind == "wechat_pay_display_qr_code":
        return page | images | {"data": url, "image_data_url": f"{url}/qr.png"}
    if kind == "pix_display_qr_code":
        return page | images | {"data": url, "expires_at": expires_at}
    return page | images | {"data": url}


def _voucher(kind: str, charge: Charge, url: str, expires_at: int) -> dict[str, Any]:
    """A code to pay at a counter or a machine."""
    if kind == "konbini_display_details":
        return {
            "expires_at": expires_at,
            "hosted_voucher_url": url,
            "stores": {
                store: {"confirmation_number": _digits(11), "payment_code": _digits(6)}
                for store in ("familymart", "lawson", "ministop", "seicomart")
            },
        }
    if kind == "multibanco_display_details":
        return {
            "entity": _digits(5),
            "expires_at": expires_at,
            "hosted_voucher_url": url,
            "reference": _digits(9),
        }
    if kind == "oxxo_display_details":
        return {"expires_after": expires_at, "hosted_voucher_url": url, "number": _digits(22)}
    return {
        "expires_at": expires_at,
        "hosted_voucher_url": url,
        "number": _digits(47),
        "pdf": f"{url}?format=pdf",
    }


def _transfer(charge: Charge, url: str) -> dict[str, Any]:
    return {
        "amount_remaining": charge.data["intent"]["amount"],
        "currency": charge.currency.lower(),
        "financial_addresses": [],
        "hosted_instructions_url": url,
        "reference": _digits(12),
        "type": "eu_bank_transfer" if charge.currency == "EUR" else "us_bank_transfer",
    }


def _digits(count: int) -> str:
    return "".join(secrets.choice("0123456789") for _ in range(count))
