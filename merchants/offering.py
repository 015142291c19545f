"""What a merchant offers of all it could: which methods, in which order, from and up to how much.

The choices of a merchant are one snapshot, which is never changed: a change writes a new one and
points the merchant at it (`Merchant.offering_id`), and going back points at a copy of an old one.
A decision names the snapshot it saw. A store takes over what is chosen for all stores, method by
method, unless it has a choice of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

import msgspec
from django.db import transaction
from django.db.models import F

from acquiring import catalogue
from acquiring.core import audit, clock, ids
from acquiring.core.errors import Problem
from acquiring.core.memory import Memory
from acquiring.core.money import Money, is_currency
from merchants.models import Merchant, OfferingSnapshot

MOST_ORDERED = 50
MOST_LIMITS = 20  # currencies of one method
LARGEST = 999_999_999_999


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The merchant's word about one method. `on` is None where it is as usual: legacy methods are
    not offered, others are. Limits are minor units by currency, both included.
    """

    on: bool | None = None
    minimum: dict[str, int] = {}
    maximum: dict[str, int] = {}

    def why_not(self, money: Money) -> str | None:
        """Why it is not taken for such an amount, in words for the merchant."""
        if self.on is False:
            return "the merchant does not offer the method"
        lowest, highest = self.minimum.get(money.currency), self.maximum.get(money.currency)
        if lowest is not None and money.amount < lowest:
            return f"amount {_show(money)} is below the merchant's minimum {_of(lowest, money)}"
        if highest is not None and money.amount > highest:
            return f"amount {_show(money)} is above the merchant's maximum {_of(highest, money)}"
        return None


USUAL = Rule()


