"""Braintree's words in ours: statuses, processor and gateway codes, disputes; and its queries.

Sources: braintree/graphql-api (the schema: PaymentStatus, GatewayRejectionReason, DisputeStatus);
developer.paypal.com/braintree (processor responses, webhook kinds).
"""

from __future__ import annotations

STATES = {
    "AUTHORIZING": "pending",
    "AUTHORIZED": "authorized",
    "AUTHORIZATION_EXPIRED": "expired",
    "SUBMITTED_FOR_SETTLEMENT": "captured",
    "SETTLING": "captured",
    "SETTLEMENT_PENDING": "captured",
    "SETTLEMENT_CONFIRMED": "captured",
    "SETTLED": "captured",
    "PROCESSOR_DECLINED": "declined",
    "GATEWAY_REJECTED": "declined",
    "FAILED": "declined",
    "SETTLEMENT_DECLINED": "declined",
    "VOIDED": "voided",
}
LOST = frozenset(word for word, state in STATES.items() if state == "declined")
GIVEN_BACK = {
    "SUBMITTED_FOR_SETTLEMENT": "succeeded",
    "SETTLING": "succeeded",
    "SETTLEMENT_PENDING": "succeeded",
    "SETTLEMENT_CONFIRMED": "succeeded",
    "SETTLED": "succeeded",
    "AUTHORIZING": "pending",
    "AUTHORIZED": "pending",
    **dict.fromkeys(LOST | {"VOIDED", "AUTHORIZATION_EXPIRED"}, "failed"),
}

_BY_DECLINE = {
    "do_not_honor": "2000",
    "generic_decline": "2038 2046 2074 2104",
    "insufficient_funds": "2001",
    "amount_limit_exceeded": "2002 2056 2086 2097",
    "count_limit_exceeded": "2003 2098",
    "expired_card": "2004",
    "invalid_number": "2005 2008 2051 81715 81716",
    "invalid_expiry": "2006",
    "invalid_account": "2007 2092",
    "no_such_issuer": "2009",
    "incorrect_cvc": "2010 2060 CVV AVS_AND_CVV",
    "call_issuer": "2011 2041 2043 2044",
    "lost_card": "2012 2053",
    "stolen_card": "2013",
    "suspected_fraud": "2014 FRAUD",
    "transaction_not_permitted": "2015 2023 2031 2032 2050 2081 2087 2096 2100 2101",
    "duplicate_transaction": "2016 2069 2094 DUPLICATE",
    "payment_stopped": "2017",
    "recurring_stopped": "2018",
    "invalid_transaction": "2019 2033 2036 2037 2039 2049 2052 2054 2061 2062 2073",
    "security_violation": "2020 2021",
    "card_replaced": "2022",
    "card_not_supported": "2024 2029",
    "invalid_merchant": "2025 2026 2027 2028 2030 2040 2042 2045 2055 2071 2072 2079 2089"
    " APPLICATION_INCOMPLETE",
    "try_again_later": "2034 2105 2106",
    "partial_amount_refused": "2035",
    "pickup_card": "2047",
    "invalid_amount": "2048 81503 81528",
    "restricted_card": "2057",
    "authentication_unavailable": "2058",
    "incorrect_address": "2059 AVS",
    "method_unavailable": "2063 2093",
    "currency_not_supported": "2064 2088 2091",
    "refund_window_closed": "2065",
    "merchant_suspended": "2066 2068",
    "authorization_expired": "2067",
    "mandate_revoked": "2070",
    "wallet_account_restricted": "2075",
    "wallet_refused": "2076",
    "provider_risk_rejected": "2077 RISK_THRESHOLD TOKEN_ISSUANCE",
    "incorrect_pin": "2078 2102",
    "credentials_refused": "2080",
    "country_not_permitted": "2082",
    "missing_details": "2083 2084",
    "blocked_by_rules": "2085 MANUAL_TRANSACTIONS_DISABLED PAYMENT_METHOD_BLOCKED",
    "refund_amount_exceeded": "2090 91521 91522",
    "refund_refused": "2095 91506 91512",
    "authentication_required": "2099 THREE_D_SECURE UNION_PAY_ENROLLMENT_REQUIRED",
    "pin_tries_exceeded": "2103",
    "card_not_active": "2107",
    "closed_account": "2108",
    "network_unavailable": "3000",
    "too_many_attempts": "EXCESSIVE_RETRY TOO_MANY_CONFIRMATION_ATTEMPTS",
    "capture_refused": "91507",
    "capture_amount_exceeded": "91518",
    "void_refused": "91504",
}
DECLINES = {code: ours for ours, codes in _BY_DECLINE.items() for code in codes.split()}

