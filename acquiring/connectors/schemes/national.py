"""The national QR codes and payment strings: one account of the merchant's, one text to pay it.

Each scheme is a small function from a payee, an amount and a reference to the text. A payee is the
merchant's own account at the scheme, member by member (`PAYEES` lists them); the reference comes
back with the credit, and is what a payment is found by.

Sources: EMV QRCPS merchant-presented mode 1.1 for all of them but UPI; for the account templates
- PayNow: the SGQR specification of MAS and IMDA (template SG.PAYNOW)
- PromptPay: Thai QR code payment standard of the Bank of Thailand (A000000677010111 and …112)
- DuitNow QR: PayNet (A0000006150001)
- QRIS: Bank Indonesia and ASPI (ID.CO.QRIS.WWW)
- VietQR: NAPAS (A000000727, service QRIBFTTA)
- KHQR: KHQR content guideline of the National Bank of Cambodia
- FPS: Common QR Code Specification for Retail Payments in Hong Kong, HKMA (hk.com.hkicl)
- Pix: Manual de Padrões para Iniciação do Pix of the Banco Central do Brasil (br.gov.bcb.pix)
- UPI: NPCI's linking specification (upi://pay)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple
from urllib.parse import quote, urlencode

from acquiring.connectors.schemes.emv import Code, encode
from acquiring.core.money import Money

LONGEST_NAME, LONGEST_CITY, LONGEST_REFERENCE = 25, 15, 25


class Wanted(NamedTuple):
    """What a code is to ask for."""

    payee: Mapping[str, str]
    money: Money
    reference: str
    expires_at: datetime


# The members of a payee by scheme; all of them are needed.
PAYEES: Mapping[str, tuple[str, ...]] = {
    "paynow": ("uen",),
    "promptpay": ("biller_id",),
    "duitnow": ("acquirer_id", "merchant_id"),
    "qris": ("issuer_domain", "merchant_pan", "merchant_id", "nmid", "category", "postal_code"),
    "vietqr": ("bank_bin", "account_number"),
    "khqr": ("account_id", "merchant_id", "bank_name"),
    "fps": ("fps_id",),
    "pix": ("key",),
    "upi": ("vpa",),
}


def text(scheme: str, wanted: Wanted) -> str:
    """The text to show as a QR code. Raises ValueError where the payee lacks a member."""
    missing = [name for name in PAYEES[scheme] if not wanted.payee.get(name)]
    if missing:
        raise ValueError(f"{scheme} needs {', '.join(missing)}")
    return SCHEMES[scheme](wanted)


def _code(
    wanted: Wanted,
    country: str,
    accounts: Mapping[str, object],
    version: str = "01",
    **members: object,
) -> str:
    payee = wanted.payee
    known: dict[str, object] = {
        "name": payee.get("name", "NA")[:LONGEST_NAME],
        "city": payee.get("city", "NA")[:LONGEST_CITY],
        "additional": {"reference": wanted.reference[:LONGEST_REFERENCE]},
        "is_dynamic": True,
    }
    code = Code(
        accounts=accounts,  # type: ignore[arg-type]
        country=country,
        currency=wanted.money.currency,
        money=wanted.money,
        **{**known, **members},  # type: ignore[arg-type]
    )
    return encode(code, version)


def _paynow(wanted: Wanted) -> str:
    ends = (wanted.expires_at + timedelta(hours=8)).strftime("%Y%m%d")  # Singapore's own day
    account = {"00": "SG.PAYNOW", "01": "2", "02": wanted.payee["uen"], "03": "0", "04": ends}
    bill = {"bill_number": wanted.reference[:LONGEST_REFERENCE]}
    city = wanted.payee.get("city", "Singapore")
    return _code(wanted, "SG", {"26": account}, additional=bill, city=city)


def _promptpay(wanted: Wanted) -> str:
    """A bill payment: unlike a transfer to a proxy it carries a reference."""
    account = {
        "00": "A000000677010112",
        "01": wanted.payee["biller_id"],
        "02": wanted.reference[:20].upper(),
    }
    return _code(wanted, "TH", {"30": account}, additional={})


def _duitnow(wanted: Wanted) -> str:
    account = {
        "00": "A0000006150001",
        "01": wanted.payee["acquirer_id"],
        "02": wanted.payee["merchant_id"],
    }
    return _code(wanted, "MY", {"26": account}, version="02")


def _qris(wanted: Wanted) -> str:
    payee = wanted.payee
    issuer = {
        "00": payee["issuer_domain"],
        "01": payee["merchant_pan"],
        "02": payee["merchant_id"],
        "03": payee.get("criteria", "UMI"),
    }
    national = {"00": "ID.CO.QRIS.WWW", "02": payee["nmid"], "03": payee.get("criteria", "UMI")}
    places = {"category": payee["category"], "postal_code": payee["postal_code"]}
    return _code(wanted, "ID", {"26": issuer, "51": national}, **places)


def _vietqr(wanted: Wanted) -> str:
    beneficiary = {"00": wanted.payee["bank_bin"], "01": wanted.payee["account_number"]}
    account = {"00": "A000000727", "01": beneficiary, "02": "QRIBFTTA"}
    purpose = {"purpose": wanted.reference[:LONGEST_REFERENCE]}
    return _code(wanted, "VN", {"38": account}, additional=purpose)


def _khqr(wanted: Wanted) -> str:
    payee = wanted.payee
    account = {"00": payee["account_id"], "01": payee["merchant_id"], "02": payee["bank_name"]}
    ends = int(wanted.expires_at.timestamp()) * 1000
    created = ends - int(payee.get("valid_milliseconds", "900000"))
    return _code(
        wanted,
        "KH",
        {"30": account},
        category=payee.get("category", "5999"),
        city=payee.get("city", "Phnom Penh")[:LONGEST_CITY],
        additional={"bill_number": wanted.reference[:LONGEST_REFERENCE]},
        other={"99": {"00": str(created), "01": str(ends)}},
    )


def _fps(wanted: Wanted) -> str:
    ends = (wanted.expires_at + timedelta(hours=8)).strftime("%Y%m%d%H%M%S")
    account = {"00": "hk.com.hkicl", "02": wanted.payee["fps_id"], "05": ends}
    return _code(wanted, "HK", {"26": account}, city=wanted.payee.get("city", "HK"))


def _pix(wanted: Wanted) -> str:
    account = {"00": "br.gov.bcb.pix", "01": wanted.payee["key"]}
    return _code(wanted, "BR", {"26": account}, is_dynamic=False)


def _upi(wanted: Wanted) -> str:
    members = {
        "pa": wanted.payee["vpa"],
        "pn": wanted.payee.get("name", ""),
        "mc": wanted.payee.get("category", ""),
        "tr": wanted.reference,
        "tn": wanted.payee.get("note", ""),
        "am": wanted.money.major(),
        "cu": wanted.money.currency,
    }
    said = {name: value for name, value in members.items() if value}
    return "upi://pay?" + urlencode(said, quote_via=quote)


SCHEMES: Mapping[str, Callable[[Wanted], str]] = {
    "paynow": _paynow,
    "promptpay": _promptpay,
    "duitnow": _duitnow,
    "qris": _qris,
    "vietqr": _vietqr,
    "khqr": _khqr,
    "fps": _fps,
    "pix": _pix,
    "upi": _upi,
}
