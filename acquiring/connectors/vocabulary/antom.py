"""Antom's words in ours: result codes, what a card payment tells, what is never logged.

Sources: docs.antom.com (ac/ams: api_fund, digital_signature, idempotency, payment_cashier,
paymentri_online, paymentrn_online, capture, notify_capture, refund, notify_dispute; ac/pm:
3ds_retry, mit; ac/cashierpay: capture, cof; ac/aba/notifydirect), models and code lists of the
official SDKs (global-open-sdk-python 1.7.1, -php 1.5.5, -go 1.3.5, -java 2.2.8), public
integrations for card result codes.
"""

from __future__ import annotations

from collections.abc import Mapping

# Our decline codes with Antom's result codes. First those that speak of our call, our account or
# our contract (nobody behind Antom was asked), then those about the payment, then what is said of
# captures, cancels and refunds.
CALLER = {
    "credentials_refused": "INVALID_SIGNATURE INVALID_CLIENT UNKNOWN_CLIENT OAUTH_FAILED"
    " KEY_NOT_FOUND KEY_NO_FOUND",
    "invalid_request": "PARAM_ILLEGAL PARAM_MISSING INVALID_API NO_INTERFACE_DEF MSG_PARSE_ERROR"
    " METHOD_NOT_SUPPORTED MEDIA_TYPE_NOT_ACCEPTABLE",
    "method_not_enabled": "INVALID_CONTRACT CONTRACT_CHECK_FAIL SETTLE_CONTRACT_NOT_MATCH"
    " BUSINESS_NOT_SUPPORT PAYMENT_METHOD_NOT_SUPPORTED PAYMENT_NOT_QUALIFIED"
    " CLIENT_FORBIDDEN_ACCESS_API",
    "method_unavailable": "UNAVAILABLE_PAYMENT_METHOD NO_PAY_OPTIONS",
    "invalid_merchant": "MERCHANT_NOT_REGISTERED MERCHANT_KYB_NOT_QUALIFIED",
    "merchant_suspended": "INVALID_MERCHANT_STATUS INVALID_CLIENT_STATUS",
    "currency_not_supported": "CURRENCY_NOT_SUPPORT",
    "provider_refused": "ACCESS_DENIED",
}
PAYMENT = {
    "wallet_refused": "PROCESS_FAIL",
    "processing_error": "SYSTEM_ERROR",
    "duplicate_transaction": "REPEAT_REQ_INCONSISTENT",
    "lost_in_transit": "ORDER_NOT_EXIST",
    "payment_expired": "ORDER_IS_CLOSED",
    "merchant_canceled": "ORDER_IS_CANCELED ORDER_IS_CANCELLED ORDER_IS_REVERSED",
    "invalid_transaction": "ORDER_STATUS_INVALID",
    "provider_risk_rejected": "RISK_REJECT",
    "suspected_fraud": "FRAUD_REJECT SUSPECTED_CARD",
    "regulation_restricted": "REGULATION_RESTRICTION",
    "transaction_not_permitted": "PAYMENT_PROHIBITED POLICY",
    "amount_limit_exceeded": "PAYMENT_AMOUNT_EXCEED_LIMIT AMOUNT_EXCEED_LIMIT",
    "count_limit_exceeded": "PAYMENT_COUNT_EXCEED_LIMIT",
    "wallet_limit_exceeded": "USER_AMOUNT_EXCEED_LIMIT",
    "wallet_balance_low": "USER_BALANCE_NOT_ENOUGH",
    "wallet_account_not_found": "USER_NOT_EXIST",
    "wallet_account_restricted": "USER_STATUS_ABNORMAL USER_ACCOUNT_ABNORMAL",
    "wallet_identity_required": "USER_KYC_NOT_QUALIFIED",
    "wallet_verification_failed": "USER_PAYMENT_VERIFICATION_FAILED",
    "shopper_canceled": "USER_CANCELED",
    "incorrect_code": "INVALID_CODE INVALID_PAYMENT_CODE VERIFY_UNMATCHED",
    "expired_code": "EXPIRED_CODE",
    "token_invalid": "INVALID_TOKEN INVALID_ACCESS_TOKEN",
    "token_expired": "ACCESS_TOKEN_EXPIRED EXPIRED_TOKEN",
    "mandate_missing": "AUTHORIZATION_NOT_EXIST",
    "too_many_attempts": "VERIFY_TIMES_EXCEED_LIMIT",
    "authentication_required": "AUTHENTICATION_REQUIRED",
    "authentication_failed": "AUTHENTICATION_FAILED",
    "do_not_honor": "DO_NOT_HONOR ISSUER_REJECTS_TRANSACTION",
    "expired_card": "CARD_EXPIRED EXPIRED_CARD",
    "invalid_number": "INVALID_CARD_NUMBER CARD_BIN_QUERY_ERROR",
    "invalid_account": "INVALID_CARD",
    "invalid_expiry": "INVALID_EXPIRATION_DATE INVALID_EXPIRY_DATE_FORMAT",
    "incorrect_cvc": "INVALID_CVV",
    "invalid_details": "INVALID_PAYMENT_METHOD_META_DATA",
    "card_not_supported": "CARD_NOT_SUPPORTED SELECTED_CARD_BRAND_NOT_AVAILABLE",
    "card_not_active": "BLOCKED_FIRST_USED",
    "closed_account": "ACCOUNT_CLOSED",
    "account_type_missing": "NO_SELECTED_ACCOUNT",
    "lost_card": "LOST_CARD",
    "stolen_card": "STOLEN_CARD",
    "pickup_card": "PICKUP_CARD",
    "restricted_card": "RESTRICTED_CARD",
}
# The same words mean something else when a card was used.
CARD = {
    "PROCESS_FAIL": "generic_decline",
    "USER_BALANCE_NOT_ENOUGH": "insufficient_funds",
    "USER_AMOUNT_EXCEED_LIMIT": "amount_limit_exceeded",
    "USER_STATUS_ABNORMAL": "restricted_card",
    "USER_ACCOUNT_ABNORMAL": "restricted_card",
    "USER_PAYMENT_VERIFICATION_FAILED": "authentication_failed",
}
AFTER = {
    "void_refused": "CANCEL_WINDOW_EXCEED",
    "refund_window_closed": "REFUND_WINDOW_EXCEED",
    "refund_amount_exceeded": "REFUND_AMOUNT_EXCEED",
    "refund_not_supported": "PARTIAL_REFUND_NOT_SUPPORTED",
    "merchant_balance_low": "MERCHANT_BALANCE_NOT_ENOUGH",
}


