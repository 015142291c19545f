"""Square's words in ours: payment and refund statuses, error codes, dispute states.

Source: square/connect-api-specification (Apache-2.0): Payment, RefundStatus, ErrorCode,
DisputeState.
"""

from __future__ import annotations

STATES = {
    "order.OPEN": "action",
    "order.DRAFT": "action",
    "order.CANCELED": "voided",
    "payment.PENDING": "pending",
    "payment.APPROVED": "pending",  # a payment link takes what is approved by itself
    "payment.COMPLETED": "captured",
    "payment.CANCELED": "voided",
    "payment.FAILED": "declined",
}
# The document's text says COMPLETED, its list of values APPROVED.
REFUNDS = {
    "PENDING": "pending",
    "COMPLETED": "succeeded",
    "APPROVED": "succeeded",
    "REJECTED": "failed",
    "FAILED": "failed",
}

_BY_DECLINE = {
    "generic_decline": "GENERIC_DECLINE CARD_DECLINED RESERVATION_DECLINED READER_DECLINED",
    "call_issuer": "VOICE_FAILURE CARD_DECLINED_CALL_ISSUER",
    "insufficient_funds": "INSUFFICIENT_FUNDS",
    "prepaid_balance_low": "GIFT_CARD_AVAILABLE_AMOUNT",
    "expired_card": "CARD_EXPIRED EXPIRATION_FAILURE",
    "invalid_expiry": "INVALID_EXPIRATION INVALID_EXPIRATION_YEAR INVALID_EXPIRATION_DATE"
    " BAD_EXPIRATION",
    "invalid_number": "INVALID_CARD PAN_FAILURE INVALID_CARD_DATA INVALID_ENCRYPTED_CARD",
    "incorrect_cvc": "CVV_FAILURE VERIFY_CVV_FAILURE",
    "incorrect_address": "ADDRESS_VERIFICATION_FAILURE VERIFY_AVS_FAILURE",
    "incorrect_postal_code": "INVALID_POSTAL_CODE",
    "incorrect_pin": "INVALID_PIN",
    "pin_required": "MISSING_PIN APPLE_TTP_PIN_TOKEN",
    "pin_tries_exceeded": "ALLOWABLE_PIN_TRIES_EXCEEDED",
    "invalid_account": "INVALID_ACCOUNT ACCOUNT_UNUSABLE",
    "account_type_missing": "MISSING_ACCOUNT_TYPE",
    "transaction_not_permitted": "CARDHOLDER_INSUFFICIENT_PERMISSIONS CARD_PRESENCE_REQUIRED"
    " CHIP_INSERTION_REQUIRED MANUALLY_ENTERED_PAYMENT_NOT_SUPPORTED UNSUPPORTED_ENTRY_METHOD",
    "card_not_supported": "CARD_NOT_SUPPORTED UNSUPPORTED_CARD_BRAND UNSUPPORTED_SOURCE_TYPE"
    " UNSUPPORTED_INSTRUMENT_TYPE CARD_MISMATCH",
    "amount_limit_exceeded": "TRANSACTION_LIMIT",
    "merchant_limit_exceeded": "PAYMENT_LIMIT_EXCEEDED",
    "amount_too_large": "AMOUNT_TOO_HIGH VALUE_TOO_HIGH",
    "amount_too_small": "VALUE_TOO_LOW",
    "invalid_amount": "PAYMENT_AMOUNT_MISMATCH",
    "authentication_required": "CARD_DECLINED_VERIFICATION_REQUIRED",
    "shopper_rejected": "BUYER_REFUSED_PAYMENT",
    "payment_expired": "CHECKOUT_EXPIRED DELAYED_TRANSACTION_EXPIRED",
    "merchant_canceled": "DELAYED_TRANSACTION_CANCELED",
    "token_expired": "CARD_TOKEN_EXPIRED SOURCE_EXPIRED",
    "token_invalid": "CARD_TOKEN_USED SOURCE_USED",
    "currency_not_supported": "UNSUPPORTED_CURRENCY CURRENCY_MISMATCH",
    "country_not_permitted": "UNSUPPORTED_COUNTRY",
    "invalid_merchant": "INVALID_LOCATION LOCATION_MISMATCH",
    "method_not_enabled": "CARD_PROCESSING_NOT_ENABLED",
    "credentials_refused": "UNAUTHORIZED ACCESS_TOKEN_EXPIRED ACCESS_TOKEN_REVOKED FORBIDDEN"
    " INSUFFICIENT_SCOPES APPLICATION_DISABLED CLIENT_DISABLED INSUFFICIENT_PERMISSIONS",
    "duplicate_transaction": "IDEMPOTENCY_KEY_REUSED",
    "bank_unavailable": "PLAID_ERROR PLAID_ERROR_RATE_LIMIT PLAID_ERROR_ITEM_LOGIN_REQUIRED",
    "try_again_later": "TEMPORARY_ERROR CONFLICT",
    "rate_limited": "RATE_LIMITED",
    "invalid_details": "INVALID_EMAIL_ADDRESS INVALID_PHONE_NUMBER",
    "refund_amount_exceeded": "REFUND_AMOUNT_INVALID",
    "refund_refused": "REFUND_ALREADY_PENDING REFUND_DECLINED PAYMENT_NOT_REFUNDABLE"
    " REFUND_ERROR_PAYMENT_NEEDS_COMPLETION INSUFFICIENT_PERMISSIONS_FOR_REFUND"
    " ORDER_UNPAID_NOT_RETURNABLE",
    "charge_disputed": "PAYMENT_NOT_REFUNDABLE_DUE_TO_DISPUTE",
}
DECLINES = {code: ours for ours, codes in _BY_DECLINE.items() for code in codes.split()}

DISPUTES = {
    "INQUIRY_EVIDENCE_REQUIRED": "chargeback_open",
    "INQUIRY_PROCESSING": "defended",
    "INQUIRY_CLOSED": "won",
    "EVIDENCE_REQUIRED": "chargeback_open",
    "PROCESSING": "defended",
    "WON": "won",
    "LOST": "lost",
    "ACCEPTED": "lost",
}
