"""Nuvei's words and codes, in ours. Sources: see the driver; issuers' codes are ISO 8583's."""

import hashlib
from collections.abc import Mapping
from typing import Any

from acquiring.connectors.vocabulary.iso8583 import RESPONSES

SESSION, TOKEN = "/getSessionToken.do", "/cardTokenization.do"
INIT, PAY, LOOK = "/initPayment.do", "/payment.do", "/getTransactionDetails.do"
SETTLE, VOID, REFUND = "/settleTransaction.do", "/voidTransaction.do", "/refundTransaction.do"
OPERATION = (
    "clientRequestId clientUniqueId amount currency relatedTransactionId authCode"
    " {}comment urlDetails.notificationUrl"
)
# Members under a call's checksum, between the merchant's ids and the time.
SUMMED = {
    SESSION: "clientRequestId",
    INIT: "clientRequestId amount currency",
    PAY: "clientRequestId amount currency",
    LOOK: "transactionId clientUniqueId",
    SETTLE: OPERATION.format("descriptorMerchantName descriptorMerchantPhone "),
    VOID: OPERATION.format(""),
    REFUND: OPERATION.format(""),
}
NOT_FOUND = "9146"
# Nobody knows what came of a call that met one of these: general error, communication error.
TROUBLE = frozenset({"1000", "1038"})
SCRUB = (
    "sessiontoken checksum cctemptoken cardnumber cardholdername cvv expirationmonth expirationyear"
    " mobiletoken firstname lastname email phone address zip nameoncard creq ipaddress ip"
)
WALLETS = {"ppp_ApplePay": "ApplePay", "ppp_GooglePay": "GooglePay"}
# What a transaction is worth, by status and type.
STATES = {
    "APPROVED/Auth": "authorized",
    "APPROVED/PreAuth": "authorized",
    "APPROVED/Sale": "captured",
    **{
        f"{status}/{kind}": state
        for kind in ("Auth", "PreAuth", "Sale", "Auth3D", "InitAuth3D")
        for status, state in {
            "PENDING": "pending",
            "REDIRECT": "pending",
            "DECLINED": "declined",
            "ERROR": "refused",
        }.items()
    },
    "APPROVED/Auth3D": "pending",
    "APPROVED/InitAuth3D": "pending",
}
# What a notification of a type of transaction is about.
ABOUT = {
    "Auth": "payment",
    "PreAuth": "payment",
    "Sale": "payment",
    "Settle": "capture",
    "Credit": "refund",
    "Void": "void",
    "Chargeback": "dispute",
}
DECLINES = {
    **RESPONSES,
    "-1": "generic_decline",
    "-1100": "blocked_by_rules",
    "1001": "invalid_request",
    "1004": "invalid_details",
    "1007": "incorrect_name",
    "1013": "invalid_merchant",
    "1014": "country_not_permitted",
    "1022": "invalid_merchant",
    "1028": "no_such_issuer",
    "1029": "invalid_expiry",
    "1040": "invalid_amount",
    "1041": "currency_not_supported",
    "1060": "missing_details",
    "1061": "invalid_details",
    "1062": "incorrect_cvc",
    "1070": "currency_not_supported",
}


def checksum(path: str, body: Mapping[str, Any], secret: str) -> str:
    """SHA-256 of the members a call is summed by, one after the other, the key last."""
    names = f"merchantId merchantSiteId {SUMMED[path]} timeStamp".split()
    return hashlib.sha256(
        ("".join(member(body, one) for one in names) + secret).encode()
    ).hexdigest()


def member(body: Mapping[str, Any], name: str) -> str:
    """A member by its dotted name, "" where there is none."""
    head, _, rest = name.partition(".")
    return member(body.get(head) or {}, rest) if rest else str(body.get(head) or "")
