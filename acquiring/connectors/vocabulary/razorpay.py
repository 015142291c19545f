"""Razorpay's words in ours.

Sources: razorpay.com/docs (payment states, webhooks, error reasons); razorpay/razorpay-python.
"""

from __future__ import annotations

STATES = {
    "created": "pending",
    "authorized": "authorized",
    "captured": "captured",
    "refunded": "captured",
    "failed": "declined",
}
REFUND_STATES = {"pending": "pending", "processed": "succeeded", "failed": "failed"}
DISPUTES = {
    "open": "chargeback_open",
    "action_required": "chargeback_open",
    "under_review": "defended",
    "won": "won",
    "lost": "lost",
    "closed": "lost",
}
PAYMENT_EVENTS = {
    "payment.authorized": "unknown",
    "payment.captured": "captured",
    "payment.failed": "declined",
}
_BY_DECLINE = {
    "do_not_honor": "card_declined payment_declined payment_failed",
    "insufficient_funds": "insufficient_funds",
    "expired_card": "card_expired",
    "invalid_expiry": "incorrect_card_expiry_date",
    "invalid_number": "card_number_invalid incorrect_card_details",
    "incorrect_name": "incorrect_cardholder_name",
    "incorrect_cvc": "incorrect_cvv",
    "incorrect_pin": "incorrect_pin",
    "pin_tries_exceeded": "pin_attempts_exceeded",
    "incorrect_code": "invalid_otp incorrect_otp",
    "expired_code": "otp_expired",
    "too_many_attempts": "otp_attempts_exceeded",
    "authentication_failed": "authentication_failed",
    "authentication_not_supported": "card_not_enrolled",
    "card_not_active": "debit_instrument_inactive",
    "blocked_card": "debit_instrument_blocked",
    "transaction_not_permitted": "card_disabled_for_online_payments"
    " transaction_not_permitted_to_cardholder",
    "country_not_permitted": "international_transaction_not_allowed",
    "card_not_supported": "card_type_not_supported card_network_not_enabled",
    "amount_limit_exceeded": "transaction_limit_exceeded transaction_daily_limit_exceeded",
    "count_limit_exceeded": "transaction_daily_count_exceeded",
    "amount_too_small": "amount_less_than_minimum_amount",
    "amount_too_large": "amount_exceeds_maximum_amount",
    "provider_risk_rejected": "payment_risk_check_failed",
    "shopper_canceled": "payment_cancelled",
    "payment_expired": "payment_timed_out payment_session_expired",
    "bank_account_invalid": "bank_account_invalid bank_account_validation_failed",
    "bank_unavailable": "bank_technical_error bank_not_enabled",
    "acquirer_unavailable": "gateway_technical_error",
    "provider_unavailable": "server_error",
    "wallet_refused": "authorisation_declined_by_psp",
    "wallet_balance_low": "insufficient_wallet_balance",
    "wallet_account_not_found": "wallet_user_not_registered invalid_vpa",
    "credit_refused": "user_not_eligible credit_not_approved",
    "credit_limit_exceeded": "credit_limit_exceeded",
    "duplicate_transaction": "duplicate_request",
    "method_not_enabled": "payment_method_not_enabled",
    "invalid_request": "input_validation_failed BAD_REQUEST_ERROR",
    "try_again_later": "GATEWAY_ERROR",
}
DECLINES = {code: ours for ours, codes in _BY_DECLINE.items() for code in codes.split()}
