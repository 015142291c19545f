"""What methods are called in the languages of shoppers, and the icon each kind has."""

import msgspec
import pytest

from acquiring import catalogue
from acquiring.catalogue import checks


def test_a_method_goes_by_its_local_name_and_by_the_english_one_elsewhere():
    alipay = catalogue.method("alipay_cn")
    assert alipay.named("zh_Hans") == "支付宝"
    assert alipay.named("zh_Hant") == "支付寶"
    assert alipay.named("de") == alipay.named("en") == "Alipay"
    assert alipay.named("zh-TW") == alipay.named("zh-hant") == "支付寶"
    assert alipay.named("zh") == alipay.named("zh-Hans-TW") == "支付宝"
    assert catalogue.method("konbini").named("ja") == "コンビニ決済"
    assert catalogue.method("knet").named("ar") == "كي نت"


def test_a_card_brand_can_have_local_names_too():
    assert catalogue.brands()["unionpay"].named("zh_Hans") == "银联"


def test_a_shopper_in_any_language_of_the_checkout_reads_card_and_bank_transfer_in_it():
    for code in ("card", "bank_transfer"):
        assert catalogue.method(code).names.keys() == checks.LOCALES


@pytest.mark.parametrize(
    ("names", "words"),
    [
        ({"xx": "Ideaal"}, "no such language xx"),
        ({"zh-hans": "Ideaal"}, "no such language zh-hans"),
        ({"de": " "}, "the name in de is empty or the English one"),
        ({"de": "iDEAL | Wero"}, "the name in de is empty or the English one"),
    ],
)
def test_a_name_that_helps_nobody_is_a_fault(monkeypatch, names, words):
    row = msgspec.structs.replace(catalogue.method("ideal"), names=names)
    monkeypatch.setattr(checks, "methods", lambda: {**catalogue.methods(), "ideal": row})
    assert any(words in fault for fault in catalogue.check())


def test_every_kind_has_an_icon_and_no_other_kind_has():
    assert {row.kind for row in catalogue.methods().values()} == catalogue.ICONS.keys()
    assert len(set(catalogue.ICONS.values())) == len(catalogue.ICONS)
