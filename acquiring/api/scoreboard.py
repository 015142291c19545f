"""How many payment methods can be reached, and through whom: counted, never claimed.

A method counts when a driver carries it; card schemes count apart, since a shopper sees one card
form. `contract_tested` says that recorded exchanges of the provider are kept and checked by the
conformance suite, `documented` that a published contract is among what they are checked against.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from typing import Any

from django.conf import settings

from acquiring import catalogue
from acquiring.connectors import registry

SPECS = "acquiring/connectors/specs"


def scoreboard() -> dict[str, Any]:
    """The counts, and a row for every driver."""
    carried = _carried()
    rows = [_driver(name) for name in registry.drivers()]
    brands = {brand for row in catalogue.connectors() for brand in row.brands}
    return {
        "methods": len(carried),
        "methods_with_two_or_more_providers": sum(number > 1 for number in carried.values()),
        "card_schemes": len(brands),
        "routes": sum(carried.values()),
        "countries": len(_countries()),
        "drivers": len(rows),
        "providers": rows,
    }


def _carried() -> Counter[str]:
    """By method, how many providers reach it."""
    pairs = {
        (row.method, row.provider)
        for row in catalogue.connectors()
        if row.provider in registry.names()
    }
    return Counter(method for method, _ in pairs)


def _countries() -> set[str]:
    """Countries with a method of their own, beyond what works everywhere."""
    places = [row.countries for row in catalogue.connectors()]
    return {code for codes in places if codes != "*" for code in codes}


def _driver(name: str) -> dict[str, Any]:
    driver, provider = registry.driver(name), catalogue.provider(name)
    heard = _exchanges(name)
    return {
        "name": name,
        "title": driver.title,
        "methods": len({row.method for row in provider.connectors}),
        "card_schemes": len({brand for row in provider.connectors for brand in row.brands}),
        "flows": sorted({row.flow for row in provider.connectors}),
        "verbs": sorted(driver.verbs),
        "recorded_exchanges": len(heard),
        "signed_webhooks": driver.signs_webhooks,
        "declines": len(driver.declines),
    }


def _exchanges(name: str) -> list[Mapping[str, Any]]:
    path = settings.BASE_DIR / SPECS / f"{name}.json"
    return json.loads(path.read_text("utf-8")) if path.exists() else []


INTRODUCTION = """\
# Connectors

What can be paid with, and through whom. This page is drawn from the drivers and the catalogue by
`manage.py docs`; `manage.py connectors` prints the same, and `--json` gives it to programs.

Every driver speaks its provider's own protocol, has a stateful simulator in the sandbox that was
written from the provider's documents and knows nothing of the driver, and passes one conformance
suite: recorded exchanges, every verb's success and refusal, pending and late answers, silence,
forged webhooks, and every one of its methods paid over HTTP.
"""


def sentence() -> str:
    """The front page's promise, counted."""
    board = scoreboard()
    return (
        f"- **{board['methods']} payment methods** and {board['card_schemes']} card schemes through"
        f" {board['drivers']} providers, {board['methods_with_two_or_more_providers']} of them"
        " through two or more:\n"
        "  [docs/connectors.md](docs/connectors.md), drawn by `manage.py connectors`\n"
    )


def render_connectors() -> str:
    """`docs/connectors.md`."""
    board = scoreboard()
    parts = [
        INTRODUCTION,
        f"**{board['methods']} payment methods** and {board['card_schemes']} card schemes through"
        f" **{board['drivers']} providers** ({board['routes']} routes);"
        f" {board['methods_with_two_or_more_providers']} methods through two or more, so that they"
        " can be routed around an outage.\n",
        "## Providers\n",
        _table(
            ("Provider", "Methods", "Card schemes", "Flows", "Verbs", "Recorded exchanges"),
            [
                (
                    f"{row['title']} (`{row['name']}`)",
                    row["methods"],
                    row["card_schemes"] or "",
                    ", ".join(flow.replace("_", " ") for flow in row["flows"]),
                    ", ".join(row["verbs"]),
                    row["recorded_exchanges"],
                )
                for row in board["providers"]
            ],
        ),
        "## Methods\n",
        _table(("Method", "Kind", "Countries", "Providers"), list(_methods())),
    ]
    return "\n".join(parts)


def _methods() -> Any:
    for method in sorted(catalogue.methods().values(), key=lambda one: one.name.casefold()):
        providers = sorted({row.provider for row in catalogue.connectors(method.code)})
        if providers:
            name = f"{method.name} (`{method.code}`)" + (", legacy" if method.legacy else "")
            yield name, method.kind.replace("_", " "), _lands(method), ", ".join(providers)


def _lands(method: catalogue.Method) -> str:
    if method.countries == "*":
        return "everywhere"
    shown = sorted(method.countries)
    return ", ".join(shown) if len(shown) <= 6 else f"{', '.join(shown[:5])} and {len(shown) - 5}"


def _table(headings: tuple[str, ...], rows: list[tuple[Any, ...]]) -> str:
    lines = [headings, ["---"] * len(headings), *rows]
    return "".join(f"| {' | '.join(map(str, cells))} |\n" for cells in lines)
