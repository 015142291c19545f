"""Mollie's words in ours.

Sources: docs.mollie.com (failure reasons of cards, status reasons, locales, order lines); reason
codes of SEPA returns in `sepa.py`.
"""

from acquiring.connectors.vocabulary import sepa

ALL = {"limit": "250"}  # the longest page of a list

OPERATION_STATES = {
    "queued": "pending",
    "pending": "pending",
    "processing": "pending",
    "refunded": "succeeded",
    "succeeded": "succeeded",
    "failed": "failed",
    "canceled": "failed",
}

DECLINES = {
    **sepa.RETURNS,
    # The status itself, where no reason is given.
    "canceled": "shopper_canceled",
    "failed": "generic_decline",
    # Reasons of failed card payments.
    "authentication_abandoned": "authentication_canceled",
    "authentication_failed": "authentication_failed",
    "authentication_required": "authentication_required",
    "authentication_unavailable_acs": "authentication_unavailable",
    "card_declined": "do_not_honor",
    "card_expired": "expired_card",
    "inactive_card": "card_not_active",
    "insufficient_funds": "insufficient_funds",
    "invalid_cvv": "incorrect_cvc",
    "invalid_card_holder_name": "incorrect_name",
    "invalid_card_number": "invalid_number",
    "invalid_card_type": "card_not_supported",
    "possible_fraud": "suspected_fraud",
    "refused_by_issuer": "do_not_honor",
    "unknown_reason": "generic_decline",
    # Members a refusal complains about.
    "amount": "invalid_amount",
    "amount.value": "invalid_amount",
    "amount.currency": "currency_not_supported",
    "method": "method_not_enabled",
    "issuer": "method_unavailable",
    "billingAddress": "missing_details",
    "consumerName": "missing_details",
    "consumerAccount": "bank_account_invalid",
    "customerId": "mandate_missing",
    "mandateId": "mandate_missing",
    "webhookUrl": "invalid_request",
}

WANTS_LINES = frozenset({"billie", "billink", "in3", "klarna", "riverty", "voucher"})

FACTS = {
    "eci": "card3dsEci",
    "card_country": "cardCountryCode",
    "card_funding": "cardFunding",
    "card_brand": "cardLabel",
}

LOCALES = frozenset(
    "ca_ES cs_CZ da_DK de_AT de_CH de_DE de_LU en_BE en_GB en_NL en_US es_ES fi_FI fr_BE fr_FR"
    " fr_LU hu_HU is_IS it_IT lt_LT lv_LV nb_NO nl_BE nl_NL pl_PL pt_PT sk_SK sv_SE".split()
)
LANGUAGES = {
    "ca": "ca_ES",
    "cs": "cs_CZ",
    "da": "da_DK",
    "de": "de_DE",
    "en": "en_US",
    "es": "es_ES",
    "fi": "fi_FI",
    "fr": "fr_FR",
    "hu": "hu_HU",
    "is": "is_IS",
    "it": "it_IT",
    "lt": "lt_LT",
    "lv": "lv_LV",
    "nb": "nb_NO",
    "nl": "nl_NL",
    "no": "nb_NO",
    "pl": "pl_PL",
    "pt": "pt_PT",
    "sk": "sk_SK",
    "sv": "sv_SE",
}

SCRUB = (
    "consumername consumeraccount consumerbic cardholder givenname familyname streetandnumber"
    " streetadditional postalcode email phone cardnumber cardmaskednumber cardfingerprint name"
)
