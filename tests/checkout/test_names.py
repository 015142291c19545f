"""The ways to pay by the names their shoppers know, with a picture even where no brand gave one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import translation

from acquiring import catalogue
from acquiring.catalogue import checks
from acquiring.checkout import languages, words
from acquiring.checkout.templatetags.checkout import tile
from acquiring.portal import naming
from acquiring.portal.templatetags import caravel

STATIC = Path(settings.BASE_DIR) / "templates" / "static"


def test_local_names_are_in_the_languages_the_checkout_speaks():
    spoken = {translation.to_locale(code) for code in languages.NAMES}
    assert spoken - {"en"} == checks.LOCALES


@pytest.mark.parametrize(
    ("language", "code", "name"),
    [
        ("zh-hans", "wechatpay", "微信支付"),
        ("zh-hant", "alipay_cn", "支付寶"),
        ("ja", "konbini", "コンビニ決済"),
        ("ko", "kakaopay", "카카오페이"),
        ("th", "promptpay", "พร้อมเพย์"),
        ("ar", "card", "بطاقة"),
        ("fr", "konbini", "Konbini"),
        ("en", "kplus", "K PLUS"),
        ("en", "no_such_method", "no_such_method"),
    ],
)
def test_a_shopper_reads_the_name_they_know(language, code, name):
    with translation.override(language):
        assert words.method_name(code) == name


def test_a_card_is_called_by_its_brands_local_name():
    with translation.override("zh-hant"):
        assert words.card_name("unionpay", "4242") == naming.card("unionpay", "4242")
        assert words.card_name("unionpay", "4242") == "銀聯 ·· 4242"


def test_the_portal_speaks_of_methods_as_its_reader_does():
    with translation.override("zh-hans"):
        assert naming.method("fps_hk") == "转数快"
    with translation.override("en"):
        assert naming.method("alipay_cn") == "Alipay"


def test_a_method_without_a_picture_shows_the_icon_of_its_kind():
    for drawn in (tile("konbini", "Konbini"), caravel.brand("konbini", "Konbini")):
        assert "icons.svg#building-store" in drawn
        assert 'aria-hidden="true"' in drawn
    assert "ideal.svg" in tile("ideal")
    assert "icons.svg" not in tile("no_such_brand")
    assert ">NS<" in caravel.brand("no_such_provider")


@pytest.mark.parametrize("sprite", ["icons.svg", "checkout/icons.svg"])
def test_both_sprites_hold_the_icon_of_every_kind(sprite):
    drawn = re.findall(r'<symbol id="([^"]+)"', (STATIC / sprite).read_text("utf-8"))
    assert set(catalogue.ICONS.values()) <= set(drawn)
    assert len(drawn) == len(set(drawn))
