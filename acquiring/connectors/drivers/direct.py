"""National QR codes paid straight into the merchant's own bank account; nobody stands in between.

Quirks worth knowing
- Nobody is asked for a code: it is made here (`schemes/national.py`), from the merchant's own
  account at the scheme and a reference that comes back with the credit.
- What was paid is told by the merchant's bank, or by whatever reads its credit advices (camt.054):
  `POST` to the account's webhook address, signed with `notification_key` as HMAC-SHA256 over
  `<timestamp>.<body>` in the header `Credit-Signature: t=<unix seconds>,v1=<hex>`, at most five
  minutes old:

      {"credits": [{"id": "…", "reference": "…", "amount": "19.90", "currency": "SGD"}]}

  `reference` is what the code carried, `amount` major units, `id` the bank's own of the entry.
- A credit of another sum than asked is heard with its own sum. Money that was credited cannot be
  pulled back: there is no refund, no capture, no void, and nothing to inquire.
- A payee's members are credentials named `<scheme>_<member>`; a scheme without them is refused.

Sources: those of `schemes/national.py`; ISO 20022 camt.054 for what a credit advice holds.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import quote

from acquiring.connectors import actions, signing
from acquiring.connectors.driver import (
    Ask,
    BadSignature,
    Call,
    Driver,
    Inbound,
    News,
    Outcome,
    Unsupported,
    Wire,
)
from acquiring.connectors.schemes.national import PAYEES, Wanted, text
from acquiring.core.money import Money

VALID = timedelta(minutes=15)
OLDEST_SECONDS = 300
REFERENCE_CHARACTERS = 20
OPTIONAL = ("name", "city")


class Direct(Driver):
    """The merchant's own account, reached by national QR codes."""

    name = "direct"
    title = "Own bank account"
    live = "https://localhost"  # never called
    credentials = (
        "notification_key",
        *OPTIONAL,
        *(f"{scheme}_{member}" for scheme, members in PAYEES.items() for member in members),
        "scan_url",
    )
    secret_credentials = ("notification_key",)
    verbs = frozenset({"authorize"})
    resendable = frozenset({"authorize"})
    asks_nobody = True

    def answer(self, ask: Ask, account: Mapping[str, str]) -> Outcome | None:
        """The code, and the reference it will be found by."""
        if ask.verb != "authorize":
            return None
        if not account.get(f"{ask.code}_{PAYEES[ask.code][0]}"):
            raise Unsupported(f"the account has no payee for {ask.code}")
        reference = reference_of(ask.reference)
        assert ask.now is not None
        expires_at = ask.now + VALID
        wanted = Wanted(payee_of(ask.code, account), ask.money, reference, expires_at)
        data = text(ask.code, wanted)
        scan = account.get("scan_url", "")
        link = data if ask.code == "upi" else f"{scan}?data={quote(data, safe='')}" if scan else ""
        ends = expires_at.isoformat(timespec="seconds").replace("+00:00", "Z")
        action = actions.qr(data, expires_at=ends, app_url=link)
        return Outcome("action", provider_ref=reference, action=action)

    def authorize(self, ask: Ask) -> Call:
        """Never called: `answer` has spoken."""
        raise Unsupported("there is nobody to ask")

    def headers(self, account: Mapping[str, str], wire: Wire) -> dict[str, str]:
        """None: nothing is sent."""
        return {}

    def news(self, inbound: Inbound, account: Mapping[str, str]) -> list[News]:
        """The credits of an advice; raises BadSignature."""
        _check(inbound, account["notification_key"])
        return [_credit(one) for one in inbound.json()["credits"]]


def reference_of(attempt: str) -> str:
    """The end of our own reference, in capitals: every scheme carries so many characters."""
    return attempt.rpartition("_")[2][-REFERENCE_CHARACTERS:].upper()


def payee_of(scheme: str, account: Mapping[str, str]) -> dict[str, str]:
    """The merchant's account at a scheme, by the scheme's own members."""
    members = {name: account[name] for name in OPTIONAL if account.get(name)}
    return members | {name: account.get(f"{scheme}_{name}", "") for name in PAYEES[scheme]}


def _check(inbound: Inbound, key: str) -> None:
    header = inbound.headers.get("credit-signature", "")
    parts = dict(part.partition("=")[::2] for part in header.split(","))
    moment, given = parts.get("t", ""), parts.get("v1", "")
    if not moment.isdecimal():
        raise BadSignature("Credit-Signature has no moment")
    assert inbound.now is not None
    if abs(inbound.now.timestamp() - int(moment)) > OLDEST_SECONDS:
        raise BadSignature("the advice is too old or from the future")
    wanted = signing.hmac_sha256_hex(key, f"{moment}.".encode() + inbound.body)
    if not signing.same(wanted, given):
        raise BadSignature("Credit-Signature is not made with our key")


def _credit(entry: Mapping[str, Any]) -> News:
    money = Money.from_major(str(entry["amount"]), str(entry["currency"]))
    reference = str(entry["reference"])
    outcome = Outcome("captured", provider_ref=reference, money=money)
    return News("payment", outcome, provider_ref=reference, event_id=str(entry["id"]))
