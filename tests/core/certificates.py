"""Certificates for tests: an authority, and what it signs."""

from __future__ import annotations

import datetime
import ipaddress
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from merchants.wallets import APPLE_EXTENSION

HOUR = datetime.timedelta(hours=1)


class Signed:
    """A certificate with its key; `by` is who signed it, itself when nobody did."""

    def __init__(self, name: str, by: Signed | None = None, *, apple: bool = False, hours: int = 1):
        self.key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        begins = datetime.datetime.now(datetime.UTC) + hours * HOUR - 2 * HOUR
        made = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(by.made.subject if by else subject)
            .public_key(self.key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(begins)
            .not_valid_after(begins + 2 * HOUR)
            .add_extension(x509.BasicConstraints(ca=by is None, path_length=None), critical=True)
        )
        address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
        made = made.add_extension(x509.SubjectAlternativeName([address]), critical=False)
        if apple:
            named = x509.UnrecognizedExtension(APPLE_EXTENSION, b"\x0c\x40" + b"A" * 64)
            made = made.add_extension(named, critical=False)
        self.made = made.sign((by or self).key, hashes.SHA256())

    @property
    def pem(self) -> str:
        return self.made.public_bytes(serialization.Encoding.PEM).decode()

    @property
    def key_pem(self) -> str:
        plain = serialization.NoEncryption()
        form = serialization.PrivateFormat.PKCS8
        return self.key.private_bytes(serialization.Encoding.PEM, form, plain).decode()


@contextmanager
def demanding(
    handler: type[BaseHTTPRequestHandler], authority: Signed, folder: Path
) -> Iterator[str]:
    """The address of a server that lets nobody in without a certificate of the authority."""
    own, path = Signed("bank", authority), folder / "own.pem"
    path.write_text(own.key_pem + own.pem)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(cadata=authority.pem)
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.socket = context.wrap_socket(
        server.socket, server_side=True, do_handshake_on_connect=False
    )
    server.handle_error = lambda *_: None  # type: ignore[method-assign]
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield f"https://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
