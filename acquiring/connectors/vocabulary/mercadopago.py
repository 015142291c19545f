"""Mercado Pago's words in ours.

Sources: mercadopago.com developers (payment creation results, reasons for rejection, errors of
payments, card tokens and refunds), mercadopago/openapi (Apache-2.0) for names of brands, documents
and methods.
"""

# The wallet is paid with on Mercado Pago's own page.
WALLET = "account_money"

# Methods that end on a bank's page and come back.
BANKS = frozenset({"pse", "khipu", "webpay"})

BRANDS = {
    "visa": "visa",
    "mastercard": "master",
    "amex": "amex",
    "diners": "diners",
    "elo": "elo",
    "hipercard": "hipercard",
    "maestro": "maestro",
}

# What a document is called, by country and by how many characters it has; "" is any other number.
DOCUMENTS: dict[str, dict[int | str, str]] = {
    "AR": {11: "CUIL", "": "DNI"},
    "BR": {14: "CNPJ", "": "CPF"},
    "CL": {"": "RUT"},
    "CO": {"": "CC"},
    "MX": {18: "CURP", "": "RFC"},
    "PE": {9: "CE", 11: "RUC", "": "DNI"},
    "UY": {"": "CI"},
}

DECLINES = {
    "bank_error": "bank_unavailable",
    "by_collector": "merchant_canceled",
    "by_payer": "shopper_canceled",
    "cc_amount_rate_limit_exceeded": "amount_limit_exceeded",
    "cc_rejected_3ds_challenge": "authentication_failed",
    "cc_rejected_3ds_mandatory": "authentication_required",
    "cc_rejected_bad_filled_card_number": "invalid_number",
    # One word for a date that is past and for one that was mistyped.
    "cc_rejected_bad_filled_date": "expired_card",
    "cc_rejected_bad_filled_other": "invalid_details",
    "cc_rejected_bad_filled_security_code": "incorrect_cvc",
    "cc_rejected_blacklist": "blocked_by_list",
    "cc_rejected_call_for_authorize": "call_issuer",
    "cc_rejected_card_disabled": "card_not_active",
    "cc_rejected_card_error": "processing_error",
    "cc_rejected_card_type_not_allowed": "card_not_supported",
    "cc_rejected_duplicated_payment": "duplicate_transaction",
    "cc_rejected_high_risk": "provider_risk_rejected",
    "cc_rejected_insufficient_amount": "insufficient_funds",
    "cc_rejected_invalid_installments": "installments_not_supported",
    "cc_rejected_max_attempts": "too_many_attempts",
    "cc_rejected_other_reason": "generic_decline",
    "cc_rejected_time_out": "try_again_later",
    "expired": "payment_expired",
    "insufficient_amount": "wallet_balance_low",
    "rejected_by_bank": "bank_refused",
    "rejected_by_regulations": "regulation_restricted",
    "rejected_high_risk": "provider_risk_rejected",
    "rejected_insufficient_data": "missing_details",
    "rejected_other_reason": "generic_decline",
}

# Why a call was not accepted, by the code of its first cause.
REFUSALS = {
    "205": "missing_details",
    "208": "missing_details",
    "209": "missing_details",
    "214": "missing_details",
    "221": "missing_details",
    "224": "cvc_required",
    "316": "incorrect_name",
    "324": "invalid_details",
    "325": "invalid_expiry",
    "326": "invalid_expiry",
    "301": "invalid_number",
    "302": "incorrect_cvc",
    "E301": "invalid_number",
    "E302": "incorrect_cvc",
    "2002": "invalid_merchant",
    "2006": "token_invalid",
    "2062": "token_invalid",
    "2067": "invalid_details",
    "3034": "invalid_number",
    "4037": "invalid_amount",
    "4050": "invalid_details",
    "10102": "method_not_enabled",
    "10103": "method_not_enabled",
}

AFTERWARDS = {
    "2024": "refund_window_closed",
    "2032": "refund_not_supported",
    "2085": "refund_amount_exceeded",
    "4041": "refund_not_supported",
}

REFUND_STATES = {
    "approved": "succeeded",
    "authorized": "pending",
    "in_process": "pending",
    "pending": "pending",
    "rejected": "failed",
    "cancelled": "failed",
}

# What shows that the sum of a hold was taken.
TAKEN = frozenset({"approved", "refunded", "in_mediation", "charged_back"})

SCRUB = """
    token card_number security_code cardholder first_name last_name email identification phone
    address street_name authorization x-public-key x-signature qr_code qr_code_base64 ip_address
"""
