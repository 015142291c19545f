"""Klarna's words in ours: statuses of pages and orders, error codes, languages.

Sources: the OpenAPI documents of Klarna Payments, the Hosted Payment Page and Order Management;
docs.klarna.com (tracking session status; purchase countries, currencies and locales).
"""

from __future__ import annotations

STATES = {
    # The hosted page. A completed one has an order, whose state counts.
    "page.WAITING": "action",
    "page.IN_PROGRESS": "action",
    "page.BACK": "action",
    "page.MANUAL_ID_CHECK": "action",
    "page.COMPLETED": "pending",
    "page.CANCELLED": "declined",
    "page.FAILED": "declined",
    "page.ERROR": "declined",
    "page.DISABLED": "voided",
    # The order.
    "order.AUTHORIZED": "authorized",
    "order.PART_CAPTURED": "captured",
    "order.CAPTURED": "captured",
    "order.CLOSED": "captured",
    "order.CANCELLED": "voided",
    "order.EXPIRED": "expired",
}
DECLINES = {
    # A page that came to nothing.
    "CANCELLED": "shopper_canceled",
    "FAILED": "credit_refused",
    "ERROR": "processing_error",
    # An order that Klarna's review stopped.
    "REJECTED": "suspected_fraud",
    # Errors.
    "BAD_VALUE": "invalid_request",
    "BAD_REQUEST": "invalid_request",
    "NOT_AUTHORIZED": "credentials_refused",
    "CAPTURE_NOT_ALLOWED": "capture_refused",
    "CANCEL_NOT_ALLOWED": "void_refused",
    "REFUND_NOT_ALLOWED": "refund_refused",
    "NOT_ALLOWED": "transaction_not_permitted",
    "NO_SUCH_ORDER": "invalid_transaction",
    "INVALID_ADDRESS": "incorrect_address",
}

# The languages a country's shoppers can be spoken to in, besides English.
LANGUAGES = {
    "AT": "de",
    "BE": "nl fr",
    "CA": "fr",
    "CH": "de fr it",
    "CZ": "cs",
    "DE": "de",
    "DK": "da",
    "ES": "es",
    "FI": "fi sv",
    "FR": "fr",
    "GR": "el",
    "IT": "it",
    "NL": "nl",
    "NO": "nb",
    "PL": "pl",
    "PT": "pt",
    "RO": "ro",
    "SE": "sv",
    "US": "es",
}
