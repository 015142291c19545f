"""Conekta's words in ours: the last part of an error's code, or the failure code of a charge.

Sources: conekta/openapi (MIT), codes that Conekta's own hosted checkout tells shoppers about.
"""

DECLINES = {
    "amount_over_limit": "amount_limit_exceeded",
    "attempts_over_limit": "too_many_attempts",
    "blocked_payment_source": "blocked_by_list",
    "call_issuer": "call_issuer",
    "card_declined": "generic_decline",
    "card_not_supported": "card_not_supported",
    "communication_error": "issuer_unavailable",
    "credit_forbidden_mcc": "merchant_category_blocked",
    "cvc": "incorrect_cvc",
    "declined": "generic_decline",
    "declined_by_3ds": "authentication_failed",
    "disabled": "method_not_enabled",
    "disabled_msi_company": "installments_not_supported",
    "expired": "expired_card",
    "expired_card": "expired_card",
    "expired_cvv_dynamic": "expired_code",
    "forbidden_card_for_company": "card_not_supported",
    "forbidden_mcc_rappi": "merchant_category_blocked",
    "forbidden_mcc_sivale": "merchant_category_blocked",
    "format_error": "processing_error",
    "general_error": "processing_error",
    "incorrect_livemode_of_token": "token_invalid",
    "insufficient_funds": "insufficient_funds",
    "international_card_not_allowed": "country_not_permitted",
    "invalid_card": "invalid_number",
    "invalid_card_security_code": "incorrect_cvc",
    "invalid_expiration_date": "invalid_expiry",
    "invalid_merchant": "invalid_merchant",
    "invalid_number": "invalid_number",
    "maximum": "amount_too_large",
    "mcc_forbidden": "merchant_category_blocked",
    "missing_key": "credentials_refused",
    "monthly_installments_not_supported_for_debit": "installments_not_supported",
    "monthly_installments_not_supported_for_international_cards": "installments_not_supported",
    "nonexistent_token": "token_invalid",
    "number": "invalid_number",
    "pick_up_card": "pickup_card",
    "rejected_by_risk": "provider_risk_rejected",
    "restricted_bank_18_msi_only": "installments_not_supported",
    "risk_validation_amount_reaching": "provider_risk_rejected",
    "stolen_card": "stolen_card",
    "suspected_fraud": "suspected_fraud",
    "suspicious_behaviour": "suspected_fraud",
    "timeout": "issuer_unavailable",
    "used": "token_invalid",
}

# Lenders and banks that are told apart by their product; the rest are kinds of their own.
BANKS = frozenset({"bbva_pay_by_bank"})
# Paid on Conekta's own page.
HOSTED = frozenset({"apple", "google"})

REFUND_STATES = {
    "pending": "pending",
    "paid": "succeeded",
    "refunded": "succeeded",
    "declined": "failed",
    "failed": "failed",
    "canceled": "failed",
    "expired": "failed",
}

DISPUTES = {
    "action_required": "chargeback_open",
    "pending_review": "chargeback_open",
    "rt": "inquiry_open",
    "rt_sent": "defended",
    "represented": "defended",
    "under_review": "defended",
    "won": "won",
    "covered": "won",
    "lost": "lost",
}

EVENTS = """
    order.canceled order.expired order.paid order.pending_payment charge.canceled charge.declined
    charge.fraudulent charge.paid charge.pending_confirmation charge.preauthorized charge.refunded
    charge.reversed charge.under_fraud_review
"""

SCRUB = """
    number cvc name email phone authorization digest customer_info issuing_account_number
    issuing_account_holder_name issuing_account_tax_id customer_ip_address street1
"""
