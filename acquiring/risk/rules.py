"""Whether a payment may go on. Pure: facts and rules in, a decision out, nothing read or written.

The facts a decision saw are stored with it, so it can be explained and made again.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import msgspec

from acquiring.core import shapes

OPERATORS = {
    "is": lambda fact, value: fact == value,
    "is_not": lambda fact, value: fact != value,
    "in": lambda fact, value: fact in value,
    "not_in": lambda fact, value: fact not in value,
    "above": lambda fact, value: fact is not None and fact > value,
    "below": lambda fact, value: fact is not None and fact < value,
}


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One row of the table."""

    name: str
    when: tuple[tuple[str, str, Any], ...]
    action: Literal["block", "three_ds", "allow"]
    why: str
    decline_code: str = ""

    def fits(self, facts: Mapping[str, Any]) -> bool:
        """Whether every condition holds; a fact nobody knows fulfils no condition."""
        return all(
            facts.get(fact) is not None and OPERATORS[operator](facts[fact], value)
            for fact, operator, value in self.when
        )


shapes.prepare(Rule)


class Decision(msgspec.Struct, frozen=True):
    """What the rules say: allow, three_ds or block. `tried` counts the rules looked at."""

    action: str
    rule: str = ""
    decline_code: str = ""
    why: str = ""
    tried: int = 0


def decide(facts: Mapping[str, Any], rules: tuple[Rule, ...] | None = None) -> Decision:
    """Try the rules in order; the first that fits decides."""
    table = defaults() if rules is None else rules
    for tried, rule in enumerate(table, start=1):
        if rule.fits(facts):
            return Decision(rule.action, rule.name, rule.decline_code, rule.why, tried)
    return Decision("allow", tried=len(table))


@lru_cache(maxsize=1)
def defaults() -> tuple[Rule, ...]:
    """The rules every merchant starts with."""
    table = tomllib.loads((Path(__file__).parent / "data" / "defaults.toml").read_text("utf-8"))
    return tuple(msgspec.convert({"name": name, **row}, Rule) for name, row in table.items())


@lru_cache(maxsize=8)
def snapshot(rules: tuple[Rule, ...] | None = None) -> str:
    """The version of a rule table: a hash of its content."""
    content = msgspec.json.encode(defaults() if rules is None else rules)
    return hashlib.sha256(content).hexdigest()[:16]


def check() -> list[str]:
    """What is wrong with the default rules, one line each."""
    wrong = []
    for rule in defaults():
        for fact, operator, _ in rule.when:
            if operator not in OPERATORS:
                wrong.append(f"risk rule {rule.name}: {fact} has an unknown operator {operator}")
        if rule.action == "block" and not rule.decline_code:
            wrong.append(f"risk rule {rule.name}: a block needs a decline_code")
    return wrong
