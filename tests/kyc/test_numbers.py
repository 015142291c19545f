"""Numbers and accounts: published examples pass, and what a check digit promises it keeps."""

from __future__ import annotations

import string

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from merchants.kyc import banks, check_digits, identifiers, markets
from merchants.kyc.facts import Account

# The checks that see every single character that is mistyped for another of its kind. The others
# look at form and date only, or weigh a place so that some pairs of figures are alike.
KEEN = set(
    """
    ar.cuit at.uid au.abn au.tfn be.eid be.nn be.vat br.cnpj ca.sin ch.ssn ch.uid ch.vat cl.rut
    cn.ric cn.uscc co.nit cz.dic cz.rc de.idnr de.vat dk.cvr ean es.dni|es.nie fi.alv fi.hetu
    fi.ytunnus fr.siren fr.siret fr.tva gb.vat gr.amka gr.vat ie.pps ie.vat il.hp il.idnr
    in_.aadhaar in_.gstin it.codicefiscale it.iva jp.in_ kr.rrn lei lt.asmens lt.pvm ma.ice nl.bsn
    no.fodselsnummer no.mva no.orgnr own:adoszam own:emirates_id own:kuwait_civil own:nric_sg
    own:saudi_id pe.ruc pl.nip pl.pesel pl.regon ro.cf ro.cnp ro.cui se.orgnr se.personnummer
    se.vat sg.uen tr.tckimlik tr.vkn vn.mst za.idnr za.tin
    """.split()
)
ROWS = [
    (country, key, row)
    for country, market in markets.markets().items()
    for key, row in market.identifiers.items()
    if row.check in KEEN
]


def test_most_numbers_with_a_check_have_a_keen_one():
    checked = [
        row for market in markets.markets().values() for row in market.identifiers.values()
        if row.check
    ]  # fmt: skip
    assert len(ROWS) > len(checked) * 0.6


@pytest.mark.parametrize(("country", "key", "row"), ROWS, ids=lambda one: str(one)[:20])
def test_every_mistyped_character_is_refused(country, key, row):
    text = identifiers.compact(row.example, row.separators)
    for place, right in enumerate(text):
        others = string.digits if right.isdigit() else string.ascii_uppercase
        for wrong in (one for one in others if one != right and right.isalnum()):
            mistyped = text[:place] + wrong + text[place + 1 :]
            assert identifiers.fault(row, mistyped), f"{country} {key} {mistyped}"


@pytest.mark.parametrize(
    ("check", "number"),
    [
        ("hkid", "A1234563"), ("hkid", "G123456A"), ("hkid", "AB9876543"),
        ("nric_sg", "S1234567D"), ("nric_sg", "T1234567J"), ("nric_sg", "F1234567N"),
        ("nric_sg", "G1234567X"), ("nric_sg", "M1234567K"),
        ("kuwait_civil", "288020122596"), ("kuwait_civil", "227081660516"),
        ("taiwan_national", "A123456789"), ("korea_business", "1234567891"),
        ("adoszam", "12892312"),
    ],
)  # fmt: skip
def test_published_examples_agree(check, number):
    assert identifiers.CHECKS[check](number)


def test_published_accounts_agree():
    assert check_digits.clabe("032180000118359719")
    assert check_digits.nuban("011", "0000014579")
    assert check_digits.nuban("011", "0000000220")
    assert check_digits.cci("01136600010003254221")
    assert check_digits.cci("01124100019000658270")
    assert check_digits.rib_france("FR1420041010050500013M02606")


@given(digits=st.text("0123456789", min_size=18, max_size=18), other=st.sampled_from("0123456789"))
def test_an_account_has_one_check_digit_at_most(digits, other):
    """CLABE, NUBAN and CCI: another last figure is refused."""
    assume(other != digits[-1])
    for check in (
        check_digits.clabe,
        lambda text: check_digits.nuban(text[:3], text[3:13]),
        lambda text: check_digits.cci("01" + text),
    ):
        cut = 13 if "nuban" in check.__code__.co_names else 18
        text, changed = digits[:cut], digits[: cut - 1] + other
        if text != changed:
            assert not (check(text) and check(changed))


