"""What a driver costs: an ask into authenticated bytes, a reply into an outcome. No network.

Every recorded exchange of every driver is built and read again, as the client does it. Signing with
a private key is told apart: it is the price of RSA, whoever pays it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import fields
from datetime import datetime
from statistics import median
from time import perf_counter_ns
from typing import Any

import django

from bench.figures import Figure, percentile
from bench.installation import Servers

LIMIT_MILLISECONDS = 0.3
ROUNDS = 40
BASE = "https://provider.example"


def measure(servers: Servers) -> Iterator[Figure]:
    """Milliseconds of CPU a call: build, authenticate, encode; read the reply."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "acquiring.settings")
    django.setup()
    costs = dict(_costs())
    signing = {name for name in costs if _signs(name)}
    plain = {name: cost for name, cost in costs.items() if name not in signing}
    of_all = sorted(one for cost in plain.values() for one in cost)
    slowest = max(plain, key=lambda name: median(plain[name]))
    claim = "driver"
    yield Figure(claim, "drivers", len(costs))
    yield Figure(claim, "recorded exchanges", sum(map(len, costs.values())))
    limit = LIMIT_MILLISECONDS
    yield Figure(claim, "build + read, mean", sum(of_all) / len(of_all), "ms", at_most=limit)
    yield Figure(claim, "build + read, p95", percentile(of_all, 0.95), "ms", at_most=limit)
    yield Figure(claim, f"slowest driver: {slowest}", median(plain[slowest]), "ms", at_most=limit)
    for name in sorted(signing):
        yield Figure(claim, f"with a private key: {name}", median(costs[name]), "ms")


def _costs() -> Iterator[tuple[str, list[float]]]:
    """By driver, the best of several rounds for each exchange, in milliseconds."""
    from acquiring.connectors import registry

    for name, driver in registry.drivers().items():
        found = [_cost(_round(driver, entry)) for entry in _exchanges(name)]
        if found:
            yield name, found


def _cost(once: Callable[[], Any]) -> float:
    once()
    taken = []
    for _ in range(ROUNDS):
        began = perf_counter_ns()
        once()
        taken.append(perf_counter_ns() - began)
    return median(taken) / 1_000_000


def _round(driver: Any, entry: dict[str, Any]) -> Callable[[], Any]:
    from acquiring.connectors.driver import Reply

    ask, account = _ask(entry), _account(driver)
    told = entry["reply"]
    text = told.get("text") or json.dumps(told.get("body", {}))
    headers = {"content-type": "application/json", **told.get("headers", {})}

    def once() -> None:
        if not ask.step:
            driver.wire(driver.ask(ask), BASE, account)
        body = told.get("body", {})
        driver.read(ask, Reply(told["status"], headers, body, text))

    return once


def _exchanges(name: str) -> list[dict[str, Any]]:
    from django.conf import settings

    path = settings.BASE_DIR / "acquiring" / "connectors" / "specs" / f"{name}.json"
    return json.loads(path.read_text("utf-8")) if path.exists() else []


def _ask(entry: dict[str, Any]) -> Any:
    from acquiring.connectors import driver as shapes
    from acquiring.core.money import Money

    kinds = {
        "card": shapes.Card,
        "customer": shapes.Party,
        "billing": shapes.Address,
        "shipping": shapes.Address,
        "device": shapes.Device,
        "money": Money,
        "total": Money,
    }
    members = {"reference": "att_1", "payment": "pay_1", "verb": entry["verb"], **entry["ask"]}
    members.setdefault("money", {"amount": 1999, "currency": "EUR"})
    for name, kind in kinds.items():
        if members.get(name) is not None:
            members[name] = kind(**members[name])
    if members.get("now"):
        members["now"] = datetime.fromisoformat(members["now"])
    known = {one.name for one in fields(shapes.Ask)}
    return shapes.Ask(**{name: one for name, one in members.items() if name in known})


def _account(driver: Any) -> dict[str, str]:
    """Credentials of the shape the driver wants, none of them real."""
    from acquiring.sandbox import rsa

    pair = rsa.new_pair()
    made = {name: f"test-{name}-0123456789abcdef" for name in driver.credentials}
    if "merchant_accounts" in made:
        made["merchant_accounts"] = "EUR=test_eur, JPY=test_jpy, MXN=test_mxn, GBP=test_gbp"
    made |= {name: pair.private for name in made if name.endswith("private_key")}
    made |= {name: pair.public for name in made if name.endswith("public_key")}
    if "signing_private_key" in made:
        made["signing_private_key"] = _curve_key()
    lent = {"access_token": "an-access-token", "sent_at": "2026-11-22T09:00:00+00:00"}
    return {**lent, **made}


def _curve_key() -> str:
    """A P-521 key, PEM."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    return (
        ec.generate_private_key(ec.SECP521R1())
        .private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        .decode()
    )


def _signs(name: str) -> bool:
    from acquiring.connectors import registry

    return any("private_key" in one for one in registry.driver(name).credentials)
