"""Flutterwave's words in ours: what processors answer, and which names never reach a log.

Sources: developer.flutterwave.com/docs/testing (issuer responses), /docs/integration-guides/errors;
ISO 8583 for what the responses mean.
"""

# `processor_response` of a failed transaction, in lower case and joined by underscores.
DECLINES = {
    "already_reversed": "invalid_transaction",
    "blocked_first_use": "card_not_active",
    "cannot_complete_violation_of_law": "regulation_restricted",
    "cannot_verify_pin": "incorrect_pin",
    "declined": "generic_decline",
    "do_not_honor": "do_not_honor",
    "do_not_honour": "do_not_honor",
    "error": "processing_error",
    "exceeds_approval_amount_limit": "amount_limit_exceeded",
    "exceeds_withdrawal_limit": "count_limit_exceeded",
    "expired_card": "expired_card",
    "file_temporarily_not_available": "try_again_later",
    "incorrect_pin": "incorrect_pin",
    "insufficient_funds": "insufficient_funds",
    "invalid_account_number": "invalid_account",
    "invalid_amount": "invalid_amount",
    "invalid_cvv": "incorrect_cvc",
    "invalid_merchant": "invalid_merchant",
    "invalid_restricted_service_code": "restricted_card",
    "invalid_transaction": "invalid_transaction",
    "issuer_unavailable": "issuer_unavailable",
    "lost_card_pick_up": "lost_card",
    "negative_cvv_result": "incorrect_cvc",
    "no_action_taken": "try_again_later",
    "no_checking_account": "account_type_missing",
    "no_reason_to_decline": "generic_decline",
    "no_savings_account": "account_type_missing",
    "no_such_issuer": "no_such_issuer",
    "partial_approval": "partial_amount_refused",
    "pick_up_card_fraud": "pickup_card",
    "pick_up_card_no_fraud": "pickup_card",
    "pin_data_required": "pin_required",
    "pin_entry_tries_exceeded": "pin_tries_exceeded",
    "reenter_transaction": "try_again_later",
    "refer_to_issuer": "call_issuer",
    "refer_to_issuer_special_condition": "call_issuer",
    "security_violation": "security_violation",
    "stolen_card_pick_up": "stolen_card",
    "suspected_fraud": "suspected_fraud",
    "system_error": "processing_error",
    "transaction_does_not_fulfill_aml_req": "regulation_restricted",
    "transaction_not_permitted_card": "transaction_not_permitted",
    "transaction_not_permitted_terminal": "transaction_not_permitted",
    "unable_to_locate_record_in_file": "invalid_account",
}

# The message of a call that was refused, where it says more than that the request was wrong.
ERRORS = {"wrong token or email passed": "token_invalid"}

# What is chosen on Flutterwave's own page: values of `payment_options`.
HOSTED = frozenset({"card", "1voucher", "qr", "barter", "paga", "payattitude"})

# Charges that want an id of the order beside the reference.
ORDERED = frozenset({"mobile_money_rwanda", "mobile_money_zambia"})

SCRUB = "verif-hash email phone_number phonenumber fullname first_name last_name token client_ip"