def by_code(table: Mapping[str, str]) -> dict[str, str]:
    """A table of ours -> theirs, turned around."""
    return {code: ours for ours, codes in table.items() for code in codes.split()}


NOT_ASKED = by_code(CALLER)
AFTERWARDS = NOT_ASKED | by_code(AFTER)
ALL = by_code(CALLER | PAYMENT | AFTER)

# What a failed call means where it is not simply a decline. A repeated id with other members means
# that a payment of this id exists: only an inquiry says what became of it.
FAILED = dict.fromkeys(NOT_ASKED, "refused") | {
    "ORDER_IS_CLOSED": "expired",
    "REPEAT_REQ_INCONSISTENT": "unknown",
}
# `resultStatus` of a capture or cancel, and `refundStatus`.
OPERATION_STATES = {"S": "succeeded", "F": "failed", "U": "pending"}
REFUND_STATES = {"SUCCESS": "succeeded", "FAIL": "failed", "PROCESSING": "pending"}
# Open for a reason of Antom's own: whether anything happened is not known.
OPEN = ("UNKNOWN_EXCEPTION", "REQUEST_TRAFFIC_EXCEED_LIMIT")

# Methods that authorize first and capture after.
HOLDING = ("CARD", "APPLEPAY", "GOOGLEPAY")

# Facts worth showing, by their place in `paymentResultInfo`.
FACTS = {
    "avs": "avsResultRaw",
    "cvc": "cvvResultRaw",
    "network_reference": "networkTransactionId",
    "issuer_code": "refusalCodeRaw",
    "issuer_reply": "refusalReasonRaw",
    "merchant_advice_code": "merchantAdviceCode",
    "brand": "cardBrand",
    "funding": "funding",
    "issuer_country": "issuingCountry",
}
THREE_DS_FACTS = {"eci": "eci", "three_ds_version": "threeDSVersion"}

# What became of a dispute, by the kind of notification or, once judged, by the judgement; the words
# of the other drivers' disputes.
DISPUTES = {
    "DISPUTE_CREATED": "chargeback_open",
    "DEFENSE_DUE_ALERT": "chargeback_open",
    "DEFENSE_SUPPLIED": "defended",
    "DISPUTE_CANCELLED": "won",
    "RDR_RESOLVED": "lost",
    "ACCEPT_BY_CUSTOMER": "won",
    "ACCEPT_BY_MERCHANT": "lost",
}
DISPUTE_FACTS = {
    "reason_code": "disputeReasonCode",
    "reason": "disputeReasonMsg",
    "dispute_type": "disputeType",
    "respond_by": "defenseDueTime",
    "arn": "arn",
}

# Members and headers that never reach the wire log.
SCRUB = """
    signature cardno cvv expirymonth expiryyear cardholdername billingaddress cardtoken
    paymentmethodid accesstoken buyername buyeremail buyerphoneno shippingname shippingaddress
    clientip pspcustomerinfo
"""
