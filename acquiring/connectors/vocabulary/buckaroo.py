"""Buckaroo's words in ours.

Sources: buckaroo-it/BuckarooSDK_PHP and buckaroo-sdk for Python (MIT): status codes, service names,
parameters of services.
"""

# A card's service is its brand, which the shopper names on Buckaroo's page.
CARDS = "creditcard"

STATES = {
    "190": "captured",
    "490": "declined",
    "491": "declined",
    "492": "declined",
    "690": "declined",
    "790": "pending",
    "791": "pending",
    "792": "pending",
    "793": "pending",
    "794": "pending",
    "890": "declined",
    "891": "voided",
}

OPERATION_STATES = {
    "190": "succeeded",
    "490": "failed",
    "491": "failed",
    "492": "failed",
    "690": "failed",
    "790": "pending",
    "791": "pending",
    "792": "pending",
    "793": "pending",
    "794": "pending",
    "890": "failed",
    "891": "failed",
}

DECLINES = {
    "490": "generic_decline",
    "491": "invalid_request",
    "492": "processing_error",
    "690": "provider_refused",
    "890": "shopper_canceled",
}

# What a service is told about the shopper, where its page would ask for it otherwise.
PARAMETERS = {
    "Przelewy24": {
        "CustomerEmail": "email",
        "CustomerFirstName": "first_name",
        "CustomerLastName": "last_name",
    },
    "Trustly": {
        "ConsumerEmail": "email",
        "CustomerFirstName": "first_name",
        "CustomerLastName": "last_name",
        "CustomerCountryCode": "country",
    },
    "Blik": {"Email": "email"},
    "transfer": {
        "CustomerEmail": "email",
        "CustomerFirstName": "first_name",
        "CustomerLastName": "last_name",
        "CustomerCountry": "country",
    },
    "SepaDirectDebit": {
        "CustomerAccountName": "holder",
        "CustomerIBAN": "iban",
        "MandateReference": "mandate",
    },
}

# The account a shopper transfers to, as the answer of `transfer` names it.
TRANSFER = {"iban": "IBAN", "bic": "BIC", "account_holder": "AccountHolderName"}

FACTS = {"transactionId": "transaction_id", "CardNumberEnding": "last4"}

SCRUB = "customername payerhash address value"
