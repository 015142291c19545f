"""GoCardless' words in ours: statuses, causes of failures, events.

Sources: gocardless/gocardless-pro-python fixtures (MIT); developer.gocardless.com (responding to
mandate and billing request events; API reference: payments, refunds, errors).
"""

STATES = {
    "pending_customer_approval": "pending",
    "pending_submission": "pending",
    "submitted": "pending",
    "confirmed": "captured",
    "paid_out": "captured",
    "charged_back": "captured",  # the money was taken; the dispute is told on its own
    "cancelled": "voided",
    "customer_approval_denied": "declined",
    "failed": "declined",
}
# A billing request that is not done yet.
OPEN = frozenset({"pending", "ready_to_fulfil", "fulfilling"})
REFUNDS = {
    "created": "pending",
    "pending_submission": "pending",
    "submitted": "pending",
    "paid": "succeeded",
    "cancelled": "failed",
    "bounced": "failed",
    "funds_returned": "failed",
}
PAYMENT_EVENTS = {
    "submitted": "pending",
    "resubmission_requested": "pending",
    "confirmed": "captured",
    "cancelled": "voided",
    "customer_approval_denied": "declined",
    "failed": "declined",
}
REFUND_EVENTS = {
    "paid": "succeeded",
    "failed": "failed",
    "bounced": "failed",
    "funds_returned": "failed",
}
DISPUTES = {
    "charged_back": "chargeback_open",
    "chargeback_cancelled": "won",
    "chargeback_settled": "lost",
}
DECLINES = {
    "customer_approval_denied": "shopper_rejected",
    # Causes of a payment's failure.
    "insufficient_funds": "bank_insufficient_funds",
    "refer_to_payer": "bank_refused",
    "bank_account_closed": "bank_account_closed",
    "bank_account_disabled": "bank_account_closed",
    "bank_account_transferred": "bank_account_invalid",
    "invalid_bank_details": "bank_account_invalid",
    "direct_debit_not_enabled": "bank_account_restricted",
    "authorisation_disputed": "debit_not_authorized",
    "mandate_cancelled": "mandate_revoked",
    "mandate_expired": "mandate_revoked",
    "payer_deceased": "bank_account_restricted",
    "payment_stopped": "payment_stopped",
    "other": "generic_decline",
    # Reasons for which a call is refused.
    "mandate_is_inactive": "mandate_revoked",
    "amount": "invalid_amount",
    "currency": "currency_not_supported",
    "mandate": "mandate_missing",
}
# Reasons for which a void or refund is refused.
AFTERWARDS = {
    "cancellation_failed": "void_refused",
    "refund_payment_invalid_state": "refund_refused",
    "amount": "refund_amount_exceeded",
}
# What an id begins with, and where it is found.
KINDS = {"BR": "billing_requests", "PM": "payments", "RF": "refunds"}
# Languages of the hosted pages.
LANGUAGES = frozenset("en fr de pt es it nl da nb sl sv".split())
SCRUB = (
    "given_name family_name company_name email phone_number address_line1 address_line2"
    " address_line3 city postal_code danish_identity_number swedish_identity_number"
    " account_holder_name session_token"
)
