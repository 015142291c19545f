from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from django.db import connection

from acquiring.core import clock, ids
from acquiring.core.errors import Problem
from acquiring.vault import services as vault
from acquiring.vault.models import Token
from acquiring.vault.tasks import wipe

pytestmark = pytest.mark.django_db

MERCHANT = UUID("0192a5b0-0000-7000-8000-000000000001")
OTHER = UUID("0192a5b0-0000-7000-8000-000000000002")
VISA = "4242 4242 4242 4242"
IN_FIVE_MINUTES, IN_TWENTY_MINUTES, IN_TWO_HOURS = (
    timedelta(minutes=5),
    timedelta(minutes=20),
    timedelta(hours=2),
)


def kept(**facts):
    given = {"number": VISA, "exp_month": 12, "exp_year": 2031, "cvc": "123", "holder": "A. Lamp"}
    return vault.tokenize(MERCHANT, **{**given, **facts})


def test_a_card_comes_back_whole():
    card = vault.reveal(MERCHANT, kept().handle)

    assert (card.number, card.exp_month, card.exp_year) == ("4242424242424242", 12, 2031)
    assert (card.cvc, card.holder, card.brand) == ("123", "A. Lamp", "visa")
    assert (card.bin, card.last4) == ("42424242", "4242")


def test_neither_number_nor_security_code_is_in_the_table():
    kept(cvc="987", holder="Amber Unique")

    with connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(vault_token)::text FROM vault_token")
        stored = cursor.fetchone()[0]
    assert "424242424242" not in stored.replace('"bin":"42424242"', "")
    assert "987" not in Token.objects.values_list("sealed")[0][0].decode("latin-1")
    assert "Unique" not in stored


def test_printing_shows_four_digits():
    card = vault.reveal(MERCHANT, kept().handle)

    assert repr(card) == str(card) == f"{card}" == "CardSecret(visa …4242)"


def test_a_handle_without_its_tail_has_no_security_code():
    token, handle = kept(reusable=True)

    assert handle.startswith(f"{ids.show('tok', token.id)}.")
    assert vault.reveal(MERCHANT, ids.show("tok", token.id)).cvc == ""


def test_the_security_code_is_good_for_a_quarter_of_an_hour():
    handle = kept().handle

    with clock.shifted(IN_TWENTY_MINUTES), pytest.raises(Problem, match="older than 15 minutes"):
        vault.reveal(MERCHANT, handle)


def test_a_security_code_serves_only_its_own_token():
    tail = kept().handle.partition(".")[2]
    other = kept(number="5555555555554444").token

    with pytest.raises(Problem, match="does not belong") as problem:
        vault.reveal(MERCHANT, f"{ids.show('tok', other.id)}.{tail}")
    assert problem.value.param == "payment_method.token"


@pytest.mark.parametrize("tail", ["x", "AAAA", "!!", "é", "A" * 500])
def test_a_tail_that_is_none_is_refused(tail):
    token = kept(reusable=True).token

    with pytest.raises(Problem, match="does not belong"):
        vault.reveal(MERCHANT, f"{ids.show('tok', token.id)}.{tail}")


def test_a_single_use_token_serves_one_payment():
    handle = kept().handle
    vault.reveal(MERCHANT, handle, used_for="pay_1")

    assert vault.reveal(MERCHANT, handle, used_for="pay_1").number == "4242424242424242"
    with pytest.raises(Problem, match="already used"):
        vault.reveal(MERCHANT, handle, used_for="pay_2")


def test_without_a_purpose_a_single_use_token_serves_once():
    handle = kept().handle
    vault.reveal(MERCHANT, handle)

    with pytest.raises(Problem, match="already used"):
        vault.reveal(MERCHANT, handle)


def test_a_single_use_card_is_wiped_after_its_hour():
    token, handle = kept()

    with clock.shifted(IN_TWO_HOURS):
        with pytest.raises(Problem, match="expired"):
            vault.reveal(MERCHANT, handle)
        wipe()

    token.refresh_from_db()
    assert (token.sealed, token.status, token.last4) == (None, "erased", "4242")


def test_a_saved_card_stays_until_it_is_erased():
    token, handle = kept()
    vault.keep(MERCHANT, token.id, customer_id=ids.new())

    with clock.shifted(IN_TWO_HOURS):
        wipe()
        assert vault.reveal(MERCHANT, ids.show("tok", token.id)).number == "4242424242424242"
    assert vault.erase(MERCHANT, token.id)
    assert not vault.erase(MERCHANT, token.id)
    with pytest.raises(Problem, match="erased"):
        vault.reveal(MERCHANT, handle)


def test_another_merchant_finds_nothing():
    token, handle = kept()

    with pytest.raises(Problem) as problem:
        vault.reveal(OTHER, handle)
    assert problem.value.code == "not_found"
    assert not vault.erase(OTHER, token.id)


def test_a_new_data_key_takes_the_kept_cards_along():
    handle = kept(reusable=True).handle

    assert vault.rotate_data_key(MERCHANT) == 1
    assert vault.reveal(MERCHANT, handle).cvc == "123"


def test_an_agreement_is_remembered():
    token = kept(reusable=True).token
    vault.agree(MERCHANT, token.id, "MCC1234567890", {"type": "recurring"})

    token.refresh_from_db()
    assert (token.network_reference, token.agreement) == ("MCC1234567890", {"type": "recurring"})


@pytest.mark.parametrize(
    ("facts", "field", "rule"),
    [
        ({"number": ""}, "number", "needs its number"),
        ({"number": "4242 4242 4242 424x"}, "number", "only digits"),
        ({"number": "４２４２４２４２４２４２４２４２"}, "number", "only digits"),
        ({"number": "4242424242424241"}, "number", "wrong digit"),
        ({"number": "42424242424242"}, "number", "digits"),
        ({"exp_month": 13}, "exp_month", "1 to 12"),
        ({"exp_month": True}, "exp_month", "1 to 12"),
        ({"exp_month": None}, "exp_month", "1 to 12"),
        ({"exp_year": "soon"}, "exp_year", "is a year"),
        ({"exp_year": 2020}, "exp_year", "expired"),
        ({"exp_year": 2099}, "exp_year", "30 years"),
        ({"cvc": "12"}, "cvc", "3 digits"),
        ({"cvc": "12a"}, "cvc", "3 digits"),
        ({"number": "378282246310005", "cvc": "123"}, "cvc", "4 digits"),
        ({"holder": "x" * 101}, "holder", "at most 100"),
        ({"holder": "4242 4242 4242 4242"}, "holder", "no number"),
    ],
)
def test_a_wrong_card_is_refused_with_field_and_rule(facts, field, rule):
    with pytest.raises(Problem, match=rule) as problem:
        kept(**facts)
    assert problem.value.param == f"card.{field}"


def test_a_card_is_good_through_the_last_month_printed_on_it():
    now = datetime(2026, 11, 30, 23, tzinfo=UTC)

    card = vault.card(MERCHANT, VISA, 11, 26, now=now)

    assert (card.exp_year, card.token_id) == (2026, None)
    with pytest.raises(Problem, match="expired"):
        vault.card(MERCHANT, VISA, 10, 2026, now=now)