@given(body=st.text("0123456789", min_size=17, max_size=17), data=st.data())
def test_a_mistyped_figure_of_a_clabe_is_refused(body, data):
    right = next(body + one for one in string.digits if check_digits.clabe(body + one))
    place = data.draw(st.integers(0, 17))
    wrong = data.draw(st.sampled_from(string.digits).filter(lambda one: one != right[place]))
    assert not check_digits.clabe(right[:place] + wrong + right[place + 1 :])


@given(body=st.text("0123456789", min_size=22, max_size=22), data=st.data())
def test_a_mistyped_figure_of_a_moroccan_rib_is_refused(body, data):
    key = 97 - int(body) * 100 % 97
    right = f"{body}{key:02d}"
    place = data.draw(st.integers(0, 21))
    wrong = data.draw(st.sampled_from(string.digits).filter(lambda one: one != right[place]))
    assert check_digits.rib_morocco(right)
    assert not check_digits.rib_morocco(right[:place] + wrong + right[place + 1 :])


@pytest.mark.parametrize(
    "country", [code for code, row in markets.markets().items() if row.bank.iban]
)
def test_a_mistyped_character_of_an_iban_is_refused(country):
    right = markets.market(country).bank.iban
    for place in range(2, len(right)):
        others = string.digits if right[place].isdigit() else string.ascii_uppercase
        for wrong in (one for one in others if one != right[place]):
            text = right[:place] + wrong + right[place + 1 :]
            assert banks.problem(Account(country=country, fields={"iban": text}), "iban"), text


@pytest.mark.parametrize(
    ("country", "fields", "words"),
    [
        ("US", {"routing_number": "123456789", "account_number": "12345"}, "do not agree"),
        ("NG", {"bank_code": "011", "account_number": "0000014570"}, "do not agree"),
        ("MX", {"clabe": "032180000118359710"}, "do not agree"),
        ("AR", {"cbu": "0110001800000123456780"}, "do not agree"),
        ("NZ", {"account_number": "01-0902-0068388-00"}, "do not agree"),
        ("GB", {"sort_code": "60161", "account_number": "31926819"}, ""),
        ("AU", {"bsb": "062-000", "account_number": "1"}, "does not look like Account number"),
    ],
)
def test_an_account_that_cannot_be_is_told_at_its_last_field(country, fields, words):
    account = Account(country=country, fields=fields)
    assert words in (banks.problem(account, list(fields)[-1]) or "")


@settings(max_examples=30)
@given(st.text(max_size=40))
def test_any_text_is_judged_and_never_breaks_a_check(text):
    for country in ("SG", "HK", "KW", "TW", "TR", "LT", "VN", "QA", "EG", "LK", "DE", "IE"):
        market = markets.market(country)
        for key in market.identifiers:
            identifiers.problem(market, key, text)
        for key in market.bank.local:
            fields = dict.fromkeys(market.bank.local, text)
            banks.problem(Account(country=country, fields=fields), key)


@pytest.mark.parametrize("blank", [" ", "-", ".", "\u00a0", "/"])
def test_what_people_write_between_figures_is_taken_away(blank):
    assert identifiers.compact(f" 12{blank}34a ") == "1234A"


def test_figures_of_another_script_are_figures():
    assert identifiers.compact("\u0661\u0662\u0663-\uff14") == "1234"


def test_phones_mails_and_websites_say_what_they_should_be():
    assert identifiers.phone("+6561234567") is None
    assert "+65" in (identifiers.phone("61234567") or "")
    assert identifiers.email("a@example.com") is None
    assert identifiers.email("a@") is not None
    assert identifiers.website("https://shop.example") is None
    assert identifiers.website("shop") is not None


def test_a_german_civil_partnership_has_a_register_of_its_own():
    number = "Berlin (Charlottenburg) GsR 123 B"

    assert identifiers.problem(markets.market("DE"), "register_number", number) is None
