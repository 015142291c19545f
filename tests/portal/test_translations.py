"""Every word of the portal exists in every language, and what runs is what was translated."""

import re
from collections.abc import Iterable
from io import BytesIO
from itertools import chain
from pathlib import Path

import pytest
from babel.messages.extract import extract
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po
from django.conf import settings
from django.utils.translation import override, to_locale
from django.utils.translation.template import templatize

from acquiring import catalogue
from acquiring.checkout.languages import NAMES
from acquiring.core.errors import Problem, problems
from acquiring.portal import tables
from merchants import notices, roles

LANGUAGES = ["zh_Hans", "zh_Hant"]
WORDS = {
    **dict.fromkeys(("gettext", "gettext_lazy", "_")),
    **dict.fromkeys(("pgettext", "pgettext_lazy"), ((1, "c"), 2)),
    **dict.fromkeys(("ngettext", "ngettext_lazy"), (1, 2)),
    **dict.fromkeys(("npgettext", "npgettext_lazy"), ((1, "c"), 2, 3)),
}
FOLDERS = ("portal", "account", "emails", "cotton", "checkout", "docs", "mfa")
ROOMS = ("portal", "checkout", "notices", "exports", "api")


AREAS = [Path(one) for one in settings.LOCALE_PATHS]


def catalogues(language: str) -> list[Path]:
    """The language's written words, one file an area."""
    found = [area / language / "LC_MESSAGES" / "django.po" for area in AREAS]
    return [path for path in found if path.exists()]


EVERY = [path for area in AREAS for path in sorted(area.glob("*/LC_MESSAGES/django.po"))]


def said() -> set[tuple[str | None, str]]:
    """Every (context, text) that templates, forms and tables say."""
    found = {(None, title) for title in roles.titles().values()}
    found |= {(None, use) for use in roles.uses().values()}
    found |= {(None, row["title"]) for row in roles.resources().values()}
    found |= {(None, words) for words in roles.permissions().values()}
    found |= {(None, words) for one in notices.kinds().values() for words in (one.title, one.group)}
    for code, decline in catalogue.declines().items():
        found |= {(None, code.replace("_", " ").capitalize()), (None, decline.advice)}
    for problem in problems().values():
        found |= {(None, problem["message"]), (None, problem["advice"])}
    templates = settings.BASE_DIR / "templates"
    pages = [*templates.glob("*.html")]
    for folder in FOLDERS:
        pages += [path for path in (templates / folder).rglob("*.*") if path.suffix != ".po"]
    rooms = [(settings.BASE_DIR / "acquiring" / room).rglob("*.py") for room in ROOMS]
    merchants = settings.BASE_DIR / "merchants"
    modules = chain(merchants.glob("*.py"), [merchants / "onboarding" / "saying.py"], *rooms)
    return {(about, text) for about, text in found | spoken(pages, modules) if text}


def spoken(pages: Iterable[Path], modules: Iterable[Path]) -> set[tuple[str | None, str]]:
    """What these templates and modules say, of a plural its first form."""
    found: set[tuple[str | None, str]] = set()
    for source in [templatize(page.read_text("utf-8")) for page in pages] + [
        module.read_text("utf-8") for module in modules
    ]:
        for _line, text, _comments, about in extract(
            "python", BytesIO(source.encode()), keywords=WORDS
        ):
            found.add((about, text if isinstance(text, str) else text[0]))
    return found


def context(message) -> str | None:
    """A compiled message's context, which comes as bytes."""
    return message.context.decode() if message.context else None


def plain(text) -> str | tuple[str, ...]:
    """What is said, as a key: of a plural both forms."""
    return text if isinstance(text, str) else tuple(text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_left_untranslated(language):
    known = {
        (one.context, one.id if isinstance(one.id, str) else one.id[0]): one.string
        for path in catalogues(language)
        for one in read_po(path.open("rb"))
        if one.id
    }

    missing = {key for key in said() if not known.get(key)}
    assert missing == set(), "add them to templates/locale/<area>/*/LC_MESSAGES/django.po; compile"


def test_refusals_are_said_in_the_readers_language():
    known = Problem("invalid_field", "A view's name has 1 to 40 characters.")
    counted = Problem("amount_too_large", "At most 7 can be refunded.")
    with override("zh-hans"):
        assert tables.refusal(known) == "视图名称须为 1 到 40 个字符。"
        assert tables.refusal(counted) == "金额大于剩余部分。"
        assert tables.plain("do_not_honor") == "银行拒绝，未说明原因"
    with override("en"):
        assert tables.refusal(counted) == "At most 7 can be refunded."
        assert tables.plain("do_not_honor") == "do not honor"


@pytest.mark.parametrize("language", sorted(set(NAMES) - {"en"}))
def test_a_shopper_reads_the_whole_checkout_in_every_language_it_offers(language):
    base = settings.BASE_DIR
    pages = (base / "templates" / "checkout").rglob("*.html")
    words = spoken(pages, (base / "acquiring" / "checkout").rglob("*.py"))
    known = {
        (one.context, one.id if isinstance(one.id, str) else one.id[0])
        for path in catalogues(to_locale(language))
        for one in read_po(path.open("rb"))
        if one.id and one.string
    }

    assert {key for key in words if key[1]} - known == set()


@pytest.mark.parametrize("written", EVERY, ids=lambda path: f"{path.parts[-4]}-{path.parts[-3]}")
def test_the_compiled_words_are_the_written_ones(written):
    with written.open("rb") as file:
        wanted = {
            (one.context, plain(one.id)): plain(one.string) for one in read_po(file) if one.id
        }
    with written.with_suffix(".mo").open("rb") as file:
        running = {
            (context(one), plain(one.id)): plain(one.string) for one in read_mo(file) if one.id
        }

    assert running == wanted, "compile: pybabel compile -D django -d templates/locale/<area>"


@pytest.mark.parametrize("written", EVERY, ids=lambda path: f"{path.parts[-4]}-{path.parts[-3]}")
def test_every_placeholder_survives(written):
    with written.open("rb") as file:
        for one in read_po(file):
            for said, shown in pairs(one):
                names = re.findall(r"%\((\w+)\)s", said)
                assert sorted(re.findall(r"%\((\w+)\)s", shown)) == sorted(names), said


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_word_is_written_that_the_glossary_rules_out(language):
    # The second table is of words that only Traditional Chinese leaves to the mainland.
    ruled_out = glossary("Amounts, codes" if language == "zh_Hant" else "Traditional Chinese is")
    found = [
        f"{word}: {shown}"
        for path in catalogues(language)
        for one in read_po(path.open("rb"))
        for _said, shown in pairs(one)
        for word in ruled_out
        if word in shown
    ]
    assert found == [], "docs/translating.md"


def glossary(until: str) -> set[str]:
    """The last column of the tables of docs/translating.md, down to a line."""
    text = (settings.BASE_DIR / "docs" / "translating.md").read_text("utf-8")
    part = text[text.index("## One word") : text.index(until)]
    last_cells = [line.split("|")[-2] for line in part.splitlines() if line.startswith("|")]
    return {word for cell in last_cells for word in re.findall(r"[\u4e00-\u9fff]+", cell)}


def pairs(message):
    """What is said and how it is shown; of a plural every form."""
    if not message.id:
        return []
    if isinstance(message.id, str):
        return [(message.id, message.string)]
    return [(message.id[-1], form) for form in message.string]
