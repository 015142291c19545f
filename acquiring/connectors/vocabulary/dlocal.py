"""dLocal's status and error codes in our words.

Sources: docs.dlocal.com/reference, payment-status-codes and refund-status-codes; the error codes of
the copy of the documents of 2019 (fmazzoli-dlocal/documentation).
"""

# `status_code` of a payment that was rejected, and `code` of an error.
DECLINES = {
    "300": "generic_decline",
    "301": "do_not_honor",
    "302": "insufficient_funds",
    "303": "blocked_card",
    "304": "provider_risk_rejected",
    "305": "count_limit_exceeded",
    "306": "call_issuer",
    "307": "duplicate_transaction",
    "308": "card_not_active",
    "309": "expired_card",
    "310": "lost_card",
    "311": "pickup_card",
    "312": "restricted_card",
    "313": "stolen_card",
    "314": "invalid_number",
    "315": "incorrect_cvc",
    "316": "card_not_supported",
    "317": "suspected_fraud",
    "318": "invalid_transaction",
    "319": "amount_limit_exceeded",
    "320": "authentication_required",
    "321": "acquirer_unavailable",
    "322": "wallet_refused",
    "323": "invalid_account",
    "324": "incorrect_pin",
    "325": "count_limit_exceeded",
    "326": "invalid_account",
    "3001": "credentials_refused",
    "3002": "credentials_refused",
    "3003": "method_not_enabled",
    "5000": "invalid_request",
    "5001": "invalid_request",
    "5002": "invalid_transaction",
    "5003": "method_not_enabled",
    "5004": "currency_not_supported",
    "5005": "invalid_account",
    "5006": "count_limit_exceeded",
    "5007": "amount_limit_exceeded",
    "5008": "token_invalid",
    "5009": "duplicate_transaction",
    "5010": "processing_error",
    "5013": "method_not_enabled",
    "5014": "blocked_card",
    "5016": "invalid_amount",
    "5017": "invalid_request",
    "6000": "rate_limited",
    "7000": "processing_error",
}
DUPLICATE = "5009"  # this order id was used before

REFUNDS = {
    "SUCCESS": "succeeded",
    "PENDING": "pending",
    "REJECTED": "failed",
    "CANCELLED": "failed",
}

SCRUB = """
    number cvv holder_name document email phone name birth_date street zip_code ip x-trans-key
    x-login card_id token
"""
