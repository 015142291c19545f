"""Who calls proves itself in the TLS handshake: a server that lets nobody else in."""

from __future__ import annotations

from http.server import BaseHTTPRequestHandler

import pytest

from acquiring.core import http
from acquiring.core.certificates import Certificate
from tests.core.certificates import Signed, demanding


class Bank(BaseHTTPRequestHandler):
    """Answers with the name in the certificate of who asks."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        shown = self.connection.getpeercert()["subject"][0][0][1].encode()
        self.send_response(200)
        self.send_header("content-length", str(len(shown)))
        self.end_headers()
        self.wfile.write(shown)

    def log_message(self, *arguments: object) -> None:
        pass


@pytest.fixture(scope="module")
def authority() -> Signed:
    return Signed("Test authority")


@pytest.fixture(scope="module")
def bank(authority, tmp_path_factory):
    with demanding(Bank, authority, tmp_path_factory.mktemp("bank")) as url:
        yield f"{url}/"


def test_each_certificate_opens_as_itself(bank, authority):
    for name in ("amber", "chiara", "amber"):
        shown = Signed(name, authority)
        proof = Certificate(shown.pem, shown.key_pem, authority.pem)
        reply = http.send("POST", bank, {}, b"{}", certificate=proof)
        assert (reply.status, reply.body) == (200, name.encode())
        assert http.send("POST", bank, {}, b"{}", certificate=proof).body == name.encode()


def test_without_a_certificate_or_with_a_strangers_nothing_is_answered(bank, authority):
    stranger = Signed("stranger", Signed("Another authority"))
    for proof in (None, Certificate(stranger.pem, stranger.key_pem, authority.pem)):
        with pytest.raises((http.NotSent, http.NoAnswer)):
            http.send("POST", bank, {}, b"{}", certificate=proof)


def test_a_certificate_that_cannot_be_used_sends_nothing(bank, authority):
    one, other = Signed("one", authority), Signed("other", authority)
    for proof in (Certificate(one.pem, other.key_pem), Certificate("no pem", one.key_pem)):
        with pytest.raises(http.NotSent, match="key is not its own"):
            http.send("POST", bank, {}, b"{}", certificate=proof)


def test_a_certificate_prints_no_key():
    one = Signed("one")
    assert "PRIVATE" not in repr(Certificate(one.pem, one.key_pem))
