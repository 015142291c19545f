"""PPRO's words in ours.

Source: developerhub.ppro.com/global-api/reference/ppro-failure-codes; facts only.
"""

from __future__ import annotations

# `failureCode`, whoever declined: PPRO (INTERNAL_…) or the scheme behind it (PROVIDER_…).
DECLINES = {
    "ACCOUNT_NOT_SUPPORTED": "card_not_supported",
    "AGREEMENT_INACTIVE": "mandate_missing",
    "AGREEMENT_REVOKED": "mandate_revoked",
    "AMOUNT_NOT_SUPPORTED": "invalid_amount",
    "AUTHENTICATION_FAILED": "authentication_failed",
    "BLOCKED_ACCOUNT": "blocked_by_list",
    "BLOCKED_BIN": "blocked_by_list",
    "BLOCKED_EMAIL": "blocked_by_list",
    "BLOCKED_IP": "blocked_by_list",
    "CANCELED_BY_CONSUMER": "shopper_canceled",
    "CARD_CLOSED_OR_INVALID": "closed_account",
    "CHARGEBACK_DETECTED": "charge_disputed",
    "COUNTRY_NOT_SUPPORTED": "country_not_permitted",
    "CURRENCY_NOT_SUPPORTED": "currency_not_supported",
    "DUPLICATE_DETECTED": "duplicate_transaction",
    "EXCEEDS_AUTHORIZED_AMOUNT": "capture_amount_exceeded",
    "EXCEEDS_CAPTURED_AMOUNT": "refund_amount_exceeded",
    "EXCEEDS_REFUNDABLE_AMOUNT": "refund_amount_exceeded",
    "EXCEEDS_REFUND_LIMIT": "merchant_balance_low",
    "EXPIRED_CARD": "expired_card",
    "EXPIRED_SESSION": "payment_expired",
    "FORMAT_ERROR": "invalid_request",
    "GENERIC_DECLINE": "generic_decline",
    "HIGH_ACCOUNT_VELOCITY": "too_many_attempts",
    "HIGH_BIN_VELOCITY": "too_many_attempts",
    "HIGH_EMAIL_VELOCITY": "too_many_attempts",
    "HIGH_IP_VELOCITY": "too_many_attempts",
    "INCORRECT_BILLING_ADDRESS": "incorrect_address",
    "INCORRECT_CVV": "incorrect_cvc",
    "INCORRECT_HOLDER_NAME": "incorrect_name",
    "INCORRECT_ISSUER": "no_such_issuer",
    "INCORRECT_NUMBER": "invalid_number",
    "INCORRECT_TAX_ID": "invalid_details",
    "INSTRUMENT_NOT_FOUND": "token_invalid",
    "INSUFFICIENT_FUNDS": "insufficient_funds",
    "INTERNAL_PROCESSING_ERROR": "processing_error",
    "INTERNAL_SERVICE_UNAVAILABLE": "provider_unavailable",
    "INVALID_ACCOUNT": "invalid_account",
    "INVALID_AMOUNT": "invalid_amount",
    "INVALID_AUTHENTICATION_SETTINGS": "invalid_request",
    "INVALID_COUNTRY": "country_not_permitted",
    "INVALID_CURRENCY": "currency_not_supported",
    "INVALID_INPUT_DATA": "invalid_request",
    "INVALID_IP": "invalid_request",
    "INVALID_MANDATE_ID": "mandate_missing",
    "INVALID_MERCHANT": "invalid_merchant",
    "INVALID_PAYMENT_METHOD": "method_not_enabled",
    "INVALID_TAX_ID": "invalid_details",
    "IS_EXCEEDING_ACCOUNT_LIMIT": "amount_limit_exceeded",
    "IS_GENERIC_DECLINE": "do_not_honor",
    "IS_HIGH_VELOCITY": "count_limit_exceeded",
    "IS_NOT_PERMITTED": "transaction_not_permitted",
    "MISSING_IBAN": "missing_details",
    "NO_AUTHORIZED_AMOUNT": "capture_refused",
    "NO_CAPTURED_AMOUNT": "refund_refused",
    "PAYMENT_METHOD_TIMEOUT": "payment_expired",
    "REFUND_BLOCKED_TEMPORARILY": "try_again_later",
    "REFUND_NOT_SUPPORTED": "refund_not_supported",
    "REFUND_PERIOD_EXPIRED": "refund_window_closed",
    "RETRY_REFUND_LATER": "try_again_later",
    "SIMULTANEOUS_OPERATION_IN_PROGRESS": "try_again_later",
}

# Refunds: the last three are what a third party has met beside the documented words.
REFUNDS = {
    "REFUNDED": "succeeded",
    "PENDING": "pending",
    "FAILED": "failed",
    "REFUND_SETTLED": "succeeded",
    "REJECTED": "failed",
    "DECLINED": "failed",
}

# Events about a refund, whose state they are.
REFUND_EVENTS = {
    "PAYMENT_CHARGE_REFUND_SUCCEEDED": "succeeded",
    "PAYMENT_CHARGE_REFUND_PENDING": "pending",
    "PAYMENT_CHARGE_REFUND_FAILED": "failed",
}

# Events after which the payment may be worth more, or less, than before.
PAYMENT_EVENTS = frozenset(
    "PAYMENT_CHARGE_PROVIDER_CONFIRMATION_PENDING PAYMENT_CHARGE_AUTHORIZATION_SUCCEEDED"
    " PAYMENT_CHARGE_AUTHORIZATION_FAILED PAYMENT_CHARGE_CAPTURE_SUCCEEDED"
    " PAYMENT_CHARGE_CAPTURE_FAILED PAYMENT_CHARGE_DISCARDED PAYMENT_CHARGE_VOID_SUCCEEDED".split()
)

DISPUTES = {
    "DISPUTE_ACTION_REQUIRED": "chargeback_open",
    "DISPUTE_CHALLENGE_PROCESSING": "defended",
    "DISPUTE_UNDER_REVIEW": "defended",
    "DISPUTE_ACCEPT_PROCESSING": "lost",
    "DISPUTE_WON": "won",
    "DISPUTE_LOST": "lost",
}
