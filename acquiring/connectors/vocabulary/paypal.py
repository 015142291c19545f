"""PayPal's words in ours: statuses, processor response codes, issues, webhook events.

Sources: paypal/paypal-rest-api-specifications (Apache-2.0): orders v2, payments v2, disputes v1,
their statuses and issues; developer.paypal.com: processor response codes, webhook event names.
"""

from __future__ import annotations

# An order says how far the shopper is; the money's own state is that of its payments.
STATES = {
    "order.CREATED": "action",
    "order.SAVED": "action",
    "order.PAYER_ACTION_REQUIRED": "action",
    "order.APPROVED": "pending",
    "order.VOIDED": "voided",
    "authorization.CREATED": "authorized",
    "authorization.PENDING": "pending",
    "authorization.CAPTURED": "captured",
    "authorization.PARTIALLY_CAPTURED": "captured",
    "authorization.DENIED": "declined",
    "authorization.VOIDED": "voided",
    "capture.COMPLETED": "captured",
    "capture.PARTIALLY_REFUNDED": "captured",
    "capture.REFUNDED": "captured",
    "capture.PENDING": "pending",
    "capture.DECLINED": "declined",
    "capture.FAILED": "declined",
}
# Captures whose money is there.
TAKEN = frozenset({"COMPLETED", "PARTIALLY_REFUNDED", "REFUNDED"})
# A capture or refund that we asked for.
OPERATIONS = {
    "capture": {
        "COMPLETED": "succeeded",
        "PARTIALLY_REFUNDED": "succeeded",
        "REFUNDED": "succeeded",
        "PENDING": "pending",
        "DECLINED": "failed",
        "FAILED": "failed",
    },
    "refund": {
        "COMPLETED": "succeeded",
        "PENDING": "pending",
        "FAILED": "failed",
        "CANCELLED": "failed",
    },
}

