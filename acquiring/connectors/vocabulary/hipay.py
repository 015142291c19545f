"""HiPay's words in ours.

Sources: hipay/hipay-fullservice-sdk-php (status codes), HiPay's OpenAPI documents (gateway 1.2.3,
tokenization), developer.hipay.com/payment-fundamentals/essentials/error-messages and the same table
in HiPay's own Hi-Media/reST-test (doc/AppendixF: reasons of acquirers, errors of calls). A code
that is not here is a generic decline.
"""

STATES = {
    "101": "pending",
    "103": "pending",
    "104": "pending",
    "105": "pending",
    "106": "pending",
    "107": "pending",
    "108": "pending",
    "109": "declined",
    "110": "declined",
    "111": "declined",
    "112": "pending",
    "113": "declined",
    "114": "expired",
    "115": "voided",
    "116": "authorized",
    "117": "authorized",
    "118": "captured",
    "119": "captured",
    "120": "captured",
    "121": "captured",
    "122": "captured",
    "123": "captured",
    "124": "captured",
    "125": "captured",
    "126": "captured",
    "129": "captured",
    "131": "captured",
    "132": "captured",
    "140": "pending",
    "141": "pending",
    "142": "pending",
    "150": "pending",
    "151": "pending",
    "160": "pending",
    "161": "pending",
    "163": "declined",
    "165": "captured",
    "173": "authorized",
    "175": "authorized",
    "200": "pending",
}
PARTLY = frozenset({"119", "121", "123", "132"})
CHARGED_BACK = "129"

# What a status says of one operation.
CAPTURES = {"117": "pending", "118": "succeeded", "119": "succeeded", "173": "failed"}
REFUNDS = {"124": "pending", "125": "succeeded", "126": "succeeded", "165": "failed"}
VOIDS = {"175": "pending", "115": "succeeded", "118": "failed"}

DECLINES = {
    # Statuses, where no reason is given.
    "109": "authentication_failed",
    "110": "blocked_by_rules",
    "111": "rejected_in_review",
    "113": "generic_decline",
    "163": "generic_decline",
    # Reasons.
    "4000001": "generic_decline",
    "4000002": "do_not_honor",
    "4000003": "insufficient_funds",
    "4000004": "processing_error",
    "4000005": "network_unavailable",
    "4000006": "acquirer_unavailable",
    "4000007": "duplicate_transaction",
    "4000008": "shopper_canceled",
    "4000009": "invalid_transaction",
    "4000010": "acquirer_unavailable",
    "4000011": "authentication_failed",
    "4000012": "method_not_enabled",
    "4010101": "do_not_honor",
    "4010102": "issuer_unavailable",
    "4010103": "insufficient_funds",
    "4010201": "transaction_not_permitted",
    "4010202": "invalid_number",
    "4010203": "card_not_supported",
    "4010204": "expired_card",
    "4010205": "invalid_expiry",
    "4010206": "cvc_required",
    "4010207": "incorrect_cvc",
    "4010301": "incorrect_address",
    "4010302": "pickup_card",
    "4010303": "lost_card",
    "4010304": "restricted_card",
    "4010305": "amount_limit_exceeded",
    "4010306": "suspected_fraud",
    "4010307": "country_not_permitted",
    "4010309": "invalid_account",
    # Errors of a call.
    "1000001": "credentials_refused",
    "1000003": "merchant_suspended",
    "1000004": "merchant_suspended",
    "1000008": "provider_unavailable",
    "1010101": "missing_details",
    "1020001": "method_not_enabled",
    "1020003": "method_not_enabled",
    "3000201": "suspected_fraud",
    "3010001": "currency_not_supported",
    "3010002": "amount_too_large",
    "3010003": "too_many_attempts",
    "3010004": "duplicate_transaction",
    "3010005": "payment_expired",
    "3010007": "payment_expired",
    "3030001": "provider_risk_rejected",
    "3040001": "token_invalid",
}
# Errors of captures and refunds; any other is a plain refusal.
OPERATIONS = {
    "3020001": "authorization_expired",
    "3020109": "capture_amount_exceeded",
    "3020110": "capture_amount_exceeded",
    "3020202": "refund_not_supported",
    "3020209": "refund_amount_exceeded",
    "3020210": "refund_amount_exceeded",
    "3020212": "refund_window_closed",
}
# What an inquiry says of an order or a transaction that never arrived.
UNKNOWN = frozenset({"3000001", "3000002"})

# The payment product of a card by the brand its token is told to have.
PRODUCTS = {
    "VISA": "visa",
    "MASTERCARD": "mastercard",
    "MAESTRO": "maestro",
    "CB": "cb",
    "AMERICAN EXPRESS": "american-express",
    "DINERS": "diners",
    "JCB": "jcb",
    "DISCOVER": "discover",
}

SCRUB = (
    "cardtoken token card_holder cardholder firstname lastname streetaddress streetaddress2 city"
    " zipcode shipto_firstname shipto_lastname shipto_streetaddress email phone ipaddr ipaddress"
    " pan"
)
