"""Lines of business: found by words, judged by country."""

from __future__ import annotations

import csv

import pytest
from django.conf import settings as project
from hypothesis import given, settings
from hypothesis import strategies as st

from merchants.kyc import industries

CODES = project.SHARED / "kyc" / "mcc.csv"
REFUSED = project.SHARED / "kyc" / "prohibited_businesses.csv"


@pytest.mark.parametrize(
    ("words", "mcc"),
    [
        ("coffee", "5812"), ("Café", "5812"), ("saas", "5817"), ("gym", "7997"),
        ("hairdresser", "7230"), ("hotel", "7011"), ("travel agency", "4722"), ("books", "5942"),
        ("flowers", "5992"), ("dentist", "8021"), ("crypto", "6051"), ("casino", "7995"),
        ("5814", "5814"), ("used cars", "5521"), ("vape", "5993"), ("pet food", "5995"),
    ],
)  # fmt: skip
def test_the_fittest_line_of_business_comes_first(words, mcc):
    assert industries.search(words)[0].mcc == mcc


@pytest.mark.parametrize(
    ("words", "mcc"),
    [
        ("咖啡店", "5812"), ("网上卖衣服", "5651"), ("鞋", "5661"), ("二手车", "5521"),
        ("酒店", "7011"), ("加密货币", "6051"), ("餐廳", "5812"), ("軟體開發", "7372"),
        ("美髮", "7230"), ("保險", "6300"), ("電子書", "5815"), ("中國東方航空", "3206"),
    ],
)  # fmt: skip
def test_a_line_of_business_is_found_by_chinese_words_of_either_script(words, mcc):
    assert industries.search(words)[0].mcc == mcc


def test_every_trade_has_a_name_of_its_own_in_chinese():
    trades = [
        one for key, one in industries.industries().items() if int(key) not in industries.PRIVATE
    ]
    for locale in ("zh-hans", "zh_Hant"):
        assert [one.mcc for one in trades if one.named(locale) == one.title] == []
    assert industries.industries()["7011"].named("zh-CN").startswith("住宿：酒店")
    assert industries.industries()["7011"].named("zh-TW").startswith("住宿：飯店")
    assert industries.industries()["3081"].named("zh-hans") == "Nordair"


def test_codes_of_single_hotels_come_after_the_trade():
    found = [int(one.mcc) in industries.PRIVATE for one in industries.search("hotel", 100)]
    assert found == sorted(found)


def test_nothing_is_found_for_nothing_and_the_limit_holds():
    assert industries.search("") == industries.search("zzzz") == []
    assert len(industries.search("shop", 7)) == 7


@settings(max_examples=25)
@given(st.text(max_size=30))
def test_any_words_may_be_searched(text):
    assert len(industries.search(text, 5)) <= 5


def test_a_code_that_is_none_is_told():
    assert industries.problem("5812") is None
    assert "four digits" in (industries.problem("58") or "")
    assert "no merchant category code 0001" in (industries.problem("0001") or "")


def test_policy_differs_by_country():
    assert industries.policy("5719", "DE").outcome == "take"
    assert industries.policy("7995", "GB").outcome == "licence"
    refused = industries.policy("7995", "SG")
    assert (refused.outcome, refused.key) == ("refuse", "gambling_forbidden")
    assert refused.reason
    assert refused.source


def test_a_code_of_the_networks_is_refused_everywhere():
    assert industries.policy("9700", "US").outcome == "refuse"


def test_words_of_a_description_lead_to_a_person_and_not_to_a_refusal():
    hinted = industries.policy("5651", "DE", "Replica watches and bags")
    assert (hinted.outcome, hinted.key) == ("review", "counterfeit")
    assert industries.policy("5651", "DE", "Watches and bags").outcome == "take"
    assert industries.mentioned("Kitchen mixers and tumblers of glass") == []


def test_chinese_words_of_a_description_lead_to_a_person_too():
    assert industries.mentioned("我们在网上销售电子烟及配件") == ["tobacco"]
    assert industries.mentioned("線上賭場與撲克遊戲") == ["gambling"]
    assert industries.mentioned("象牙白的沙发与餐具") == []


def test_a_licence_is_asked_where_the_code_needs_one():
    (asked,) = industries.licences_asked("5912", "DE")
    assert (asked.key, asked.licence) == ("pharmacy", "Pharmacy or wholesale dealer's licence")
    assert industries.licences_asked("5812", "DE") == []
    assert industries.licences_asked("7995", "SG") == []  # forbidden there: no licence would do


@pytest.mark.skipif(not CODES.exists(), reason="the shared list of codes is not here")
def test_every_code_of_the_shared_list_is_here_with_its_tier():
    with CODES.open(encoding="utf-8") as lines:
        rows = {row["mcc"]: row["risk_tier"] for row in csv.DictReader(lines)}
    assert {key: row.tier for key, row in industries.industries().items()} == rows


@pytest.mark.skipif(not REFUSED.exists(), reason="the shared list of businesses is not here")
def test_every_code_that_stands_for_what_is_refused_is_looked_at():
    with REFUSED.open(encoding="utf-8") as lines:
        hints = {mcc for row in csv.DictReader(lines) for mcc in row["mcc_hints"].split("|") if mcc}
    hiding = {  # ordinary trades among which it may hide: found by words, not by the code
        "0742", "4722", "5499", "5562", "5651", "5691", "5815", "5941", "5948", "5962", "5995",
        "5999", "7299", "7922", "7941",
    }  # fmt: skip
    taken = {mcc for mcc in hints if industries.policy(mcc, "GB").outcome == "take"}
    assert taken <= hiding
