"""EBANX's words in ours.

Sources: docs.ebanx.com (card, APM and API error codes), answers recorded by
activemerchant/active_merchant (MIT).
"""

# Paid in cash or typed into a bank's app: a code, its bars, a slip to print.
SLIPS = frozenset(
    "boleto boletopix oxxo baloto pagoefectivo safetypay-cash servipag sencillito multicaja"
    " rapipago pagofacil cupon pagosnet".split()
)

# What a transaction's status says, by its text or, for other methods than cards, by its code.
DECLINES = {
    "Not accepted": "do_not_honor",
    "Insufficient funds": "insufficient_funds",
    "Incorrect customer data": "invalid_details",
    "Expired card": "expired_card",
    "Security code mismatch": "incorrect_cvc",
    "Invalid card or card type": "card_not_supported",
    "Invalid card number": "invalid_number",
    "3-D Secure required": "authentication_required",
    "Timeout": "try_again_later",
    "No response from acquirer": "acquirer_unavailable",
    "Acquirer response error": "processing_error",
    # The sandbox's own: "… transaction declined reason insufficientFunds".
    "insufficientFunds": "insufficient_funds",
    "ATTEMPTS_EXCEEDED_MPIN_OR_OTP": "authentication_failed",
    "BIN_MISMATCH": "invalid_number",
    "BROKEN_COMMUNICATION": "bank_unavailable",
    "CANCELED_BY_PAYER": "shopper_canceled",
    "CANNOT_TRANSACTION": "try_again_later",
    "COMMUNICATION_MISMATCH": "bank_unavailable",
    "CUSTOMER_NUMBER_OR_ACCOUNT_CHANGE": "bank_account_invalid",
    "INSUFFICIENT_FUNDS_OR_DAILY_LIMIT": "bank_insufficient_funds",
}

# Why a call was not accepted.
REFUSALS = {
    "BP-CH-1": "method_not_enabled",
    "BP-DR-6": "amount_too_small",
    "BP-DR-7": "amount_too_large",
    "BP-DR-35": "method_not_enabled",
    "BP-DR-36": "method_not_enabled",
    "DA-1": "credentials_refused",
}

REFUND_STATES = {"RE": "pending", "PE": "pending", "CO": "succeeded", "CA": "failed"}

SCRUB = """
    integration_key card_number card_cvv card_name card_due_date token masked_card_number name email
    document birth_date phone_number address street_number zipcode customer x-signature-content
    x-signaturecontent
"""
