"""What is known about the request being served: its id and where it came from.

The id is in every log line; the address is not, being a person's, and goes to the audit log only.
"""

from __future__ import annotations

from contextvars import ContextVar

_request_id: ContextVar[str] = ContextVar("request_id", default="")
_address: ContextVar[str] = ContextVar("address", default="")


def begin(request_id: str, address: str) -> None:
    """Note the request this thread serves from now on."""
    _request_id.set(request_id)
    _address.set(address)


def request_id() -> str:
    """The current request's id, empty outside a request."""
    return _request_id.get()


def address() -> str:
    """The address the current request came from, empty outside a request."""
    return _address.get()
