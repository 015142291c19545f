"""Lists come from their publishers when the installation asks for it, and only whole."""

from __future__ import annotations

import pytest
from django.core.management import CommandError, call_command
from django.test import override_settings

from acquiring.core import clock, http
from merchants.screening import downloads, lists
from tests.screening.conftest import TEST_LIST

pytestmark = pytest.mark.django_db


@pytest.fixture
def publisher(monkeypatch):
    """What a publisher answers, by address."""
    answers: dict[str, http.Response] = {}

    def send(method, url, headers, body=b"", **_):
        return answers.get(url) or http.Response(404, {}, b"", 1)

    monkeypatch.setattr(http, "send", send)
    return answers


def fresh_list() -> bytes:
    today = clock.now().date().isoformat()
    return TEST_LIST.read_bytes().replace(b"2026-01-01T", f"{today}T".encode(), 1)


def test_a_list_is_fetched_behind_a_redirection(publisher):
    publisher["https://list.example/un.xml"] = http.Response(302, {"location": "/store/1"}, b"", 1)
    publisher["https://list.example/store/1"] = http.Response(200, {}, fresh_list(), 1)

    version = downloads.fetch("un", "https://list.example/un.xml")

    assert (version.entries, version.loaded_by) == (5, "system")


@override_settings(ALLOW_PRIVATE_ENDPOINTS=False)
def test_nothing_is_fetched_that_anybody_on_the_way_could_change(publisher):
    publisher["https://list.example/un.xml"] = http.Response(
        302, {"location": "http://list.example/1"}, b"", 1
    )
    publisher["http://list.example/1"] = http.Response(200, {}, fresh_list(), 1)

    with pytest.raises(downloads.NotFetched, match="only https"):
        downloads.fetch("un", "https://list.example/un.xml")


def test_the_same_files_make_the_list_young_again(publisher):
    publisher["https://list.example/un.xml"] = http.Response(200, {}, TEST_LIST.read_bytes(), 1)
    version = lists.load("un", [TEST_LIST], "system")
    assert lists.is_stale("un", version, version.loaded_at.replace(year=2027))

    downloads.fetch("un", "https://list.example/un.xml")

    version.refresh_from_db()
    assert not lists.is_stale("un", version)
    assert version.number == 1


@override_settings(SCREENING_DOWNLOADS={"un": "https://list.example/gone", "eu": ""})
def test_a_download_that_fails_leaves_the_list_as_it_was(publisher):
    lists.load("un", [TEST_LIST], "system")

    assert list(downloads.fetch_all()) == []
    assert lists.active()["un"].number == 1


def test_the_command_says_what_it_did(publisher, capsys):
    call_command("screening", "load", "test", str(TEST_LIST))
    assert "5 entries (5 added" in capsys.readouterr().out
    call_command("screening", "status")
    assert "UN Security Council: absent STALE" in capsys.readouterr().out
    call_command("screening", "search", "Tesperson Gelistet")
    assert "TEST.001  Testperson Gelistet" in capsys.readouterr().out
    call_command("screening", "sweep")
    assert "0 looked at" in capsys.readouterr().out
    with pytest.raises(CommandError, match="answered 404"):
        call_command("screening", "fetch", "un")
    with pytest.raises(CommandError, match="there is no file"):
        call_command("screening", "load", "un", "nowhere.xml")
