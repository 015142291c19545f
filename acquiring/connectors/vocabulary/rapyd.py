"""Rapyd's words in ours: codes of card networks, its own errors, refunds and disputes.

Sources: docs.rapyd.net/en/card-network-errors (the codes are those of ISO 8583, field 39, and of
the schemes), /card-transaction-errors, /create-payment-error-examples, /dispute-updated-webhook.
"""

# What a card network answered: `ERROR_PROCESSING_CARD - [51]` is "51".
NETWORK = {
    "01": "call_issuer",
    "02": "call_issuer",
    "03": "invalid_merchant",
    "04": "pickup_card",
    "05": "do_not_honor",
    "06": "processing_error",
    "07": "pickup_card",
    "12": "invalid_transaction",
    "13": "invalid_amount",
    "14": "invalid_number",
    "15": "no_such_issuer",
    "19": "try_again_later",
    "30": "processing_error",
    "33": "expired_card",
    "36": "restricted_card",
    "38": "pin_tries_exceeded",
    "39": "account_type_missing",
    "41": "lost_card",
    "43": "stolen_card",
    "46": "closed_account",
    "51": "insufficient_funds",
    "52": "account_type_missing",
    "53": "account_type_missing",
    "54": "expired_card",
    "55": "incorrect_pin",
    "56": "invalid_number",
    "57": "transaction_not_permitted",
    "58": "transaction_not_permitted",
    "59": "suspected_fraud",
    "61": "amount_limit_exceeded",
    "62": "restricted_card",
    "63": "security_violation",
    "65": "count_limit_exceeded",
    "75": "pin_tries_exceeded",
    "78": "card_not_active",
    "79": "try_again_later",
    "82": "incorrect_cvc",
    "83": "suspected_fraud",
    "91": "issuer_unavailable",
    "92": "issuer_unavailable",
    "93": "regulation_restricted",
    "94": "duplicate_transaction",
    "96": "processing_error",
    "1A": "authentication_required",
    "6P": "incorrect_name",
    "N7": "incorrect_cvc",
    "R0": "payment_stopped",
    "R1": "recurring_stopped",
    "R3": "recurring_stopped",
}
DECLINES = NETWORK | {
    "ERROR_3DS_AUTHENTICATION_FAILURE": "authentication_failed",
    "ERROR_ACCOUNT_FUNDING_TRANSACTION": "transaction_not_permitted",
    "ERROR_CARD_AUTHENTICATION_FAILURE": "authentication_timed_out",
    "ERROR_CARD_CVV_NOT_VALID": "incorrect_cvc",
    "ERROR_CARD_INFORMATION_NOT_VALID": "invalid_details",
    "ERROR_CARD_NOT_SUPPORTED_FOR_ECOMMERCE": "card_not_supported",
    "ERROR_CARD_NOT_VALID": "token_invalid",
}

REFUND_STATES = {
    "Completed": "succeeded",
    "Pending": "pending",
    "Rejected": "failed",
    "Error": "failed",
    "Canceled": "failed",
}
DISPUTES = {
    "ACT": "chargeback_open",
    "RVW": "defended",
    "PRA": "defended",
    "ARB": "defended",
    "WIN": "won",
    "REV": "won",
    "LOS": "lost",
}

SCRUB = (
    "access_key signature salt number cvv name first_name last_name account_number routing_number"
    " receipt_email line_1 line_2 phone_number"
)
