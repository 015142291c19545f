"""What is Stripe's own: how methods are asked for, how webhooks are read, how oracles agree."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import parse_qsl, urlsplit

import pytest

from acquiring import catalogue
from acquiring.connectors.driver import (
    Address,
    Ask,
    Card,
    Device,
    Inbound,
    Party,
    Reply,
    Unsupported,
    flatten,
)
from acquiring.connectors.registry import driver
from acquiring.connectors.signing import hmac_sha256_hex
from acquiring.connectors.vocabulary.stripe import DISPUTE_STATES
from acquiring.core.money import Money
from tests.connectors.contract import contract, exchanges, shared, told, wire_of

STRIPE = driver("stripe")
ACCOUNT = {"secret_key": "sk_test_amber", "webhook_secret": "whsec_amber"}
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
ASK = Ask(
    verb="authorize",
    reference="att_1",
    payment="pay_1",
    money=Money(1999, "EUR"),
    method="card",
    code="card",
    card=Card("4242424242424242", 12, 2031, "123"),
    return_url="https://shop.example/done",
)
LATER = replace(ASK, card=None, provider_ref="pi_1")


def body(ask: Ask) -> dict[str, str]:
    return dict(flatten(STRIPE.ask(ask).body))


def sample_reply(name: str) -> dict:
    return next(one["reply"]["body"] for one in exchanges("stripe") if one["name"] == name)


# Asking.


@pytest.mark.parametrize(
    ("money", "amount"),
    [
        (Money(1999, "EUR"), "1999"),
        (Money(500, "JPY"), "500"),
        (Money(5120, "KWD"), "5120"),
        (Money(5, "ISK"), "500"),
        (Money(5, "UGX"), "500"),
        (Money(500, "MGA"), "5"),
    ],
)
def test_amounts_are_counted_as_stripe_counts_them(money, amount):
    assert body(replace(ASK, money=money))["amount"] == amount


def test_what_stripe_cannot_count_is_refused_before_it_is_sent():
    with pytest.raises(ValueError, match="cannot be expressed"):
        STRIPE.ask(replace(ASK, money=Money(501, "MGA")))


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("AMBER'S *SHOP*", "AMBERS SHOP"),
        ("a very long name of a shop", "a very long name of a"),
        ("<>", None),
        ("123", None),
        ("", None),
    ],
)
def test_statement_texts_are_what_stripe_takes(text, sent):
    assert body(replace(ASK, descriptor=text)).get("statement_descriptor_suffix") == sent


def test_other_methods_have_the_whole_statement_text():
    ideal = replace(ASK, card=None, method="ideal", code="ideal", descriptor="AMBER")

    assert body(ideal)["statement_descriptor"] == "AMBER"


def test_a_card_is_authenticated_when_the_merchant_insists():
    name = "payment_method_options[card][request_three_d_secure]"

    assert body(replace(ASK, three_ds="required"))[name] == "any"
    assert name not in body(ASK)


def test_a_merchants_own_payment_names_the_network_transaction():
    later = replace(
        ASK, initiator="merchant", agreement="subsequent", network_reference="MCC123456789"
    )

    sent = body(later)

    assert sent["off_session"] == "true"
    name = "payment_method_options[card][mit_exemption][network_transaction_id]"
    assert sent[name] == "MCC123456789"
    assert "setup_future_usage" not in sent


def test_what_the_catalogue_says_of_a_method_goes_into_its_options():
    wechat = replace(ASK, card=None, method="wechatpay", code="wechat_pay", extra={"client": "web"})

    assert body(wechat)["payment_method_options[wechat_pay][client]"] == "web"


def test_a_debit_carries_the_account_and_the_consent():
    debit = replace(
        ASK,
        card=None,
        method="sepa_debit",
        code="sepa_debit",
        details={"iban": "DE89370400440532013000", "bank": "not asked for"},
        device=Device(ip="203.0.113.9", user_agent="Mozilla/5.0"),
    )

    sent = body(debit)

    assert sent["payment_method_data[sepa_debit][iban]"] == "DE89370400440532013000"
    assert sent["mandate_data[customer_acceptance][type]"] == "online"
    assert sent["mandate_data[customer_acceptance][online][ip_address]"] == "203.0.113.9"
    assert not [name for name in sent if "bank" in name.split("[")[-1]]


def test_a_consent_nobody_saw_is_offline():
    first = replace(ASK, card=None, method="ideal", code="ideal", agreement="first")

    assert body(first)["mandate_data[customer_acceptance][type]"] == "offline"


def test_goods_are_shipped_to_somebody_somewhere():
    home = Address(line1="1 High Street", country="IE")
    named = replace(ASK, shipping=home, customer=Party(name="Amber Ash"))

    assert body(named)["shipping[address][line1]"] == "1 High Street"
    assert not [name for name in body(replace(ASK, shipping=home)) if "shipping" in name]


def test_every_call_that_moves_money_carries_our_reference_as_its_key():
    for verb in ("authorize", "capture", "void", "refund"):
        call = STRIPE.ask(replace(ASK, verb=verb, provider_ref="pi_1"))
        assert call.headers == {"Idempotency-Key": "att_1"}


def test_authentication_and_version_are_headers():
    wire = STRIPE.wire(STRIPE.ask(ASK), STRIPE.live, ACCOUNT)

    assert wire.headers["Authorization"] == "Bearer sk_test_amber"
    assert wire.headers["Stripe-Version"] == "2022-11-15"
    assert wire.headers["Content-Type"] == "application/x-www-form-urlencoded"


def test_an_id_cannot_leave_its_place_in_the_path():
    assert STRIPE.ask(replace(LATER, verb="capture", provider_ref="../x?y")).path == (
        "/v1/payment_intents/..%2Fx%3Fy/capture"
    )


@pytest.mark.parametrize("verb", ["resume", "capture", "void"])
def test_a_follow_up_needs_the_intent(verb):
    with pytest.raises(Unsupported):
        STRIPE.ask(replace(LATER, verb=verb, provider_ref=""))


def test_every_method_of_the_catalogue_can_be_asked_for():
    """By the newest parameters Stripe published, with what the shopper has to type."""
    known = {"iban": "DE89370400440532013000", "code": "777124", "tax_id": "000", "bank": "hsbc"}
    known |= {"account_number": "000123456789", "branch_number": "110000000"}
    known |= {"bsb_number": "000000"}
    known["token"] = '{"id": "tok_1", "object": "token"}'
    stripe = contract("stripe")

    for connector in catalogue.provider("stripe").connectors:
        needs = [need.removeprefix("details.") for need in connector.needs]
        typed = {name: text for name, text in known.items() if name in needs}
        extra = {"code": connector.code, "extra": connector.extra, "details": typed}
        extra |= {"card": ASK.card if connector.method == "card" else None}
        ask = replace(ASK, method=connector.method, **extra)
        stripe.check_call(STRIPE.wire(STRIPE.ask(ask), STRIPE.live, ACCOUNT))


def test_the_contract_refuses_members_nobody_documented():
    stripe = contract("stripe")
    strange = replace(ASK, extra={"colour": "red"})

    with pytest.raises(AssertionError, match="colour"):
        stripe.check_call(STRIPE.wire(STRIPE.ask(strange), STRIPE.live, ACCOUNT))


# An independent oracle: what another orchestrator sends (Apache-2.0, see its README for the noise).

ORACLE = {
    "Card": {"method": "card", "code": "card", "card": Card("4111111111111111", 3, 2030, "737")},
    "Affirm": {"code": "affirm"},
    "AmazonPayRedirect": {"code": "amazon_pay"},
    "BancontactCard": {"code": "bancontact"},
    "Blik": {"code": "blik", "details": {"code": "777124"}},
    "CashappQr": {"code": "cashapp"},
    "Eps": {"code": "eps"},
    "Ideal": {"code": "ideal"},
    "Klarna": {"code": "klarna"},
    "Przelewy24": {"code": "p24"},
    "RevolutPay": {"code": "revolut_pay"},
}
# Theirs: the order in other metadata, the default of 3-D Secure spelled out, months as text.
THEIRS = {
    "metadata[order_id]",
    "payment_method_options[card][request_three_d_secure]",
    "payment_method_data[card][exp_month]",
}
OURS = {"metadata[reference]", "metadata[payment]", "payment_method_data[card][exp_month]"}


@pytest.mark.parametrize("name", ORACLE)
def test_another_orchestrator_asks_the_same(name):
    path = shared("psp_specs", "wire_samples", "stripe.json")
    sample = json.loads(path.read_text("utf-8"))["flows"]["authorize"][name]["sample"]
    theirs = dict(parse_qsl(sample["body"])) | {"currency": "usd"}
    members = {"method": name, "card": None} | ORACLE[name]
    ask = replace(ASK, money=Money(1000, "USD"), return_url="https://example.com/return", **members)
    wire = STRIPE.wire(STRIPE.ask(ask), STRIPE.live, ACCOUNT)
    ours = dict(parse_qsl(wire.body.decode()))

    assert (wire.method, wire.path) == ("POST", urlsplit(sample["url"]).path)
    assert {one: v for one, v in ours.items() if one not in OURS} == {
        one: v for one, v in theirs.items() if one not in THEIRS
    }


# Reading.


@pytest.mark.parametrize(
    ("word", "state"),
    [
        ("requires_payment_method", "unknown"),
        ("requires_confirmation", "pending"),
        ("requires_action", "action"),
        ("processing", "pending"),
        ("requires_capture", "authorized"),
        ("succeeded", "captured"),
        ("canceled", "voided"),
        ("something_new", "unknown"),
    ],
)
def test_every_status_of_an_intent_has_one_meaning(word, state):
    assert STRIPE.payment({"id": "pi_1", "status": word, "currency": "eur"}).state == state


@pytest.mark.parametrize(
    ("word", "state"),
    [
        ("pending", "pending"),
        ("requires_action", "pending"),
        ("succeeded", "succeeded"),
        ("failed", "failed"),
        ("canceled", "failed"),
        ("something_new", "unknown"),
    ],
)
def test_every_status_of_a_refund_has_one_meaning(word, state):
    assert STRIPE.refunded({"id": "re_1", "status": word}).state == state


def test_every_status_stripe_has_is_known():
    enumerations = json.loads(
        shared("psp_specs", "stripe", "params_latest.json").read_text("utf-8")
    )["object_enums"]
    words = enumerations["PaymentIntent.status"]["anyOf"][0]["enum"]

    assert set(words) == set(STRIPE.states)


def test_a_step_of_an_unknown_kind_leads_to_stripes_own_page():
    action = {
        "type": "new_display_details",
        "new_display_details": {"hosted_voucher_url": "https://x"},
    }
    intent = {"id": "pi_1", "status": "requires_action", "next_action": action}

    assert STRIPE.payment(intent).action == {
        "type": "redirect",
        "url": "https://x",
        "method": "GET",
        "fields": {},
    }


def test_a_lost_capture_is_recognised_by_our_reference():
    found = replace(
        LATER, verb="inquire", target="capture", reference="cap_1", money=Money(5, "EUR")
    )
    intent = {"id": "pi_1", "status": "requires_capture", "metadata": {"cap_1": "5"}}

    assert STRIPE.read(found, Reply(200, {}, intent)).state == "succeeded"
    assert STRIPE.read(found, Reply(200, {}, {**intent, "metadata": {}})).state == "unknown"


def test_another_capture_of_the_same_sum_is_not_ours():
    found = replace(
        LATER, verb="inquire", target="capture", reference="cap_2", money=Money(5, "EUR")
    )
    intent = {"id": "pi_1", "status": "succeeded", "amount_received": 5, "metadata": {"cap_1": "5"}}

    assert STRIPE.read(found, Reply(200, {}, intent)).state == "unknown"


# Webhooks.


def inbound(kind: str, subject: dict) -> Inbound:
    event = {"id": "evt_1", "object": "event", "type": kind, "data": {"object": subject}}
    raw = json.dumps(event).encode()
    moment = int(NOW.timestamp())
    signature = hmac_sha256_hex("whsec_amber", f"{moment}.".encode() + raw)
    return Inbound("POST", "/", {"stripe-signature": f"t={moment},v1={signature}"}, raw, now=NOW)


@pytest.mark.parametrize(
    ("kind", "sample", "about", "state"),
    [
        ("payment_intent.succeeded", "card approved", "payment", "captured"),
        (
            "payment_intent.amount_capturable_updated",
            "card held for manual capture",
            "payment",
            "authorized",
        ),
        ("payment_intent.requires_action", "ideal waits for the shopper", "payment", "action"),
        ("payment_intent.processing", "sepa_debit is on its way", "payment", "pending"),
        ("payment_intent.payment_failed", "back from the bank, canceled", "payment", "declined"),
        ("payment_intent.canceled", "void of a hold", "payment", "voided"),
        ("payment_intent.canceled", "inquiry: held too long", "payment", "expired"),
        ("refund.created", "refund takes time", "refund", "pending"),
        ("refund.updated", "refund of a part", "refund", "succeeded"),
        ("refund.failed", "refund failed at once", "refund", "failed"),
        ("charge.refund.updated", "refund failed at once", "refund", "failed"),
    ],
)
def test_a_webhook_tells_what_happened_to_whom(kind, sample, about, state):
    subject = sample_reply(sample)

    (news,) = STRIPE.news(inbound(kind, subject), ACCOUNT)

    assert (news.about, news.outcome.state, news.event_id) == (about, state, "evt_1")
    assert news.reference == subject["metadata"]["reference"]
    assert news.provider_ref == (subject["id"] if about == "payment" else subject["payment_intent"])
    assert news.operation_ref == ("" if about == "payment" else subject["id"])


def test_a_hold_that_ran_out_is_expired():
    charge = {"id": "ch_1", "object": "charge", "payment_intent": "pi_1", "metadata": {}}

    (news,) = STRIPE.news(inbound("charge.expired", charge), ACCOUNT)

    assert (news.about, news.outcome.state, news.provider_ref) == ("payment", "expired", "pi_1")


@pytest.mark.parametrize(
    "kind", ["payment_intent.created", "charge.succeeded", "charge.updated", "customer.created"]
)
def test_what_says_nothing_new_is_no_news(kind):
    assert STRIPE.news(inbound(kind, sample_reply("card approved")), ACCOUNT) == []


@pytest.mark.parametrize(
    ("word", "state"),
    [
        ("warning_needs_response", "inquiry_open"),
        ("needs_response", "chargeback_open"),
        ("under_review", "defended"),
        ("won", "won"),
        ("lost", "lost"),
        ("a_word_of_next_year", "unknown"),
    ],
)
def test_a_dispute_is_news_of_its_own(word, state):
    dispute = {
        "id": "dp_1",
        "object": "dispute",
        "payment_intent": "pi_1",
        "charge": "ch_1",
        "amount": 1999,
        "currency": "eur",
        "status": word,
        "reason": "fraudulent",
        "network_reason_code": "10.4",
        "evidence_details": {"due_by": 1_796_083_199},
        "metadata": {},
    }

    (news,) = STRIPE.news(inbound("charge.dispute.updated", dispute), ACCOUNT)

    assert (news.about, news.provider_ref, news.operation_ref) == ("dispute", "pi_1", "dp_1")
    assert (news.outcome.state, news.outcome.raw_code) == (state, word)
    assert news.outcome.money == Money(1999, "EUR")
    assert news.outcome.facts == {
        "charge": "ch_1",
        "reason": "fraudulent",
        "reason_code": "10.4",
        "respond_by": "2026-11-30T23:59:59Z",
    }


def test_every_state_a_dispute_has_is_known():
    path = shared("psp_specs", "stripe", "params_latest.json")
    enumerations = json.loads(path.read_text("utf-8"))["object_enums"]

    assert set(enumerations["Dispute.status"]["anyOf"][0]["enum"]) == set(DISPUTE_STATES)


def test_a_webhook_names_the_sum_in_our_minor_units():
    subject = sample_reply("three decimals and their exceptions")

    (news,) = STRIPE.news(inbound("payment_intent.succeeded", subject), ACCOUNT)

    assert news.outcome.money == Money(5, "ISK")


# Declines.


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("insufficient_funds", "insufficient_funds"),
        ("lost_card", "lost_card"),
        ("card_velocity_exceeded", "count_limit_exceeded"),
        ("fraudulent", "suspected_fraud"),
        ("testmode_decline", "generic_decline"),
        ("payment_method_customer_decline", "shopper_rejected"),
        ("a_code_of_next_year", "generic_decline"),
    ],
)
def test_decline_codes_become_ours(theirs, ours):
    error = {"type": "card_error", "code": "card_declined", "decline_code": theirs}

    outcome = STRIPE.read(ASK, Reply(402, {}, {"error": error}))

    assert (outcome.state, outcome.decline, outcome.raw_code) == ("declined", ours, theirs)


def test_a_recorded_exchange_is_told_as_its_spec_writes_it():
    entry = exchanges("stripe")[0]

    assert wire_of(STRIPE, entry).path == entry["call"]["path"]
    assert told(STRIPE.payment(entry["reply"]["body"])) == entry["outcome"]
