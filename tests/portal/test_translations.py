"""Every word of the portal exists in every language, and what runs is what was translated."""

import re
from io import BytesIO
from itertools import chain
from pathlib import Path

import pytest
from babel.messages.extract import extract
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po
from django.conf import settings
from django.utils.translation.template import templatize

from merchants import roles

LANGUAGES = ["zh_Hans", "zh_Hant"]
WORDS = {"gettext": None, "gettext_lazy": None, "_": None, "pgettext": ((1, "c"), 2)}
FOLDERS = ("portal", "account", "emails")


def catalogue(language: str):
    folder = Path(settings.LOCALE_PATHS[0]) / language / "LC_MESSAGES"
    return folder / "django.po", folder / "django.mo"


def said() -> set[tuple[str | None, str]]:
    """Every (context, text) that templates, forms and tables say."""
    found = {(None, title) for title in roles.titles().values()}
    found |= {(None, row["title"]) for row in roles.resources().values()}
    templates = settings.BASE_DIR / "templates"
    pages = [*templates.glob("*.html")]
    for folder in FOLDERS:
        pages += [path for path in (templates / folder).rglob("*.*") if path.suffix != ".po"]
    modules = chain(
        (settings.BASE_DIR / "acquiring" / "portal").rglob("*.py"),
        (settings.BASE_DIR / "merchants").glob("*.py"),
    )
    for source in [templatize(page.read_text("utf-8")) for page in pages] + [
        module.read_text("utf-8") for module in modules
    ]:
        for _line, text, _comments, about in extract(
            "python", BytesIO(source.encode()), keywords=WORDS
        ):
            found.add((about, text if isinstance(text, str) else text[0]))
    return {(about, text) for about, text in found if text}


def context(message) -> str | None:
    """A compiled message's context, which comes as bytes."""
    return message.context.decode() if message.context else None


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_left_untranslated(language):
    with catalogue(language)[0].open("rb") as file:
        known = {(one.context, one.id): one.string for one in read_po(file) if one.id}

    missing = {key for key in said() if not known.get(key)}
    assert missing == set(), "add them to templates/locale/*/LC_MESSAGES/django.po, then compile"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_compiled_words_are_the_written_ones(language):
    written, compiled = catalogue(language)
    with written.open("rb") as file:
        wanted = {(one.context, one.id): one.string for one in read_po(file) if one.id}
    with compiled.open("rb") as file:
        running = {(context(one), one.id): one.string for one in read_mo(file) if one.id}

    assert running == wanted, "compile: pybabel compile -D django -d templates/locale"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_placeholder_survives(language):
    with catalogue(language)[0].open("rb") as file:
        for one in read_po(file):
            if one.id:
                names = re.findall(r"%\((\w+)\)s", one.id)
                assert sorted(re.findall(r"%\((\w+)\)s", one.string)) == sorted(names), one.id
