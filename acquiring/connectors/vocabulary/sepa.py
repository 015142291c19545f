"""Why banks return a SEPA direct debit, in our words.

Codes: External Status Reason and Return Reason codes of ISO 20022, as the SEPA rulebooks of the
European Payments Council use them.
"""

RETURNS = {
    "AC01": "bank_account_invalid",
    "AC04": "bank_account_closed",
    "AC06": "bank_account_restricted",
    "AC13": "debit_not_authorized",
    "AG01": "transaction_not_permitted",
    "AG02": "invalid_transaction",
    "AM04": "bank_insufficient_funds",
    "AM05": "duplicate_transaction",
    "BE05": "mandate_missing",
    "CNOR": "bank_account_invalid",
    "DNOR": "bank_account_invalid",
    "FF01": "invalid_request",
    "MD01": "mandate_missing",
    "MD02": "mandate_missing",
    "MD06": "debit_returned",
    "MD07": "bank_account_closed",
    "MS02": "shopper_rejected",
    "MS03": "bank_refused",
    "RC01": "bank_account_invalid",
    "RR01": "regulation_restricted",
    "RR02": "regulation_restricted",
    "RR03": "regulation_restricted",
    "RR04": "regulation_restricted",
    "SL01": "debit_not_authorized",
}
