"""Print the document that one `POST /v1/payments` with `confirm: false` writes.

`python -m bench.document`, in the environment of an installation: the service itself makes it, and
it is caught on its way to the write function, so that pgbench runs what the product runs.
"""

from __future__ import annotations

import json
import sys
from unittest import mock

import django

BODY = {
    "amount": 1999,
    "currency": "EUR",
    "reference": "order-1001",
    "description": "Two lamps",
    "return_url": "https://shop.example/done",
    "customer": {"name": "Shopper 1", "email": "shopper-1@example.com"},
    "metadata": {"channel": "web"},
}


class _Caught(Exception):  # noqa: N818 (not an error)
    """The document was seen."""


def main(secret_key: str) -> None:
    """Create a payment of the key's merchant as far as the write, and print what it would write."""
    django.setup()
    from acquiring.core import idempotency
    from acquiring.payments import services, store
    from acquiring.payments.wishes import Wish
    from merchants import keys

    facts = keys.authenticate(secret_key)
    assert facts is not None
    wish = Wish(
        **{name: BODY[name] for name in BODY if name != "customer"},
        shopper={"customer": BODY["customer"]},
    )
    claim = idempotency.claim_of(facts.merchant_id, "k" * 32, "POST /v1/payments", b"{}")
    with mock.patch.object(store.fast, "call", side_effect=_Caught) as call:
        try:
            services.create(services.Merchant(facts.merchant_id, facts.mode), wish, claim=claim)
        except _Caught:
            json.dump(json.loads(call.call_args.args[2]), sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1])
