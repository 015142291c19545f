"""An account's client certificate is shown to its bank, which answers nobody without one."""

from __future__ import annotations

import json
from dataclasses import replace
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from acquiring.connectors import client
from acquiring.connectors.client import Account
from acquiring.connectors.registry import driver
from acquiring.portal.accounts import words
from tests.core.certificates import Signed, demanding

PIX = driver("bacen_pix")


class Bank(BaseHTTPRequestHandler):
    """Lends tokens and knows no charge; remembers who called, and over which connections."""

    protocol_version = "HTTP/1.1"
    seen: list[tuple[str, str, int]]

    def do_POST(self) -> None:
        self._say(200, {"access_token": "lent", "expires_in": 300})

    def do_GET(self) -> None:
        self._say(404, {"type": "https://pix.bcb.gov.br/api/v2/error/CobNaoEncontrado"})

    def _say(self, status: int, body: dict) -> None:
        self.rfile.read(int(self.headers.get("content-length", 0)))
        name = self.connection.getpeercert()["subject"][0][0][1]
        self.seen.append((self.command, name, self.client_address[1]))
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *arguments: object) -> None:
        pass


@pytest.fixture
def authority() -> Signed:
    return Signed("Test authority")


@pytest.fixture
def bank(authority: Signed, tmp_path: Path):
    Bank.seen = []
    client.forget_failures()
    with demanding(Bank, authority, tmp_path) as url:
        yield url
    client.forget_failures()


def account(url: str, authority: Signed, shown: Signed | None) -> Account:
    keys = {"client_id": "shop", "client_secret": url, "pix_key": "shop@example.com"}
    if shown:
        keys |= {"client_certificate": shown.pem, "client_certificate_key": shown.key_pem}
    return Account(PIX.name, url, keys | {"bank_certificate": authority.pem}, base_url=url)


def test_the_bank_sees_the_accounts_certificate_over_one_connection(bank, authority):
    ours = account(bank, authority, Signed("amber", authority))

    assert client.check(PIX, ours) == "good"

    assert [(verb, name) for verb, name, _ in Bank.seen] == [("POST", "amber"), ("GET", "amber")]
    assert len({port for *_, port in Bank.seen}) == 1


def test_another_accounts_certificate_goes_over_another_connection(bank, authority):
    for name in ("amber", "chiara"):
        ours = account(bank, authority, Signed(name, authority))
        client.check(PIX, replace(ours, id=name))

    assert {name for _, name, _ in Bank.seen} == {"amber", "chiara"}
    assert len({port for *_, port in Bank.seen}) == 2


def test_without_one_or_with_a_strangers_the_bank_is_silent(bank, authority):
    stranger = Signed("stranger", Signed("Another authority"))
    for shown in (None, stranger):
        assert client.check(PIX, account(bank, authority, shown)) == "unknown"

    assert Bank.seen == []


def test_a_key_of_another_certificate_sends_nothing(bank, authority):
    ours = account(bank, authority, Signed("amber", authority))
    other = {**ours.credentials, "client_certificate_key": Signed("chiara", authority).key_pem}

    assert client.check(PIX, replace(ours, credentials=other)) == "unknown"
    assert Bank.seen == []


def test_the_certificate_is_asked_for_and_may_be_left_out():
    assert PIX.client_certificate is not None
    for name in PIX.client_certificate:
        assert words.help_of(PIX.name, name)
        assert not words.required(PIX, name)
    assert words.is_secret(PIX, "client_certificate_key")
    assert not words.is_secret(PIX, "client_certificate")
