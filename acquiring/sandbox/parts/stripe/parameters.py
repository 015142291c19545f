"""Reads a form body against Stripe's published parameters, as strictly as Stripe does.

`data/stripe_parameters.json` holds the parameters by operation. A member's rule is one or more
alternatives separated by `|`: `string`, `integer`, `boolean`, `number`, `map` (of strings), `empty`
(clears a value), `[rule]` (a list), `@Structure`, `=a,b` or `=#3` (one of an enumeration). A name
that ends in `*` is required.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from acquiring.sandbox.parts.stripe.errors import invalid
from acquiring.sandbox.wire import Refuse

DATA = Path(__file__).parents[2] / "data" / "stripe_parameters.json"
INTEGER = re.compile(r"-?\d{1,18}")
# From this version on, the payment method types of an intent can be narrowed but not dictated.
# Source: docs.stripe.com/changelog/endive/2026-09-30.
TYPES_REMOVED = "2026-09-30"
TYPES_ALLOWED = "2026-07-29"
TYPED_OPERATIONS = {"PaymentIntent.create", "PaymentIntent.update", "PaymentIntent.confirm"}


def read(operation: str, form: Mapping[str, Any], version: str) -> dict[str, Any]:
    """The parameters of a call with their types; raises Refuse for the first that Stripe would."""
    form = dict(form)
    types = None
    if operation in TYPED_OPERATIONS:
        types = _types_of_old(form, version)
    read = _structure(_table()["operations"][operation], form, "")
    return read | ({"payment_method_types": types} if types else {})


def _types_of_old(form: dict[str, Any], version: str) -> list[str] | None:
    """The list that older versions take by another name than newer ones."""
    types = form.pop("payment_method_types", None)
    if types is not None and version >= TYPES_REMOVED:
        raise Refuse(
            invalid(
                "The parameter `payment_method_types` is no longer supported.",
                "payment_method_types_no_longer_supported",
                "payment_method_types",
            )
        )
    if "allowed_payment_method_types" in form and version < TYPES_ALLOWED:
        raise Refuse(_unknown("allowed_payment_method_types"))
    rule = _table()["structures"]["Intent"]["allowed_payment_method_types"]
    return None if types is None else _value(rule, types, "payment_method_types")


def _structure(name: str, given: Mapping[str, Any], inside: str) -> dict[str, Any]:
    shape: dict[str, str] = _table()["structures"][name]
    rules = {member.rstrip("*"): rule for member, rule in shape.items()}
    for member in given:
        if member not in rules:
            raise Refuse(_unknown(_path(inside, member)))
    for member in shape:
        if member.endswith("*") and member.rstrip("*") not in given:
            path = _path(inside, member.rstrip("*"))
            raise Refuse(invalid(f"Missing required param: {path}.", "parameter_missing", path))
    return {
        member: _value(rules[member], value, _path(inside, member))
        for member, value in given.items()
    }


def _value(rule: str, value: Any, path: str) -> Any:
    alternatives = _alternatives(rule)
    if value == "" and "empty" not in alternatives:
        message = f"You passed an empty string for '{path}'. We assume empty values are an attempt"
        message += f" to unset a parameter; however '{path}' cannot be unset."
        raise Refuse(invalid(message, "parameter_invalid_empty", path))
    for alternative in alternatives:
        kind = alternative[0]
        if kind == "@" and isinstance(value, dict):
            return _structure(alternative[1:], value, path)
        if kind == "[" and isinstance(value, list):
            inner = alternative[1:-1]
            return [_value(inner, one, f"{path}[{index}]") for index, one in enumerate(value)]
        if alternative == "map" and isinstance(value, dict):
            return {name: str(one) for name, one in value.items()}
        if isinstance(value, str):
            known, result = _scalar(alternative, value)
            if known:
                return result
    raise Refuse(_wrong(alternatives, value, path))


def _scalar(alternative: str, value: str) -> tuple[bool, Any]:
    """Whether a text is what the alternative wants, and what it means."""
    if alternative == "string":
        return True, value
    if alternative == "empty":
        return value == "", None
    if alternative == "boolean":
        return value in ("true", "false"), value == "true"
    if alternative == "integer":
        whole = INTEGER.fullmatch(value) is not None
        return whole, int(value) if whole else None
    if alternative[0] == "=":
        return value in _choices(alternative), value
    return alternative == "number", value


def _wrong(alternatives: list[str], value: Any, path: str) -> Any:
    shown = value if isinstance(value, str) else "an object"
    if "integer" in alternatives:
        return invalid(f"Invalid integer: {shown}", "parameter_invalid_integer", path)
    if "boolean" in alternatives:
        return invalid(f"Invalid boolean: {shown}", param=path)
    choices = [one for each in alternatives if each[0] == "=" for one in _choices(each)]
    if choices:
        name = path.rpartition("[")[2].rstrip("]")
        listed = ", ".join(choices[:-1]) + f", or {choices[-1]}" if choices[1:] else choices[0]
        return invalid(f"Invalid {name}: must be one of {listed}", param=path)
    wanted = {"@": "object", "[": "array", "m": "object"}.get(alternatives[0][0], "string")
    return invalid(f"Invalid {wanted}", f"parameter_invalid_{wanted}", path)


def _unknown(path: str) -> Any:
    return invalid(f"Received unknown parameter: {path}", "parameter_unknown", path)


def _path(inside: str, member: str) -> str:
    return f"{inside}[{member}]" if inside else member


@lru_cache(maxsize=1024)
def _alternatives(rule: str) -> list[str]:
    if rule.startswith("["):
        return [rule]
    return rule.split("|")


@lru_cache(maxsize=256)
def _choices(alternative: str) -> tuple[str, ...]:
    listed = alternative[1:]
    if listed.startswith("#"):
        return tuple(_table()["enums"][int(listed[1:])].split())
    return tuple(listed.split(","))


@lru_cache(maxsize=1)
def _table() -> dict[str, Any]:
    return json.loads(DATA.read_text("utf-8"))