_BY_DECLINE = {
    # Processor response codes of cards.
    "call_issuer": "0100 9530",
    "no_such_issuer": "7800",
    "invalid_account": "0390 1330 1335 6300 PPFI",
    "do_not_honor": "0500 10BR",
    "generic_decline": "5100 9540 9600 1393 PPAR PPDV PPSE PPSC PPSD PPLS INSTRUMENT_DECLINED"
    " PAYMENT_SOURCE_DECLINED_BY_PROCESSOR",
    "security_violation": "0580 5160 9510",
    "processing_error": "0800 0960 1310 1317 1340 1360 1384 8000 8010 8110 PPER PPH1 PPIT PPTF",
    "invalid_cryptogram": "0880",
    "incorrect_pin": "0890 5130 5500 7900",
    "pin_tries_exceeded": "5135",
    "shopper_canceled": "0R00",
    "partial_amount_refused": "1000",
    "invalid_request": "1300 PPFV PPII PPIM PPVE PPVC PPMB PPPH PPPI PPIF PPTI PPS0 PPS1 PPS2"
    " PPS3 PPS4 PPS5 PPS6 PPRF PPLR PPMD",
    "transaction_not_permitted": "1312 5700 5900 8030 PPTT PPUE PPUP PPUR PPVT PPQC PPBG PPAG PPGR"
    " PPDC PPNC PPRE 7600",
    "currency_not_supported": "1320 PPCU PPUC CURRENCY_NOT_SUPPORTED_FOR_CARD_TYPE"
    " CURRENCY_NOT_SUPPORTED_FOR_COUNTRY CURRENCY_NOT_SUPPORTED",
    "invalid_merchant": "1350 1370 PPAU PPCE PPNM PPRR PPUA 8020 PPCR",
    "restricted_card": "1352 5180 PPFR",
    "invalid_expiry": "1380 PPEX INVALID_EXPIRY_DATE CARD_EXPIRY_REQUIRED",
    "incorrect_cvc": "00N7 1382 5110 PCVV PPC2 INVALID_SECURITY_CODE_LENGTH",
    "invalid_transaction": "1390 5210 5800",
    "insufficient_funds": "5120",
    "closed_account": "5140 PP06",
    "pickup_card": "5150",
    "incorrect_address": "5170 5190 PPAD PPAV BILLING_ADDRESS_INVALID SHIPPING_ADDRESS_INVALID",
    "duplicate_transaction": "5200 PPFE DUPLICATE_INVOICE_ID",
    "expired_card": "5400 PPEF CARD_EXPIRED REFERENCED_CARD_EXPIRED",
    "authentication_required": "5650 PCNR",
    "count_limit_exceeded": "5710 PPEL PPNL",
    "issuer_unavailable": "5910 5920",
    "card_not_active": "5930",
    "card_replaced": "5950",
    "authentication_failed": "7700 7710 PPD3",
    "network_unavailable": "8100 8220 PPNT",
    "try_again_later": "9100 PPDT",
    "suspected_fraud": "9500",
    "lost_card": "9520",
    "retry_blocked": "PPRN",
    "blocked_card": "PPAB",
    "card_not_supported": "PPAE PPCT PPDI PPMC CARD_BRAND_NOT_SUPPORTED CARD_TYPE_NOT_SUPPORTED",
    "invalid_amount": "PPAI CANNOT_BE_ZERO_OR_NEGATIVE CANNOT_BE_NEGATIVE DECIMAL_PRECISION"
    " DECIMALS_NOT_SUPPORTED",
    "amount_limit_exceeded": "PPAX TRANSACTION_LIMIT_EXCEEDED",
    "country_not_permitted": "PPCO DOMESTIC_TRANSACTION_REQUIRED"
    " COUNTRY_NOT_SUPPORTED_BY_PAYMENT_SOURCE",
    "method_unavailable": "PPPM PAYMENT_SOURCE_CANNOT_BE_USED PAYMENT_SOURCE_NOT_SUPPORTED",
    "token_expired": "PPTE TOKEN_EXPIRED",
    "token_invalid": "PPTR PPTV TOKEN_ID_NOT_FOUND BILLING_AGREEMENT_NOT_FOUND",
    "installments_not_supported": "PPUI",
    # Issues of orders.
    "recurring_stopped": "AGREEMENT_ALREADY_CANCELLED",
    "regulation_restricted": "COMPLIANCE_VIOLATION",
    "too_many_attempts": "MAX_NUMBER_OF_PAYMENT_ATTEMPTS_EXCEEDED",
    "blocked_by_rules": "PAYEE_BLOCKED_TRANSACTION TRANSACTION_BLOCKED_BY_PAYEE",
    "wallet_account_restricted": "PAYER_ACCOUNT_LOCKED_OR_CLOSED PAYER_ACCOUNT_RESTRICTED",
    "wallet_refused": "PAYER_CANNOT_PAY REDIRECT_PAYER_FOR_ALTERNATE_FUNDING",
    "provider_risk_rejected": "TRANSACTION_REFUSED",
    "merchant_limit_exceeded": "TRANSACTION_RECEIVING_LIMIT_EXCEEDED",
    "method_not_enabled": "AUTH_CAPTURE_NOT_ENABLED NOT_ENABLED_FOR_CARD_PROCESSING"
    " PAYEE_NOT_ENABLED_FOR_CARD_PROCESSING",
    "payment_expired": "ORDER_EXPIRED",
    "invalid_number": "CARD_NUMBER_REQUIRED VALIDATION_ERROR",
    # Issues of what follows.
    "authorization_expired": "AUTHORIZATION_EXPIRED",
    "capture_amount_exceeded": "MAX_CAPTURE_AMOUNT_EXCEEDED",
    "capture_refused": "AUTHORIZATION_ALREADY_CAPTURED AUTHORIZATION_VOIDED"
    " MAX_CAPTURE_COUNT_EXCEEDED AUTHORIZATION_DENIED",
    "void_refused": "PREVIOUSLY_CAPTURED PREVIOUSLY_VOIDED CANNOT_BE_VOIDED",
    "refund_amount_exceeded": "REFUND_AMOUNT_EXCEEDED CAPTURE_FULLY_REFUNDED",
    "refund_window_closed": "REFUND_TIME_LIMIT_EXCEEDED",
    "merchant_balance_low": "REFUND_FAILED_INSUFFICIENT_FUNDS",
    "charge_disputed": "REFUND_NOT_PERMITTED_DUE_TO_CHARGEBACK TRANSACTION_DISPUTED",
    "refund_not_supported": "PARTIAL_REFUND_NOT_ALLOWED REFUND_NOT_ALLOWED REFUND_IS_RESTRICTED",
    "refund_refused": "MAX_NUMBER_OF_REFUNDS_EXCEEDED PENDING_CAPTURE REFUND_AMOUNT_TOO_LOW",
    "merchant_suspended": "PAYEE_ACCOUNT_LOCKED_OR_CLOSED PAYEE_ACCOUNT_RESTRICTED",
}
DECLINES = {code: ours for ours, codes in _BY_DECLINE.items() for code in codes.split()}

