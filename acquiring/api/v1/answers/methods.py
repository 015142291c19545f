"""Answers about payment methods: what is on offer, what is left out, and who carries what."""

from __future__ import annotations

from typing import Literal

from acquiring.api.v1.answers.shared import Minor, Shown, list_of


class Carrier(Shown):
    """A provider that would take the payment, and what it can do afterwards."""

    provider: str
    capture: Literal["automatic", "manual", "both"]
    partial_capture: bool
    multiple_capture: bool
    void: bool
    refund: Literal["none", "full", "partial"]


class OfferedMethod(Shown):
    """A method the shopper could use. `needs` names the members that a payment must carry."""

    type: str
    name: str
    kind: str
    flow: str
    confirmation: Literal["instant", "minutes", "days"]
    needs: list[str]
    recurring: bool
    providers: list[Carrier]


class Reason(Shown):
    """Why a provider account cannot take it."""

    provider: str
    reason: str


class LeftOut(Shown):
    """A method nobody can carry for this payment."""

    type: str
    name: str
    reasons: list[Reason]


class OfferedMethods(Shown):
    """Every method that the merchant's accounts carry, usable or left out."""

    object: Literal["payment_methods"]
    data: list[OfferedMethod]
    left_out: list[LeftOut]


class Connector(Shown):
    """One method as one provider carries it. Limits are minor units by currency."""

    id: str
    object: Literal["connector"]
    provider: str
    provider_name: str
    connected: bool
    type: str
    name: str
    kind: str
    legacy: bool
    confirmation: Literal["instant", "minutes", "days"]
    code: str
    flow: str
    countries: list[str] | None
    currencies: list[str] | None
    minimum: dict[str, Minor]
    maximum: dict[str, Minor]
    needs: list[str]
    brands: list[str]
    capture: Literal["automatic", "manual", "both"]
    partial_capture: bool
    multiple_capture: bool
    void: bool
    refund: Literal["none", "full", "partial"]
    recurring: bool
    installments: bool
    settle_days: int


ConnectorList = list_of(Connector)
