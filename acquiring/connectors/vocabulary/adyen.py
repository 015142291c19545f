"""Adyen's words: result codes, refusals, errors, events, and names of members.

Tables only; what they mean is said in `drivers/adyen.py`. Sources: Adyen/adyen-openapi (MIT)
CheckoutService-v72 and Webhooks-v1; docs.adyen.com development-resources/refusal-reasons,
error-codes and testing/result-codes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _inverted(table: Mapping[Any, str]) -> dict[str, Any]:
    """Their word to ours, from a table of ours to theirs."""
    return {theirs: ours for ours, words in table.items() for theirs in words.split()}


# Our decline: refusalReasonCode and refusalReason. Replies carry both, webhooks the reason alone.
REFUSALS = {
    "acquirer_unavailable": "4 Acquirer Error",
    "account_type_missing": (
        "34 No checking account available on Card, 35 No savings account available on Card"
    ),
    "amount_limit_exceeded": "28 Withdrawal amount exceeded",
    "authentication_failed": "11 3D Not Authenticated",
    "authentication_required": "38 Authentication required",
    "authentication_unavailable": "39 RReq not received from DS, 42 3DS Authentication Error",
    "blocked_card": "5 Blocked Card",
    "call_issuer": "3 Referral",
    "count_limit_exceeded": "29 Withdrawal count exceeded",
    "do_not_honor": "27 Declined Non Generic",
    "expired_card": "6 Expired Card",
    "generic_decline": "0 Unknown, 2 Refused",
    "incorrect_address": "32 AVS Declined",
    "incorrect_cvc": "24 CVC Declined",
    "incorrect_pin": "17 Invalid Pin",
    "insufficient_funds": "12 Not enough balance",
    "invalid_amount": "7 Invalid Amount",
    "invalid_number": "8 Invalid Card Number",
    "issuer_unavailable": "9 Issuer Unavailable",
    "network_unavailable": "40 Current AID is in Penalty Box.",
    "pin_required": (
        "19 Pin validation not possible, 33 Card requires online pin, 36 Mobile PIN required, "
        "41 CVM Required Restart Payment, 43 Online PIN required"
    ),
    "pin_tries_exceeded": "18 Pin tries exceeded",
    "processing_error": "21 Not Submitted",
    "provider_risk_rejected": "20 FRAUD, 22 FRAUD-CANCELLED",
    "recurring_stopped": "26 Revocation Of Auth, 50 Token Revoked",
    "restricted_card": "25 Restricted Card",
    "shopper_canceled": "15 Cancelled, 16 Shopper Cancelled, 37 Contactless fallback",
    "suspected_fraud": "14 Acquirer Fraud, 31 Issuer Suspected Fraud",
    "too_many_attempts": "46 Transaction blocked by Adyen to prevent excessive retry fees",
    "transaction_not_permitted": (
        "10 Not supported, 23 Transaction Not Permitted, 44 Try another interface, "
        "45 Chip downgrade mode"
    ),
}
_PAIRS = [(our, one.split(" ", 1)) for our, all in REFUSALS.items() for one in all.split(", ")]
DECLINES = {code: our for our, (code, _) in _PAIRS}
CODES = {reason.casefold(): code for _, (code, reason) in _PAIRS}  # by reason

# Our decline: errorCode of a call that was turned down before any bank was asked.
ERRORS = _inverted(
    {
        "authentication_failed": "105",
        "bank_account_invalid": "108 142",
        "card_not_supported": "102",
        "credentials_refused": "010",
        "currency_not_supported": "138",
        "incorrect_address": "104",
        "incorrect_cvc": "103",
        "invalid_amount": "137",
        "invalid_expiry": "129 140 141",
        "invalid_merchant": "901",
        "invalid_number": "101",
        "method_not_enabled": "905 905_1",
        "missing_details": "110",
        "token_invalid": "174 800 803",
    }
)
# Our decline for an operation that was turned down without more to say.
REFUSED = {"capture": "capture_refused", "void": "void_refused", "refund": "refund_refused"}

# What a webhook is about, our state for success=true and for success=false ("" = no news): events.
EVENTS = _inverted(
    {
        ("payment", "authorized", "declined"): "AUTHORISATION",
        ("payment", "pending", ""): "PENDING",
        ("payment", "expired", ""): "OFFER_CLOSED EXPIRE",
        ("capture", "succeeded", "failed"): "CAPTURE",
        ("capture", "failed", ""): "CAPTURE_FAILED",
        ("void", "succeeded", "failed"): "CANCELLATION TECHNICAL_CANCEL",
        ("refund", "succeeded", "failed"): "REFUND",
        ("refund", "pending", "failed"): "POSTPONED_REFUND",
        ("refund", "failed", ""): "REFUND_FAILED REFUNDED_REVERSED",
        ("dispute", "inquiry_open", ""): "REQUEST_FOR_INFORMATION",
        ("dispute", "fraud_alert", ""): "NOTIFICATION_OF_FRAUD",
        ("dispute", "chargeback_open", ""): "NOTIFICATION_OF_CHARGEBACK CHARGEBACK",
        ("dispute", "defended", ""): "INFORMATION_SUPPLIED CHARGEBACK_REVERSED",
        ("dispute", "expired", ""): "DISPUTE_DEFENSE_PERIOD_ENDED",
        ("dispute", "prearb_open", ""): "SECOND_CHARGEBACK PREARBITRATION_OPEN",
        ("dispute", "prearb_accepted", ""): "PREARBITRATION_ACCEPTED",
        ("dispute", "arbitration", ""): "PREARBITRATION_DECLINED SCHEME_ARBITRATION",
        ("dispute", "lost", ""): "PREARBITRATION_LOST SCHEME_ARBITRATION_LOST",
        ("dispute", "won", ""): (
            "PREARBITRATION_WON SCHEME_ARBITRATION_WON PREARBITRATION_ISSUER_WITHDRAWN "
            "ISSUER_RESPONSE_TIMEFRAME_EXPIRED"
        ),
    }
)

# Members of a notification item that its signature covers; the amount stands before the last two.
SIGNED = (
    "pspReference",
    "originalReference",
    "merchantAccountCode",
    "merchantReference",
    "eventCode",
    "success",
)

# Brands of cards that carry two: naming one decides which network is used.
CO_BADGED = _words("bcmc cartebancaire dankort eftpos_australia girocard interac_card")
# Pay-later methods want to know what was bought.
INVOICED = tuple(
    _words(
        "affirm afterpay alma atome clearpay facilypay klarna oney paybright ratepay riverty "
        "scalapay walley zip"
    )
)
# Details of the shopper that a method takes inside `paymentMethod`, by the beginning of its code.
SHOPPER_DETAILS = {
    "doku_": "firstName lastName shopperEmail",
    "dragonpay_": "shopperEmail",
    "econtext_": "firstName lastName shopperEmail telephoneNumber",
    "mbway": "shopperEmail telephoneNumber",
    "vipps": "telephoneNumber",
}
# What the shopper may have typed for a method, in our words and Adyen's.
TYPED = {
    "account_holder": "ownerName",
    "account_number": "bankAccountNumber",
    "bank": "issuer",
    "branch_number": "bankLocationId",
    "bsb_number": "bankBranchCode",
    "code": "blikCode",
    "iban": "iban",
    "phone": "telephoneNumber",
    "vpa": "virtualPaymentAddress",
}
# The member that carries a wallet's payload.
WALLETS = {"applepay": "applePayToken", "googlepay": "googlePayToken"}
# What a shopper can come back with (schema PaymentCompletionDetails).
RETURNED = _words(
    "MD PaReq PaRes payload redirectResult returnUrlQueryString threeDSResult "
    "threeds2.challengeResult threeds2.fingerprint orderID payerID paymentID resultCode"
)
BANK_FIELDS = _inverted(
    {
        "account_holder": "beneficiary",
        "account_number": "accountNumber",
        "bank_code": "bankCode",
        "bic": "bic",
        "branch_code": "branchCode",
        "iban": "iban",
        "routing_number": "routingNumber",
        "sort_code": "sortCode",
    }
)
FACTS = _inverted(
    {
        "authorization_code": "authCode",
        "avs": "avsResult",
        "cvc": "cvcResult",
        "dispute_status": "disputeStatus",
        "eci": "eci",
        "exemption": "scaExemptionRequested",
        "funding": "fundingSource",
        "issuer_country": "issuerCountry cardIssuingCountry",
        "issuer_reply": "refusalReasonRaw",
        "liability_shift": "liabilityShift",
        "merchant_advice_code": "merchantAdviceCode",
        # The last one found wins: the network's own reference over Adyen's token.
        "network_reference": (
            "recurring.recurringDetailReference tokenization.storedPaymentMethodId "
            "networkTxReference"
        ),
        "reason_code": "chargebackReasonCode",
        "respond_by": "defensePeriodEndsAt",
        "three_ds_authenticated": "threeDAuthenticated",
        "three_ds_version": "threeDSVersion",
    }
)

# Our state: resultCode of a payment, status of an operation.
STATES = _inverted(
    {
        "authorized": "Authorised PartiallyAuthorised Success",
        "pending": "Pending Received received",
        "action": "ChallengeShopper IdentifyShopper PresentToShopper RedirectShopper",
        "declined": "Refused Cancelled Error",
        # Authentication alone, which we never ask for: no money was moved or held.
        "refused": "AuthenticationFinished AuthenticationNotRequired",
    }
)

# Members of calls, replies and webhooks whose values nobody may read in a log.
SCRUB = _words(
    "holdername cardholdername cardsummary networkpaymentreference storedpaymentmethodid "
    "applepaytoken googlepaytoken ownername blikcode bankaccountnumber shopperemail shopperip "
    "shoppername shoppertelephone firstname lastname billingaddress deliveryaddress "
    "devicefingerprint hmacsignature pares virtualpaymentaddress"
)
