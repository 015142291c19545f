"""The documentation: it is there, it is up to date, and what it shows works."""

from __future__ import annotations

import re

import pytest
from django.conf import settings
from django.test import Client
from django.utils.module_loading import import_string

from acquiring import catalogue
from acquiring.api import pages
from acquiring.core.errors import problems
from acquiring.payments import states

DOCS = settings.DOCS_DIR


@pytest.mark.parametrize("name", settings.GENERATED_PAGES)
def test_a_generated_page_is_what_its_table_says(name):
    """`manage.py docs` draws them anew."""
    made = import_string(settings.GENERATED_PAGES[name])()
    assert (DOCS / name).read_text("utf-8") == made


@pytest.mark.parametrize("name", [page.name for page in pages.pages()])
def test_every_page_is_shown_without_inline_style_or_script(name):
    answer = Client(SERVER_NAME="127.0.0.1").get(f"/docs/{name}")
    page = answer.content.decode()
    assert answer.status_code == 200
    assert 'style="' not in page
    assert "<script>" not in page
    assert "unsafe-inline" not in answer["Content-Security-Policy"]


def test_every_page_of_the_order_exists_and_is_listed():
    assert [page.name for page in pages.pages()] == list(pages.ORDER)
    index = Client(SERVER_NAME="127.0.0.1").get("/docs").content.decode()
    assert all(f'href="/docs/{name}"' in index for name in pages.ORDER)


def test_links_between_pages_lead_somewhere():
    names = {page.name: page for page in pages.pages()}
    for page in pages.pages():
        for target in re.findall(r'href="(/docs[^"]*|#[^"]*)"', page.html):
            path, _, anchor = target.partition("#")
            name = path.removeprefix("/docs").strip("/") or page.name
            assert name in names or path in {"/docs", "/docs/api"}, (page.name, target)
            if anchor:
                assert f'id="{anchor}"' in names[name].html, (page.name, target)


def test_every_error_has_its_place_under_its_doc_url():
    page = next(page for page in pages.pages() if page.name == "errors")
    assert all(f'<h3 id="{code}">' in page.html for code in problems())


def test_every_decline_and_state_is_explained():
    html = {page.name: page.html for page in pages.pages()}
    assert all(f"<code>{code}</code>" in html["declines"] for code in catalogue.declines())
    assert all(f"<code>{state}</code>" in html["states"] for state in states.ATTEMPT)
    assert all(f"`{state}`" in (DOCS / "payments.md").read_text() for state in states.PAYMENT)


def test_a_page_nobody_wrote_is_not_found():
    for path in ("/docs/nothing", "/docs/..%2Fpyproject", "/docs/decisions"):
        assert Client(SERVER_NAME="127.0.0.1").get(path).status_code == 404


def test_the_reference_is_served_from_here():
    answer = Client(SERVER_NAME="127.0.0.1").get("/docs/api")
    page = answer.content.decode()
    assert "://" not in re.sub(r'xmlns="[^"]*"', "", page.split("<body>")[1].split("</body>")[0])
    policy = answer["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "style-src 'self';" in policy + ";"
