"""Who pays, where a rule wants the payer's name compared with the watch lists before it goes on.

Most payments are asked about by no rule and cost a look into a table. What comes out are two facts
for the risk rules, stored with the decision: what became of it and which rule asked. They say
nothing of any list, since merchants read them.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from acquiring import catalogue
from acquiring.core.errors import Problem
from acquiring.core.money import Money
from acquiring.payments.limits import Bars, dollars
from acquiring.payments.records import Payment
from acquiring.payments.wishes import Instrument
from merchants.screening import shoppers
from merchants.screening.party import Party

NAMED = "customer.name"  # the member that is asked for
Members = dict[str, Any]


def facts(payment: Payment, instrument: Instrument, mode: str, bars: Bars) -> dict[str, Any]:
    """The facts of risk about the payer; none where no rule asks.

    Raises Problem `missing_field` where a rule asks who pays and nobody is named.
    """
    method = catalogue.methods().get(instrument.method)
    countries = _countries(payment)
    rule = shoppers.rule_for(
        shoppers.Payment(
            bars.mcc,
            bars.terms.tier if bars.terms else "",
            method.kind if method else "",
            countries,
            lambda: dollars(Money(payment.amount, payment.currency)),
        )
    )
    if rule is None:
        return {}
    names = _names(payment, instrument)
    if names:
        payer = _payer(payment, mode, names, countries, bars.business_id)
        outcome: str = shoppers.look(rule, payer, payment.merchant_id)
    elif rule.unnamed == "ask":
        raise Problem("missing_field", f"This payment needs the field {NAMED}.", NAMED)
    else:
        outcome = "unnamed"
    return {"payer_screening": outcome, "payer_screening_rule": rule.name}


def _payer(
    payment: Payment, mode: str, names: tuple[str, ...], countries: frozenset[str],
    business_id: UUID | None,
) -> Party:  # fmt: skip
    return Party(
        "unknown", names, "shopper", mode,  # type: ignore[arg-type]  # a mode is one of the two
        business_id=business_id,
        countries=tuple(sorted(countries)),
        currencies=(payment.currency,),
    )  # fmt: skip


def _names(payment: Payment, instrument: Instrument) -> tuple[str, ...]:
    """Every name the payer was given, the usual one first, each once."""
    told = [
        _part(payment, "customer").get("name"),
        instrument.card.holder if instrument.card else None,
        instrument.details.get("account_holder"),
    ]
    names = (" ".join(str(one).split()) for one in told if one)
    return tuple(dict.fromkeys(one for one in names if any(map(str.isalnum, one))))


def _countries(payment: Payment) -> frozenset[str]:
    billing = _part(payment, "billing").get("country")
    return frozenset(one for one in (payment.country, billing) if one)


def _part(payment: Payment, name: str) -> Members:
    return payment.shopper.get(name) or {}
