"""Fiuu's doors and what is signed at each of them.

Sources: juspay/hyperswitch-prism (Apache-2.0); queries by order agree between several public
integrations.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from acquiring.connectors.signing import md5_hex

PAY = "/RMS/API/Direct/1.4.0/index.php"
RECUR = "/RMS/API/Recurring/input_v7.php"
CAPTURE = "/RMS/API/capstxn/index.php"
CANCEL = "/RMS/API/refundAPI/refund.php"
REFUND = "/RMS/API/refundAPI/index.php"
REFUNDS = "/RMS/API/refundAPI/q_by_txn.php"
STATUS = "/RMS/API/gate-query/index.php"
STATUS_BY_ORDER = "/RMS/query/q_by_oid.php"
PAID_AT_ONCE = frozenset({PAY, RECUR})  # these live at the payment host, the others at the API

Body = Mapping[str, Any]


def _pay(body: Body, account: Mapping[str, str]) -> dict[str, Any]:
    merchant = account["merchant_id"]
    parts = body["TxnAmount"], merchant, body["ReferenceNo"], account["verify_key"]
    return {"MerchantID": merchant, **body, "Signature": md5_hex(*parts)}


def _recur(body: Body, account: Mapping[str, str]) -> dict[str, Any]:
    fields = body["0"].split("|")
    fields[1] = account["merchant_id"]
    kind, merchant, _, token, order, currency, amount, *_ = fields
    checksum = md5_hex(kind, merchant, token, order, currency, amount, account["verify_key"])
    return {"0": "|".join([*fields, checksum])}


def _capture(body: Body, account: Mapping[str, str]) -> dict[str, Any]:
    merchant = account["merchant_id"]
    skey = md5_hex(body["tranID"], body["amount"], merchant, account["verify_key"])
    return {"domain": merchant, **body, "skey": skey}


def _cancel(body: Body, account: Mapping[str, str]) -> dict[str, Any]:
    merchant = account["merchant_id"]
    skey = md5_hex(body["txnID"], merchant, account["secret_key"])
    return {"domain": merchant, **body, "skey": skey}


def _refund(body: Body, account: Mapping[str, str]) -> dict[str, Any]:
    merchant = account["merchant_id"]
    parts = body["RefundType"], merchant, body["RefID"], body["TxnID"], body["Amount"]
    return {"MerchantID": merchant, **body, "Signature": md5_hex(*parts, account["secret_key"])}


def _refunds(body: Body, account: Mapping[str, str]) -> dict[str, Any]:
    merchant = account["merchant_id"]
    signature = md5_hex(body["TxnID"], merchant, account["verify_key"])
    return {"MerchantID": merchant, **body, "Signature": signature}


def _status(body: Body, account: Mapping[str, str]) -> dict[str, Any]:
    merchant, subject = account["merchant_id"], body.get("txID") or body["oID"]
    skey = md5_hex(subject, merchant, account["verify_key"], body["amount"])
    return {"domain": merchant, **body, "skey": skey}


SIGNED: Mapping[str, Callable[[Body, Mapping[str, str]], dict[str, Any]]] = {
    PAY: _pay,
    RECUR: _recur,
    CAPTURE: _capture,
    CANCEL: _cancel,
    REFUND: _refund,
    REFUNDS: _refunds,
    STATUS: _status,
    STATUS_BY_ORDER: _status,
}
