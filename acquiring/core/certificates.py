"""Client certificates for `http`: who calls proves itself in the TLS handshake (mutual TLS).

A certificate and its key come out of the vault as text. Python's TLS reads them from a file only,
so they pass through one that exists in memory, or, where the system has no such files, through one
that only we can read and that is gone before anything is sent.
"""

from __future__ import annotations

import hashlib
import os
import ssl
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple


class Certificate(NamedTuple):
    """A certificate, with those that lead to its root, and its private key without password: PEM.
    `authority` is the root by which the other side is known, where it is none of the system's.
    """

    chain: str
    key: str
    authority: str = ""

    def __repr__(self) -> str:
        return f"Certificate({self.digest[:12]})"

    @property
    def digest(self) -> str:
        """A name for exactly this certificate and key."""
        return hashlib.sha256("\0".join(self).encode()).hexdigest()


class Unusable(Exception):  # noqa: N818 (a fact about what was typed)
    """The certificate cannot be read, or the key is not its own."""


def context(certificate: Certificate) -> ssl.SSLContext:
    """A TLS context that shows the certificate. Raises Unusable."""
    made = ssl.create_default_context(cadata=certificate.authority or None)
    try:
        with _file(f"{certificate.key}\n{certificate.chain}\n") as path:
            made.load_cert_chain(path)
    except (ssl.SSLError, ValueError) as error:
        raise Unusable("the certificate cannot be read, or the key is not its own") from error
    return made


@contextmanager
def _file(text: str) -> Iterator[str]:
    if hasattr(os, "memfd_create") and os.path.isdir("/proc/self/fd"):
        number = os.memfd_create("certificate", os.MFD_CLOEXEC)
        try:
            os.write(number, text.encode())
            yield f"/proc/self/fd/{number}"
        finally:
            os.close(number)
        return
    with tempfile.NamedTemporaryFile("w") as file:  # 0600
        file.write(text)
        file.flush()
        yield file.name
