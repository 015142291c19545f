"""National QR codes: published strings are read and written again to the letter.

Strings: the EMVCo specification's own example; the Banco Central do Brasil's manual; the rest as
published in documentation and tests of open-source SDKs, each under its own checksum.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as values

from acquiring.connectors.schemes import emv
from acquiring.connectors.schemes.emv import BadCode, Code
from acquiring.connectors.schemes.national import PAYEES, Wanted, text
from acquiring.core.money import Money
from acquiring.sandbox.parts.codes import Unreadable, scanned

EMVCO = (
    "00020101021229300012D156000000000510A93FO3230Q31280012D15600000001030812345678520441115802CN"
    "5914BEST TRANSPORT6007BEIJING64200002ZH0104最佳运输0202北京540523.7253031565502016233030412"
    "340603***0708A60086670902ME91320016A0112233449988770708123456786304A13A"
)
PIX = (
    "00020126580014br.gov.bcb.pix0136123e4567-e12b-12d1-a456-4266554400005204000053039865802BR"
    "5913Fulano de Tal6008BRASILIA62070503***63041D3D"
)
PROMPTPAY = "00020101021129370016A000000677010111011300668012345675802TH530376463046197"
PAYNOW = (
    "00020101021226490009SG.PAYNOW010120210201101550Z03010040820201127520400005303702540550.00"
    "5802SG5907Qryptal6009Singapore62060102AJ630488E9"
)
SGQR = (
    "00020101021126490009SG.PAYNOW010120210202012345X0301104082021123151820007SG.SGQR01132020123"
    "45X123020701.000103068286710402010503123060400000708201912315204000053037025802SG5911RATINAN"
    " LEE6009SINGAPORE610682876162140110987654321X630429FD"
)
VIETQR = (
    "00020101021138570010A00000072701270006970403011300110123456780208QRIBFTTA53037045802VN63049E6F"
)
KHQR = (
    "00020101021229420013ishinvin@devb01090123456780208Dev Bank5204599953031165405100005802KH5909"
    "Ishin Vin6010Phnom Penh62680114INV-2022-12-250211855123456780310Ishin Shop07060123450807Payme"
    "nt64180002ZH0102文山0202金边9917001316935559673876304AE27"
)
FPS = (
    "00020101021226330012hk.com.hkicl0313+852-6789123452040000530334454031005802HK5914company_1_d"
    "ata6002HK62170513INV/TEST/00016304A154"
)
QRIS = (
    "00020101021126570011ID.DANA.WWW011893600915302259148102090225914810303UMI51440014ID.CO.QRIS."
    "WWW0215ID10200176114730303UMI5204581253033605802ID5922Warung Sayur Bu Sugeng6010Kab. Demak61"
    "0559567630458C7"
)
PUBLISHED = {
    "EMVCo": (EMVCO, "CNY", 2372),
    "Pix": (PIX, "BRL", None),
    "PromptPay": (PROMPTPAY, "THB", None),
    "PayNow": (PAYNOW, "SGD", 5000),
    "SGQR": (SGQR, "SGD", None),
    "VietQR": (VIETQR, "VND", None),
    "KHQR": (KHQR, "KHR", 1_000_000),
    "FPS": (FPS, "HKD", 10_000),
    "QRIS": (QRIS, "IDR", None),
}
every_published = pytest.mark.parametrize("name", PUBLISHED)

ENDS = datetime(2020, 11, 27, 8, 15, tzinfo=UTC)
NUMBER = "123456789"
PAYEE = {
    "name": "Sandbox Shop",
    "city": "Sandbox",
    "uen": f"{NUMBER}Z",
    "biller_id": f"0{NUMBER}00000",
    "acquirer_id": "603346",
    "issuer_domain": "ID.CO.SANDBOX.WWW",
    "merchant_pan": f"936009{NUMBER}",
    "nmid": f"ID{NUMBER}",
    "category": "5812",
    "postal_code": "10110",
    "bank_bin": "970403",
    "account_number": NUMBER,
    "account_id": "sandbox@bank",
    "bank_name": "Sandbox Bank",
    "fps_id": NUMBER,
    "key": f"{NUMBER}@shop.example",
    "vpa": f"{NUMBER}@bank",
    "merchant_id": NUMBER,
}
CURRENCY = {
    "paynow": "SGD",
    "promptpay": "THB",
    "duitnow": "MYR",
    "qris": "IDR",
    "vietqr": "VND",
    "khqr": "KHR",
    "fps": "HKD",
    "pix": "BRL",
    "upi": "INR",
}
every_scheme = pytest.mark.parametrize("scheme", PAYEES)


@every_published
def test_a_published_code_is_read(name):
    code_text, currency, amount = PUBLISHED[name]

    code = emv.decode(code_text)

    assert code.currency == currency
    assert (code.money.amount if code.money else None) == amount


@every_published
def test_a_published_code_with_one_character_changed_is_refused(name):
    published = PUBLISHED[name][0]

    for at in range(4, len(published)):
        changed = "0" if published[at] != "0" else "1"
        with pytest.raises(BadCode):
            emv.decode(published[:at] + changed + published[at + 1 :])


@pytest.mark.parametrize("name", ["KHQR", "PayNow", "SGQR", "QRIS"])
def test_a_published_code_is_written_again_to_the_letter(name):
    published = PUBLISHED[name][0]

    assert emv.encode(emv.decode(published)) == published


def test_the_manual_of_pix_is_written_to_the_letter():
    key = "123e4567-e12b-12d1-a456-426655440000"
    objects = [
        ("00", "01"),
        ("26", {"00": "br.gov.bcb.pix", "01": key}),
        ("52", "0000"),
        ("53", "986"),
        ("58", "BR"),
        ("59", "Fulano de Tal"),
        ("60", "BRASILIA"),
        ("62", {"05": "***"}),
    ]

    assert emv.signed(objects) == PIX


def test_a_nested_account_is_written_to_the_letter():
    beneficiary = {"00": "970403", "01": "0011012345678"}
    account = {"00": "A000000727", "01": beneficiary, "02": "QRIBFTTA"}
    objects = [("00", "01"), ("01", "11"), ("38", account), ("53", "704"), ("58", "VN")]

    assert emv.signed(objects) == VIETQR


def test_paynow_is_the_published_string():
    payee = {"uen": "201101550Z", "name": "Qryptal"}

    assert text("paynow", Wanted(payee, Money(5000, "SGD"), "AJ", ENDS)) == PAYNOW


@every_scheme
@pytest.mark.parametrize("amount", [100, 1900, 123400, 99999900])
def test_what_we_write_a_bank_reads(scheme, amount):
    """The sandbox's bank has a decoder of its own."""
    money = Money(amount, CURRENCY[scheme])

    seen = scanned(text(scheme, Wanted(PAYEE, money, "0123456789ABCDEF0123", ENDS)))

    assert seen.scheme == scheme
    assert seen.money == money
    assert seen.reference == "0123456789ABCDEF0123"
    assert seen.account == NUMBER


