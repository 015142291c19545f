"""Certificates for tests: an authority, and what it signs."""

from __future__ import annotations

import datetime
import ipaddress

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
