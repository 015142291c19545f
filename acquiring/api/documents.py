"""Pages of the documentation that are drawn from the tables of the code."""

from __future__ import annotations

from itertools import groupby

from acquiring.core.errors import problems
from acquiring.payments import states
from acquiring.settings import VARIABLES

ERRORS = """\
# Errors

Whatever goes wrong is answered in one form, whichever door it comes through:

```json
{
  "error": {
    "type": "invalid_request",
    "code": "unknown_field",
    "message": "There is no field payment_method.card.pin.",
    "param": "payment_method.card.pin",
    "doc_url": "https://pay.example.com/docs/errors#unknown_field",
    "request_id": "req_0f8364b4406f4600bf48580e20f55441"
  }
}
```

- `code` is for programs and never changes its meaning; `message` is for people and may.
- `param` is the path of the field, parameter or header that broke the rule, or null.
- `request_id` is also in the header `X-Request-Id`; it finds the request in our logs.
- With `Retry-After` the same request may be sent again after that many seconds. Send it with the
  same `Idempotency-Key`: what was done the first time is not done twice.

A **decline is not an error**: the payment is answered with HTTP 201 or 200, `status: declined` and
a `decline` that says what helps. See [Decline codes](declines.md).
"""
TYPES = {
    "invalid_request": "The request itself",
    "authentication": "Who is asking",
    "permission": "What the key may do",
    "not_found": "What is asked for",
    "conflict": "Two at the same moment",
    "business": "Not possible as things stand",
    "rate_limit": "Too often",
    "internal": "Our side",
}
STATES = """\
# States

A payment's `status` says where it is; its sums (`amount_authorized`, `amount_captured`,
`amount_refunded`, `amount_disputed`) say how much. Every try to get the money is an attempt with a
status of its own, and captures, voids and refunds are operations with theirs.

The tables below are the ones the code moves along, and a trigger in the database refuses any other
move. Good news that comes late is let in from everywhere, since the money is real; bad news never
leads away from money that was taken.
"""
CONFIGURATION = """\
# Configuration

Everything an installation is told, it is told by environment variables, and
`acquiring/settings.py` is the only file that reads them. `make run` sets those it needs by itself;
`manage.py check` refuses a value that cannot be right. [Self-hosting](self-hosting.md) says how to
run it in production.
"""
DIAGRAMS = (
    ("Payment", states.PAYMENT),
    ("Attempt", states.ATTEMPT),
    ("Capture and void", states.OPERATION),
    ("Refund", states.REFUND),
)


def render_errors() -> str:
    """`docs/errors.md`, made from the table of problems."""
    order = list(TYPES)
    rows = sorted(problems().items(), key=lambda item: order.index(item[1]["type"]))
    parts = [ERRORS]
    for kind, group in groupby(rows, key=lambda item: item[1]["type"]):
        parts.append(f"## {TYPES[kind]}\n\nType `{kind}`.\n")
        parts += [
            f"### {code}\n\nHTTP {row['status']}. {row['message']} {row['advice']}\n"
            for code, row in group
        ]
    return "\n".join(parts)


def render_states() -> str:
    """`docs/states.md`, made from the transition tables."""
    parts = [STATES]
    for title, table in DIAGRAMS:
        rows = "".join(f"| `{state}` | {_targets(to)} |\n" for state, to in table.items())
        parts.append(f"## {title}\n\n| From | may become |\n| --- | --- |\n{rows}")
        parts.append(f"```mermaid\n{states.mermaid(table)}\n```\n")
    return "\n".join(parts)


def render_configuration() -> str:
    """`docs/configuration.md`, made from what the settings read."""
    rows = "".join(
        f"| `{one.name}` | {f'`{one.default}`' if one.default else 'empty'} | {one.help} |\n"
        for one in VARIABLES
    )
    return f"{CONFIGURATION}\n| Variable | Default | What it is for |\n| --- | --- | --- |\n{rows}"


def _targets(found: frozenset[str]) -> str:
    return ", ".join(f"`{state}`" for state in sorted(found)) or "nothing: it is final"