class Choices(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Rules by method, and the methods that go first, in their order."""

    rules: dict[str, Rule] = {}
    order: tuple[str, ...] = ()

    def rule(self, method: str) -> Rule:
        """The merchant's word about a method, the usual one where it said nothing."""
        return self.rules.get(method, USUAL)

    def offers(self, method: str, legacy: bool) -> bool:
        """Whether shoppers are offered the method at all."""
        on = self.rule(method).on
        return not legacy if on is None else on

    def place(self, method: str) -> int:
        """Where the method stands: those that were not ordered come after all that were."""
        return self.order.index(method) if method in self.order else len(self.order)


class Offering(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The choices for all stores, and those of each store that differs, by its outside id."""

    everywhere: Choices = Choices()
    stores: dict[str, Choices] = {}
    snapshot: str = ""  # the outside id; "" while nothing was ever chosen

    def of(self, store_id: UUID | None = None) -> Choices:
        """What holds in a store."""
        own = self.stores.get(ids.show("sto", store_id)) if store_id and self.stores else None
        if own is None:
            return self.everywhere
        return Choices({**self.everywhere.rules, **own.rules}, own.order or self.everywhere.order)


NOTHING = Offering()
_kept: Memory[UUID, Offering] = Memory(seconds=10, limit=10_000)


def offering(merchant_id: UUID) -> Offering:
    """What the merchant offers now; up to 10 s old. One read when it is not remembered."""
    found = _kept.get(merchant_id)
    if found is None:
        found = current(merchant_id)
        _kept.put(merchant_id, found)
    return found


def current(merchant_id: UUID) -> Offering:
    """What the merchant offers at this very moment, for whoever is about to change it."""
    rows = OfferingSnapshot.objects.filter(merchant_id=merchant_id)
    now = rows.filter(id=F("merchant__offering_id")).first()
    return _read(now) if now else NOTHING


def history(merchant_id: UUID, most: int = 20) -> list[OfferingSnapshot]:
    """The newest snapshots, the one in force first."""
    rows = OfferingSnapshot.objects.filter(merchant_id=merchant_id)
    return list(rows.order_by("-number")[:most])


def switch(merchant_id: UUID, actor: str, method: str, on: bool, store: str = "") -> Offering:
    """Offer a method or do not, in one store or in all. Raises Problem."""
    _known(method)

    def changed(choices: Choices, now: Choices) -> Choices:
        rule = msgspec.structs.replace(now.rule(method), on=on)
        return _with(choices, method, rule)

    return _change(merchant_id, actor, store, changed, f"method.{'on' if on else 'off'} {method}")


def limit(
    merchant_id: UUID,
    actor: str,
    method: str,
    minimum: Mapping[str, int],
    maximum: Mapping[str, int],
    store: str = "",
) -> Offering:
    """Take a method from and up to amounts in minor units, by currency. Raises Problem."""
    _known(method)
    _check_limits(minimum, maximum)

    def changed(choices: Choices, now: Choices) -> Choices:
        rule = now.rule(method)
        bounds = {"minimum": dict(minimum), "maximum": dict(maximum)}
        return _with(choices, method, msgspec.structs.replace(rule, **bounds))

    return _change(merchant_id, actor, store, changed, f"method.limits {method}")


def forget_own(merchant_id: UUID, actor: str, method: str, store: str) -> Offering:
    """Let a store take over what is chosen for all stores. Raises Problem."""
    _known(method)

    def changed(choices: Choices, now: Choices) -> Choices:
        return _with(choices, method, None)

    return _change(merchant_id, actor, store, changed, f"method.as_everywhere {method}")


def arrange(merchant_id: UUID, actor: str, order: list[str], store: str = "") -> Offering:
    """Say which methods go first; a store with an empty order has that of all stores."""
    for method in order:
        _known(method)
    if len(order) > MOST_ORDERED or len(set(order)) != len(order):
        rule = f"An order names at most {MOST_ORDERED} methods, each once."
        raise Problem("invalid_field", rule, "order")

    def changed(choices: Choices, now: Choices) -> Choices:
        return Choices(choices.rules, tuple(order))

    return _change(merchant_id, actor, store, changed, "methods.order")


def go_back(merchant_id: UUID, actor: str, number: int) -> Offering:
    """Offer again what was offered then, as a new snapshot. Raises Problem `not_found`."""
    rows = OfferingSnapshot.objects.filter(merchant_id=merchant_id, number=number)
    old = rows.first()
    if old is None:
        raise Problem("not_found", f"There is no version {number}.", "number")
    return _point_at(merchant_id, actor, lambda _: _read(old), f"methods.back {number}")


def _change(
    merchant_id: UUID,
    actor: str,
    store: str,
    changed: Callable[[Choices, Choices], Choices],
    what: str,
) -> Offering:
    """Change what is chosen for a store, or for all: `changed` gets that, and what holds there."""

    def next_of(now: Offering) -> Offering:
        if not store:
            everywhere = changed(now.everywhere, now.everywhere)
            return msgspec.structs.replace(now, everywhere=everywhere)
        own = now.stores.get(store, Choices())
        mine = changed(own, now.of(ids.read("sto", store, "store")))
        stores = {**now.stores, store: mine}
        if mine == Choices():
            del stores[store]
        return msgspec.structs.replace(now, stores=stores)

    return _point_at(merchant_id, actor, next_of, f"{what} {store}".strip())


@transaction.atomic
def _point_at(
    merchant_id: UUID, actor: str, next_of: Callable[[Offering], Offering], what: str
) -> Offering:
    merchant = Merchant.objects.select_for_update().get(pk=merchant_id)
    rows = OfferingSnapshot.objects.filter(merchant_id=merchant_id)
    now = rows.filter(id=merchant.offering_id).first() if merchant.offering_id else None
    last = rows.order_by("-number").values_list("number", flat=True).first() or 0
    before = _read(now) if now else NOTHING
    wanted = msgspec.structs.replace(next_of(before), snapshot=before.snapshot)
    if wanted == before:
        return before
    made = OfferingSnapshot.objects.create(
        merchant_id=merchant_id,
        number=last + 1,
        choices=msgspec.to_builtins(msgspec.structs.replace(wanted, snapshot="")),
        change=what[:200],
        actor=actor,
        created_at=clock.now(),
    )
    merchant.offering_id = made.id
    merchant.save(update_fields=["offering_id"])
    facts = {"number": made.number, "change": what, "before": now.number if now else None}
    audit.record(actor, "offering.changed", ids.show("ofr", made.id), merchant_id, facts)
    transaction.on_commit(lambda: _kept.forget(merchant_id))
    return _read(made)


def _read(row: OfferingSnapshot) -> Offering:
    return msgspec.convert({**row.choices, "snapshot": ids.show("ofr", row.id)}, Offering)


def _with(choices: Choices, method: str, rule: Rule | None) -> Choices:
    rules: dict[str, Any] = {**choices.rules, method: rule}
    return Choices({code: one for code, one in rules.items() if one is not None}, choices.order)


def _known(method: str) -> None:
    if method not in catalogue.methods():
        raise Problem("invalid_field", f"{method[:60]!r} is not a payment method.", "method")


def _check_limits(minimum: Mapping[str, int], maximum: Mapping[str, int]) -> None:
    currencies = {*minimum, *maximum}
    if len(currencies) > MOST_LIMITS:
        raise Problem("invalid_field", f"At most {MOST_LIMITS} currencies have limits.", "limits")
    for currency in currencies:
        if not is_currency(currency):
            raise Problem("invalid_field", f"There is no currency {currency[:10]}.", "currency")
        low, high = minimum.get(currency, 1), maximum.get(currency, LARGEST)
        if not 1 <= low <= high <= LARGEST:
            rule = "The minimum is above nothing and not above the maximum."
            raise Problem("invalid_field", rule, "maximum")


def _of(amount: int, money: Money) -> str:
    return _show(Money(amount, money.currency))


def _show(money: Money) -> str:
    return f"{money.major()} {money.currency}"