# Issues that are the payer's or their bank's no, not a fault of the request.
NOES = frozenset(
    "INSTRUMENT_DECLINED PAYMENT_SOURCE_DECLINED_BY_PROCESSOR AGREEMENT_ALREADY_CANCELLED"
    " CARD_EXPIRED REFERENCED_CARD_EXPIRED COMPLIANCE_VIOLATION DOMESTIC_TRANSACTION_REQUIRED"
    " MAX_NUMBER_OF_PAYMENT_ATTEMPTS_EXCEEDED PAYEE_BLOCKED_TRANSACTION"
    " TRANSACTION_BLOCKED_BY_PAYEE PAYER_ACCOUNT_LOCKED_OR_CLOSED PAYER_ACCOUNT_RESTRICTED"
    " PAYER_CANNOT_PAY REDIRECT_PAYER_FOR_ALTERNATE_FUNDING TRANSACTION_REFUSED"
    " TRANSACTION_LIMIT_EXCEEDED TOKEN_EXPIRED".split()
)
# Issues that say the order is further than the caller thought: it has to be looked at.
FURTHER = frozenset(
    "ORDER_ALREADY_CAPTURED ORDER_ALREADY_AUTHORIZED PAYMENT_ALREADY_APPROVED"
    " ORDER_CANNOT_BE_CONFIRMED ORDER_IS_PENDING_APPROVAL ORDER_COMPLETION_IN_PROGRESS"
    " ORDER_NOT_APPROVED ORDER_COMPLETED_OR_VOIDED".split()
)

BRANDS = {
    "visa": "VISA",
    "mastercard": "MASTERCARD",
    "amex": "AMEX",
    "discover": "DISCOVER",
    "diners": "DISCOVER",
    "jcb": "JCB",
    "maestro": "MAESTRO",
    "unionpay": "CHINA_UNION_PAY",
}

# Events about a payment's authorization or capture; the resource carries its status ...
MONEY = {
    "PAYMENT.AUTHORIZATION.CREATED": "authorization",
    "PAYMENT.AUTHORIZATION.VOIDED": "authorization",
    "PAYMENT.CAPTURE.COMPLETED": "capture",
    "PAYMENT.CAPTURE.PENDING": "capture",
    "PAYMENT.CAPTURE.DECLINED": "capture",
    "PAYMENT.CAPTURE.DENIED": "capture",
    "PAYMENT.CAPTURE.REFUNDED": "refund",
    "PAYMENT.REFUND.PENDING": "refund",
    "PAYMENT.REFUND.FAILED": "refund",
}
# ... and those after which the order has to be asked for.
ORDERS = frozenset(
    {"CHECKOUT.ORDER.APPROVED", "CHECKOUT.ORDER.COMPLETED", "CHECKOUT.PAYMENT-APPROVAL.REVERSED"}
)
DISPUTES = {
    "OPEN": "chargeback_open",
    "WAITING_FOR_BUYER_RESPONSE": "chargeback_open",
    "WAITING_FOR_SELLER_RESPONSE": "chargeback_open",
    "UNDER_REVIEW": "defended",
    "RESOLVED_BUYER_FAVOUR": "lost",
    "RESOLVED_SELLER_FAVOUR": "won",
    "RESOLVED_WITH_PAYOUT": "won",
    "CANCELED_BY_BUYER": "won",
    "ACCEPTED": "lost",
    "DENIED": "won",
}
