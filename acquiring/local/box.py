"""The closing box: where everything is, who may log in, and a payment that works when pasted."""

from __future__ import annotations

import json
from pathlib import Path

from .console import say

PAYMENT = (
    '{"amount":1999,"currency":"EUR","payment_method":{"type":"card","card":'
    '{"number":"4242424242424242","exp_month":12,"exp_year":2031,"cvc":"123"}}}'
)


def read(path: Path) -> dict[str, str]:
    """The facts of the demo merchant; empty when the demo has not been made."""
    try:
        facts = json.loads(path.read_text())
    except (OSError, ValueError):
        return {}
    return facts if isinstance(facts, dict) else {}


def lines(base_url: str, sandbox_url: str, demo: dict[str, str]) -> list[str]:
    """The box, line by line."""
    places = [
        ("portal", base_url),
        ("admin", f"{base_url}/admin/"),
        ("API", f"{base_url}/docs/api"),
    ]
    places.append(("sandbox", sandbox_url))
    if "email" in demo and "password" in demo:
        places.append(("login", f"{demo['email']}  {demo['password']}"))
    width = max(len(value) for _, value in places)
    rule = "─" * (width + 12)
    shown = [f"  {rule}"] + [f"  {name:<10}{value}" for name, value in places] + [f"  {rule}"]
    if "secret_key" in demo:
        shown += ["  A first payment:", "", curl(base_url, demo["secret_key"]), ""]
    return [*shown, "  Ctrl-C stops everything."]


def curl(base_url: str, secret_key: str) -> str:
    """One command for a shell; it pays 19.99 euro by a test card."""
    return (
        f"curl {base_url}/v1/payments -H 'Authorization: Bearer {secret_key}' "
        f"-H 'Content-Type: application/json' -d '{PAYMENT}'"
    )


def show(base_url: str, sandbox_url: str, demo_file: Path) -> None:
    """Print the box."""
    for line in lines(base_url, sandbox_url, read(demo_file)):
        say(line)