@every_scheme
def test_a_payee_without_an_account_is_named(scheme):
    wanted = Wanted({"name": "Shop"}, Money(100, CURRENCY[scheme]), "R", ENDS)

    with pytest.raises(ValueError, match=PAYEES[scheme][0]):
        text(scheme, wanted)


def test_upi_is_a_link_of_npcis_making():
    payee = {"vpa": "shop@bank", "name": "Tea & Co"}

    link = text("upi", Wanted(payee, Money(12345, "INR"), "T1", ENDS))

    assert link.startswith("upi://pay?pa=shop%40bank&pn=Tea%20%26%20Co&")
    asked = parse_qs(urlsplit(link).query)
    assert asked["am"] == ["123.45"]
    assert asked["cu"] == ["INR"]
    assert asked["tr"] == ["T1"]


PLAIN = values.text(
    values.characters(codec="ascii", categories=("L", "N")), min_size=1, max_size=20
)


@given(PLAIN, PLAIN, values.integers(1, 10**10), values.sampled_from(sorted(CURRENCY.values())))
def test_any_code_reads_as_it_was_written(name, reference, amount, currency):
    whole = amount * 100 if currency in emv.WHOLE else amount
    code = Code(
        accounts={"26": {"00": "SG.PAYNOW", "02": reference}},
        name=name,
        city="City",
        country="SG",
        currency=currency,
        money=Money(whole, currency),
        is_dynamic=True,
        additional={"reference": reference},
    )

    assert emv.decode(emv.encode(code)) == code
    assert emv.encode(replace(code, money=None)) != emv.encode(code)


@given(values.text(max_size=200))
def test_any_text_is_a_code_or_refused(rubbish):
    for read, refusal in ((emv.decode, BadCode), (scanned, Unreadable)):
        try:
            read(rubbish)
        except refusal:
            continue