PAYMENTS = frozenset(
    "transaction_settled transaction_settlement_declined local_payment_completed"
    " local_payment_funded local_payment_expired local_payment_reversed".split()
)
DISPUTES = {
    "dispute_opened": "chargeback_open",
    "dispute_under_review": "defended",
    "dispute_won": "won",
    "dispute_lost": "lost",
    "dispute_accepted": "lost",
    "dispute_auto_accepted": "lost",
    "dispute_expired": "lost",
}

_SAID = "processorResponse { legacyCode message cvvResponse avsPostalCodeResponse }"
_TRANSACTION = (
    "id orderId status amount { value currencyCode }"
    " paymentMethodSnapshot { ... on CreditCardTransactionDetails { networkTransactionId } }"
    f" statusHistory {{ status ... on AuthorizedEvent {{ {_SAID} }}"
    f" ... on ProcessorDeclinedEvent {{ {_SAID} }} ... on FailedEvent {{ {_SAID} }}"
    " ... on GatewayRejectedEvent { gatewayRejectionReason } }"
)
_REFUND = "id orderId status amount { value currencyCode }"


def _mutation(name: str, selection: str) -> str:
    kind = f"{name[0].upper()}{name[1:]}Input"
    return f"mutation ($input: {kind}!) {{ {name}(input: $input) {{ {selection} }} }}"


QUERIES = {
    "tokenizeCreditCard": _mutation("tokenizeCreditCard", "paymentMethod { id }"),
    "chargeCreditCard": _mutation("chargeCreditCard", f"transaction {{ {_TRANSACTION} }}"),
    "authorizeCreditCard": _mutation("authorizeCreditCard", f"transaction {{ {_TRANSACTION} }}"),
    "chargePaymentMethod": _mutation("chargePaymentMethod", f"transaction {{ {_TRANSACTION} }}"),
    "authorizePaymentMethod": _mutation(
        "authorizePaymentMethod", f"transaction {{ {_TRANSACTION} }}"
    ),
    "captureTransaction": _mutation("captureTransaction", f"transaction {{ {_TRANSACTION} }}"),
    "reverseTransaction": _mutation(
        "reverseTransaction", "reversal { ... on Transaction { id status } }"
    ),
    "refundTransaction": _mutation("refundTransaction", f"refund {{ {_REFUND} }}"),
    "createPayPalOneTimePayment": _mutation("createPayPalOneTimePayment", "approvalUrl paymentId"),
    "tokenizePayPalOneTimePayment": _mutation(
        "tokenizePayPalOneTimePayment", "paymentMethod { id }"
    ),
    "createNonInstantLocalPaymentContext": _mutation(
        "createNonInstantLocalPaymentContext", "paymentContext { id approvalUrl }"
    ),
    "transaction": f"query ($id: ID!) {{ node(id: $id) {{ ... on Transaction {{ {_TRANSACTION} }}"
    " } }",
    "refund": f"query ($id: ID!) {{ node(id: $id) {{ ... on Refund {{ {_REFUND} }} }} }}",
    "transactions": "query ($input: TransactionSearchInput!) { search"
    f" {{ transactions(input: $input) {{ edges {{ node {{ {_TRANSACTION} }} }} }} }} }}",
    "refunds": "query ($input: RefundSearchInput!) { search"
    f" {{ refunds(input: $input) {{ edges {{ node {{ {_REFUND} }} }} }} }} }}",
}
