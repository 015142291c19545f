"""The verdict: a table of rules from facts to approve, ask, review or refuse, a tier and terms.

`inputs` gathers what the rules may read into flat, plain values; `execute` is a pure function of
them and of a rule book. So a verdict that stored both can be made again, bit for bit.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal

import msgspec

from acquiring.catalogue.kinds import ICONS
from acquiring.core import money, shapes
from merchants.kyc import industries, markets
from merchants.kyc.checks import activity, table
from merchants.kyc.checks.records import Found
from merchants.kyc.facts import Facts

Outcome = Literal["approve", "ask", "review", "refuse"]
Operator = Literal["is", "is_not", "in", "has", "has_any", "above", "below"]
Plain = str | int | bool | list[str]
NUMBERS = {"above", "below"}
LISTS = {"in", "has_any"}
RATE_DOLLARS = 1_000  # the rough rate is kept as minor units of so many US dollars


class Condition(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One test of a field, or several joined: every one of `all`, one of `any`, none of `none`."""

    field: str = ""
    op: Operator | None = None
    value: Plain | None = None
    all: tuple[Condition, ...] = ()
    any: tuple[Condition, ...] = ()
    none: tuple[Condition, ...] = ()


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One row. The first rule with an outcome that fires decides; the highest tier of all that fire
    counts. `told` is for the merchant, `words` for everybody else. Without `when` it always fires.
    `hidden`: the merchant is never told of it, since the law forbids to warn.
    """

    name: str
    words: str
    source: str
    when: Condition | None = None
    outcome: Outcome | None = None
    tier: str = ""
    told: str = ""
    hidden: bool = False


class Tier(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The most that a tier may do. Amounts are US dollars; `kinds` are method kinds, [] = all."""

    title: str
    per_payment_usd: int
    daily_usd: int
    monthly_usd: int
    reserve_basis_points: int
    reserve_days: int
    settlement_days: int
    kinds: tuple[str, ...] = ()
    four_eyes: bool = False
    answer_hours: int = 24  # within which a person looks


