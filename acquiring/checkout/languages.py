"""The shopper's language: the one they chose, else the shop's word, else the browser's.

A language is offered once its words lie in `templates/locale/checkout`; English is always there.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import NamedTuple

from babel import Locale
from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import to_language, to_locale
from django.utils.translation.trans_real import parse_accept_lang_header

from acquiring.core import locales

PARAMETER = "locale"
NAMES = {
    "en": "English",
    "zh-hans": "简体中文",
    "zh-hant": "繁體中文",
    "ja": "日本語",
    "ko": "한국어",
    "ms": "Bahasa Melayu",
    "id": "Bahasa Indonesia",
    "th": "ไทย",
    "vi": "Tiếng Việt",
    "es": "Español",
    "pt": "Português",
    "de": "Deutsch",
    "fr": "Français",
    "ar": "العربية",
}


class Language(NamedTuple):
    """A language to choose: its code as in `lang`, and its name as its speakers write it."""

    code: str
    name: str

    @property
    def short(self) -> str:
        """Its name where there is little room."""
        return self.name[:1] if self.code.startswith("zh") else self.code.upper()


@cache
def offered() -> tuple[Language, ...]:
    """The languages whose words are there, in the order of NAMES."""
    words = Path(settings.BASE_DIR) / "templates" / "locale" / "checkout"
    return tuple(
        Language(code, name)
        for code, name in NAMES.items()
        if code == "en" or (words / to_locale(code) / "LC_MESSAGES" / "django.mo").exists()
    )


def of(request: HttpRequest, *wanted: str) -> str:
    """The code of the language to speak; `wanted` are the checkout's own locales."""
    asked = [request.GET.get(PARAMETER, ""), *wanted]
    accepted = request.META.get("HTTP_ACCEPT_LANGUAGE", "")
    asked += [code for code, _ in parse_accept_lang_header(accepted)]
    codes = {one.code for one in offered()}
    for text in asked:
        code = known(text)
        if code in codes:
            return code
    return "en"


def country_of(request: HttpRequest) -> str:
    """A guess at the shopper's country from their browser's languages ("de-AT"); "" without one.

    It only orders the ways to pay. Nobody is refused one for it.
    """
    for tag, _ in parse_accept_lang_header(request.META.get("HTTP_ACCEPT_LANGUAGE", "")):
        last = tag.replace("_", "-").rpartition("-")[2]
        if "-" in tag and len(last) == 2 and last.isalpha():
            return last.upper()
    return ""


def babel(code: str) -> Locale:
    """The locale for amounts and dates."""
    return Locale.parse(to_locale(code if code in NAMES else "en"))


def known(text: str) -> str:
    """One of our codes for a tag such as "zh-TW" or "pt_BR"; "" for an unknown language."""
    code = to_language(locales.language(text))
    return code if code in NAMES else ""
