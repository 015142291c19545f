"""Airwallex's words in ours, and what each type of payment method is told.

Sources: @airwallex/node-sdk 2.0.0-beta.4 (MIT; PaymentMethodRequest and its members);
airwallex.com/docs: payments error-response-codes, issuer-response-codes, payment statuses.
"""

# Members of each type; what they are filled with is said in `drivers/airwallex.py`.
_TYPES_BY_MEMBERS = {
    "aba_routing_number account_number business_account owner_email owner_name": (
        "ach_direct_debit"
    ),
    "account_number address business_account owner_email owner_name sort_code": (
        "bacs_direct_debit"
    ),
    "account_number bsb_number business_account owner_email owner_name": "becs_direct_debit",
    "account_number business_account institution_number owner_email owner_name transit_number": (
        "eft_direct_debit"
    ),
    "business_account country_code iban owner_email owner_name": "sepa_direct_debit",
    "bank_name country_code shopper_email shopper_name shopper_phone": "online_banking",
    "bank_name country_code shopper_name": "paysera",
    "bank_name shopper_email shopper_name": "verkkopankki",
    "bank_name shopper_email shopper_name shopper_phone": "fpx",
    "bank_name shopper_name": "ideal",
    "billing country_code language": "klarna",
    "billing shopper_email": "afterpay",
    "country_code shopper_email shopper_name": "paysafecard paysafecash skrill trustly",
    "country_code shopper_name": "bitpay paypal satispay",
    "flow os_type": "alipaycn alipayhk dana gcash kakaopay rabbit_line_pay tng truemoney",
    "flow": "fps wechatpay",
    "shopper_email shopper_name": (
        "alfamart doku_ewallet indomaret jenius_pay linkaja ovo p24"
    ),
    "shopper_email shopper_name shopper_phone": (
        "axs_kiosk boost dragonpay esun family_mart hi_life konbini payeasy sam_kiosk"
        " seven_eleven shopee_pay"
    ),
    "shopper_phone": "atome",
}  # fmt: skip
MEMBERS = {
    code: tuple(members.split())
    for members, codes in _TYPES_BY_MEMBERS.items()
    for code in codes.split()
}
COMMON = ("shopper_name",)

# Codes of an error, or of a failed attempt.
ERRORS = {
    "3ds_not_supported": "authentication_failed",
    "amount_above_limit": "amount_limit_exceeded",
    "amount_below_limit": "invalid_amount",
    "authentication_declined": "authentication_failed",
    "card_brand_not_supported": "card_not_supported",
    "configuration_error": "invalid_merchant",
    "currency_not_supported": "currency_not_supported",
    "invalid_argument": "invalid_request",
    "invalid_status_for_operation": "invalid_request",
    "issuer_declined": "generic_decline",
    "no_3ds_liability_shift": "authentication_failed",
    "payment_cancelled": "shopper_canceled",
    "payment_expired": "payment_expired",
    "payment_method_not_allowed": "method_not_enabled",
    "provider_declined": "generic_decline",
    "provider_unavailable": "acquirer_unavailable",
    "resource_not_found": "invalid_request",
    "risk_declined": "provider_risk_rejected",
    "service_unavailable": "provider_unavailable",
    "too_many_requests": "rate_limited",
    "validation_error": "invalid_request",
}
# Somebody was asked and said no; every other error was said before that.
DECLINED = frozenset(
    "authentication_declined issuer_declined no_3ds_liability_shift payment_cancelled"
    " payment_expired provider_declined risk_declined".split()
)

_ISSUERS_BY_DECLINE = {
    "call_issuer": "01 02 60 70",
    "invalid_merchant": "03 58",
    "pickup_card": "04 07 67",
    "do_not_honor": "05",
    "processing_error": "06 19 21 30 68 80 88 96",
    "invalid_transaction": "12 40 77",
    "invalid_amount": "13",
    "invalid_number": "14",
    "no_such_issuer": "15 92",
    "lost_card": "41",
    "stolen_card": "43",
    "invalid_account": "46 52 53 76 83",
    "insufficient_funds": "51 N4",
    "expired_card": "33 54",
    "incorrect_pin": "55 86",
    "transaction_not_permitted": "57 R2",
    "suspected_fraud": "34 59",
    "amount_limit_exceeded": "61",
    "restricted_card": "36 62",
    "security_violation": "63",
    "count_limit_exceeded": "65",
    "authentication_required": "1A",
    "pin_tries_exceeded": "75",
    "card_not_active": "78",
    "retry_blocked": "79",
    "incorrect_cvc": "82 N7",
    "issuer_unavailable": "91",
    "regulation_restricted": "93",
    "duplicate_transaction": "94",
    "payment_stopped": "R0",
    "recurring_stopped": "R1 R3",
}
ISSUERS = {code: ours for ours, codes in _ISSUERS_BY_DECLINE.items() for code in codes.split()}

REFUNDS = {
    "RECEIVED": "pending",
    "ACCEPTED": "pending",
    "SETTLED": "succeeded",
    "FAILED": "failed",
}
DISPUTES = {
    "REQUIRES_RESPONSE": "chargeback_open",
    "CHALLENGED": "defended",
    "ACCEPTED": "lost",
    "LOST": "lost",
    "EXPIRED": "expired",
    "WON": "won",
    "REVERSED": "won",
}

SCRUB = """
    number cvc name first_name last_name email phone_number street postcode shopper_name
    shopper_email shopper_phone owner_name owner_email iban account_number account_name sort_code
    encrypted_payment_token ip_address x-api-key token client_secret
"""
