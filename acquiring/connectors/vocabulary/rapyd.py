"""Rapyd's words in ours: codes of card networks, its own errors, refunds and disputes.

Sources: docs.rapyd.net/en/card-network-errors (the codes are those of ISO 8583, field 39, and of
the schemes), /card-transaction-errors, /create-payment-error-examples, /dispute-updated-webhook.
"""

from acquiring.connectors.vocabulary.iso8583 import RESPONSES

# What a card network answered: `ERROR_PROCESSING_CARD - [51]` is "51". Those that Rapyd means
# otherwise than the networks are its own.
NETWORK = RESPONSES | {
    "30": "processing_error",
    "56": "invalid_number",
    "79": "try_again_later",
    "82": "incorrect_cvc",
    "83": "suspected_fraud",
    "92": "issuer_unavailable",
    "6P": "incorrect_name",
    "R0": "payment_stopped",
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
