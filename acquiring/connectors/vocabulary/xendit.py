"""Xendit's failure codes in our words, and which channels want what.

Sources: the enumerations of docs.xendit.co/apidocs (create-payment-request, refund-payment-request,
capture-payment, cancel-payment; version 2024-11-11) and docs.xendit.co/docs/cards-card-declines.
"""

# `failure_code` of a payment and `error_code` of a refused call.
DECLINES = {
    "ACCOUNT_ACCESS_BLOCKED": "blocked_card",
    "ACCOUNT_NOT_ACTIVATED": "invalid_account",
    "ACCOUNT_ALREADY_LINKED": "duplicate_transaction",
    "API_VALIDATION_ERROR": "invalid_request",
    "AUTHENTICATION_FAILED": "authentication_failed",
    "CARD_DECLINED": "generic_decline",
    "CARD_EXPIRED": "expired_card",
    "CHANNEL_NOT_ACTIVATED": "method_not_enabled",
    "CHANNEL_UNAVAILABLE": "method_unavailable",
    "DATA_NOT_FOUND": "invalid_request",
    "DECLINED_BY_ISSUER": "do_not_honor",
    "DECLINED_BY_PROCESSOR": "generic_decline",
    "DUPLICATE_ERROR": "duplicate_transaction",
    "EXPIRED_CARD": "expired_card",
    "EXPIRED_OTP": "authentication_failed",
    "FAILURE_DETAILS_UNAVAILABLE": "generic_decline",
    "IDEMPOTENCY_ERROR": "invalid_request",
    "INACTIVE_OR_UNAUTHORIZED_CARD": "card_not_active",
    "INSUFFICIENT_BALANCE": "insufficient_funds",
    "INVALID_ACCOUNT_DETAILS": "invalid_account",
    "INVALID_CARD": "invalid_number",
    "INVALID_CVV": "incorrect_cvc",
    "INVALID_MERCHANT_CREDENTIALS": "credentials_refused",
    "INVALID_MERCHANT_SETTINGS": "invalid_merchant",
    "INVALID_OTP": "authentication_failed",
    "INVALID_PAYMENT_DETAILS": "invalid_account",
    "INVALID_TOKEN": "token_invalid",
    "INVALID_VALUE_ERROR": "invalid_request",
    "ISSUER_SUSPECT_FRAUD": "suspected_fraud",
    "ISSUER_UNAVAILABLE": "issuer_unavailable",
    "OTP_ATTEMPT_COUNTS_EXCEEDED": "authentication_failed",
    "PARTNER_TIMEOUT_ERROR": "processing_error",
    "PAYMENT_AMOUNT_LIMITS_EXCEEDED": "amount_limit_exceeded",
    "PAYMENT_ATTEMPT_COUNTS_EXCEEDED": "count_limit_exceeded",
    "PAYMENT_REQUEST_EXPIRED": "payment_expired",
    "PAYMENT_REQUEST_RATE_LIMITED": "rate_limited",
    "PROCESSOR_ERROR": "processing_error",
    "REQUEST_FORBIDDEN_ERROR": "credentials_refused",
    "SERVER_ERROR": "processing_error",
    "SKIP_3DS_FORBIDDEN": "authentication_required",
    "STOLEN_CARD": "stolen_card",
    "SUSPECTED_FRAUDULENT": "suspected_fraud",
    "TIMEOUT_ERROR": "processing_error",
    "TRANSACTION_BLOCKED": "security_violation",
    "USER_DECLINED_PAYMENT": "shopper_rejected",
    "USER_DEVICE_UNREACHABLE": "shopper_unreachable",
    "USER_DID_NOT_AUTHORIZE": "shopper_canceled",
}

# The same for what is done to a payment afterwards.
AFTERWARDS = {
    "ACCOUNT_ACCESS_BLOCKED": "refund_account_closed",
    "ACCOUNT_NOT_FOUND": "refund_account_closed",
    "CAPTURE_AMOUNT_EXCEEDED": "capture_amount_exceeded",
    "INSUFFICIENT_BALANCE": "merchant_balance_low",
    "PARTIAL_REFUND_COUNTS_EXCEEDED": "refund_not_supported",
    "PARTIAL_REFUND_NOT_SUPPORTED": "refund_not_supported",
    "REFUND_AMOUNT_EXCEEDED": "refund_amount_exceeded",
    "REFUND_NOT_SUPPORTED": "refund_not_supported",
}

# Whose currency is whose country's; Xendit wants the country of the transaction with every payment.
COUNTRIES = {
    "IDR": "ID",
    "PHP": "PH",
    "VND": "VN",
    "THB": "TH",
    "MYR": "MY",
    "SGD": "SG",
    "HKD": "HK",
    "MXN": "MX",
}

# Lenders want to see the shopper and the goods.
LENDERS = frozenset("AKULAKU ATOME BILLEASE INDODANA KREDIVO".split())
COUNTERS = frozenset(
    "7ELEVEN 7ELEVEN_CLIQQ ALFAMART CEBUANA CVM ECPAY INDOMARET LBC MLHUILLIER PALAWAN RD_PAWNSHOP"
    " ROBINSONS_BILLS_PAYMENT SM_BILLS_PAYMENT USSC".split()
)
CODES = frozenset("PROMPTPAY QRIS QRPH".split())

SCRUB = (
    "card_number cvn cardholder_first_name cardholder_last_name cardholder_email"
    " cardholder_phone_number email mobile_number given_names surname phone_number street_line1"
    " street_line2 payer_name payer_account_number account_mobile_number x-callback-token"
)