class Headroom(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How much more than a business expects it may do at first, per cent; `daily` of a month."""

    per_payment_percent: int
    monthly_percent: int
    daily_percent: int
    least_usd: int


class Book(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole table. Tiers stand from the lowest to the highest."""

    headroom: Headroom
    tiers: dict[str, Tier]
    rules: tuple[Rule, ...]


class Fired(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A rule that fired."""

    name: str
    words: str
    source: str
    outcome: Outcome | None
    tier: str
    told: str
    decided: bool
    hidden: bool = False


class Terms(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the business may do. Amounts are minor units of `currency`."""

    currency: str
    per_payment: int
    daily: int
    monthly: int
    reserve_basis_points: int
    reserve_days: int
    settlement_days: int
    kinds: tuple[str, ...]


class Decided(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A verdict with all that is needed to make it again."""

    outcome: Outcome
    tier: str
    fired: tuple[Fired, ...]
    terms: Terms
    inputs: dict[str, Any]
    digest: str


shapes.prepare(Book, Decided)


@lru_cache(maxsize=1)
def text() -> str:
    """The rule book in force, as it is written."""
    return (Path(__file__).parent / "data" / "decision.toml").read_text("utf-8")


def digest(book_text: str) -> str:
    """The name of a rule book: SHA-256 of its text, hex."""
    return sha256(book_text.encode()).hexdigest()


@lru_cache(maxsize=8)
def book(book_text: str) -> Book:
    """A rule book of its text. Raises ValueError naming what is wrong with it."""
    try:
        return msgspec.toml.decode(book_text, type=Book)
    except msgspec.DecodeError as error:
        raise ValueError(f"kyc/data/decision.toml: {error}") from error


def check() -> list[str]:
    """What is wrong with the rule book in force, a line per fault, for `manage.py check`."""
    try:
        read = book(text())
    except ValueError as error:
        return [str(error)]
    faults = [
        f"kyc/data/decision.toml: rule {rule.name}: {problem}"
        for rule in read.rules
        if (problem := _wrong(rule, read))
    ]
    for name, tier in read.tiers.items():
        strange = set(tier.kinds) - set(ICONS)
        if strange:
            faults.append(f"kyc/data/decision.toml: tier {name}: no kinds {sorted(strange)}")
    if not read.rules or read.rules[-1].when is not None or read.rules[-1].outcome is None:
        faults.append("kyc/data/decision.toml: the last rule decides whatever is left")
    return faults


def decide(
    facts: Facts, found: Iterable[Found], *, live: bool = False, asked: bool = False
) -> Decided:
    """The verdict on an application, by the rule book in force. `live`: the business takes payments
    already; `asked`: a person has asked it something, and has not seen the answer.
    """
    return execute(inputs(facts, list(found), live, asked), text())


def execute(given: dict[str, Any], rules: str) -> Decided:
    """The verdict on inputs that `inputs` made, now or long ago."""
    read = book(rules)
    order = list(read.tiers)
    fired = [rule for rule in read.rules if rule.when is None or holds(rule.when, given)]
    deciding = next(rule for rule in fired if rule.outcome is not None)
    tier = order[max((order.index(rule.tier) for rule in fired if rule.tier), default=0)]
    shown = [rule for rule in fired if rule.tier or rule.outcome not in {None, "approve"}]
    if deciding not in shown:
        shown.append(deciding)
    return Decided(
        outcome=deciding.outcome,  # type: ignore[arg-type]
        tier=tier,
        fired=tuple(_fired(rule, rule is deciding) for rule in shown),
        terms=terms_of(given, read, tier),
        inputs=given,
        digest=digest(rules),
    )


def inputs(facts: Facts, found: list[Found], live: bool, asked: bool) -> dict[str, Any]:
    """What rules may read, plain and flat: `saw.<check>` lists what a check saw, `results.<result>`
    counts, the rest is of the application.
    """
    said, currency = facts.activity, _currency(facts)
    rate = activity.minor_units_of_dollars(RATE_DOLLARS, currency)
    values: dict[str, Any] = {
        "country": facts.country,
        "country_has_file": facts.country in markets.markets(),
        "entity": facts.entity,
        "live": live,
        "asked_by_a_person": asked,
        "mcc": said.mcc,
        "line_risk": industries.policy(said.mcc, facts.country).tier,
        "channels": sorted(said.channels),
        "customers": said.customers,
        "delivery_days": said.delivery_days or 0,
        "markets_abroad": len(set(said.markets) - {facts.country}),
        "currency": currency,
        "rate": rate,
        "owners": sum(1 for one in facts.people if "owner" in one.roles),
        "business_days": _evidence(found, "formed", "days"),
        "layers": _evidence(found, "depth", "layers"),
    }
    for name in ("monthly_volume", "average_payment", "largest_payment"):
        amount = getattr(said, name) or 0
        values[name] = amount
        values[f"{name}_usd"] = amount * RATE_DOLLARS // rate
    for key in table():
        values[f"saw.{key}"] = sorted({one.saw for one in found if one.check == key})
    for result in ("pass", "ask", "review", "fail", "error"):
        values[f"results.{result}"] = sum(1 for one in found if one.result == result)
    return values


def holds(condition: Condition, given: dict[str, Any]) -> bool:
    """Whether a condition is met by the inputs."""
    if condition.all:
        return all(holds(one, given) for one in condition.all)
    if condition.any:
        return any(holds(one, given) for one in condition.any)
    if condition.none:
        return not any(holds(one, given) for one in condition.none)
    value, wanted = given[condition.field], condition.value
    match condition.op:
        case "is":
            return bool(value == wanted)
        case "is_not":
            return bool(value != wanted)
        case "in":
            return value in wanted  # type: ignore[operator]
        case "has":
            return wanted in value
        case "has_any":
            return bool(set(value) & set(wanted))  # type: ignore[arg-type]
        case "above":
            return bool(value > wanted)
        case _:
            return bool(value < wanted)


def terms_of(given: dict[str, Any], read: Book, name: str) -> Terms:
    """The terms a tier begins with: what the business expects and some room, within the tier."""
    rate, room, tier = given["rate"], read.headroom, read.tiers[name]

    def dollars(amount: int) -> int:
        return amount * rate // RATE_DOLLARS

    least = dollars(room.least_usd)
    wish = max(least, given["largest_payment"] * room.per_payment_percent // 100)
    per_payment = min(wish, dollars(tier.per_payment_usd))
    month = max(least, given["monthly_volume"] * room.monthly_percent // 100)
    monthly = min(max(month, per_payment), dollars(tier.monthly_usd))
    day = max(monthly * room.daily_percent // 100, per_payment)
    return Terms(
        currency=given["currency"],
        per_payment=per_payment,
        daily=min(day, dollars(tier.daily_usd), monthly),
        monthly=monthly,
        reserve_basis_points=tier.reserve_basis_points,
        reserve_days=tier.reserve_days,
        settlement_days=tier.settlement_days,
        kinds=tier.kinds,
    )


def most_of(given: dict[str, Any], read: Book, name: str) -> Terms:
    """The most a person may grant within a tier, and the least reserve and delay."""
    rate, tier = given["rate"], read.tiers[name]
    per_payment, daily, monthly = (
        amount * rate // RATE_DOLLARS
        for amount in (tier.per_payment_usd, tier.daily_usd, tier.monthly_usd)
    )
    return msgspec.structs.replace(
        terms_of(given, read, name), per_payment=per_payment, daily=daily, monthly=monthly
    )


def fields() -> set[str]:
    """The names that conditions may use."""
    return set(inputs(Facts(country="SG", entity="company"), [], False, False))


def _wrong(rule: Rule, read: Book) -> str | None:
    if rule.tier and rule.tier not in read.tiers:
        return f"there is no tier {rule.tier}"
    return _wrong_condition(rule.when) if rule.when else None


def _wrong_condition(condition: Condition) -> str | None:
    joined = (*condition.all, *condition.any, *condition.none)
    if joined:
        both = sum(map(bool, (condition.all, condition.any, condition.none))) > 1
        if both or condition.field or condition.op:
            return "a condition joins others in one way, or tests one field"
        return next((problem for one in joined if (problem := _wrong_condition(one))), None)
    if condition.field not in fields() or condition.op is None or condition.value is None:
        return f"there is no test of {condition.field!r}"
    if condition.op in NUMBERS and type(condition.value) is not int:
        return f"{condition.field} is compared with a whole number"
    if (condition.op in LISTS) != isinstance(condition.value, list):
        return f"{condition.op} is followed by {'a list' if condition.op in LISTS else 'one value'}"
    known, _, check = condition.field.partition(".")
    if known == "saw" and not {*_listed(condition.value)} <= set(table()[check].saw):
        return f"{check} never sees {condition.value!r}"
    return None


def _listed(value: Plain) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _fired(rule: Rule, decided: bool) -> Fired:
    return Fired(
        rule.name, rule.words, rule.source, rule.outcome, rule.tier, rule.told, decided, rule.hidden
    )


def _currency(facts: Facts) -> str:
    said = facts.activity.currency
    return said if money.is_currency(said) else markets.market(facts.country).currency


def _evidence(found: list[Found], check: str, name: str) -> int:
    values = [one.evidence.get(name, 0) for one in found if one.check == check]
    return max(values, default=0)
