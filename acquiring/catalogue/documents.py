"""Pages of the documentation that are drawn from the tables."""

from __future__ import annotations

from itertools import groupby

from acquiring.catalogue.loading import declines
from acquiring.catalogue.records import Category, Decline

TITLES: dict[Category, str] = {
    "unspecified": "Nobody said why",
    "funds": "Funds",
    "limit": "Limits",
    "details": "Details that were typed",
    "account": "The account behind the card, wallet or bank",
    "authentication": "Authentication",
    "security": "Security",
    "permission": "What the card or account may do",
    "shopper": "What the shopper or merchant did",
    "expiry": "Time ran out",
    "agreement": "Mandates, stored methods and subscriptions",
    "credit": "Pay later",
    "setup": "Set-up between merchant, platform and provider",
    "technical": "Technical",
    "after_payment": "Captures, voids and refunds",
}
INTRODUCTION = """\
# Decline codes

A decline is an answer, not an error: the payment comes back with `status: declined`, one of the
codes below in `decline_code`, and the provider's own code beside it. Every provider's codes are
translated into this one list, so that your code need not know who carried the payment.

- **Who** said no: the issuer, a network, the acquirer, the provider, a wallet, a bank, the shopper,
  the merchant or the platform.
- **Retry**: `never` (the same details will not work, and repeating may cost scheme fees), `now`
  (something broke on the way), `later` (the cause passes with time), `after change` (details,
  authentication, amount or set-up must differ).
- **Next route**: whether the cascade may offer the same payment to the next provider.

The text for the shopper is safe to show: it never blames and never hints at suspicion.
"""
HEADINGS = ("Code", "Who", "Retry", "Next route", "For the merchant", "For the shopper")


def render_declines() -> str:
    """`docs/declines.md`, made from the decline table."""
    order = list(TITLES)
    rows = sorted(declines().values(), key=lambda row: order.index(row.category))
    parts = [INTRODUCTION]
    for category, group in groupby(rows, key=lambda row: row.category):
        parts.append(f"## {TITLES[category]}\n\n{_table(list(group))}")
    return "\n".join(parts)


def _table(rows: list[Decline]) -> str:
    lines = [HEADINGS, ("---",) * len(HEADINGS), *(_cells(row) for row in rows)]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def _cells(row: Decline) -> tuple[str, ...]:
    retry = row.retry.replace("_", " ")
    route = "yes" if row.another_route else "no"
    return f"`{row.code}`", row.who, retry, route, row.advice, row.shopper
