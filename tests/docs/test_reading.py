"""Reading the documentation: contents, search, tabs, and what is the reader's own."""

from __future__ import annotations

import json
import re

import pytest
from django.test import Client

from acquiring.api import book, marking, pages
from tests import cast


@pytest.fixture
def reader():
    return Client(SERVER_NAME="127.0.0.1")


def read(client, path):
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.content.decode()


def test_pages_are_turned_in_their_order(reader):
    page = read(reader, "/docs/concepts")
    assert 'rel="prev" href="/docs/quickstart"' in page
    assert 'rel="next" href="/docs/testing"' in page
    assert 'rel="prev"' not in read(reader, "/docs/quickstart")
    assert 'rel="next"' not in read(reader, f"/docs/{book.ORDER[-1]}")


@pytest.mark.parametrize(
    ("words", "address"),
    [
        ("insufficient_funds", "/docs/declines#funds"),
        ("idempotency key body", "/docs/payments#idempotency"),
        ("verify webhook", "/docs/webhooks#verify"),
        ("refunds", "/docs/refunds"),
        ("CARAVEL_EMAIL_URL", "/docs/configuration"),
    ],
)
def test_the_search_finds_the_place(reader, words, address):
    found = [one.address for one in book.search(words)]
    assert address in found[:4], found
    assert f'href="{address}"' in read(reader, f"/docs/search?q={words}")


def test_what_is_nowhere_is_said_to_be(reader):
    assert "<h2>Nothing found</h2>" in read(reader, "/docs/search?q=zeppelin")
    assert "<h2>Nothing found</h2>" not in read(reader, "/docs/search")


def test_the_script_has_an_index_of_its_own_and_it_is_small(reader):
    answer = reader.get("/docs/search.json")
    rows = json.loads(answer.content)
    assert len(rows) > 100
    assert len(answer.content) < 330_000
    assert all(len(row) == 4 and row[0].startswith("/docs/") for row in rows)


def test_samples_in_several_languages_are_tabs():
    html = marking.draw(
        "x", '# X\n\n```python tab\na < 1\n```\n\n```sh tab "Windows"\nb\n```\n\n```sh\nc\n```\n'
    ).html
    assert html.count('<input type="radio"') == 2
    assert re.findall(r"<label[^>]*>(.*?)</label>", html) == ["Python", "Windows"]
    assert "a &lt; 1" in html
    assert html.count("<pre") == 3


def test_headings_can_be_linked_to(reader):
    page = read(reader, "/docs/refunds")
    assert '<h2 id="give-money-back">' in page
    assert 'href="#give-money-back"' in page


@pytest.mark.django_db
def test_samples_carry_the_readers_own_test_key_and_never_a_secret_one(
    ambers_shop, amber, chiaras_shop, settings
):
    page = read(cast.at_the_desk(amber), "/docs/quickstart")
    assert ambers_shop.publishable_key in page
    assert pages.PUBLISHABLE not in page
    assert chiaras_shop.publishable_key not in page
    assert ambers_shop.secret_key not in page
    assert pages.SECRET in page
    assert f"export BASE={settings.BASE_URL}" in page
    assert 'href="/test/developers/api-keys/new/"' in page or "api-keys" in page


@pytest.mark.django_db
def test_a_stranger_reads_where_a_key_goes(reader):
    page = read(reader, "/docs/quickstart")
    assert pages.PUBLISHABLE in page
    assert "/login/?next=/docs/quickstart" in page


def test_a_personal_page_is_not_kept_by_anybody_between(reader):
    answer = reader.get("/docs/quickstart")
    assert "private" in answer["Cache-Control"]
    assert "Cookie" in answer["Vary"]


@pytest.mark.parametrize("language", ["zh-hans", "zh-hant"])
def test_the_frame_speaks_the_readers_language(reader, language):
    answer = reader.get("/docs/refunds", headers={"accept-language": language})
    page = answer.content.decode()
    assert "上一" in page
    assert "Previous" not in page
    assert '<article class="dc-prose cv-prose" lang="en"' in page
