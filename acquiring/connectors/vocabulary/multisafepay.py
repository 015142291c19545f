"""MultiSafepay's words in ours.

Sources: docs.multisafepay.com (order and transaction statuses, error reference) and its OpenAPI
document; response codes of issuers in `iso8583.py`.
"""

from acquiring.connectors.vocabulary import iso8583

# The gateway ships goods first: what the shopper agreed to is taken when the order is shipped.
SHIPPED_FIRST = frozenset({"AFTERPAY", "BILLINK", "BNPL_MF", "EINVOICE", "KLARNA"})
WANTS_CART = SHIPPED_FIRST | {"IN3", "IN3B2B", "SANTANDER", "ZINIA"}

OPERATION_STATES = {
    "initialized": "pending",
    "reserved": "pending",
    "uncleared": "pending",
    "completed": "succeeded",
    "cancelled": "failed",
    "declined": "failed",
    "expired": "failed",
    "void": "failed",
}

DECLINES = {
    **iso8583.RESPONSES,
    # The status itself, where no reason is given.
    "declined": "generic_decline",
    "cancelled": "shopper_canceled",
    # Reasons of an order.
    "3001": "authentication_failed",
    # Errors of a call.
    "1000": "invalid_request",
    "1001": "invalid_amount",
    "1002": "currency_not_supported",
    "1006": "invalid_request",
    "1019": "merchant_suspended",
    "1023": "method_not_enabled",
    "1027": "invalid_amount",
    "1032": "credentials_refused",
}

FACTS = {
    "authorization_code": "authorization_code",
    "card_funding": "card_funding",
    "card_country": "issuer_country_code",
    "last4": "last4",
    "scheme_reference": "scheme_reference_id",
}

LOCALES = frozenset(
    "cs_CZ de_AT de_DE en_US fi_FI fr_BE fr_FR it_IT nl_BE nl_NL pl_PL es_ES sv_SE zh_CN".split()
)
LANGUAGES = {one[:2]: one for one in sorted(LOCALES, reverse=True)} | {"de": "de_DE"}

SCRUB = (
    "card_number card_holder_name card_expiry_date card_cvc account_id account_holder_name"
    " account_holder_iban account_iban first_name last_name address1 address2 house_number zip_code"
    " phone phone1 phone2 email ip_address forwarded_ip birthday bank_account"
)
