"""Checkout.com's words in ours: payment states, response and error codes, dispute events.

Sources: checkout.com/docs (response codes, error codes, webhook event types) and
checkout/checkout-sdk-python (MIT) for statuses and source types.
"""

from __future__ import annotations

STATES = {
    "Pending": "pending",
    "Retry Scheduled": "pending",
    "Authorized": "authorized",
    "Card Verified": "captured",  # a payment of nothing: there is no more to it
    "Captured": "captured",
    "Partially Captured": "captured",
    "Paid": "captured",
    "Partially Refunded": "captured",
    "Refunded": "captured",
    "Declined": "declined",
    "Canceled": "voided",
    "Voided": "voided",
    "Expired": "expired",
}

_BY_DECLINE = {
    "do_not_honor": "20005 20046",
    "call_issuer": "20001 20002 20108",
    "generic_decline": "20017 20018 20021 20024 20025 20026 20027 20028 20029 20032 20042 20082"
    " 20084 20085 20086 20088 20089 20095 20097 20099 200N0 200S4",
    "invalid_merchant": "20003 20060 20066 20102 20112 20157 30035 30036 30037",
    "invalid_request": "20006 20020 20030 20113 20114 20115 20116 20117 20119 20123",
    "processing_error": "20009 20019 20022 20068 20090 20096 20098 20118",
    "invalid_transaction": "20012 20040 20104 20105 20109 20110 20111 20156 200T2",
    "invalid_amount": "20013 20023 30020",
    "invalid_number": "20014 20056",
    "no_such_issuer": "20031 20092 30015",
    "pin_tries_exceeded": "20038 20075 30038",
    "account_type_missing": "20039 20044 20052 20053",
    "insufficient_funds": "20051",
    "expired_card": "20054 30033",
    "incorrect_cvc": "20055 20087 200N7",
    "transaction_not_permitted": "20057 20058 30016 30017 30018 30019 30045",
    "suspected_fraud": "20059 30034",
    "amount_limit_exceeded": "20061 200P1 200P9 30021",
    "restricted_card": "20062 200T5",
    "security_violation": "20063 20183",
    "regulation_restricted": "20064 20093 30044",
    "count_limit_exceeded": "20065 30022",
    "pickup_card": "20067 30004 30007",
    "card_not_active": "20078",
    "invalid_account": "20083 20101 20120",
    "issuer_unavailable": "20091",
    "duplicate_transaction": "20094",
    "authentication_failed": "2006P 20151 20155",
    "pin_required": "200O5",
    "recurring_stopped": "200R3",
    "payment_stopped": "200R1",
    "card_not_supported": "200T3 20103",
    "invalid_expiry": "20100",
    "currency_not_supported": "20106",
    "incorrect_address": "20107",
    "merchant_limit_exceeded": "20121",
    "cvc_required": "20124",
    "authentication_not_supported": "20150",
    "authentication_timed_out": "20152",
    "authentication_unavailable": "20153",
    "authentication_required": "20154",
    "refund_window_closed": "20158",
    "retry_blocked": "20179 20182",
    "lost_card": "30041",
    "stolen_card": "30043",
    "closed_account": "30046",
    "provider_risk_rejected": "40101",
    "blocked_by_list": "40201 40202 40203 40204 40205",
}
# Members that were refused before anybody was asked (HTTP 422).
_BY_ERROR = {
    "invalid_number": "card_number_invalid card_number_required",
    "expired_card": "card_expired",
    "invalid_expiry": "card_expiry_month_invalid card_expiry_year_invalid"
    " card_expiry_month_required card_expiry_year_required",
    "incorrect_cvc": "cvv_invalid",
    "invalid_amount": "amount_invalid amount_must_be_an_integer",
    "currency_not_supported": "currency_not_supported currency_invalid",
    "token_expired": "token_expired",
    "token_invalid": "token_invalid token_used",
    "method_not_enabled": "payee_not_onboarded payment_method_not_supported",
    "provider_unavailable": "apm_service_unavailable",
    "capture_amount_exceeded": "capture_value_greater_than_authorized"
    " capture_value_greater_than_remaining_authorized",
    "refund_amount_exceeded": "refund_amount_exceeds_balance"
    " refund_value_greater_than_remaining_captured",
}
DECLINES = {
    code: ours
    for table in (_BY_DECLINE, _BY_ERROR)
    for ours, codes in table.items()
    for code in codes.split()
}

# What an event says of a capture, void or refund ...
OPERATIONS = {
    "payment_captured": ("capture", "succeeded"),
    "payment_capture_pending": ("capture", "pending"),
    "payment_capture_declined": ("capture", "failed"),
    "payment_voided": ("void", "succeeded"),
    "payment_void_declined": ("void", "failed"),
    "payment_refunded": ("refund", "succeeded"),
    "payment_refund_pending": ("refund", "pending"),
    "payment_refund_declined": ("refund", "failed"),
}
# ... of the payment when Checkout.com itself captured it ...
OWN = {"payment_captured": "captured", "payment_voided": "voided"}
# ... and of the payment in any case. An approval is told of held and of taken money alike.
PAYMENTS = {
    "payment_approved": "unknown",
    "payment_paid": "unknown",
    "card_verified": "unknown",
    "payment_pending": "pending",
    "payment_declined": "declined",
    "card_verification_declined": "declined",
    "payment_expired": "expired",
    "payment_canceled": "voided",
}
DISPUTES = {
    "payment_chargeback": "chargeback_open",
    "dispute_received": "chargeback_open",
    "dispute_evidence_required": "chargeback_open",
    "dispute_evidence_submitted": "defended",
    "dispute_canceled": "won",
    "dispute_resolved": "won",
    "dispute_won": "won",
    "dispute_lost": "lost",
    "dispute_expired": "lost",
    "dispute_accepted": "lost",
}
