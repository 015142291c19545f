"""Access Worldpay's words in ours: outcomes, events of cards and local methods, refusals.

Sources: Worldpay's OpenAPI documents (payments 2024-06-01, APMs 2024-07-01, payment queries 1,
events 1) and developer.worldpay.com/products/reference/refusal-response.
"""

from __future__ import annotations

from acquiring.connectors.vocabulary.iso8583 import RESPONSES

# What a payment by card is answered with.
OUTCOMES = {
    "authorized": "authorized",
    "sentForSettlement": "captured",
    "refused": "declined",
    "fraudHighRisk": "declined",
    "3dsAuthenticationFailed": "declined",
    "3dsUnavailable": "declined",
    "sentForCancellation": "declined",  # by Worldpay itself: the security code or address differ
}
# The last event of a card's payment, as payment queries tell it. What timed out on Worldpay's way
# to the issuer or the scheme, and a reversal, which is nobody's asking here, are left unknown.
QUERIED = {
    "authorizationRequested": "pending",
    "authorizationSucceeded": "authorized",
    "authorizationRefused": "declined",
    "authorizationFailed": "declined",
    "saleRequested": "pending",
    "saleSucceeded": "captured",
    "saleRefused": "declined",
    "saleFailed": "declined",
    "settlementRequested": "captured",
    "settlementRequestSubmitted": "captured",
    "settlementRequestSubmissionFailed": "authorized",
    "cancellationRequested": "voided",
    "cancellationRequestSubmitted": "voided",
    "cancellationRequestSubmissionFailed": "authorized",
    "refundRequested": "captured",
    "refundRequestSubmitted": "captured",
    "refundRequestSubmissionFailed": "captured",
}
# The last event of a payment by a local method.
LOCAL = {
    "pending": "pending",
    "sentForAuthorization": "pending",
    "authorized": "pending",  # what the shopper agreed to is taken by itself
    "signedFormReceived": "pending",
    "sentForSettlement": "captured",
    "settled": "captured",
    "sentForRefund": "captured",
    "refunded": "captured",
    "refundFailed": "captured",
    "refundExpired": "captured",
    "refundReversed": "captured",
    "chargedBack": "captured",
    "chargebackReversed": "captured",
    "disputeFundsHeld": "captured",
    "disputeFundsReleased": "captured",
    "disputeInformationRequested": "captured",
    "disputeReserveReleased": "captured",
    "disputeExpired": "captured",
    "refused": "declined",
    "refusedByIssuer": "declined",
    "error": "declined",
    "cancelled": "declined",
    "cancelledByCustomer": "declined",
    "expired": "expired",
    "requestExpired": "expired",
}
# What events say of a refund or capture of ours, and of the way a refund by a local method goes.
OPERATIONS = {
    "sentForSettlement": "succeeded",
    "settled": "succeeded",
    "settlementFailed": "failed",
    "sentForRefund": "pending",
    "refunded": "succeeded",
    "refundFailed": "failed",
    "refundExpired": "failed",
}
DISPUTES = frozenset(
    "chargedBack chargebackReversed disputeExpired disputeFundsHeld disputeFundsReleased"
    " disputeReserveReleased disputeInformationRequested disputInformationSupplied".split()
)
# Where the words for a card's operations stand in payment queries, and the member that names it.
EVENTS = {
    "capture": ("settlementRequest", "settlementReference"),
    "refund": ("refundRequest", "refundReference"),
    "void": ("cancellationRequest", ""),
}
SUBMITTED = {"Submitted": "succeeded", "SubmissionFailed": "failed", "ed": "pending"}

# Worldpay writes the issuer's numbers without their zero.
_NUMBERS = {code.lstrip("0"): no for code, no in RESPONSES.items()}
DECLINES = {
    **_NUMBERS,
    "131": "invalid_amount",
    "132": "invalid_amount",
    "fraudHighRisk": "provider_risk_rejected",
    "3dsAuthenticationFailed": "authentication_failed",
    "3dsUnavailable": "authentication_unavailable",
    "refusedByIssuer": "bank_refused",
    "cancelled": "shopper_canceled",
    "cancelledByCustomer": "shopper_canceled",
    "error": "processing_error",
    "authorizationFailed": "processing_error",
    "saleFailed": "processing_error",
    # What Worldpay finds wrong with a call.
    "bodyDoesNotMatchSchema": "invalid_request",
    "bodyIsNotJson": "invalid_request",
    "tokenDoesNotExist": "token_invalid",
}
# Which of the cardholder's words the issuer did not find true.
MISMATCHES = {
    "cvc": "incorrect_cvc",
    "postcode": "incorrect_postal_code",
    "address": "incorrect_address",
}
SCRUB = (
    "event-signature cardnumber cardholdername cvc wallettoken jwt payload iban accountholdername"
    " accountnumber routingnumber address1 address2 postalcode firstname lastname phone email"
    " ipaddress"
)
