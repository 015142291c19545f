"""Stripe's words: statuses, decline and error codes, what the shopper types, next steps.

Sources: stripe/openapi and stripe-python 16.1 (MIT); docs.stripe.com on decline and error codes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from acquiring.connectors import actions
from acquiring.connectors.members import said

STATES = {
    "requires_payment_method": "declined",
    "requires_confirmation": "pending",
    "requires_action": "action",
    "processing": "pending",
    "requires_capture": "authorized",
    "succeeded": "captured",
    "canceled": "voided",
}
REFUND_STATES = {
    "pending": "pending",
    "requires_action": "pending",
    "succeeded": "succeeded",
    "failed": "failed",
    "canceled": "failed",
}

# A dispute's states are words all drivers share.
DISPUTE_STATES = {
    "warning_needs_response": "inquiry_open",
    "warning_under_review": "defended",
    "warning_closed": "won",
    "needs_response": "chargeback_open",
    "under_review": "defended",
    "appeal_needs_response": "prearb_open",
    "appeal_under_review": "arbitration",
    "won": "won",
    "lost": "lost",
    "prevented": "lost",
}

# Methods whose confirmation is also the shopper's consent to a debit.
MANDATES = frozenset(
    "acss_debit au_becs_debit bacs_debit nz_bank_account sepa_debit us_bank_account".split()
)
# What the shopper typed, in our words and Stripe's: members of payment_method_data, or of the
# options.
TYPED = {
    "acss_debit": {
        "account_number": "account_number",
        "bank": "institution_number",
        "branch_number": "transit_number",
    },
    "sepa_debit": {"iban": "iban"},
    "bacs_debit": {"branch_number": "sort_code", "account_number": "account_number"},
    "au_becs_debit": {"bsb_number": "bsb_number", "account_number": "account_number"},
    "boleto": {"tax_id": "tax_id"},
    "eps": {"bank": "bank"},
    "fpx": {"bank": "bank"},
    "ideal": {"bank": "bank"},
    "p24": {"bank": "bank"},
    "us_bank_account": {"account_number": "account_number", "branch_number": "routing_number"},
}
TYPED_OPTIONS = {"blik": ("code",), "konbini": ("confirmation_number",)}

# Wallets whose payload for Stripe holds a card token that Stripe made.
WALLETS = frozenset({"google_pay"})

# Our code: Stripe's decline codes, error codes and refund failure reasons.
_CODES = {
    "generic_decline": "generic_decline testmode_decline no_action_taken card_declined",
    "do_not_honor": "do_not_honor do_not_try_again",
    "call_issuer": "call_issuer approve_with_id",
    "provider_refused": "payment_method_provider_decline payment_intent_payment_attempt_failed "
    "setup_attempt_failed action_blocked",
    "insufficient_funds": "insufficient_funds",
    "amount_limit_exceeded": "charge_exceeds_source_limit charge_exceeds_transaction_limit",
    "count_limit_exceeded": "card_velocity_exceeded withdrawal_count_limit_exceeded",
    "amount_too_small": "amount_too_small",
    "amount_too_large": "amount_too_large",
    "invalid_amount": "invalid_amount invalid_charge_amount "
    "invalid_charge_amount_no_decimal_compatible",
    "invalid_number": "incorrect_number invalid_number",
    "expired_card": "expired_card",
    "invalid_expiry": "invalid_expiry_month invalid_expiry_year",
    "incorrect_cvc": "incorrect_cvc invalid_cvc",
    "incorrect_address": "incorrect_address",
    "incorrect_postal_code": "incorrect_zip incorrect_postal_code postal_code_invalid",
    "incorrect_pin": "incorrect_pin invalid_pin",
    "pin_required": "offline_pin_required online_or_offline_pin_required",
    "pin_tries_exceeded": "pin_try_exceeded",
    "missing_details": "payment_method_billing_details_address_missing "
    "cardholder_phone_number_required",
    "invalid_details": "email_invalid payment_method_invalid_parameter invalid_characters "
    "payment_method_invalid_parameter_testmode shipping_address_invalid tax_id_invalid "
    "payment_intent_konbini_rejected_confirmation_number account_information_mismatch",
    "invalid_account": "invalid_account",
    "card_replaced": "new_account_information_available",
    "bank_account_invalid": "account_number_invalid bank_account_bad_routing_numbers no_account "
    "bank_account_unusable routing_number_invalid clearing_code_unsupported",
    "bank_account_closed": "account_closed",
    "bank_account_restricted": "bank_account_restricted payment_method_bank_account_blocked "
    "sepa_unsupported_account bank_account_declined",
    "authentication_required": "authentication_required authentication_not_handled "
    "mobile_device_authentication_required payment_intent_action_required",
    "authentication_failed": "payment_intent_authentication_failure authentication_failure "
    "setup_intent_authentication_failure",
    "authentication_not_supported": "three_d_secure_authentication_not_supported",
    "authentication_unavailable": "three_d_secure_authentication_upstream_error",
    "lost_card": "lost_card lost_or_stolen_card",
    "stolen_card": "stolen_card",
    "pickup_card": "pickup_card",
    "restricted_card": "restricted_card payment_method_restricted",
    "suspected_fraud": "fraudulent",
    "security_violation": "security_violation",
    "blocked_by_list": "merchant_blacklist",
    "provider_risk_rejected": "request_blocked",
    "too_many_attempts": "card_decline_rate_limit_exceeded",
    "transaction_not_permitted": "not_permitted service_not_allowed transaction_not_allowed",
    "country_not_permitted": "country_unsupported country_code_invalid",
    "card_not_supported": "card_not_supported invalid_card_type token_card_network_invalid",
    "currency_not_supported": "currency_not_supported payment_method_currency_mismatch",
    "shopper_rejected": "payment_method_customer_decline",
    "payment_expired": "payment_intent_payment_attempt_expired",
    "authorization_expired": "capture_charge_authorization_expired charge_expired_for_capture "
    "expired_uncaptured_charge",
    "recurring_stopped": "revocation_of_all_authorizations revocation_of_authorization",
    "payment_stopped": "stop_payment_order refer_to_customer",
    "mandate_missing": "payment_intent_mandate_invalid billing_invalid_mandate "
    "acss_debit_session_incomplete bank_account_unverified bank_account_verification_failed",
    "mandate_revoked": "india_recurring_payment_mandate_canceled",
    "debit_not_authorized": "debit_not_authorized",
    "token_invalid": "token_already_used token_in_use payment_method_unexpected_state",
    "token_expired": "expired_payment_method",
    "method_not_enabled": "payment_method_unactivated capability_not_active",
    "method_unavailable": "payment_method_not_available payment_method_unsupported_type "
    "payment_intent_incompatible_payment_method",
    "merchant_suspended": "testmode_charges_only",
    "credentials_refused": "api_key_expired platform_api_key_expired secret_key_required "
    "livemode_mismatch",
    "invalid_transaction": "payment_intent_unexpected_state intent_invalid_state "
    "status_transition_invalid",
    "duplicate_transaction": "duplicate_transaction",
    "issuer_unavailable": "issuer_not_available",
    "network_unavailable": "payment_method_provider_timeout",
    "rate_limited": "rate_limit lock_timeout payment_intent_rate_limit_exceeded",
    "processing_error": "processing_error reenter_transaction",
    "try_again_later": "try_again_later",
    "capture_refused": "charge_already_captured capture_unauthorized_payment",
    "refund_refused": "declined unknown merchant_request",
    "refund_not_supported": "charge_not_refundable",
    "refund_amount_exceeded": "charge_already_refunded",
    "refund_account_closed": "expired_or_canceled_card",
    "merchant_balance_low": "balance_insufficient",
    "charge_disputed": "charge_disputed refund_disputed_payment charge_for_pending_refund_disputed",
}
DECLINES = {theirs: ours for ours, words in _CODES.items() for theirs in words.split()}


def next_action(intent: Mapping[str, Any]) -> dict[str, Any] | None:
    """Stripe's `next_action` in our shapes; a page hosted by Stripe serves for unknown kinds."""
    action = intent.get("next_action") or {}
    kind = action.get("type", "")
    told = action.get(kind) or {}
    page = told.get("hosted_instructions_url") or told.get("hosted_voucher_url") or ""
    expires_at = _time(told.get("expires_at") or told.get("expires_after"))
    code = told.get("qr_code") or told
    if kind == "redirect_to_url":
        by_card = intent.get("payment_method_types") == ["card"]
        return (actions.three_ds if by_card else actions.redirect)(told["url"])
    if kind == "alipay_handle_redirect":
        return actions.redirect(told["url"])
    if kind in ("boleto_display_details", "oxxo_display_details"):
        return actions.voucher(told["number"], expires_at, told["number"], page)
    if kind == "multibanco_display_details":
        return actions.voucher(told["reference"], expires_at, url=page, entity=told["entity"])
    if kind == "konbini_display_details":
        stores = [(name, store) for name, store in told["stores"].items() if store]
        codes = ", ".join(f"{name} {store['payment_code']}" for name, store in stores)
        counters = [
            {"store": name, "code": one["payment_code"], "confirmation": one["confirmation_number"]}
            for name, one in stores
        ]
        return actions.voucher(codes, expires_at, url=page, stores=counters)
    if kind.endswith("_qr_code"):
        link = told.get("mobile_auth_url", "")
        data = code.get("data") or link or page
        expires_at = _time(code.get("expires_at"))
        return actions.qr(data, expires_at, code.get("image_url_png", ""), link)
    if kind in ("blik_authorize", "card_await_notification"):
        return actions.wait("app" if kind == "blik_authorize" else "bank")
    url = page or told.get("hosted_verification_url") or told.get("stripe_js") or ""
    return actions.redirect(url) if isinstance(url, str) and url else None


