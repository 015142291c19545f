"""`docs/testing.md`, drawn from the scenarios and from what the simulators know by heart."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from acquiring.sandbox import identity, onboarding
from acquiring.sandbox.engine import simulators
from acquiring.sandbox.scenarios import scenarios, spoilings
from acquiring.sandbox.settlements import COLUMNS

INTRODUCTION = """\
# Testing

A test merchant pays at simulated providers. Each of them speaks its provider's own protocol over
HTTP, refuses what the provider would refuse, keeps its own books and sends signed webhooks. No
bank, wallet or card scheme is asked, and no money moves.

What a test payment goes through is its **scenario**. There are three ways to choose one:

1. by amount: the last four digits of the amount in minor units, in any currency and with any
   provider and method, as listed below. 66.02 EUR, 6602 JPY and 166.02 USD all ask for a 3-D Secure
   challenge;
2. by the provider's own published test values, such as card numbers, where you want a certain
   provider's behaviour;
3. by hand: the sandbox's console finds every simulated charge and lets you push it on (approve,
   decline for a reason, pay, expire, dispute), lets an account be slow, down or lose its webhooks,
   moves its clock, and shows what was said on the wire. The shopper's pages of issuers, banks and
   wallets have a button for each answer.

Every other amount and every other valid card number is approved. Where a method asks the shopper
(a redirect, a QR code, a voucher), the scenario begins with the shopper's yes.
"""
CANNOT = """\
## What cannot happen everywhere

Every scenario can be played at every provider, with these exceptions, where nothing of the kind
happens and the console does not offer it.
"""
MOODS = """\
## Outages and slow days

The control interface sets the moods of one provider account: `PUT
/_control/accounts/<provider>/<account>/switches` with `Authorization: Bearer` and the value of
`CARAVEL_SANDBOX_CONTROL_TOKEN`.

| Switch | What it does |
| --- | --- |
| `outage_percent` | this share of calls is answered as in an outage (HTTP 503), evenly spread |
| `slow_milliseconds` | every call waits this long before anything happens |
| `hang_seconds` | how long an answer that never comes keeps its caller waiting (40 by default) |
| `webhooks` | `sent`, or `lost`, `late` (10 s), `twice`, `reordered`, `forged` (false first) |

Time follows the test merchant's own clock: moving it ahead lets vouchers expire and pending
payments settle at once.
"""
ONBOARDING = """\
## Onboarding

In the sandbox the register of companies, the look at the website, the bank's word on an account's
holder and the proof of identity are simulated. Ordinary made-up data is approved. These words make
something else of it; they may stand anywhere in the name, and only whole. Document numbers are
those of any document, such as the passport. To be found a look-alike, apply twice with the same
number.
What hits a watch list is the fictitious test list of the screening.
"""


IDENTITY = """\
## Single sign-on

`<simulator>/identity` is an identity provider that speaks OpenID Connect, for trying [single
sign-on](single-sign-on.md) without an account anywhere. Its page makes a client for a redirect URI
and sets TXT records of domains below `.test`, which belong to nobody; with `make run` the platform
asks it for those. Whoever signs in types any address and chooses how the provider behaves.
"""
SETTLEMENT = """\
## Settlement

For every day (UTC, by the account's own clock) and currency, each provider makes a statement of
what it would pay out. A day is closed when it has ended; a merchant's test clock that is moved
ahead by a day ends it now. A closed day stays as it is, byte for byte. Fees and delays are the
sandbox's own, in `acquiring/sandbox/settlement.toml`; amounts are worded as the provider words
them, in whole units or with a decimal point.

`GET <simulator>/_settlements` lists the statements as JSON, with the provider's own authentication;
`GET <simulator>/_settlements/<day>/<currency>` is one of them as CSV. Providers that are called by
POST, or let in by a body, take POST. The console has both on the page of the account.
"""
OWN_FORMS = """\
Some providers have their own forms besides:

- Adyen: `settlement_detail_report_batch_<number>.csv` below
  `/reports/download/MerchantAccount/<merchant account>/`;
- Mollie: `/v2/settlements`, `/v2/settlements/<id>` and its `/payments`, `/refunds`, `/chargebacks`;
- PayPal: `/v1/reporting/transactions`, of at most 31 days;
- Stripe: `/v1/balance_transactions` and `/v1/payouts`, and each of them by its id.

A day's statements can be spoiled before it has ended, at the console or by `PUT
/_control/accounts/<provider>/<account>/settlements/<day>` with `{"spoil": "line_missing"}`. They
add up all the same.
"""


def render_testing() -> str:
    """The whole page."""
    parts = [INTRODUCTION, "## Amounts\n", _amounts(), "## Declines by amount\n", _declines()]
    parts += [CANNOT, _cannot(), MOODS]
    parts += [SETTLEMENT, _table(("Column", "What it is"), _quoted(COLUMNS)), OWN_FORMS]
    parts.append(_table(("Fault", "What is wrong"), _quoted(spoilings())))
    for simulator in simulators().values():
        values = simulator.test_values()
        if values:
            parts.append(f"## {simulator.title}\n")
            parts.append(_table(("Value", "What happens"), values))
    parts += [ONBOARDING, _onboarding(), IDENTITY]
    parts.append(_table(("The provider", "What happens"), _behaviours()))
    return "\n".join(parts)


def _amounts() -> str:
    rows = [
        (f"…{one.amount // 100}.{one.amount % 100:02}", f"`{one.name}`", one.meaning)
        for one in scenarios().values()
        if one.amount and not one.name.startswith("decline:")
    ]
    return _table(("Amount ends in", "Scenario", "What happens"), rows)


def _quoted(meanings: Mapping[str, str]) -> list[tuple[str, str]]:
    return [(f"`{name}`", meaning) for name, meaning in meanings.items()]


def _cannot() -> str:
    rows = [
        (simulator.title, f"`{name}`", reason)
        for simulator in simulators().values()
        for name, reason in simulator.cannot.items()
    ]
    return _table(("Provider", "Scenario", "Why not"), rows)


def _behaviours() -> list[tuple[str, str]]:
    return [(one.title, one.meaning) for one in identity.behaviours().values()]


def _onboarding() -> str:
    titles = {"companies": "Business", "people": "Person", "documents": "Number", "sites": "Site"}
    rows = [
        (titles[part], f"`{row.example or word}`", row.meaning)
        for part, named in onboarding.table().items()
        for word, row in named.items()
    ]
    return _table(("What", "For example", "What happens"), rows)


def _declines() -> str:
    rows = [
        (f"…{one.amount // 100}.{one.amount % 100:02}", f"`{one.decline}`")
        for one in scenarios().values()
        if one.name.startswith("decline:")
    ]
    return _table(("Amount ends in", "Decline code"), rows)


def _table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [headings, ["---"] * len(headings), *rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)
