"""Klarna's document of payment sessions; those of pages and orders are not beside the checkout."""

from __future__ import annotations

from typing import Any

import pytest

from acquiring.connectors.driver import Wire
from tests.connectors.contract import Contract


class KlarnaContract(Contract):
    """What begins with /payments is checked; the rest is skipped with a word."""

    def check_call(self, wire: Wire) -> None:
        _known(wire)
        super().check_call(wire)

    def check_reply(self, wire: Wire, status: int, body: Any) -> None:
        _known(wire)
        super().check_reply(wire, status, body)


def _known(wire: Wire) -> None:
    if not wire.path.startswith("/payments/"):
        pytest.skip(f"the document of {wire.path.split('/')[1]} is not beside this checkout")