def _time(seconds: int | None) -> str:
    """Unix seconds as RFC 3339 UTC."""
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%SZ}" if seconds else ""


def facts(intent: Mapping[str, Any]) -> dict[str, Any]:
    """What the expanded charge tells beyond the state."""
    charge = intent.get("latest_charge")
    if not isinstance(charge, dict):
        return said(charge=charge)
    details = charge.get("payment_method_details") or {}
    card = details.get("card") or {}
    checks, secure = card.get("checks") or {}, card.get("three_d_secure") or {}
    return said(
        charge=charge.get("id"),
        brand=card.get("brand"),
        funding=card.get("funding"),
        issuer_country=card.get("country"),
        network_reference=card.get("network_transaction_id"),
        authorization_code=card.get("authorization_code"),
        cvc=checks.get("cvc_check"),
        avs=_avs(checks.get("address_line1_check"), checks.get("address_postal_code_check")),
        eci=secure.get("electronic_commerce_indicator"),
        three_ds_result=secure.get("result"),
        three_ds_version=secure.get("version"),
        risk=(charge.get("outcome") or {}).get("risk_level"),
    )


def _avs(line1: str | None, postal_code: str | None) -> str:
    checks = {"line1": line1, "postal code": postal_code}
    return ", ".join(f"{name} {result}" for name, result in checks.items() if result)


def dispute_facts(dispute: Mapping[str, Any]) -> dict[str, Any]:
    """Why a payment is disputed, and until when that can be answered."""
    card = (dispute.get("payment_method_details") or {}).get("card") or {}
    return said(
        charge=dispute.get("charge"),
        reason=dispute.get("reason"),
        reason_code=card.get("network_reason_code") or dispute.get("network_reason_code"),
        respond_by=_time((dispute.get("evidence_details") or {}).get("due_by")),
    )


def error_facts(error: Mapping[str, Any]) -> dict[str, Any]:
    """What an error tells beyond its code."""
    return said(
        charge=error.get("charge"),
        advice=error.get("advice_code"),
        issuer_code=error.get("network_decline_code"),
        merchant_advice_code=error.get("network_advice_code"),
        param=error.get("param"),
    )


def wallet_token(payload: str) -> str:
    """The id of the token in Google Pay's payload, which is Stripe's token object as JSON text.

    A bare id serves as well. What is neither goes as it is: Stripe then says what it thinks of it.
    """
    try:
        found = json.loads(payload)
    except ValueError:
        return payload
    return str(found.get("id", "")) if isinstance(found, dict) else payload
