"""Cut the providers' documents down to the operations our drivers use.

`python -m tests.contracts.trim`, where the whole documents lie beside the checkout. Kept of a
document are the paths of the recorded exchanges and what those refer to, without prose.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
PROSE = {"description", "summary", "externalDocs", "example", "examples", "tags", "title"}
# Document below psp_specs, the provider whose calls decide what is kept, what its paths lack in
# front, origin and licence.
DOCUMENTS = (
    ("adyen/CheckoutService-v72.json", "adyen", "/v72", "Adyen/adyen-openapi @aa014f0", "MIT"),
    ("stripe/openapi.json", "stripe", "", "stripe/openapi, through APIs.guru", "MIT, CC0"),
    (
        "paypal/checkout_orders_v2.json",
        "paypal",
        "",
        "paypal-rest-api-specifications",
        "Apache-2.0",
    ),
    (
        "paypal/payments_payment_v2.json",
        "paypal",
        "",
        "paypal-rest-api-specifications",
        "Apache-2.0",
    ),
    ("square/openapi.json", "square", "", "square/connect-api-specification", "Apache-2.0"),
    ("paystack/openapi.json", "paystack", "", "PaystackOSS/openapi @9678dea", "MIT"),
    ("portone/v2.openapi.json", "portone", "", "portone-io/server-sdk @f944c0a", "MIT, Apache-2.0"),
    ("mercadopago/spec3.json", "mercadopago", "", "mercadopago/openapi @f224df3", "Apache-2.0"),
    ("conekta/openapi.json", "conekta", "", "conekta/openapi @82ce68e", "MIT"),
    ("bacen_pix/openapi.json", "bacen_pix", "", "bacen/pix-api @1f1b568", "Apache-2.0"),
    ("vipps/epayment.v1.json", "vipps", "", "vippsas/vipps-epayment-api @e7a5c6e", "MIT"),
    ("klarna/klarna_payments_v1.json", "klarna", "", "APIs.guru", "CC0"),
)


def main() -> int:
    """Write the documents and the list of their origins."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "acquiring.settings")
    import django

    django.setup()
    from django.conf import settings

    rows = []
    for name, provider, prefix, origin, licence in DOCUMENTS:
        source = Path(settings.SHARED, "psp_specs", name)
        used = set(_paths(provider))
        if not source.exists() or not used:
            print(f"left out: {name}")
            continue
        cut = trimmed(json.loads(source.read_text("utf-8")), used, prefix)
        target = HERE / "psp_specs" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(json.dumps(cut, separators=(",", ":"), sort_keys=True) + "\n", "utf-8")
        rows.append(f"| `{name}` | {origin} | {licence} | {len(cut['paths'])} paths |")
        print(f"{name}: {target.stat().st_size:,} bytes")
    (HERE / "README.md").write_text(README + "\n".join(rows) + "\n", "utf-8")
    return 0


README = """\
# Contracts

Documents that providers published under a licence that lets us pass them on, cut down to the
operations our drivers use (`python -m tests.contracts.trim`). They are looked at by tests only.
What may not be redistributed is read from beside the checkout where it is present; a test that
misses it says so and is skipped.

| document | origin | licence | kept |
|---|---|---|---|
"""


def _paths(provider: str) -> Iterator[str]:
    from tests.connectors.contract import exchanges

    for entry in exchanges(provider):
        yield entry["call"]["path"].partition("?")[0]
        if "call" in entry["outcome"]:
            yield entry["outcome"]["call"]["path"].partition("?")[0]


def trimmed(document: dict[str, Any], used: set[str], prefix: str) -> dict[str, Any]:
    """The document with the paths that are used and what they refer to."""
    wanted = {path.removeprefix(prefix) for path in used}
    paths = {
        template: _bare(item)
        for template, item in document["paths"].items()
        if any(_fits(template, path) for path in wanted)
    }
    kept: dict[str, Any] = {"openapi": document.get("openapi", "3.0.0"), "paths": paths}
    kept["components"] = _components(document, paths)
    return kept


def _fits(template: str, path: str) -> bool:
    pattern = re.sub(r"\\\{[^/]+?\\\}", "[^/]+", re.escape(template))
    return re.fullmatch(pattern, path) is not None or path.endswith(template)


def _components(document: dict[str, Any], paths: Any) -> dict[str, Any]:
    """Every component that is referred to, and what those refer to in turn."""
    found: dict[str, dict[str, Any]] = {}
    waiting = list(_references(paths))
    while waiting:
        kind, name = waiting.pop()
        if name in found.get(kind, {}):
            continue
        bare = _bare(document["components"][kind][name])
        found.setdefault(kind, {})[name] = bare
        waiting += _references(bare)
    return found


def _references(node: Any) -> Iterator[tuple[str, str]]:
    if isinstance(node, dict):
        for name, one in node.items():
            text = one if isinstance(one, str) else ""
            match = re.fullmatch(r"#/components/(\w+)/([^/]+)", text)
            if match and name != "example":
                yield match[1], match[2]
            else:
                yield from _references(one)
    elif isinstance(node, list):
        for one in node:
            yield from _references(one)


def _bare(node: Any, inside: str = "") -> Any:
    """Without prose; members of a schema may bear the same names, and stay."""
    if isinstance(node, list):
        return [_bare(one) for one in node]
    if not isinstance(node, dict):
        return node
    named = inside in ("properties", "patternProperties", "schemas", "parameters", "responses")
    kept = {
        name: _bare(one, name)
        for name, one in node.items()
        if named or not (name in PROSE or name.startswith("x-"))
    }
    # A reply without a body is documented all the same.
    return kept or ({"description": "no body"} if "description" in node else {})


if __name__ == "__main__":
    sys.exit(main())
