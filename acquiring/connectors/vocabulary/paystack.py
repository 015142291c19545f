"""Paystack's words in ours: what banks answer, disputes, and which names never reach a log.

Sources: the OpenAPI document (MIT) for error codes and disputes; the texts of `gateway_response`
are those of ISO 8583, field 39, as banks word them.
"""

# `gateway_response` of a failed transaction, in lower case and joined by underscores.
RESPONSES = {
    "bank_unavailable": "issuer_unavailable",
    "card_expired": "expired_card",
    "card_not_enrolled": "authentication_not_supported",
    "declined": "generic_decline",
    "do_not_honor": "do_not_honor",
    "do_not_honour": "do_not_honor",
    "exceeds_withdrawal_limit": "amount_limit_exceeded",
    "exceeds_withdrawal_frequency": "count_limit_exceeded",
    "expired_card": "expired_card",
    "incorrect_otp": "incorrect_code",
    "incorrect_pin": "incorrect_pin",
    "insufficient_funds": "insufficient_funds",
    "invalid_amount": "invalid_amount",
    "invalid_card": "invalid_number",
    "invalid_card_number": "invalid_number",
    "invalid_cvv": "incorrect_cvc",
    "invalid_transaction": "invalid_transaction",
    "issuer_or_switch_inoperative": "issuer_unavailable",
    "lost_card": "lost_card",
    "no_card_record": "invalid_number",
    "pick_up_card": "pickup_card",
    "pin_tries_exceeded": "pin_tries_exceeded",
    "refer_to_card_issuer": "call_issuer",
    "restricted_card": "restricted_card",
    "security_violation": "security_violation",
    "stolen_card": "stolen_card",
    "suspected_fraud": "suspected_fraud",
    "system_malfunction": "processing_error",
    "timeout": "processing_error",
    "transaction_not_permitted_to_cardholder": "transaction_not_permitted",
    "transaction_not_permitted_to_card_holder": "transaction_not_permitted",
    "user_cancelled": "shopper_canceled",
}
# `code` of a refused call.
ERRORS = {
    "invalid_params": "invalid_request",
    "unsupported_currency": "currency_not_supported",
    "channel_not_enabled": "method_not_enabled",
    "invalid_authorization_code": "token_invalid",
    "insufficient_balance": "merchant_balance_low",
}
DECLINES = RESPONSES | ERRORS

REFUND_STATES = {
    "pending": "pending",
    "processing": "pending",
    "needs-attention": "pending",
    "processed": "succeeded",
    "failed": "failed",
}
# A dispute by its resolution, or by its status while there is none.
DISPUTES = {
    "pending": "chargeback_open",
    "awaiting-merchant-feedback": "chargeback_open",
    "awaiting-bank-feedback": "defended",
    "merchant-accepted": "lost",
    "auto-accepted": "lost",
    "declined": "won",
}

SCRUB = (
    "email phone first_name last_name authorization_code access_code account_number account_name"
    " ip_address x-paystack-signature"
)
