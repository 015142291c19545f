"""Which provider accounts may take a payment, and in which order. Pure.

The first form of it: every account whose provider knows the method is asked whether its connector
can carry the payment, and those that can are tried in the merchant's own order. Who is left out is
told why, in words.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import NamedTuple

from acquiring import catalogue
from acquiring.catalogue import Connector
from acquiring.core import ids
from acquiring.core.money import Money
from merchants.accounts import AccountFacts
from merchants.offering import Choices

MAX_ROUTES = 3
EVERYTHING = Choices()  # a merchant that chose nothing offers all it can


class Wish(NamedTuple):
    """What routing needs to know of a payment. `country` is the shopper's, "" when unknown.

    `given` are the members that providers may insist on and the payment has; None: nobody asks.
    """

    method: str
    money: Money
    country: str = ""
    capture: str = "automatic"
    recurring: bool = False
    given: frozenset[str] | None = None
    refund: str = ""  # "full" or "partial", where it must be possible afterwards
    flow: str = ""  # where only this way will do


class Route(NamedTuple):
    """An account that can take the payment, and the connector it would go through."""

    account: AccountFacts
    connector: Connector


class Excluded(NamedTuple):
    """An account that cannot, and why. `needs` is the member of the payment that is missing."""

    account: AccountFacts
    reason: str
    needs: str = ""


class Routes(NamedTuple):
    """The routes in the order they are to be tried, and who was left out."""

    chosen: tuple[Route, ...]
    excluded: tuple[Excluded, ...]

    def shown(self) -> dict[str, list[dict[str, str]]]:
        """As the decision stores it."""
        return {
            "routes": [
                {
                    "account": ids.show("acc", route.account.id),
                    "provider": route.account.provider,
                    "code": route.connector.code,
                }
                for route in self.chosen
            ],
            "excluded": [
                {
                    "account": ids.show("acc", one.account.id),
                    "provider": one.account.provider,
                    "reason": one.reason,
                }
                for one in self.excluded
            ],
        }


def routes(
    wish: Wish,
    accounts: Iterable[AccountFacts],
    choices: Choices = EVERYTHING,
    barred: str | None = None,
) -> Routes:
    """The accounts that can carry the wish, in the merchant's order, at most MAX_ROUTES.

    `choices` are what the merchant offers: what it does not is carried by nobody. `barred` says why
    the merchant's terms do not allow it at all.
    """
    chosen, excluded = [], []
    barred = barred or choices.rule(wish.method).why_not(wish.money)
    for account in accounts:
        if not _rows(account.provider, wish.method):
            continue
        if barred:
            excluded.append(Excluded(account, barred))
            continue
        connector, reason = _connector(wish, account)
        needs = _missing(wish, connector) if connector else ""
        if needs:
            excluded.append(Excluded(account, f"{needs} is missing", needs))
        elif connector:
            chosen.append(Route(account, connector))
        else:
            excluded.append(Excluded(account, reason))
    return Routes(tuple(chosen[:MAX_ROUTES]), tuple(excluded))


def carriers(accounts: Iterable[AccountFacts]) -> dict[str, list[AccountFacts]]:
    """By method, the accounts whose provider carries it, the first to ask first."""
    found: dict[str, list[AccountFacts]] = {}
    for account in accounts:
        for method in _carried(account.provider):
            found.setdefault(method, []).append(account)
    return found


def _connector(wish: Wish, account: AccountFacts) -> tuple[Connector | None, str]:
    """The connector of an account that carries the wish, or why there is none."""
    if not account.takes(wish.method):
        return None, "the method is not enabled on this account"
    reason = ""
    for connector in _rows(account.provider, wish.method):
        why_not = connector.why_not(wish.money, wish.country, wish.capture, wish.recurring)  # type: ignore[arg-type]
        why_not = why_not or _unfit(wish, connector)
        if why_not is None:
            return connector, ""
        reason = why_not
    return None, reason


def _unfit(wish: Wish, connector: Connector) -> str | None:
    """Why a connector that could take the payment is not what was wished for."""
    if wish.flow and connector.flow != wish.flow:
        return f"the shopper pays by {connector.flow.replace('_', ' ')}"
    if wish.refund and connector.refund not in (wish.refund, "partial"):
        can = "only whole refunds" if connector.refund == "full" else "no refunds"
        return f"{can} are possible"
    return None


def _missing(wish: Wish, connector: Connector) -> str:
    """The first member the provider insists on that the payment does not have."""
    if wish.given is None:
        return ""
    return next((need for need in connector.needs if need not in wish.given), "")


@cache
def _rows(provider: str, method: str) -> tuple[Connector, ...]:
    found = catalogue.providers().get(provider)
    if found is None:
        return ()
    return tuple(row for row in found.connectors if row.method == method)


@cache
def _carried(provider: str) -> tuple[str, ...]:
    """The methods of a provider, each once."""
    found = catalogue.providers().get(provider)
    return tuple(dict.fromkeys(row.method for row in found.connectors)) if found else ()
