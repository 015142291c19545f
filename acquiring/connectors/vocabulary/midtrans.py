"""Midtrans' codes in our words.

Sources: docs.midtrans.com, reference/code-statuses, docs/transaction-status-cycle and
docs/bank-response-codes.
"""

# `status_code` of an answer, and `channel_response_code` of a card that its bank denied.
ERRORS = {
    "400": "invalid_request",
    "401": "credentials_refused",
    "402": "method_not_enabled",
    "403": "invalid_request",
    "404": "invalid_request",
    "405": "invalid_request",
    "406": "duplicate_transaction",
    "407": "payment_expired",
    "408": "invalid_request",
    "409": "count_limit_exceeded",
    "410": "merchant_suspended",
    "411": "token_invalid",
    "412": "invalid_transaction",
    "413": "invalid_request",
    "429": "rate_limited",
}
_BANKS_BY_DECLINE = {
    "call_issuer": "01 02",
    "invalid_merchant": "03",
    "pickup_card": "04 07",
    "do_not_honor": "05",
    "processing_error": "06 19 30 96",
    "invalid_transaction": "12",
    "invalid_amount": "13",
    "invalid_number": "14",
    "no_such_issuer": "15",
    "expired_card": "33 54",
    "restricted_card": "36 62",
    "lost_card": "41",
    "stolen_card": "43",
    "insufficient_funds": "51",
    "incorrect_pin": "55",
    "transaction_not_permitted": "57 58",
    "suspected_fraud": "34 59",
    "amount_limit_exceeded": "61",
    "security_violation": "63",
    "count_limit_exceeded": "65",
    "pin_tries_exceeded": "75",
    "incorrect_cvc": "82 N7",
    "issuer_unavailable": "91",
    "duplicate_transaction": "94",
}
BANKS = {code: ours for ours, codes in _BANKS_BY_DECLINE.items() for code in codes.split()}

DUPLICATE = "406"  # this order id was used before

# Types whose refunds go to the other provider at once.
DIRECT = frozenset({"gopay", "qris", "shopeepay", "akulaku", "kredivo"})

SCRUB = """
    card_number card_cvv card_exp_month card_exp_year token_id saved_token_id signature_key
    first_name last_name email phone address client_key
"""
