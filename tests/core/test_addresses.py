"""Addresses for shoppers name the merchant and the row, and nothing else opens."""

from __future__ import annotations

import pytest

from acquiring.core import addresses, ids
from acquiring.core.errors import Problem


def test_a_token_names_the_merchant_and_the_row():
    merchant, row = ids.new(), ids.new()
    token = addresses.token(merchant, row)
    assert len(token) == addresses.TOKEN_CHARACTERS
    assert addresses.read_token(token) == (merchant, row)
    assert addresses.checkout_url(merchant, row).endswith(f"/checkout/{token}")
    assert addresses.link_url(merchant, row).endswith(f"/pay/{token}")


@pytest.mark.parametrize("text", ["", "x", "ä" * 43, "=" * 43, "A" * 42, "A" * 44, "../" * 14])
def test_what_is_no_token_is_not_found(text):
    with pytest.raises(Problem) as refused:
        addresses.read_token(text)
    assert refused.value.status == 404
